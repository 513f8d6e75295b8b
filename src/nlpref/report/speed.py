"""The table beside the frontier: speed, size, cost, and which model makes another one needless."""

from __future__ import annotations

from nlpref.report import titles, words
from nlpref.report.cost import PRICE, model_cost
from nlpref.report.frontier import Point, dominators, numbers
from nlpref.report.leaderboard import Leaderboard
from nlpref.report.tables import Cell, Table

__all__ = ["speed_table"]

_FIELDS = {"p50 ms": "p50_ms", "p95 ms": "p95_ms", "p99 ms": "p99_ms", "Per second": "throughput_per_s"}
_SIZES = {"Memory MB": "memory_mb", "Disk MB": "disk_mb", "Load s": "load_s"}
_ON_FRONTIER = "on the frontier"


def speed_table(board: Leaderboard, price: float = PRICE) -> Table:
    """A row for each model: latency at batch 1, throughput, memory, size, time to load, cost, and what dominates it.

    Args:
        board: The models.
        price: Price of one core for one hour, in any currency; an assumption.

    Raises:
        InputError: if the price is not a finite number of 0 or more.
    """
    numbered, beaten = numbers(board), _dominated_by(board)
    rows = []
    for model in board.models:
        name = f"{numbered[model.name]}. {model.name}" if model.name in numbered else model.name
        by = beaten.get(model.name, "not timed")
        speeds, sizes = ([_measured(model.latency(field)) for field in fields.values()] for fields in (_FIELDS, _SIZES))
        cost = _measured(model_cost(model, price))
        rows.append([Cell(name, "", "head"), Cell(by, "", "text front" if by == _ON_FRONTIER else "text"), *speeds, cost, *sizes])
    return Table(_caption(board, price), ["Model", "Dominated by", *_FIELDS, "Cost per million", *_SIZES], rows)


def _caption(board: Leaderboard, price: float) -> str:
    batches = {run.latency.batch_size for model in board.models for run in model.runs if run.latency}
    batch = f" at batch {batches.pop()}" if len(batches) == 1 else ""
    noun = titles.examples(board.task)
    text = f"Speed, size and cost of each model, best quality first: {noun} per second{batch}; "
    return text + f"cost of a million {noun}, if a core-hour costs {price:g}, which is an assumption"


def _dominated_by(board: Leaderboard) -> dict[str, str]:
    """By name of each timed model what dominates it in quality and p95, as in the plot."""
    timed = [(model, latency) for model in board.models if (latency := model.latency("p95_ms")) is not None]
    found = dominators([Point(board.quality(model).value, latency) for model, latency in timed])
    names = [model.name for model, _ in timed]
    return {name: _ON_FRONTIER if row is None else names[row] for name, row in zip(names, found, strict=True)}


def _measured(value: float | None) -> Cell:
    return Cell(words.significant(value), "", "missing" if value is None else "")
