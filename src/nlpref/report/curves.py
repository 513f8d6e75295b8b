"""What a run's history says about its training."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["curves"]


def curves(history: Sequence[Mapping[str, Any]]) -> dict[str, list[tuple[float, float]]]:
    """Training loss and validation metrics over steps, as (step, value) pairs by title; a step reported twice counts once.

    A run that was killed and continued reports some steps again: the later report is the one that led to the model.

    Example:
        >>> curves([{"step": 1, "loss": 2.0}, {"step": 2, "loss": 1.5, "eval_f1": 0.4}])
        {'training loss': [(1.0, 2.0), (2.0, 1.5)], 'validation f1': [(2.0, 0.4)]}
    """
    found: dict[str, dict[float, float]] = {}
    for row in history:
        step = row.get("step")
        if not _finite(step):
            continue
        for name, value in row.items():
            title = _title(str(name))
            if title and _finite(value):
                found.setdefault(title, {})[float(step)] = float(value)  # type: ignore[arg-type]
    return {title: sorted(values.items()) for title, values in found.items()}


def _title(name: str) -> str:
    if name == "loss":
        return "training loss"
    return f"validation {name.removeprefix('eval_')}" if name.startswith("eval_") else ""


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
