"""``python -m nlpref.demo``: the main job on the bundled data, offline: train, track, time and show all three tasks."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from nlpref.__main__ import main as dispatch
from nlpref.arguments import read_arguments
from nlpref.entry import clean_end
from nlpref.latency import Stopwatch

__all__ = ["STEPS", "main"]

USAGE = """Train, track, time and show all three tasks on the bundled data, offline; takes some minutes.

  python -m nlpref.demo

Results: runs/, mlflow.db and reports/index.html, under the folder it is called in. A second run skips what is there."""

STEPS = (
    ("TF-IDF classifier", ["train", "task=classification", "classifier=tfidf"]),
    ("frozen encoder + logistic regression", ["train", "task=classification", "classifier=frozen"]),
    ("CRF tagger", ["train", "task=ner", "tagger=crf"]),
    ("BM25", ["train", "task=retrieval", "retriever=bm25"]),
    ("MiniLM + FAISS", ["train", "task=retrieval", "retriever=dense"]),
    ("hybrid search with a fine-tuned reranker", ["train", "experiment=demo_reranked"]),
    ("fine-tuned tagger", ["train", "experiment=demo_tagger"]),
    ("fine-tuned classifier", ["train", "experiment=supportdesk_finetuned"]),
    (
        "the same classifier in 8-bit integers",
        ["accelerate", "run=runs/classification/supportdesk-finetuned*", "backend=onnx-int8"],
    ),
    ("latency against quality, and the report", ["bench", "task=all", "repeats=50"]),
)
"""What the demo runs, in order: a title and the command after ``nlpref``; a star stands for a run's fingerprint."""


def main() -> None:
    """Entry point. A second run skips what is there; a failed step says so and stops."""
    with clean_end():
        read_arguments(sys.argv[1:], {}, USAGE)
    watch = Stopwatch()
    for number, (title, command) in enumerate(STEPS, start=1):
        if command[0] == "accelerate" and importlib.util.find_spec("onnxruntime") is None:
            print(f"\n[{number}/{len(STEPS)}] {title}: left out, it needs pip install nlpref[fast]")
            continue
        print(f"\n[{number}/{len(STEPS)}] {title}: nlpref {' '.join(command)}   ({watch.seconds:.0f} s so far)", flush=True)
        sys.argv = ["nlpref", *map(_filled, command)]
        try:
            dispatch()  # in this process, so that torch and MLflow are imported once
        except SystemExit as stop:
            if stop.code:
                again = f"run it alone with: python -m nlpref {' '.join(command)}"
                sys.exit(f"{stop.code}\nerror: step {number} ({title}) failed; {again}")
    print(
        f"\nDone in {watch.seconds:.0f} s.\n"
        "  report    reports/index.html   open it in a browser\n"
        "  runs      runs/TASK/NAME/      models, predictions, results\n"
        "  tracking  mlflow ui --backend-store-uri sqlite:///mlflow.db   (or make mlflow)"
    )


def _filled(word: str) -> str:
    """A word with the folder that its star stands for, the newest one there is."""
    key, _, pattern = word.partition("=")
    found = [path for path in Path().glob(pattern) if "onnx" not in path.name] if "*" in pattern else []
    return f"{key}={max(found, key=lambda path: path.stat().st_mtime)}" if found else word


if __name__ == "__main__":
    main()
