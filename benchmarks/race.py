"""Rivals in a race: they take turns in random order, and each is divided by its peer, round by round."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nlpref.latency import timed
from nlpref.metrics.significance import interval

Call = Callable[[], Any]


@dataclass(frozen=True)
class Rivals:
    """One comparison.

    Args:
        title: What is done.
        peer: Name of the peer among ``calls``.
        calls: By name, what does it once; or a list of calls, whose times have percentiles.
        limits: Most of the peer's time that each of ours may take.
        unit: What ``per_call`` counts.
        per_call: Things done by one call.
    """

    title: str
    peer: str
    calls: Mapping[str, Call | Sequence[Call]]
    limits: Mapping[str, float]
    unit: str
    per_call: int


def race(rivals: Rivals, rounds: int) -> dict[str, Any]:
    """Let the rivals take turns; ratios of total time, and of p50 and p95 where single calls were timed."""
    names = list(rivals.calls)
    random = np.random.default_rng(0)
    found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for turn in range(rounds + 1):  # the first one warms up
        for position in random.permutation(len(names)):
            times = _times(rivals.calls[names[position]])
            if turn:
                found[names[position]].append(_summary(times))
    return {
        "title": rivals.title, "peer": rivals.peer, "unit": rivals.unit, "per_call": rivals.per_call, "rounds": rounds,
        "rivals": {name: _figures(found[name], found[rivals.peer], rivals, name) for name in names},
    }  # fmt: skip


def _times(calls: Call | Sequence[Call]) -> list[float]:
    times = []
    for call in [calls] if callable(calls) else calls:
        with timed() as watch:
            call()
        times.append(watch.ms)
    return times


def _summary(times: list[float]) -> dict[str, float]:
    if len(times) == 1:
        return {"total": times[0]}
    return {"p50": float(np.percentile(times, 50)), "p95": float(np.percentile(times, 95))}


def _figures(ours: list[dict[str, float]], theirs: list[dict[str, float]], rivals: Rivals, name: str) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for key in ours[0]:
        times, base = np.array([row[key] for row in ours]), np.array([row[key] for row in theirs])
        ratio = interval(lambda rows, a=times, b=base: float(np.median(a[rows] / b[rows])), len(times))
        figures[key] = {"ms": float(np.median(times)), "ratio": [ratio.value, ratio.low, ratio.high]}
        if key == "total":
            figures[key]["per_s"] = rivals.per_call * 1000 / float(np.median(times))
    return {**figures, "limit": rivals.limits[name]} if name in rivals.limits else figures


def show(record: Mapping[str, Any]) -> None:
    """Print what was measured."""
    print(f"{record['title']} (against {record['peer']})")
    for name, figures in record["rivals"].items():
        for key in ("p50", "p95", "total"):
            if key in figures:
                value, low, high = figures[key]["ratio"]
                limit = f", at most {figures['limit']:.2f}" if "limit" in figures else ""
                rate = f", {figures[key]['per_s']:.0f} {record['unit']}s/s" if "per_s" in figures[key] else ""
                print(f"  {name:38} {key:5} {figures[key]['ms']:9.2f} ms  {value:.3f} [{low:.3f}, {high:.3f}]{limit}{rate}")
