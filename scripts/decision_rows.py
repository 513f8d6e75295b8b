"""Rows of the README about decisions and few labels, from the committed records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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


def decisions(results: Callable[[str], Sequence[EvalResult]], experiments: Mapping[str, Any]) -> Iterator[str]:
    """A row for each figure.

    Args:
        results: Gives the records of an experiment by its name.
        experiments: How each was made, see ``benchmarks/evidence.py``.
    """
    yield "| data | what | figure, 95 % interval | n | run |"
    yield "|---|---|---|---|---|"
    for data, what, figure, name, found in _figures(results):
        yield f"| {data} | {what} | {figure} | {found.n:,} | `{' '.join(experiments[name][0])}` |"


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
