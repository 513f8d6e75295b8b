"""What preparing the words of a text brings: steps for tweets, stems against lemmas, and sub-words of one's own.

    python benchmarks/preparation.py                       both data sets
    python benchmarks/preparation.py only=banking77        one of them

Preparations are compared under the model that depends on them most, logistic regression on one-hot words, its strength
chosen on validation for each (``classifier=logistic``); each is scored once on test. Differences are to words in lower
case, on the same texts; intervals are over them. Vocabularies of sub-words are trained on the texts of train and counted
over those of test, beside the one that MiniLM was pretrained with.

Writes ``benchmarks/records/preparation.json``, or with other arguments ``runs/preparation/record.json``.

  only=  data sets whose name holds this     (default all)
  size=  pieces of a trained vocabulary      (default 8000)
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from nlpref import machine
from nlpref.arguments import read_arguments, read_count
from nlpref.config import build, check, plain
from nlpref.data.dataset import split_revision
from nlpref.errors import ConfigError, NlprefError
from nlpref.metrics.significance import interval
from nlpref.overrides import check_overrides
from nlpref.pretrained import MINILM, resolve
from nlpref.storage import write_json
from nlpref.text import subword_report, train_subwords
from nlpref.text.subword_training import Kind

ROOT = Path(__file__).resolve().parents[1]
RECORD, ELSEWHERE = Path("benchmarks/records/preparation.json"), Path("runs/preparation/record.json")
BASE = "plain"
# Of each data set its metric and the preparations of configs/preparation.
SETS = {
    "banking77": ("accuracy", (BASE, "stems", "lemmas")),
    "tweeteval_sentiment": ("macro recall", (BASE, "stems", "lemmas", "tweets")),
}
RESAMPLES, SEED = 1000, 0
DEFAULTS = {"only": "", "size": "8000"}
Codes = NDArray[np.intp]


def measure(name: str, size: int) -> dict[str, Any]:
    """The record of one data set."""
    metric, preparations = SETS[name]
    answers, dataset = {}, None
    for preparation in preparations:
        dataset, answers[preparation] = answered(name, preparation)
        print(f"{name}: {preparation}", file=sys.stderr)
    test = dataset.split("test")
    labels = sorted({one.label for one in test})
    gold = np.searchsorted(labels, [one.label for one in test])
    right = {preparation: np.array([one.label for one in test]) == answer for preparation, answer in answers.items()}

    def figure(of: NDArray[np.bool_], rows: Codes) -> float:
        if metric == "accuracy":
            return float(of[rows].mean())
        counts, hits = (np.bincount(gold[rows], weights, len(labels)) for weights in (None, of[rows]))
        return float((hits / np.maximum(counts, 1)).mean())

    return {
        "dataset": {"name": dataset.name, "revision": dataset.revision, "scored": split_revision(dataset, "test")},
        "metric": metric,
        "n": len(test),
        "figures": {
            one: asdict(interval(lambda rows, of=of: figure(of, rows), len(test), RESAMPLES)) for one, of in right.items()
        },
        "over_plain": {
            one: asdict(interval(lambda rows, of=of: figure(of, rows) - figure(right[BASE], rows), len(test), RESAMPLES))
            for one, of in right.items()
            if one != BASE
        },
        "subwords": dict(subwords([one.text for one in dataset.split("train")], [one.text for one in test], size)),
    }


def answered(name: str, preparation: str) -> tuple[Any, NDArray[np.str_]]:
    """The data set, and the labels that a model trained on it gives its texts of test."""
    asked = [f"dataset={name}", "classifier=logistic", f"preparation@classifier.preparation={preparation}", f"seed={SEED}"]
    config = plain(check_overrides("train", ["task=classification", *asked]))
    check(config)
    dataset = build(config["dataset"])
    model = build(config["classifier"]).fit(dataset.split("train"), dataset.split("validation"))
    probabilities = model.predict_proba([one.text for one in dataset.split("test")])
    return dataset, np.array(model.labels)[probabilities.argmax(axis=1)]


def subwords(train: Sequence[str], test: Sequence[str], size: int) -> Iterator[tuple[str, dict[str, float]]]:
    """How each vocabulary covers the texts of test."""
    vocabularies = {kind: train_subwords(train, kind, size) for kind in get_args(Kind)}
    vocabularies["MiniLM"] = Tokenizer.from_file(str(resolve(MINILM) / "tokenizer.json"))
    for name, tokenizer in vocabularies.items():
        found = subword_report(tokenizer, test)
        shares = {"fertility": found.fertility, "unknown_rate": found.unknown_rate, "split_rate": found.split_rate}
        yield name, {"size": tokenizer.get_vocab_size(), "words": found.words, **shares}


def main() -> None:
    """Entry point."""
    try:
        given = read_arguments(sys.argv[1:], DEFAULTS, __doc__ or "")
        chosen = [name for name in SETS if given["only"] in name]
        if not chosen:
            raise ConfigError(f"only={given['only']}: no such data set; there are {', '.join(SETS)}")
        size = read_count("size", given["size"])
        os.chdir(ROOT)
        record = {
            "seed": SEED,
            "sets": {name: measure(name, size) for name in chosen},
            "environment": {"hardware": machine.hardware(), "threads": machine.threads(), "versions": machine.versions()},
        }
        write_json(RECORD if given == DEFAULTS else ELSEWHERE, record)
    except NlprefError as error:
        sys.exit(f"error: {error}")
    for name, found in record["sets"].items():
        for one, v in found["figures"].items():
            print(f"{name:20} {one:8} {found['metric']} {v['value']:.4f} [{v['low']:.4f}, {v['high']:.4f}]")
        for one, report in found["subwords"].items():
            print(f"{name:20} {one:9} " + "  ".join(f"{key} {value:.4g}" for key, value in report.items()))


if __name__ == "__main__":
    main()
