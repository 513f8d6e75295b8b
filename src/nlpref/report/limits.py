"""What a model has to keep to if it is to be shipped, and by how much it does not."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from nlpref.errors import InputError
from nlpref.report import titles, words
from nlpref.report.candidate import Candidate

__all__ = ["Limits", "Miss"]

_UNKNOWN = {"p95_ms": "p95", "max_memory_mb": "peak memory", "max_disk_mb": "size on disk"}
_SLACK = 1e-9
"""Share by which a limit may be missed: a mean of seeds that is 0.8 on paper may be 0.79999999999 in floating point."""


@dataclass(frozen=True)
class Miss:
    """A limit that a model does not keep.

    Args:
        limit: Name of the limit, a field of ``Limits``.
        text: What is wrong, in words.
        needed: The limit that would admit the model, rounded so that it does; None if nothing was measured.
        excess: How far it is off: the logarithm of found over asked, or of asked over found for quality.
    """

    limit: str
    text: str
    needed: float | None = None
    excess: float = math.inf


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits of latency, quality and size; None asks for nothing.

    Args:
        p95_ms: Longest p95 of one prediction, in milliseconds.
        min_quality: Lowest primary metric, 0 to 1. The measured value has to reach it, not its interval.
        max_memory_mb: Largest peak memory, in 10^6 bytes.
        max_disk_mb: Largest size on disk, in 10^6 bytes.

    Raises:
        InputError: if a limit is not a finite number above 0, or a quality is above 1.

    Example:
        >>> Limits(p95_ms=20, min_quality=0.9).asked
        {'p95_ms': 20, 'min_quality': 0.9}
    """

    p95_ms: float | None = None
    min_quality: float | None = None
    max_memory_mb: float | None = None
    max_disk_mb: float | None = None

    def __post_init__(self) -> None:
        for name, value in self.asked.items():
            if not (math.isfinite(value) and value > 0):
                raise InputError(f"{name} should be a finite number above 0, got {value}; leave it out to ask for nothing")
        if self.min_quality is not None and self.min_quality > 1:
            raise InputError(f"min_quality should be between 0 and 1, got {self.min_quality}; 92 percent are 0.92")

    @property
    def asked(self) -> dict[str, float]:
        """The limits that were given, by name."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in found.items() if value is not None}

    def misses(self, candidate: Candidate, metric: str) -> list[Miss]:
        """Limits that a model does not keep, or cannot be shown to; ``metric`` is the name of its quality."""
        found = [
            _above("p95_ms", "too slow", "p95", candidate.p95_ms, self.p95_ms, "ms"),
            self._below(candidate, metric),
            _above("max_memory_mb", "too much memory", "peak", candidate.memory_mb, self.max_memory_mb, "MB"),
            _above("max_disk_mb", "too large on disk", "model", candidate.disk_mb, self.max_disk_mb, "MB"),
        ]
        return [miss for miss in found if miss is not None]

    def _below(self, candidate: Candidate, metric: str) -> Miss | None:
        asked, found = self.min_quality, candidate.quality
        if asked is None or found.value >= asked * (1 - _SLACK):
            return None
        gap = words.points(asked - found.value)
        told = f"below the quality asked for: {titles.metric(metric)} {words.decimal(found.value)} "
        told += f"(95 % interval {words.interval(found.low, found.high)}), {gap} under {asked:g}"
        if found.high >= asked:
            told += "; its interval reaches that, so it may be chance"
        needed = math.floor(found.value * 1000 * (1 + _SLACK)) / 1000
        return Miss("min_quality", told, needed, math.log(asked / found.value) if found.value > 0 else math.inf)


def _above(limit: str, fault: str, noun: str, found: float | None, asked: float | None, unit: str) -> Miss | None:
    if asked is None:
        return None
    if found is None:
        return Miss(limit, f"{_UNKNOWN[limit]} was not measured, so {limit}={asked:g} cannot be shown to hold")
    if found <= asked * (1 + _SLACK):
        return None
    more = f"{words.significant(found - asked)} {unit} ({words.percent(found / asked - 1)})"
    text = f"{fault}: {noun} {words.significant(found)} {unit}, {more} over the {asked:g} {unit} allowed"
    return Miss(limit, text, _rounded_up(found), math.log(found / asked))


def _rounded_up(value: float) -> float:
    """To three significant digits, never down."""
    step = 10.0 ** (math.floor(math.log10(value)) - 2)
    return float(f"{math.ceil(value / step * (1 - _SLACK)) * step:.6g}")
