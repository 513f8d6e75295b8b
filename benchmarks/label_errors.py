"""How well suspicion finds the hidden wrong labels of the bundled corpus, beside cleanlab on the same probabilities.

    python benchmarks/label_errors.py                     training tickets, five folds, two divisions

Every training ticket is judged by models that have not learned from it: frozen MiniLM and TF-IDF, whose logarithms of
probabilities are averaged. The very same probabilities are ranked by ``nlpref`` (its default, ``log_ratio``) and by the
scores of cleanlab, of which ``self_confidence`` is the default. Precision is that of the shortest list, most suspicious
first, that holds 0.7 of the wrong labels; intervals are over tickets, differences on the same ones. Settings are those of
the command in the help of ``nlpref.label_errors``; the truth is used for scoring alone.

Writes ``benchmarks/records/label_errors.json``, or with other arguments ``runs/label_errors/record.json``.

  folds=     parts; each is judged by what learned from the others    (default 5)
  repeats=   divisions into parts                                     (default 2)
  seed=      of the first division                                    (default 0)
"""

from __future__ import annotations

import os
import sys
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpref import machine
from nlpref.arguments import read_arguments, read_count, read_number
from nlpref.classification.confident_learning import doubted, suspicion
from nlpref.classification.label_errors import averaged_out_of_fold
from nlpref.config import build, check, plain
from nlpref.data.dataset import split_revision
from nlpref.errors import ConfigError, NlprefError
from nlpref.metrics.detection import RECALL, detection_estimates, precision_at_recall
from nlpref.metrics.significance import interval
from nlpref.overrides import check_overrides
from nlpref.storage import write_json

ROOT = Path(__file__).resolve().parents[1]
RECORD, ELSEWHERE = Path("benchmarks/records/label_errors.json"), Path("runs/label_errors/record.json")
CLASSIFIERS = {"frozen": ("C=10", "folds=3"), "tfidf": ("C=0.3", "folds=3")}
SPLIT, TRUTH, RESAMPLES = "train", "true_intent", 1000
OURS, THEIRS = "nlpref log_ratio", "cleanlab self_confidence"
THEIR_SCORES = ("self_confidence", "normalized_margin", "confidence_weighted_entropy")
DEFAULTS = {"folds": "5", "repeats": "2", "seed": "0"}
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def parts() -> tuple[Any, list[Any]]:
    """The bundled corpus and the classifiers that judge it, not trained."""
    classifiers = []
    for name, settings in CLASSIFIERS.items():
        asked = ["task=classification", "dataset=supportdesk", f"classifier={name}", *(f"classifier.{one}" for one in settings)]
        config = plain(check_overrides("train", asked))
        check(config)
        classifiers.append(build(config["classifier"]))
    return build(config["dataset"]), classifiers


def rankings(probabilities: Floats, codes: NDArray[np.intp]) -> dict[str, tuple[Floats, Flags]]:
    """Of each way its suspicion and which labels it flags, both (n_texts,), higher is more suspicious."""
    try:
        from cleanlab.filter import find_label_issues
        from cleanlab.rank import get_label_quality_scores
    except ImportError as error:
        raise ConfigError(f"cleanlab is compared and could not be imported ({error}); install the extra dev") from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        flagged = np.asarray(find_label_issues(codes, probabilities, n_jobs=1), dtype=bool)
        theirs = {name: 1 - get_label_quality_scores(codes, probabilities, method=name) for name in THEIR_SCORES}
    return {
        OURS: (suspicion(probabilities, codes), doubted(probabilities, codes)),
        **{f"cleanlab {name}": (scores, flagged) for name, scores in theirs.items()},
    }


def measure(folds: int, repeats: int, seed: int) -> dict[str, Any]:
    """The record: each way's figures, and ours minus that of cleanlab."""
    dataset, classifiers = parts()
    examples = dataset.split(SPLIT)
    averaged = averaged_out_of_fold(classifiers, examples, folds, repeats=repeats, seed=seed, progress=sys.stderr.isatty())
    codes = np.unique([one.label for one in examples], return_inverse=True)[1]
    wrong = np.array([one.label != one.facts[TRUTH] for one in examples])
    ranked = rankings(averaged, codes)
    own, n = ranked[OURS][0], len(examples)

    def beyond(other: Floats) -> dict[str, float]:
        def difference(rows: NDArray[np.int64]) -> float:
            return precision_at_recall(own[rows], wrong[rows]) - precision_at_recall(other[rows], wrong[rows])

        return asdict(interval(difference, n, RESAMPLES))

    return {
        "dataset": {"name": dataset.name, "revision": dataset.revision, "scored": split_revision(dataset, SPLIT)},
        "split": SPLIT,
        "n": n,
        "wrong": int(wrong.sum()),
        "seed": seed,
        "folds": folds,
        "repeats": repeats,
        "recall": RECALL,
        "classifiers": {name: list(settings) for name, settings in CLASSIFIERS.items()},
        "rankings": {
            name: {
                metric: asdict(value) for metric, value in detection_estimates(scores, flags, wrong, resamples=RESAMPLES).items()
            }
            for name, (scores, flags) in ranked.items()
        },
        "ahead_of": {name: beyond(scores) for name, (scores, _) in ranked.items() if name != OURS},
        "environment": {
            "hardware": machine.hardware(),
            "threads": machine.threads(),
            "versions": machine.versions((*machine.LIBRARIES, "cleanlab")),
        },
    }


def main() -> None:
    """Entry point."""
    try:
        given = read_arguments(sys.argv[1:], DEFAULTS, __doc__ or "")
        folds, repeats = (read_count(name, given[name]) for name in ("folds", "repeats"))
        seed = read_number("seed", given["seed"])
        if not seed.is_integer():
            raise ConfigError(f"seed={given['seed']}: expected a whole number, 0 or more")
        os.chdir(ROOT)
        record = measure(folds, repeats, int(seed))
        write_json(RECORD if given == DEFAULTS else ELSEWHERE, record)
    except NlprefError as error:
        sys.exit(f"error: {error}")
    for name, found in record["rankings"].items():
        print(f"{name:36}", *(f"{metric} {v['value']:.3f} [{v['low']:.3f}, {v['high']:.3f}]" for metric, v in found.items()))
    for name, v in record["ahead_of"].items():
        print(f"ahead of {name:27} {v['value']:+.3f} [{v['low']:+.3f}, {v['high']:+.3f}]")


if __name__ == "__main__":
    main()
