"""How often a promise about wrong answers holds: thresholds chosen on resamples of held-out texts, with the risk seen elsewhere.

    python benchmarks/promises.py                     both classifiers, 200 resamples of the test texts
    python benchmarks/promises.py only=supportdesk    the one that needs no download

A classifier is trained once and gives the test texts their probabilities. Each resample then chooses the threshold of
``SelectiveClassifier`` on half as many texts as there are, and its share of wrong answers is compared with the promise,
without any allowance: a resample holds if the share is at most the risk. It is counted in two ways.

- ``observed``: the texts are divided at random, and the share is that among the half that the threshold has not seen. This
  estimate has its own noise, about as much as the choice has, and only the true share is promised. At a confidence of
  0.95 and a share that the bound just allows, both noises together leave about 0.88 (1.64 standard errors, over the root
  of 2), so fewer than 0.95 can hold here though the promise is kept.
- ``pool``: all test texts stand for all texts there are; the threshold is chosen on texts drawn from them with replacement,
  and the share among them all is the true one. This is what is promised.

A resample in which nothing is answered has no wrong answer, so it holds; how many those are is recorded. The interval
(Clopper and Pearson's, 95 %) is over resamples of these texts. Writes ``benchmarks/records/promised_risk.json``, or with
other arguments ``runs/promises/record.json``.

  only=       classifiers whose name holds this     (default all)
  resamples=  how many                              (default 200)
  confidence= probability that the promise holds    (default 0.95, as in configs/classifier/selective.yaml)
  seed=       of the resamples                      (default 0)
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from nlpref import machine
from nlpref.arguments import read_arguments, read_count, read_number
from nlpref.config import build, check, plain
from nlpref.data.dataset import split_revision
from nlpref.decisions.promise import observed_promises, resampled_promises
from nlpref.decisions.wrapper import Judged, columns_of
from nlpref.errors import ConfigError, NlprefError
from nlpref.overrides import check_overrides
from nlpref.storage import write_json

ROOT = Path(__file__).resolve().parents[1]
RECORD, ELSEWHERE = Path("benchmarks/records/promised_risk.json"), Path("runs/promises/record.json")
SPLIT = "test"
# What is asked of nlpref.train, and the risks: below the share of wrong answers to all texts, else nothing needs choosing.
CLASSIFIERS = {
    "banking77_frozen": (("experiment=banking77_frozen",), (0.01, 0.02, 0.05)),
    "supportdesk_tfidf": (("task=classification", "classifier=tfidf"), (0.02, 0.05, 0.1)),
}
WAYS = {"observed": observed_promises, "pool": resampled_promises}
DEFAULTS = {"only": "", "resamples": "200", "confidence": "0.95", "seed": "0"}
Floats = NDArray[np.float64]


def trained(overrides: tuple[str, ...]) -> tuple[Any, Judged]:
    """The data set, and what a classifier that has learned from its train and validation says of test."""
    config = plain(check_overrides("train", [*overrides]))
    check(config)
    dataset, model = build(config["dataset"]), build(config["classifier"])
    model.fit(dataset.split("train"), dataset.split("validation"))
    scored = dataset.split(SPLIT)
    probabilities = np.asarray(model.predict_proba([one.text for one in scored]), dtype=np.float64)
    return dataset, Judged(probabilities, columns_of(scored, model.labels))


def counted(found: Floats, risk: float) -> dict[str, Any]:
    """How many resamples hold, from the share answered and the share wrong of each, (n_resamples, 2)."""
    held = int((found[:, 1] <= risk).sum())
    bounds = binomtest(held, len(found)).proportion_ci(0.95, method="exact")
    return {
        "held": {"value": held / len(found), "low": float(bounds.low), "high": float(bounds.high)},
        "resamples_held": held,
        "nothing_answered": int((found[:, 0] == 0).sum()),
        "mean_answered": float(found[:, 0].mean()),
        "mean_wrong": float(found[:, 1].mean()),
        "most_wrong": float(found[:, 1].max()),
    }


def measure(name: str, resamples: int, confidence: float, seed: int) -> dict[str, Any]:
    """One classifier, all its risks, counted in both ways."""
    overrides, risks = CLASSIFIERS[name]
    dataset, judged = trained(overrides)
    n = len(judged.targets)
    row: dict[str, Any] = {
        "asked": list(overrides),
        "dataset": {"name": dataset.name, "revision": dataset.revision, "scored": split_revision(dataset, SPLIT)},
        "split": SPLIT,
        "n": n,
        "chosen_on": n // 2,
        "observed_on": {"observed": n - n // 2, "pool": n},
        "wrong_if_all_were_answered": float((~judged.right).mean()),
        "promises": [],
    }
    for risk in risks:
        ways = {
            way: counted(resample(judged.scores, judged.right, risk, 1 - confidence, n // 2, resamples, seed), risk)
            for way, resample in WAYS.items()
        }
        row["promises"].append({"risk": risk, **ways})
    return row


def main() -> None:
    """Entry point."""
    try:
        given = read_arguments(sys.argv[1:], DEFAULTS, __doc__ or "")
        resamples = read_count("resamples", given["resamples"])
        confidence, seed = (read_number(name, given[name]) for name in ("confidence", "seed"))
        chosen = [name for name in CLASSIFIERS if given["only"] in name]
        if not chosen:
            raise ConfigError(f"only={given['only']}: no such classifier; there are: {', '.join(CLASSIFIERS)}")
        if not 0 < confidence < 1:
            raise ConfigError(f"confidence={given['confidence']}: expected a number between 0 and 1, both excluded")
        if not seed.is_integer():
            raise ConfigError(f"seed={given['seed']}: expected a whole number, 0 or more")
        os.chdir(ROOT)
        record = {
            "confidence": confidence,
            "resamples": resamples,
            "seed": int(seed),
            "classifiers": {name: measure(name, resamples, confidence, int(seed)) for name in chosen},
            "environment": {"hardware": machine.hardware(), "threads": machine.threads(), "versions": machine.versions()},
        }
        write_json(RECORD if given == DEFAULTS else ELSEWHERE, record)
    except NlprefError as error:
        sys.exit(f"error: {error}")
    for name, row in record["classifiers"].items():
        for one in row["promises"]:
            for way in WAYS:
                held, answered = one[way]["held"], one[way]["mean_answered"]
                shown = f"holds {held['value']:.3f} [{held['low']:.3f}, {held['high']:.3f}], {answered:.3f} answered"
                print(f"{name:20} risk {one['risk']:<5g} {way:9} {shown}, {one[way]['nothing_answered']} without any answer")


if __name__ == "__main__":
    main()
