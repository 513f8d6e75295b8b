"""Write the README's tables from the committed records in ``benchmarks/records/``.

python scripts/fill_readme.py            write
python scripts/fill_readme.py --check    only say whether the README is as the records have it
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from classification_rows import explanations, few_labels, imbalance, noise, preparation, shift
from decision_rows import decisions
from entity_rows import documents, drift, mechanisms, review_loop, trust
from retrieval_rows import answerability, changes, deadline, faults, hurts, scale, stages, vectors

from nlpref.metrics.significance import PairedTest, paired_test
from nlpref.report.cost import PRICE, cost_per_million
from nlpref.results import Estimate, EvalResult, LatencyResult

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
RECORDS = ROOT / "benchmarks" / "records"

sys.path.insert(0, str(ROOT / "benchmarks"))
from evidence import EXPERIMENTS  # noqa: E402 (how each record was made)

# Data set, its metric, and its models: what each is called, and its record.
PUBLIC = {
    ("BANKING77", "accuracy", "accuracy"): {
        "TF-IDF + linear SVM": "banking77_tfidf",
        "frozen MiniLM + logistic regression": "banking77_frozen",
        "fine-tuned MiniLM": "banking77_finetuned",
    },
    ("WNUT-17", "entity F1", "f1_micro"): {
        "CRF with word clusters": "wnut17_crf",
        "fine-tuned MiniLM": "wnut17_finetuned",
        "fine-tuned MiniLM with a CRF, mean of three": "wnut17_souped",
    },
    ("SciFact", "nDCG@10", "ndcg@10"): {
        "BM25": "scifact_bm25",
        "MiniLM + FAISS": "scifact_dense",
        "hybrid of both": "scifact_hybrid",
        "hybrid + cross-encoder": "scifact_reranked",
    },
}
BUNDLED = {
    ("tickets, 24 intents", "macro F1", "f1_macro"): {
        "TF-IDF + linear SVM": "supportdesk_tfidf",
        "frozen MiniLM + logistic regression": "supportdesk_frozen",
        "fine-tuned MiniLM": "supportdesk_finetuned",
    },
    ("tickets, 6 entity types", "entity F1", "f1_micro"): {
        "CRF": "supportdesk_crf",
        "spaCy": "supportdesk_spacy",
        "fine-tuned MiniLM (3 layers)": "supportdesk_tagger",
        "fine-tuned MiniLM with a CRF": "supportdesk_ner",
    },
    ("help centre search", "nDCG@10", "ndcg@10"): {
        "BM25": "supportdesk_bm25",
        "MiniLM + FAISS": "supportdesk_dense",
        "hybrid of both": "supportdesk_hybrid",
        "hybrid + cross-encoder (2 layers)": "supportdesk_reranked",
    },
}

# The families of classifiers, from those that know nothing but the task to those that were pretrained.
FAMILIES = {
    ("BANKING77", "accuracy", "accuracy"): {
        "one-hot words + naive Bayes": "banking77_onehot_nb",
        "one-hot words + logistic regression": "banking77_onehot_lr",
        "TF-IDF + linear SVM": "banking77_tfidf",
        "word vectors + CNN": "banking77_cnn",
        "word vectors + BiLSTM": "banking77_bilstm",
        "static vectors, fine-tuned": "banking77_static",
        "frozen MiniLM + logistic regression": "banking77_frozen",
        "MiniLM, low-rank adapters": "banking77_lora",
        "MiniLM, student of 3 layers": "banking77_distilled",
        "fine-tuned MiniLM": "banking77_finetuned",
        "fine-tuned MiniLM, self-consistent": "banking77_consistent",
    },
    ("TweetEval sentiment", "macro recall", "recall_macro"): {
        "TF-IDF + linear SVM": "tweeteval_sentiment_tfidf",
        "word vectors + CNN": "tweeteval_sentiment_cnn",
        "word vectors + BiLSTM": "tweeteval_sentiment_bilstm",
        "fine-tuned MiniLM": "tweeteval_sentiment_finetuned",
    },
}

# Taggers from those that know nothing but the names of train, and then other texts to find entities in.
TAGGERS = {
    ("WNUT-17", "entity F1", "f1_micro"): {
        "names of train": "wnut17_gazetteer",
        "CRF": "wnut17_crf_plain",
        "CRF with word clusters": "wnut17_crf",
        "word and letter vectors + BiLSTM + CRF": "wnut17_recurrent",
        "spaCy": "wnut17_spacy",
        "fine-tuned MiniLM": "wnut17_finetuned",
        "fine-tuned MiniLM with a CRF, mean of three": "wnut17_souped",
    },
    ("WNUT-17 with tweets", "entity F1", "f1_micro"): {
        "the same, after tweets with persons, places, organisations": "wnut17_with_others",
        "the same, the development set learned from too": "wnut17_with_others_all_learned",
        "the same, from MiniLM that has read 112,236 sentences more, most of them posts": "wnut17_with_others_pretrained",
    },
    ("CrossNER politics, 200 sentences", "entity F1", "f1_micro"): {"middle layers of MiniLM with a CRF": "crossner_politics"},
    ("CrossNER science, 200 sentences", "entity F1", "f1_micro"): {"middle layers of MiniLM with a CRF": "crossner_science"},
    ("CrossNER ai, 100 sentences", "entity F1", "f1_micro"): {"middle layers of MiniLM with a CRF": "crossner_ai"},
    ("Broad Twitter Corpus, section f", "entity F1", "f1_micro"): {
        "CRF": "broad_twitter_crf",
        "fine-tuned MiniLM with a CRF": "broad_twitter_finetuned",
    },
}

# Retrieval from what knows words alone to what has learned from queries.
RETRIEVERS = {
    ("SciFact", "nDCG@10", "ndcg@10"): {
        "BM25": "scifact_bm25",
        "BM25 with near spellings": "scifact_spelling",
        "BM25 with feedback (RM3)": "scifact_feedback",
        "static vectors": "scifact_static",
        "MiniLM": "scifact_dense",
        "MiniLM, bytes in the place of floats": "scifact_dense_sq8",
        "MiniLM, product quantisation": "scifact_dense_pq",
        "MiniLM, fine-tuned on the train claims": "scifact_finetuned",
        "hybrid, one weight": "scifact_hybrid",
        "hybrid, fusion learned from the train claims": "scifact_learned_fusion",
        "hybrid with the fine-tuned MiniLM": "scifact_hybrid_finetuned",
        "hybrid + late interaction (MaxSim)": "scifact_maxsim",
        "hybrid + small cross-encoder": "scifact_reranked_small",
        "hybrid + cross-encoder": "scifact_reranked",
        "all stages trained": "scifact_trained",
    },
}

# The frontier of each task: all that was timed on one machine, from the cheapest to the best.
FAST = {
    ("BANKING77", "accuracy", "accuracy"): {
        "one-hot, naive Bayes": "banking77_onehot_nb",
        "one-hot, logistic": "banking77_onehot_lr",
        "TF-IDF": "banking77_tfidf",
        "CNN": "banking77_cnn",
        "BiLSTM": "banking77_bilstm",
        "frozen static vectors": "banking77_frozen_static",
        "static, fine-tuned": "banking77_static",
        "frozen MiniLM": "banking77_frozen",
        "frozen MiniLM, ONNX": "banking77_frozen_onnx_fp32",
        "frozen MiniLM, int8": "banking77_frozen_onnx_int8",
        "frozen MiniLM, 192 dimensions": "banking77_truncated192",
        "frozen MiniLM, 96 dimensions": "banking77_truncated96",
        "10 texts a label, likeness": "banking77_fewshot",
        "the same, and texts without labels": "banking77_fewshot_unlabelled",
        "student, 3 layers": "banking77_distilled",
        "student, ONNX": "banking77_distilled_onnx_fp32",
        "student, int8": "banking77_distilled_onnx_int8",
        "low-rank adapters": "banking77_lora",
        "fine-tuned": "banking77_finetuned",
        "fine-tuned, self-consistent": "banking77_consistent",
        "fine-tuned, ONNX": "banking77_finetuned_onnx_fp32",
        "fine-tuned, int8": "banking77_finetuned_onnx_int8",
        "cascade": "banking77_cascade",
        "cascade, ONNX": "banking77_cascade_onnx_fp32",
        "cascade, int8": "banking77_cascade_onnx_int8",
    },
    ("WNUT-17", "entity F1", "f1_micro"): {
        "names of train": "wnut17_gazetteer",
        "CRF without clusters": "wnut17_crf_plain",
        "CRF": "wnut17_crf",
        "BiLSTM + CRF": "wnut17_recurrent",
        "spaCy": "wnut17_spacy",
        "fine-tuned": "wnut17_finetuned",
        "fine-tuned, ONNX": "wnut17_finetuned_onnx_fp32",
        "fine-tuned, int8": "wnut17_finetuned_onnx_int8",
        "mean of three": "wnut17_souped",
        "mean of three, ONNX": "wnut17_souped_onnx_fp32",
        "mean of three, int8": "wnut17_souped_onnx_int8",
    },
    ("SciFact", "nDCG@10", "ndcg@10"): {
        "BM25": "scifact_bm25",
        "MiniLM + FAISS": "scifact_dense",
        "MiniLM + FAISS, ONNX": "scifact_dense_onnx_fp32",
        "MiniLM + FAISS, int8": "scifact_dense_onnx_int8",
        "MiniLM, 192 dimensions": "scifact_dense192",
        "MiniLM, 96 dimensions": "scifact_dense96",
        "hybrid": "scifact_hybrid",
        "hybrid, ONNX": "scifact_hybrid_onnx_fp32",
        "hybrid, int8": "scifact_hybrid_onnx_int8",
        "hybrid + small cross-encoder": "scifact_reranked_small",
        "hybrid + small cross-encoder, ONNX": "scifact_reranked_small_onnx_fp32",
        "hybrid + small cross-encoder, int8": "scifact_reranked_small_onnx_int8",
        "hybrid + cross-encoder": "scifact_reranked",
        "hybrid + cross-encoder, ONNX": "scifact_reranked_onnx_fp32",
        "hybrid + cross-encoder, int8": "scifact_reranked_onnx_int8",
    },
}

CRF_CHANGE = "it had been made to find all spans above a probability, chosen on validation, and not the best sequence of tags"

Table = Mapping[tuple[str, str, str], Mapping[str, str]]


def results(name: str) -> list[EvalResult]:
    """The records of one experiment, one for each seed."""
    return [EvalResult.load(path) for path in sorted(RECORDS.glob(f"{name}-seed[0-9].json"))]


def latency(name: str) -> LatencyResult | None:
    """The timing of one experiment's first seed, if it was measured."""
    path = RECORDS / f"{name}-seed0.latency.json"
    return LatencyResult.load(path) if path.is_file() else None


