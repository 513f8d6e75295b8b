"""Reranking within a deadline, in a collection of 50,000 documents, beside reranking 100 hits however long it takes.

    python benchmarks/deadline.py
    python benchmarks/deadline.py documents=3000 queries=20 train=60 retriever.reranked.reranker.layers=1

The collection is that of SciFact and other texts up to the size asked for: the paragraphs of SQuADShifts (new Wikipedia articles
and Reddit posts), the abstracts of Cranfield and CISI, Amazon reviews, and posts of TweetEval.

Encoder and reranker learn from SciFact's train claims, the encoder among SciFact's documents alone. Layers, sub-words,
epochs and learning rate of the reranker, the weight of BM25 and the effort of the vector index were chosen on the validation
claims, and so is the blend of each length.
The test claims are searched one by one: by the first stage, within each deadline, and with all of the hits reranked. Encoder and
reranker are run by the engine asked for, in all of these ways. Times are those of ``rank`` as called, processor time is that of
the whole process, with its threads. What a pair costs is measured just before, so nothing else should run beside it.

``within`` says whether p95 keeps the first deadline, ``loss`` what it costs in nDCG@10, and ``cpu_share`` what share of the
processor time of full reranking is spent, the first stage included in both. What is fitted is kept in ``runs/deadline/`` for a
second call. Writes ``benchmarks/records/deadline.json``, or with other arguments ``runs/deadline/record.json``.

  documents=  in the collection                              (default 50000)
  deadlines=  milliseconds, with commas between              (default 50,25,100,200)
  depth=      hits that are reranked without a deadline      (default 100)
  queries=    most test claims                               (default 300)
  train=      most train claims                              (default 1000)
  engine=     a backend of nlpref.accelerate                 (default onnx-int8)
  seed=       of posts, draws and training                   (default 0)
  retriever.reranked.reranker.layers=3 and the like change the retriever, options of configs/retriever/deadline.yaml;
  retriever@retriever.reranked.first=hybrid takes the encoder as it is pretrained
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from nlpref import machine
from nlpref.acceleration import accelerate
from nlpref.arguments import read_arguments, read_count, read_number
from nlpref.config import build, check, fingerprint, plain
from nlpref.data.public import amazon_reviews, cisi, cranfield, scifact, squadshifts, tweeteval
from nlpref.errors import ConfigError, NlprefError
from nlpref.metrics.ranking import per_query
from nlpref.metrics.significance import mean_interval, paired_test
from nlpref.overrides import check_overrides
from nlpref.retrieval.dense import DenseRetriever
from nlpref.retrieval.fine_tuned import FineTunedDenseRetriever
from nlpref.retrieval.mining import mine_pairs
from nlpref.storage import load_component, read_json, write_json
from nlpref.types import Document, JudgedQuery

ROOT = Path(__file__).resolve().parents[1]
GATE = 60
"""Claims and documents on which the encoder's engine is held against torch; the reranker's on all validation claims."""
RECORD, ELSEWHERE = Path("benchmarks/records/deadline.json"), Path("runs/deadline/record.json")
DEFAULTS = {
    "documents": "50000",
    "deadlines": "50,25,100,200",
    "depth": "100",
    "queries": "300",
    "train": "1000",
    "engine": "onnx-int8",
    "seed": "0",
}
ASKED = (
    "retriever=deadline",
    "retriever@retriever.reranked.first=hybrid_fine_tuned",
    "retriever.reranked.first.second.train_length=128",
    "retriever.reranked.first.second.training.epochs=2",
    "retriever.reranked.first.second.training.learning_rate=5e-5",
    "retriever.reranked.first.second.training.batch_size=16",
    "retriever.reranked.first.second.index.effort=256",
    "retriever.deadline_ms=null",
    "retriever.reranked.guard=null",
    "retriever.reranked.reranker.layers=2",
    "retriever.reranked.reranker.max_length=128",
    "retriever.reranked.reranker.training.epochs=3",
    "retriever.reranked.reranker.training.learning_rate=1e-4",
    "retriever.reranked.reranker.training.average=0.99",
)
Queries = Sequence[JudgedQuery]


def collection(size: int, seed: int) -> list[Document]:
    """Abstracts, paragraphs and reviews, then posts drawn at random."""
    reviews = {
        domain: [Document(str(row), text) for row, text in enumerate(sorted({*_texts(amazon_reviews(domain))}))]
        for domain in ("books", "dvd", "electronics", "kitchen")
    }
    abstracts = {"cranfield": cranfield().documents, "cisi": cisi().documents}
    paragraphs = {
        domain: squadshifts(domain, validation_fraction=0, test_fraction=1).documents for domain in ("new_wiki", "reddit")
    }
    others = {"paragraphs": paragraphs, "abstracts": abstracts, "reviews": reviews}
    made = [*scifact().documents, *(one for name, sources in others.items() for one in _named(name, sources))][:size]
    posts = _texts(tweeteval("sentiment"))
    if size > len(made) + len(posts):
        raise ConfigError(f"documents={size}: there are {len(made) + len(posts):,} texts at hand")
    drawn = np.random.default_rng(seed).permutation(len(posts))[: size - len(made)]
    return [*made, *(Document(f"posts/{row}", posts[row]) for row in drawn)]


def kind(document: Document) -> str:
    """Where a document is from."""
    return document.id.partition("/")[0] if "/" in document.id else "scifact"


def _named(name: str, sources: Mapping[str, Sequence[Document]]) -> list[Document]:
    return [Document(f"{name}/{source}/{one.id}", one.text, one.title) for source, found in sources.items() for one in found]


def _texts(data: Any) -> list[str]:
    return [one.text for split in data.splits for one in data.split(split)]


def fitted(config: Mapping[str, Any], documents: Sequence[Document], train: Queries, validation: Queries, engine: str) -> Any:
    """Trained by torch, then chosen on the validation claims as the engine answers."""
    model = build(config)
    inner, blend = model.reranked, model.reranked.blend
    dense = getattr(inner.first, "second", None)
    if isinstance(dense, FineTunedDenseRetriever):
        dense = inner.first.second = tuned(config["reranked"]["first"]["second"], documents, train, validation)
    if dense is not None:
        texts = [document.content for document in documents[:GATE]] + [query.text for query in train[:GATE]]
        dense.encoder = accelerate(dense.encoder, texts, "task", backend=engine)
    inner.blend = 0.5 if blend is None else blend  # chosen below
    inner.fit(documents, train, validation)
    inner.blend = blend
    pairs = mine_pairs(inner.first, inner.texts_, validation, depth=20, negatives=9, seed=inner.seed)
    inner.reranker = accelerate(inner.reranker, pairs, "task", backend=engine)
    model.judge(validation)
    [whole] = [rung for rung in model.rungs_ if rung.length is None and rung.depth == inner.depth]
    inner.blend_ = whole.blend
    return model


def tuned(config: Mapping[str, Any], documents: Sequence[Document], train: Queries, validation: Queries) -> DenseRetriever:
    """A retriever with an encoder that has learned among SciFact's documents; the encoder is kept for a second call."""
    known = [document for document in documents if kind(document) == "scifact"]
    given = {"config": {**config, "index": ""}, "documents": len(known), "train": len(train)}
    kept = ELSEWHERE.parent / f"encoder-{fingerprint(given)}"
    if not kept.is_dir():
        build(config).fit(known, train, validation).save(kept)
    retriever = load_component(kept)
    return DenseRetriever(retriever.encoder, build(config["index"]))


