"""How often a promised precision of entities holds: thresholds chosen on resamples of sentences, judged on others.

    python benchmarks/promised_precision.py                            a CRF on the bundled tickets, 200 resamples
    python benchmarks/promised_precision.py runs=RUN_FOLDER,RUN_FOLDER taggers of finished runs, each on its own data

Only the scores of the spans found in validation and test sentences are needed. A run gives them by its ``predictions.jsonl``,
its own or of ``nlpref.evaluate split=validation``; what is not there is predicted by its model. Its tagger should not have
learnt from validation; one that chose an epoch or a penalty there makes validation a little easier than test. Each resample
then chooses the threshold of ``SelectiveTagger`` on some sentences, and the precision of all spans above it is compared with
the promise, without any allowance: a resample holds if it is reached. It is counted in three ways.

- ``observed``: validation and test sentences are pooled and divided at random, and the precision is that in the half that the
  threshold has not seen. This estimate has its own noise, and only the true precision is promised, so fewer than the
  confidence can hold here though the promise is kept; see ``benchmarks/promises.py``.
- ``pool``: the pool stands for all sentences there are; the threshold is chosen on half as many drawn from it with replacement,
  and the precision in the whole pool is the true one. This is what is promised.
- ``test``: the threshold is chosen on validation sentences drawn with replacement, and judged on test as it is. If test is of
  another kind, as that of WNUT-17 is, nothing was promised for it, and this shows how far the promise carries.

A resample in which nothing is kept has no wrong span, so it holds; how many those are is recorded. The interval (Clopper and
Pearson's, 95 %) is over resamples of these sentences. Writes ``benchmarks/records/promised_precision.json``, or with other
arguments ``runs/promised_precision/record.json``.

  runs=       folders of training runs, with commas between (default: a CRF trained for this on the bundled tickets)
  precision=  those that are promised, with commas between  (default 0.9,0.95)
  confidence= probability that the promise holds            (default 0.95, as in configs/tagger/selective.yaml)
  resamples=  how many                                      (default 200)
  seed=       of the resamples                              (default 0)
  record=     where the record is written                   (default as told above)
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from nlpref import machine
from nlpref.arguments import read_arguments, read_count, read_number
from nlpref.config import build, check, plain, read_saved
from nlpref.data.dataset import split_revision
from nlpref.decisions.spans.promise import (
    JudgedSpans,
    kept_precision,
    observed_precision,
    promised_threshold,
    resampled_precision,
    shifted_precision,
)
from nlpref.errors import ConfigError, InputError, NlprefError
from nlpref.experiment import saved_model
from nlpref.overrides import check_overrides
from nlpref.results import EvalResult
from nlpref.storage import TRUSTED_MODULES, write_json
from nlpref.tasks import task_named

ROOT = Path(__file__).resolve().parents[1]
RECORD, ELSEWHERE = Path("benchmarks/records/promised_precision.json"), Path("runs/promised_precision/record.json")
SPLITS = ("validation", "test")
BUNDLED = ("task=ner", "tagger=crf")
DEFAULTS = {"runs": "", "precision": "0.9,0.95", "confidence": "0.95", "resamples": "200", "seed": "0", "record": ""}
Rows = Sequence[Mapping[str, Any]]


def bundled() -> tuple[Any, dict[str, Rows]]:
    """The bundled corpus, and what a CRF that has learnt from its train alone finds in the other splits."""
    config = plain(check_overrides("train", [*BUNDLED]))
    check(config)
    dataset, model = build(config["dataset"]), build(config["tagger"])
    model.fit(dataset.split("train"))
    return dataset, {split: task_named("ner").evaluate(model, dataset.split(split)).rows for split in SPLITS}


def of_run(folder: Path) -> tuple[Any, dict[str, Rows]]:
    """The data set of a run, and what its tagger finds: as it was written, else predicted now."""
    saved = read_saved(folder, "task", "dataset")
    if saved["task"]["name"] != "ner":
        raise ConfigError(f"runs={folder}: a run of the task {saved['task']['name']}; precision of entities is that of task=ner")
    check({"dataset": saved["dataset"]}, trusted=TRUSTED_MODULES)
    dataset, found = build(saved["dataset"]), {}
    for split in SPLITS:
        revision = split_revision(dataset, split)
        written = next(iter(_written(folder, split, revision)), None)
        found[split] = written or task_named("ner").evaluate(saved_model(folder), dataset.split(split)).rows
    return dataset, found


def _written(folder: Path, split: str, revision: str) -> Iterator[Rows]:
    """The predictions of a run on this very split, where there are any."""
    for place in (folder, *sorted((folder / "evaluations").glob("*"))):
        if (place / "result.json").is_file() and (place / "predictions.jsonl").is_file():
            result = EvalResult.load(place / "result.json")
            if result.split == split and result.dataset.get("scored") == revision:
                yield [json.loads(line) for line in (place / "predictions.jsonl").read_text("utf-8").splitlines()]


def judged(rows: Rows) -> JudgedSpans:
    """The spans of predictions with their verdicts."""
    spans = [
        (number, span["score"], any(all(span[key] == gold[key] for key in ("start", "end", "label")) for gold in row["gold"]))
        for number, row in enumerate(rows)
        for span in row["predicted"]
    ]
    if not spans:
        raise InputError(f"nothing was found in {len(rows)} sentences, so no precision can be promised")
    sentences, scores, right = (np.array(column) for column in zip(*spans, strict=True))
    return JudgedSpans(sentences, scores.astype(np.float64), right.astype(np.bool_), len(rows))


def pooled(one: JudgedSpans, other: JudgedSpans) -> JudgedSpans:
    """Both, as if they were one split."""
    return JudgedSpans(
        np.concatenate([one.sentences, other.sentences + one.n]),
        np.concatenate([one.scores, other.scores]),
        np.concatenate([one.right, other.right]),
        one.n + other.n,
    )


def counted(found: NDArray[np.float64], precision: float) -> dict[str, Any]:
    """How many resamples hold, from coverage, precision and sentence precision of each, (n_resamples, 3)."""
    held = int((found[:, 1] >= precision).sum())
    bounds = binomtest(held, len(found)).proportion_ci(0.95, method="exact")
    return {
        "held": {"value": held / len(found), "low": float(bounds.low), "high": float(bounds.high)},
        "resamples_held": held,
        "resamples_held_by_sentence": int((found[:, 2] >= precision).sum()),
        "nothing_kept": int((found[:, 0] == 0).sum()),
        "mean_coverage": float(found[:, 0].mean()),
        "mean_precision": float(found[:, 1].mean()),
        "least_precision": float(found[:, 1].min()),
    }


def measure(dataset: Any, rows: Mapping[str, Rows], asked: Sequence[str], given: Mapping[str, Any]) -> dict[str, Any]:
    """One tagger and all its promises."""
    validation, test = (judged(rows[split]) for split in SPLITS)
    pool = pooled(validation, test)
    return {
        "asked": list(asked),
        "dataset": {
            "name": dataset.name,
            "revision": dataset.revision,
            "scored": {split: split_revision(dataset, split) for split in SPLITS},
        },
        "sentences": {"validation": validation.n, "test": test.n, "pool": pool.n, "chosen_on": pool.n // 2},
        "spans": {"validation": len(validation.scores), "test": len(test.scores)},
        "precision_of_all": {
            "validation": float(validation.right.mean()),
            "test": float(test.right.mean()),
            "pool": float(pool.right.mean()),
        },
        "promises": [promise(validation, test, precision, given) for precision in given["precisions"]],
    }


def promise(validation: JudgedSpans, test: JudgedSpans, precision: float, given: Mapping[str, Any]) -> dict[str, Any]:
    """One promise, counted in all ways, and the one threshold that a user would get for it."""
    level, resamples, seed = 1 - given["confidence"], given["resamples"], given["seed"]
    made = promised_threshold(validation, precision, level, seed)
    on_test = kept_precision(test, made.threshold)
    pool = pooled(validation, test)
    half = pool.n // 2
    return {
        "precision": precision,
        "threshold": {
            "value": made.threshold,
            "kept": made.kept,
            "wrong": made.wrong,
            "test_coverage": on_test.coverage,
            **({"test_precision": on_test.precision} if on_test.coverage else {}),
        },
        "observed": counted(observed_precision(pool, precision, level, half, resamples, seed), precision),
        "pool": counted(resampled_precision(pool, precision, level, half, resamples, seed), precision),
        "test": counted(shifted_precision(validation, test, precision, level, resamples, seed), precision),
    }


def main() -> None:
    """Entry point."""
    try:
        given = read_arguments(sys.argv[1:], DEFAULTS, __doc__ or "")
        precisions = [read_number("precision", one) for one in given["precision"].split(",")]
        confidence, seed = (read_number(name, given[name]) for name in ("confidence", "seed"))
        if not all(0 < one < 1 for one in (*precisions, confidence)):
            asked = f"precision={given['precision']} confidence={given['confidence']}"
            raise ConfigError(f"{asked}: expected numbers between 0 and 1, both excluded")
        if not seed.is_integer():
            raise ConfigError(f"seed={given['seed']}: expected a whole number, 0 or more")
        settings = {
            "precisions": precisions,
            "confidence": confidence,
            "resamples": read_count("resamples", given["resamples"]),
            "seed": int(seed),
        }
        folders = [Path(one).resolve() for one in given["runs"].split(",") if one]
        os.chdir(ROOT)
        parts = {one.name: (of_run(one), [f"run {one.name}"]) for one in folders} or {"supportdesk_crf": (bundled(), BUNDLED)}
        record = {
            **settings,
            "taggers": {name: measure(dataset, rows, asked, settings) for name, ((dataset, rows), asked) in parts.items()},
            "environment": {"hardware": machine.hardware(), "threads": machine.threads(), "versions": machine.versions()},
        }
        write_json(Path(given["record"]) if given["record"] else RECORD if given == DEFAULTS else ELSEWHERE, record)
    except NlprefError as error:
        sys.exit(f"error: {error}")
    for name, row in record["taggers"].items():
        for made in row["promises"]:
            for way in ("observed", "pool", "test"):
                one = made[way]
                shown = f"holds {one['held']['value']:.3f} [{one['held']['low']:.3f}, {one['held']['high']:.3f}]"
                means = f"coverage {one['mean_coverage']:.3f}, precision {one['mean_precision']:.3f}"
                print(f"{name:24} {made['precision']:<5g} {way:9} {shown}, {means}, {one['nothing_kept']} without any span")


if __name__ == "__main__":
    main()