def table(content: Table) -> Iterator[str]:
    """Quality and speed, a row for each model."""
    yield "| data | model | quality, 95 % interval | seeds | n | one input, p50 / p95 ms | inputs/s, batch 32 | run |"
    yield "|---|---|---|---|---|---|---|---|"
    for (data, title, metric), models in content.items():
        for model, name in models.items():
            found = results(name)
            if not found:  # a row without a record has no figure
                continue
            value = mean([result.metrics[metric] for result in found])
            time = latency(name)
            speed = (
                f"{time.p50_ms:.1f} / {time.p95_ms:.1f} | {time.throughput_per_s:,.0f}" if time else "not measured | not measured"
            )
            quality = f"{title} **{value.value:.4f}** [{value.low:.4f}, {value.high:.4f}]"
            run = " ".join(EXPERIMENTS[name][0]).format(runs="runs/evidence")
            yield f"| {data} | {model} | {quality} | {seeds(found)} | {found[0].n:,} | {speed} | `{run}` |"


def frontiers() -> Iterator[str]:
    """Quality, speed, size and cost of everything on the frontiers."""
    yield "| data | model | quality, 95 % interval | p50 / p95 ms | per second | cost of a million | memory MB | disk MB |"
    yield "|---|---|---|---|---|---|---|---|"
    for (data, title, metric), models in FAST.items():
        number = 0  # as in the drawing
        for model, name in models.items():
            found, time = results(name), latency(name)
            if not found or not time:
                continue
            number += 1
            value = mean([result.metrics[metric] for result in found])
            cells = [
                data,
                f"{number}. {model}",
                f"{title} **{value.value:.4f}** [{value.low:.4f}, {value.high:.4f}]",
                f"{time.p50_ms:.2f} / {time.p95_ms:.2f}",
                f"{time.throughput_per_s:,.0f}",
                f"{cost_per_million(time):.3f}",
                f"{time.memory_mb:.0f}",
                f"{time.disk_mb:.1f}",
            ]
            yield f"| {' | '.join(cells)} |"
    yield ""
    for data, title, _ in FAST:
        if (drawing(data)).is_file():
            yield f"![{title} against latency on {data}]({drawing(data).relative_to(ROOT)})"
            yield ""
    yield f"Cost: at {PRICE} for a core-hour, an assumption (`price=` changes it). Intervals are means over the seeds of each."
    yield from machines(FAST)