def timed(search: Callable[[str], Any], queries: Queries) -> tuple[list[Any], list[float], float]:
    """What is found for each query, its milliseconds, and processor seconds in all; the first query is asked twice."""
    search(queries[0].text)
    found, taken, started = [], [], time.process_time()
    for query in queries:
        begun = time.perf_counter()
        found.append(search(query.text))
        taken.append(1000 * (time.perf_counter() - begun))
    return found, taken, time.process_time() - started


def summed(queries: Queries, hits: Sequence[Any], taken: Sequence[float], cpu_s: float) -> dict[str, Any]:
    """Quality and cost of one way to search."""
    pairs = zip(queries, hits, strict=True)
    scores = [per_query(query.relevance, [hit.id for hit in found])["ndcg@10"] for query, found in pairs]
    p50, p95, p99 = (float(value) for value in np.percentile(taken, [50, 95, 99]))
    times = {"p50_ms": p50, "p95_ms": p95, "p99_ms": p99, "cpu_s": cpu_s}
    return {"ndcg@10": asdict(mean_interval(scores)), **times, "scores": scores}


def measure(model: Any, queries: Queries, deadlines: Sequence[float]) -> dict[str, Any]:
    """All ways to search, one after the other."""
    first, *rest = timed(lambda text: model.reranked.first.search([text], 10)[0], queries)
    full, *more = timed(lambda text: model.rank([text], 10)[0].hits, queries)
    ways = {"first": summed(queries, first, *rest), "full": summed(queries, full, *more)}
    for limit in deadlines:
        found, *rest = timed(lambda text, limit=limit: model.rank([text], 10, limit)[0], queries)
        way = summed(queries, [one.hits for one in found], *rest)
        counts = [one.reranked for one in found]
        ways[f"{limit:g}"] = {
            **way,
            "reranked": {"mean": float(np.mean(counts)), "least": min(counts), "most": max(counts), "none": counts.count(0)},
            "late": float(np.mean(np.array(rest[0]) > limit)),
            "within": way["p95_ms"] <= limit,
            "loss": asdict(paired_test(ways["full"]["scores"], way["scores"])),
            "cpu_share": way["cpu_s"] / ways["full"]["cpu_s"],
        }
    return ways


