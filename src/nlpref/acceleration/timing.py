"""Backends timed in turns, on one input and on all of a sample."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import cycle
from typing import Any

import numpy as np

from nlpref.acceleration.trial import Trial
from nlpref.latency import alternate

__all__ = ["timed"]

SINGLES, PASSES = 40, 5


def timed(trials: Sequence[Trial], method: str, inputs: Sequence[Any]) -> list[Trial]:
    """The trials with their times; the refused are left as they are, and so is a single usable one.

    Args:
        trials: What was tried; the first usable one is the baseline.
        method: Name of the method of the models that is timed.
        inputs: What it is given, one by one and all at once.
    """
    usable = {trial.backend: getattr(trial.model, method) for trial in trials if not trial.refused}
    if len(usable) < 2:
        return list(trials)
    baseline = next(iter(usable))
    one = alternate({name: _one(call, method, inputs) for name, call in usable.items()}, rounds=SINGLES, baseline=baseline)
    every = alternate(
        {name: _all(call, method, inputs) for name, call in usable.items()}, rounds=PASSES, baseline=baseline, warmup=1
    )
    found = []
    for trial in trials:
        if trial.backend not in usable or trial.refused:
            found.append(trial)
            continue
        one_ms, all_ms = (float(np.median(measured.times_ms[trial.backend])) for measured in (one, every))
        ratios = {
            kind: [ratio.value, ratio.low, ratio.high]
            for kind, measured in (("one", one), ("all", every))
            if (ratio := measured.ratios.get(trial.backend)) is not None
        }
        found.append(replace(trial, one_ms=one_ms, all_ms=all_ms, ratios=ratios))
    return found


def _one(call: Callable[..., Any], method: str, inputs: Sequence[Any]) -> Callable[[], Any]:
    """The next input, over and over."""
    source = cycle(inputs)
    return (lambda: _scored(call, *next(source))) if method == "score" else (lambda: call([next(source)]))


def _all(call: Callable[..., Any], method: str, inputs: Sequence[Any]) -> Callable[[], Any]:
    if method == "score":
        return lambda: [_scored(call, query, texts) for query, texts in inputs]
    return lambda: call(list(inputs))


def _scored(score: Callable[..., Any], query: str, texts: Sequence[tuple[str, Any]]) -> Any:
    return score(query, [text for text, _ in texts])