def drawing(data: str) -> Path:
    """Where the frontier of a data set is drawn, see ``draw_frontiers.py``."""
    return ROOT / "docs" / f"frontier_{re.sub(r'[^a-z0-9]', '', data.lower())}.svg"


def peers() -> Iterator[str]:
    """Our time over the peer's."""
    yield "| what | peer | ours | time / peer's time, 95 % interval | at most |"
    yield "|---|---|---|---|---|"
    titles = {"p50": "p50", "p95": "p95", "total": "in all"}
    surroundings: set[str] = set()
    for path in sorted((RECORDS / "peers").glob("*.json")):
        record = json.loads(path.read_text("utf-8"))
        flags, versions = ", ".join(record["hardware"]["flags"]), record["versions"]
        named = ", ".join(
            f"{name} {versions[name]}" for name in ("torch", "transformers", "onnxruntime", "sentence-transformers")
        )
        surroundings.add(f"{record['hardware']['cpu']} ({flags}), {record['threads']} threads; {named}")
        for compared in record["comparisons"]:
            for ours, figures in compared["rivals"].items():
                if ours == compared["peer"]:
                    continue
                for key, title in titles.items():
                    if key in figures:
                        value, low, high = figures[key]["ratio"]
                        limit = f"{figures['limit']:.2f}" if "limit" in figures else ""
                        ratio = f"**{value:.3f}** [{low:.3f}, {high:.3f}]"
                        yield f"| {compared['title']} | {compared['peer']} | {ours} | {title}: {ratio} | {limit} |"
    yield ""
    for line in sorted(surroundings):
        yield f"- Measured on {line}."


