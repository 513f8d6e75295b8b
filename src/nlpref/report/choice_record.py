"""A choice as JSON values, for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from nlpref.report.candidate import Candidate
from nlpref.report.choice import Choice
from nlpref.report.comparisons import ALPHA, Comparison
from nlpref.report.leaderboard import Leaderboard
from nlpref.report.rationale import caveats, why

__all__ = ["record"]


def record(choice: Choice, elsewhere: Sequence[Leaderboard] = (), unreadable: Sequence[str] = ()) -> dict[str, Any]:
    """The choice as JSON values; what was not measured is absent."""
    board, chosen = choice.board, choice.chosen
    others = {one.name: reasons for one, reasons in choice.others}
    every = sorted([*([chosen] if chosen else []), *(one for one, _ in choice.others)], key=lambda one: -one.quality.value)
    return {
        "task": board.task,
        **_group(board),
        "n": board.n,
        "metric": board.primary,
        "asked": choice.limits.asked,
        "price_per_core_hour": choice.price,
        "chosen": chosen.name if chosen else None,
        "folder": str(chosen.folder) if chosen and chosen.folder else None,
        "why": why(choice),
        "models": [
            {**_facts(one), "chosen": one is chosen, "reasons": [asdict(reason) for reason in others.get(one.name, ())]}
            for one in every
        ],
        "comparisons": [_comparison(one, choice.best.name) for one in choice.comparisons if choice.best],
        "nearest": [{"model": way.candidate.name, "limits": dict(way.limits)} for way in choice.ways],
        "scored_on_other_data": [{**_group(other), "models": _names(other)} for other in elsewhere],
        "unreadable": list(unreadable),
        "caveats": list(caveats(choice)),
    }


def _facts(one: Candidate) -> dict[str, Any]:
    measured = {
        "p50_ms": one.p50_ms,
        "p95_ms": one.p95_ms,
        "throughput_per_s": one.throughput_per_s,
        "memory_mb": one.memory_mb,
        "disk_mb": one.disk_mb,
        "cost_per_million": one.cost,
    }
    known = {name: value for name, value in measured.items() if value is not None}
    return {"model": one.name, "run": str(one.run.folder), "seeds": one.model.seeds, "quality": asdict(one.quality), **known}


def _comparison(one: Comparison, best: str) -> dict[str, Any]:
    """A test as JSON; where there was none, only the names."""
    names = {"best": best, "other": one.other.name}
    if one.test is None:
        return names
    test = {"metric": one.metric, "difference": one.test.difference, "low": one.test.low, "high": one.test.high}
    return {**names, **test, "adjusted_p_value": one.p_value, "distinguishable": one.p_value <= ALPHA}


def _group(board: Leaderboard) -> dict[str, str]:
    return {"dataset": board.dataset, "split": board.split, "revision": board.revision}


def _names(board: Leaderboard) -> list[str]:
    return [model.name for model in board.models]
