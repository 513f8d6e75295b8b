"""A model as something to ship: its quality, what was measured of its speed and size, and which folder holds it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

from nlpref.report.cost import PRICE, model_cost
from nlpref.report.frontier import Point
from nlpref.report.leaderboard import Leaderboard, Model
from nlpref.report.runs import SavedRun
from nlpref.results import Estimate

__all__ = ["Candidate", "candidates"]

MODEL = "model"
"""Folder inside a run that holds the model."""


@dataclass(frozen=True)
class Candidate:
    """One model of a leaderboard. What was not measured is None.

    Args:
        model: Its runs.
        quality: The primary metric, mean over the seeds.
        p50_ms: Median latency at batch 1 in ms; ``p95_ms`` likewise.
        throughput_per_s: Inputs per second, batched.
        memory_mb: Peak memory in 10^6 bytes; ``disk_mb`` is the size of the saved model.
        cost: Of a million inputs, in the currency of the price; None for all models if it is not known of each that was timed.
    """

    model: Model
    quality: Estimate
    p50_ms: float | None
    p95_ms: float | None
    throughput_per_s: float | None
    memory_mb: float | None
    disk_mb: float | None
    cost: float | None

    @property
    def name(self) -> str:
        """Name of the model on its leaderboard."""
        return self.model.name

    @property
    def run(self) -> SavedRun:
        """The run to ship: the one of median quality among those that kept their model, so not the luckiest seed."""
        kept = tuple(run for run in self.model.runs if (run.folder / MODEL).is_dir())
        return replace(self.model, runs=kept).typical if kept else self.model.typical

    @property
    def folder(self) -> Path | None:
        """Folder of the saved model; None if no run kept it."""
        found = self.run.folder / MODEL
        return found if found.is_dir() else None

    @property
    def point(self) -> Point:
        """Where the model stands against others; infinitely slow as long as it was not timed."""
        latency = math.inf if self.p95_ms is None else self.p95_ms
        return Point(self.quality.value, latency, 0.0 if self.cost is None else self.cost)

    @property
    def expense(self) -> float:
        """What is to be kept low among models that are equally good: the cost, or p95 where that is not known."""
        return self.point.latency_ms if self.cost is None else self.cost


def candidates(board: Leaderboard, price: float = PRICE) -> list[Candidate]:
    """The models of a leaderboard, best first.

    Raises:
        InputError: if the price is not a finite number of 0 or more.
    """
    costs = {model.name: model_cost(model, price) for model in board.models}
    priced = all(costs[model.name] is not None for model in board.timed)  # costs of cores and of GPUs cannot be compared
    return [
        Candidate(
            model=model,
            quality=board.quality(model),
            p50_ms=model.latency("p50_ms"),
            p95_ms=model.latency("p95_ms"),
            throughput_per_s=model.latency("throughput_per_s"),
            memory_mb=model.latency("memory_mb"),
            disk_mb=model.latency("disk_mb"),
            cost=costs[model.name] if priced else None,
        )
        for model in board.models
    ]