def machines(content: Table) -> Iterator[str]:
    """Where the rows were timed."""
    found = set()
    for models in content.values():
        for time in (time for name in models.values() if (time := latency(name))):
            flags = ", ".join(time.hardware.get("flags", []))
            found.add(f"{time.hardware['cpu']} ({flags}), {time.threads} threads, torch {time.versions['torch']}")
    for line in sorted(found):
        yield f"Timed on {line}."


def mean(estimates: Sequence[Estimate]) -> Estimate:
    """Mean over the seeds of the value and of each end of the interval."""
    return Estimate(*(fmean(getattr(one, end) for one in estimates) for end in ("value", "low", "high")))


def seeds(found: Sequence[EvalResult]) -> str:
    """Which seeds were run."""
    return ", ".join(str(result.seed) for result in found)


def provenance(content: Table) -> Iterator[str]:
    """Revisions of the data, and the machine."""
    for (data, _, _), models in content.items():
        found = [result for name in models.values() for result in results(name)]
        if not found:
            continue
        revisions = sorted({result.dataset["revision"] for result in found})
        where = " and ".join(f"`{revision}`" for revision in revisions)
        why = " (with and without a validation split carved from train)" if len(revisions) > 1 else ""
        yield f"- {data}: data set `{found[0].dataset['name']}`, revision {where}{why}, split `{found[0].split}`."
    yield from (f"- {line}" for line in machines(content))


def comparison(first: str, second: str, metric: str) -> PairedTest:
    """Paired test of two experiments on the same examples, their scores averaged over the seeds."""
    sides = [np.mean([result.scores[metric] for result in results(name)], axis=0) for name in (first, second)]
    return paired_test(*sides)


def reranking(data: str, queries: str) -> Iterator[str]:
    """Whether the reranker helps on this data."""
    found = comparison(f"{data}_reranked", f"{data}_hybrid", "ndcg@10")
    blends = [result.details["blend"] for result in results(f"{data}_reranked")]
    if not any(blends):
        yield (
            f"The reranker did not help on validation {queries}, so the blend chosen there is 0 and the hybrid's order is "
            "returned as it was."
        )
        return
    shown = ", ".join(f"{blend:.2f}" for blend in blends)
    yield (
        f"The reranker against the hybrid alone, same {found.n} {queries}: nDCG@10 {found.difference:+.4f} "
        f"[{found.low:+.4f}, {found.high:+.4f}], paired sign-flip test p = {found.p_value:.3f}; "
        f"blend chosen on validation {queries}, by seed: {shown}."
    )


SECOND = {
    "public": {
        "banking77_finetuned": (
            "fine-tuned MiniLM on BANKING77",
            "accuracy",
            "its classification head had been changed and the learning rate chosen anew on validation",
        ),
        "wnut17_crf": ("the CRF on WNUT-17", "f1_micro", CRF_CHANGE),
    },
    "bundled": {"supportdesk_crf": ("the CRF on the tickets", "f1_micro", CRF_CHANGE)},
}
"""Record, what it is called, its figure, and what had changed when it was scored on test a second time."""


def second_look(section: str) -> Iterator[str]:
    """Which models were scored on test more than once, and what the first time gave."""
    told = []
    for record, (name, metric, change) in SECOND[section].items():
        first = [EvalResult.load(path) for path in sorted((RECORDS / "first_look").glob(f"{record}-seed[0-9].json"))]
        value = mean([result.metrics[metric] for result in first])
        of_seeds = f" (mean of {len(first)} seeds)" if len(first) > 1 else ""
        told.append(f"{name}, after {change}: the first time {value.value:.4f} [{value.low:.4f}, {value.high:.4f}]{of_seeds}")
    yield "Test was used once for each row but these, which were scored a second time: " + "; ".join(told) + "."