def main() -> None:
    """Entry point."""
    overrides = [one for one in sys.argv[1:] if one.startswith(("retriever.", "retriever@"))]
    try:
        given = read_arguments([one for one in sys.argv[1:] if one not in overrides], DEFAULTS, __doc__ or "")
        size, depth, most, train = (read_count(name, given[name]) for name in ("documents", "depth", "queries", "train"))
        deadlines, seed = [read_number("deadlines", one) for one in given["deadlines"].split(",")], int(given["seed"])
        if min(deadlines) <= 0:
            raise ConfigError(f"deadlines={given['deadlines']}: expected milliseconds above 0")
        replaced = {one.partition("=")[0] for one in overrides}
        asked = [
            *(one for one in ASKED if one.partition("=")[0] not in replaced),
            f"retriever.reranked.depth={depth}",
            *overrides,
        ]
        os.chdir(ROOT)
        config = plain(check_overrides("train", ["task=retrieval", "dataset=scifact", f"seed={seed}", *asked]))
        check(config)
        data, documents = scifact(), collection(size, seed)
        ids = {document.id for document in documents}
        splits = {
            name: [query for query in data.split(name) if any(id_ in ids for id_ in query.relevance)]
            for name in ("train", "validation", "test")
        }
        kept = ELSEWHERE.parent / fingerprint({"retriever": config["retriever"], **given, "queries": "", "deadlines": ""})
        if not kept.is_dir():
            started = time.process_time()
            model = fitted(config["retriever"], documents, splits["train"][:train], splits["validation"][:train], given["engine"])
            model.save(kept)
            write_json(kept.with_suffix(".json"), time.process_time() - started)
        model, fit_s = load_component(kept), read_json(kept.with_suffix(".json"))
        model.measure()  # a kept one was measured earlier
        ways = measure(model, splits["test"][:most], deadlines)
    except NlprefError as error:
        sys.exit(f"error: {error}")
    record = {
        "command": " ".join(["python benchmarks/deadline.py", *sys.argv[1:]]),
        "overrides": asked,
        "documents": {"all": len(documents), **Counter(kind(one) for one in documents)},
        "queries": len(splits["test"][:most]),
        "seed": seed,
        "fit_cpu_s": fit_s,
        "costs": asdict(model.costs_),
        "rungs": [asdict(rung) for rung in model.rungs_],
        "ways": ways,
        "environment": {"hardware": machine.hardware(), "threads": machine.threads(), "versions": machine.versions()},
    }
    write_json(RECORD if given == DEFAULTS and not overrides else ELSEWHERE, record)
    for name, way in ways.items():
        shown = f"{name:6} nDCG@10 {way['ndcg@10']['value']:.4f}  p50 {way['p50_ms']:.1f} ms  p95 {way['p95_ms']:.1f} ms"
        if "reranked" in way:
            shown += (
                f"  reranked {way['reranked']['mean']:.1f}  loss {way['loss']['difference']:+.4f}  cpu {way['cpu_share']:.1%}"
            )
        print(shown)


if __name__ == "__main__":
    main()
