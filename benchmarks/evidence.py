"""Run every experiment behind the README's figures and keep its record in ``benchmarks/records/``.

    python benchmarks/evidence.py                          all experiments, explanations, noise, engines, then the latency of all
    python benchmarks/evidence.py only=wnut17              those whose name holds "wnut17"
    python benchmarks/evidence.py latency=only             time what has been run

Runs go to ``runs/evidence/`` and are continued or skipped like any other, so an interrupted call can be repeated.
Data sets are looked for in ``NLPREF_DATA`` and downloaded if they are not there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from adapted_posts import ADAPTED, adapt_to_posts

from nlpref import explain, robustness
from nlpref.accelerate import accelerate_run
from nlpref.arguments import read_arguments
from nlpref.bench import bench
from nlpref.errors import ExportError, NlprefError

ROOT = Path(__file__).resolve().parents[1]
RECORDS = ROOT / "benchmarks" / "records"

# Examples that the gate compares; a query that is reranked counts for its thirty candidates.
SAMPLE, RERANKED_SAMPLE = 1000, 100

FURTHER = f"tagger.name={ADAPTED}"

# Name of the record: what is asked of nlpref.train, and the seeds, three where training is random.
EXPERIMENTS = {
    "supportdesk_tfidf": (("classifier=tfidf",), (0,)),
    "supportdesk_frozen": (("classifier=frozen",), (0,)),
    "supportdesk_finetuned": (("experiment=supportdesk_finetuned",), (0, 1, 2)),
    "supportdesk_crf": (("task=ner", "tagger=crf"), (0,)),
    "supportdesk_spacy": (("task=ner", "tagger=spacy"), (0,)),
    "supportdesk_tagger": (("experiment=demo_tagger",), (0,)),
    "supportdesk_ner": (("experiment=supportdesk_ner",), (0,)),
    "supportdesk_bm25": (("task=retrieval", "retriever=bm25"), (0,)),
    "supportdesk_dense": (("task=retrieval", "retriever=dense"), (0,)),
    "supportdesk_hybrid": (("task=retrieval", "retriever=hybrid"), (0,)),
    "supportdesk_reranked": (("experiment=demo_reranked",), (0,)),
    "banking77_tfidf": (("experiment=banking77_tfidf",), (0,)),
    "banking77_onehot_nb": (("experiment=banking77_onehot_nb",), (0,)),
    "banking77_onehot_lr": (("experiment=banking77_onehot_lr",), (0,)),
    "banking77_bilstm": (("experiment=banking77_bilstm",), (0,)),
    "banking77_cnn": (("experiment=banking77_cnn",), (0,)),
    "banking77_frozen": (("experiment=banking77_frozen",), (0,)),
    "banking77_finetuned": (("experiment=banking77_finetuned",), (0, 1, 2)),
    "banking77_consistent": (("experiment=banking77_consistent",), (0, 1, 2)),
    "banking77_lora": (("experiment=banking77_lora",), (0,)),
    "banking77_cascade": (("experiment=banking77_cascade",), (0,)),
    "banking77_distilled": (
        ("experiment=banking77_distilled", "classifier.teacher={runs}/banking77_finetuned-seed0/model"),
        (0, 1),
    ),
    "banking77_static": (("experiment=banking77_static",), (0, 1, 2)),
    "banking77_frozen_static": (("experiment=banking77_frozen_static",), (0,)),
    "banking77_truncated192": (("experiment=banking77_truncated192",), (0,)),
    "banking77_truncated96": (("experiment=banking77_truncated96",), (0,)),
    "banking77_calibrated": (("experiment=banking77_calibrated",), (0,)),
    "tweeteval_sentiment_tfidf": (("experiment=tweeteval_sentiment_tfidf",), (0,)),
    "tweeteval_sentiment_bilstm": (("experiment=tweeteval_sentiment_bilstm",), (0,)),
    "tweeteval_sentiment_cnn": (("experiment=tweeteval_sentiment_cnn",), (0,)),
    "tweeteval_sentiment_finetuned": (("experiment=tweeteval_sentiment_finetuned",), (0,)),
    "tweeteval_sentiment_calibrated": (("experiment=tweeteval_sentiment_calibrated",), (0,)),
    "banking77_fewshot": (("experiment=banking77_fewshot",), (0,)),
    "banking77_fewshot_unlabelled": (("experiment=banking77_fewshot_unlabelled",), (0,)),
    "banking77_fewshot_frozen": (("experiment=banking77_fewshot_frozen",), (0,)),
    "clinc150_out_of_scope": (("experiment=clinc150_out_of_scope",), (0,)),
    "clinc150_imbalanced_plain": (("experiment=clinc150_imbalanced_plain",), (0,)),
    "clinc150_imbalanced_weights": (("experiment=clinc150_imbalanced_weights",), (0,)),
    "clinc150_imbalanced_balanced": (("experiment=clinc150_imbalanced_balanced",), (0,)),
    "clinc150_imbalanced_moved": (("experiment=clinc150_imbalanced_moved",), (0,)),
    "clinc150_imbalanced_perceptron": (("experiment=clinc150_imbalanced_perceptron",), (0, 1, 2)),
    "clinc150_imbalanced_focal": (("experiment=clinc150_imbalanced_focal",), (0, 1, 2)),
    "youtube_weak": (("experiment=youtube_weak",), (0,)),
    "youtube_weak50": (("experiment=youtube_weak50",), (0,)),
    "youtube_supervised": (("experiment=youtube_supervised",), (0,)),
    "wnut17_crf": (("experiment=wnut17_crf",), (0,)),
    "wnut17_gazetteer": (("experiment=wnut17_gazetteer",), (0,)),
    "wnut17_crf_plain": (("experiment=wnut17_crf_plain",), (0,)),
    "wnut17_recurrent": (("experiment=wnut17_recurrent",), (0,)),
    "wnut17_spacy": (("experiment=wnut17_spacy",), (0,)),
    "wnut17_finetuned": (("experiment=wnut17_finetuned",), (0, 1, 2)),
    "wnut17_souped": (("experiment=wnut17_souped",), (0, 1, 2)),
    "wnut17_with_others": (("experiment=wnut17_with_others",), (0, 1, 2)),
    "wnut17_with_others_all_learned": (
        ("experiment=wnut17_with_others", "dataset@dataset.target=wnut17_all_learned", "tagger.threshold=0.25"),
        (0, 1, 2),
    ),
    "wnut17_with_others_pretrained": (("experiment=wnut17_with_others", FURTHER), (0, 1, 2)),
    "wnut17_calibrated": (("experiment=wnut17_calibrated",), (0,)),
    "crossner_politics": (("experiment=crossner_politics",), (0, 1, 2)),
    "crossner_politics_calibrated": (("experiment=crossner_politics_calibrated",), (0,)),
    "crossner_science": (("experiment=crossner_science",), (0, 1, 2)),
    "crossner_science_calibrated": (("experiment=crossner_science_calibrated",), (0,)),
    "crossner_ai": (("experiment=crossner_ai",), (0, 1, 2)),
    "crossner_ai_calibrated": (("experiment=crossner_ai_calibrated",), (0,)),
    "broad_twitter_crf": (("experiment=broad_twitter_crf",), (0,)),
    "broad_twitter_finetuned": (("experiment=broad_twitter_finetuned",), (0,)),
    "scifact_bm25": (("experiment=scifact_bm25",), (0,)),
    "scifact_dense": (("experiment=scifact_dense",), (0,)),
    "scifact_dense192": (("experiment=scifact_dense192",), (0,)),
    "scifact_dense96": (("experiment=scifact_dense96",), (0,)),
    "scifact_hybrid": (("experiment=scifact_hybrid",), (0,)),
    "scifact_feedback": (("experiment=scifact_feedback",), (0,)),
    "scifact_spelling": (("experiment=scifact_spelling",), (0,)),
    "scifact_static": (("experiment=scifact_static",), (0,)),
    "scifact_dense_sq8": (("experiment=scifact_dense_sq8",), (0,)),
    "scifact_dense_pq": (("experiment=scifact_dense_pq",), (0,)),
    "scifact_finetuned": (("experiment=scifact_finetuned",), (0, 1, 2)),
    "scifact_learned_fusion": (("experiment=scifact_learned_fusion",), (0,)),
    "scifact_hybrid_finetuned": (("experiment=scifact_hybrid_finetuned",), (0, 1, 2)),
    "scifact_maxsim": (("experiment=scifact_maxsim",), (0,)),
    "scifact_reranked": (("experiment=scifact_reranked",), (0, 1, 2)),
    "scifact_reranked_small": (("experiment=scifact_reranked_small",), (0,)),
    "scifact_trained": (("experiment=scifact_trained",), (0, 1, 2)),
    "cranfield_learned_fusion": (("experiment=cranfield_learned_fusion",), (0,)),
}

# Name of the record: the experiment whose model is put on a faster engine, and the engine.
ACCELERATED = {
    f"{experiment}_{backend.replace('-', '_')}": (experiment, backend)
    for experiment in (
        "banking77_frozen",
        "banking77_finetuned",
        "banking77_distilled",
        "banking77_cascade",
        "wnut17_finetuned",
        "wnut17_souped",
        "scifact_dense",
        "scifact_hybrid",
        "scifact_reranked",
        "scifact_reranked_small",
    )
    for backend in ("onnx-fp32", "onnx-int8")
}

# Experiments of which it is measured how far explanations are to be believed, and how quality falls with noise.
EXPLAINED = ("banking77_tfidf", "banking77_frozen", "banking77_finetuned")
NOISY = (
    "banking77_onehot_lr",
    "banking77_tfidf",
    "banking77_cnn",
    "banking77_bilstm",
    "banking77_static",
    "banking77_frozen",
    "banking77_finetuned",
)


def train(runs: Path, name: str, overrides: tuple[str, ...], seed: int) -> None:
    """Run one experiment and copy its record."""
    if FURTHER in overrides:
        adapt_to_posts(ROOT)
    folder = runs / f"{name}-seed{seed}"
    asked = [override.format(runs=runs, seed=seed) for override in overrides]
    command = [sys.executable, "-m", "nlpref.train", *asked, f"seed={seed}", f"hydra.run.dir={folder}"]
    if subprocess.run(command, check=False, cwd=ROOT).returncode:
        raise NlprefError(f"{name} with seed {seed} failed; what had been done is kept, call again to go on")
    RECORDS.mkdir(exist_ok=True)
    shutil.copy(folder / "result.json", RECORDS / f"{name}-seed{seed}.json")


def put_on_engine(runs: Path, name: str, experiment: str, backend: str) -> None:
    """Accelerate the first seed of an experiment and copy the record; one that the gate refuses has none."""
    folder = runs / f"{name}-seed0"
    if not (folder / "result.json").exists():
        shutil.rmtree(folder, ignore_errors=True)
        sample = RERANKED_SAMPLE if "reranked" in experiment else SAMPLE
        try:
            accelerate_run(runs / f"{experiment}-seed0", backend=backend, sample=sample, out=folder)
        except ExportError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return
    shutil.copy(folder / "result.json", RECORDS / f"{name}-seed0.json")


def examine(runs: Path, name: str) -> None:
    """Measure explanations and noise curves of the first seed of an experiment, once, and copy the records."""
    folder = runs / f"{name}-seed0"
    if name in EXPLAINED:
        if not (folder / "faithfulness.json").exists():
            explain.measure(folder, 100)
        shutil.copy(folder / "faithfulness.json", RECORDS / f"{name}-seed0.faithfulness.json")
    if name in NOISY:
        if not (folder / "robustness.json").exists():
            robustness.measure(folder, n=1000)
        shutil.copy(folder / "robustness.json", RECORDS / f"{name}-seed0.robustness.json")


def time_model(runs: Path, name: str, seed: int) -> None:
    """Time the model of one run and copy the record."""
    folder = runs / f"{name}-seed{seed}"
    if name in ACCELERATED and not folder.is_dir():  # the gate refused it
        return
    bench(folder, repeats=200)
    shutil.copy(folder / "latency.json", RECORDS / f"{name}-seed{seed}.latency.json")


def main() -> None:
    """Entry point."""
    try:
        given = read_arguments(sys.argv[1:], {"only": "", "runs": "runs/evidence", "latency": "too"}, __doc__ or "")
        if given["latency"] not in ("too", "only", "none"):
            raise NlprefError(f"latency={given['latency']}: expected too, only or none")
        os.chdir(ROOT)
        runs = Path(given["runs"])
        chosen = {name: what for name, what in EXPERIMENTS.items() if given["only"] in name}
        faster = {name: what for name, what in ACCELERATED.items() if given["only"] in name}
        if not chosen and not faster:
            raise NlprefError(f"only={given['only']}: no such experiment; there are: {', '.join([*EXPERIMENTS, *ACCELERATED])}")
        if given["latency"] != "only":
            for name, (overrides, seeds) in chosen.items():
                for seed in seeds:
                    train(runs, name, overrides, seed)
            for name in chosen:
                examine(runs, name)
            for name, (experiment, backend) in faster.items():
                put_on_engine(runs, name, experiment, backend)
        if given["latency"] != "none":
            for name in [*chosen, *faster]:
                time_model(runs, name, 0)
    except NlprefError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