def overhead() -> Iterator[str]:
    """Public API against the bare model."""
    record = json.loads((RECORDS / "overhead.json").read_text("utf-8"))
    yield "| model | inputs | API time / bare time, 95 % interval | bare, median ms |"
    yield "|---|---|---|---|"
    for name, found in record["models"].items():
        ratio = found["ratio"]
        interval = f"**{ratio['value']:.3f}** [{ratio['low']:.3f}, {ratio['high']:.3f}]"
        yield f"| `{name}` | {found['inputs']} | {interval} | {found['median_ms']['bare']:.2f} |"


def more(name: str) -> list[Any]:
    """A further record, if it is there."""
    path = RECORDS / f"{name}.json"
    return [json.loads(path.read_text("utf-8"))] if path.is_file() else []


def told(name: str, lines: Callable[[Mapping[str, Any]], Iterator[str]]) -> Iterator[str]:
    """What a record with a script of its own has to tell, once it is there."""
    path = RECORDS / f"{name}.json"
    return lines(json.loads(path.read_text("utf-8"))) if path.is_file() else iter(["Not measured yet."])


SECTIONS = {
    "public": lambda: [*table(PUBLIC), "", *reranking("scifact", "claims"), "", *second_look("public"), "", *provenance(PUBLIC)],
    "bundled": lambda: [
        *table(BUNDLED),
        "",
        *reranking("supportdesk", "queries"),
        "",
        *second_look("bundled"),
        "",
        *provenance(BUNDLED),
    ],
    "overhead": overhead,
    "taggers": lambda: [*table(TAGGERS), "", *provenance(TAGGERS)],
    "mechanisms": lambda: mechanisms(RECORDS / "mechanisms"),
    "trust": lambda: trust(results, RECORDS),
    "review_loop": lambda: told("review_loop", review_loop),
    "tweet_drift": lambda: told("tweet_drift", drift),
    "documents": lambda: told("long_document", documents),
    "retrievers": lambda: [*table(RETRIEVERS), "", *provenance(RETRIEVERS)],
    "retrieval_stages": lambda: told("retrieval_stages", stages),
    "never_hurts": lambda: told(
        "reranking_never_hurts",
        lambda hybrid: hurts(dict(zip(("hybrid", "BM25"), [hybrid, *more("reranking_never_hurts_bm25")], strict=False))),
    ),
    "deadline": lambda: told(
        "deadline", lambda record: deadline(record, json.loads((RECORDS / "first_look/deadline.json").read_text("utf-8")))
    ),
    "answerability": lambda: told("answerability", answerability),
    "collection_changes": lambda: told("collection_changes", changes),
    "collection_faults": lambda: told("collection_faults", faults),
    "collection_scale": lambda: told("collection_scale", lambda plain: scale([plain, *more("collection_scale_static")])),
    "faiss_table": lambda: told("faiss_table", vectors),
    "families": lambda: [*table(FAMILIES), "", *provenance(FAMILIES)],
    "few_labels": lambda: few_labels(RECORDS),
    "imbalance": lambda: imbalance(results),
    "shift": lambda: shift(RECORDS / "domain_shift.json"),
    "noise": lambda: noise(RECORDS),
    "preparation": lambda: preparation(RECORDS),
    "explanations": lambda: explanations(RECORDS),
    "decisions": lambda: decisions(results, EXPERIMENTS, RECORDS),
    "frontiers": frontiers,
    "peers": peers,
}


def filled(text: str) -> str:
    """The README's text with every section between its marks written anew."""
    for name, lines in SECTIONS.items():
        found = re.search(rf"<!-- begin {name}[^>]*-->\n(.*?)<!-- end {name} -->", text, re.DOTALL)
        if found is None:
            raise SystemExit(f"error: {README.name} has no marks for {name!r}: <!-- begin {name} --> ... <!-- end {name} -->")
        text = text[: found.start(1)] + "\n".join(lines()) + "\n" + text[found.end(1) :]
    return text


def main() -> None:
    """Entry point."""
    before = README.read_text("utf-8")
    after = filled(before)
    if "--check" in sys.argv[1:]:
        sys.exit(None if after == before else "error: README.md is not as the records have it; run `make readme`")
    README.write_text(after, "utf-8")


if __name__ == "__main__":
    main()
