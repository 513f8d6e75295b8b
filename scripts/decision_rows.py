"""Rows of the README about decisions and few labels, from the committed records."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nlpref.results import EvalResult

__all__ = ["decisions"]

CALIBRATED = {"BANKING77": "banking77_calibrated", "TweetEval sentiment": "tweeteval_sentiment_calibrated"}
SCOPE = {"CLINC150": "clinc150_out_of_scope"}
WEAK = {
    "no gold label": "youtube_weak",
    "50 gold labels": "youtube_weak50",
    "all labels": "youtube_supervised",
}
PROMISED = {
    "banking77_frozen": ("BANKING77", "frozen MiniLM"),
    "supportdesk_tfidf": ("bundled tickets", "TF-IDF"),
}
RANKED = {
    "nlpref log_ratio": "ours",
    "cleanlab self_confidence": "cleanlab, same probabilities, its default score",
    "cleanlab normalized_margin": "cleanlab, same probabilities, its margin",
}


def decisions(results: Callable[[str], Sequence[EvalResult]], experiments: Mapping[str, Any], records: Path) -> Iterator[str]:
    """A row for each figure.

    Args:
        results: Gives the records of an experiment by its name.
        experiments: How each was made, see ``benchmarks/evidence.py``.
        records: Folder of the records that have a script of their own.
    """
    yield "| data | what | figure, 95 % interval | n | run |"
    yield "|---|---|---|---|---|"
    for data, what, figure, name, found in _figures(results):
        yield f"| {data} | {what} | {figure} | {found.n:,} | `{' '.join(experiments[name][0])}` |"
    yield from _promises(json.loads((records / "promised_risk.json").read_text("utf-8")))
    yield from _label_errors(json.loads((records / "label_errors.json").read_text("utf-8")))


def _promises(record: Mapping[str, Any]) -> Iterator[str]:
    """In what share of the resamples a promise held, counted in both ways."""
    for name, row in record["classifiers"].items():
        data, model = PROMISED[name]
        for one in row["promises"]:
            seen, true = one["observed"], one["pool"]
            if seen["nothing_answered"]:  # where nothing is answered a promise holds, which tells nothing
                continue
            what = (
                f"{model}: at most {one['risk']:g} of answers wrong, promised with confidence {record['confidence']:g}; share of "
                f"{record['resamples']} resamples that hold ({seen['mean_answered']:.2f} of texts answered)"
            )
            figure = f"{_shown(true['held'])}; as observed on the half left over {seen['held']['value']:.4f}"
            yield f"| {data} | {what} | {figure} | {row['n']:,} | `python benchmarks/promises.py` |"


def _label_errors(record: Mapping[str, Any]) -> Iterator[str]:
    """Precision among the most suspicious labels, ours and cleanlab's."""
    metric = f"precision_at_recall_{record['recall']:g}"
    for name, title in RANKED.items():
        what = f"{record['wrong']} hidden wrong labels in `{record['split']}`: precision at recall {record['recall']:g}, {title}"
        figure = _shown(record["rankings"][name][metric])
        if name in record["ahead_of"]:
            ahead = record["ahead_of"][name]
            figure += f"; ours is ahead by {ahead['value']:+.4f} [{ahead['low']:+.4f}, {ahead['high']:+.4f}]"
        yield f"| bundled tickets | {what} | {figure} | {record['n']:,} | `python benchmarks/label_errors.py` |"


def _figures(results: Callable[[str], Sequence[EvalResult]]) -> Iterator[tuple[str, str, str, str, EvalResult]]:
    for data, name in SCOPE.items():
        for found in results(name):
            best = found.details["scope_scores"]["combined"]["recall@0.95"]
            yield data, "out-of-scope recall where in-scope accuracy is 0.95", _shown(best), name, found
            promised = found.details["scope_threshold"]["promised"]["in_scope_accuracy"]
            title = f"at the threshold chosen on validation for {promised:g}"
            yield data, f"{title}: out-of-scope recall", _shown(_metric(found, "out_of_scope_recall")), name, found
            yield data, f"{title}: in-scope accuracy", _shown(_metric(found, "in_scope_accuracy")), name, found
    for data, name in CALIBRATED.items():
        for found in results(name):
            before, after = (found.details["calibration"][side]["ece"] for side in ("before", "after"))
            method = found.details["calibration"]["method"]
            yield data, "calibration error (ECE) of the linear model as it is", f"{before:.4f}", name, found
            yield (
                data,
                f"the same, calibrated by {method} ({after / before:.2f} of it)",
                _shown(_metric(found, "ece")),
                name,
                found,
            )
    for title, name in WEAK.items():
        for found in results(name):
            yield "YouTube comments", f"spam, {title}: accuracy", _shown(_metric(found, "accuracy")), name, found


def _metric(found: EvalResult, name: str) -> dict[str, float]:
    one = found.metrics[name]
    return {"value": one.value, "low": one.low, "high": one.high}


def _shown(one: Mapping[str, float]) -> str:
    return f"**{one['value']:.4f}** [{one['low']:.4f}, {one['high']:.4f}]"
