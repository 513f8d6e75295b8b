"""Groups of texts on which a model is wrong more often than on the rest, found among many by a corrected test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import hypergeom

from nlpref.errors import InputError
from nlpref.metrics.multiple import ALPHA, holm
from nlpref.metrics.significance import estimates
from nlpref.results import Estimate

__all__ = ["SUPPORT", "Column", "Slice", "find_slices"]

SUPPORT = 20
"""Texts that a slice must have, and that must be outside of it."""
_CATEGORIES = 8
"""Numbers of so few distinct values are taken as they are; others are cut into fifths."""
_MOST = 60
"""A column of words with more distinct values than this, such as one of names, has no slices."""

Shown = Callable[[float], str]


@dataclass(frozen=True)
class Column:
    """What is known of each text, by which slices are cut.

    Args:
        name: What it is.
        values: One for each text; None where it is not known. Strings are compared, numbers are cut into fifths.
        shown: How a number is written.
    """

    name: str
    values: Sequence[str | float | None]
    shown: Shown = "{:g}".format


@dataclass(frozen=True)
class Slice:
    """Texts that share a value, or a range of values.

    Args:
        column: Name of what they share.
        value: Its value or range.
        n: Number of these texts.
        wrong: How many of them the model has wrong.
        rest_n: Number of all other texts.
        rest_wrong: How many of those it has wrong.
        p_value: Of as many errors or more in a random group of this size, adjusted for all slices that were tested.
        interval: Of the share that is wrong, by bootstrap over clusters; None if it was not asked for.
    """

    column: str
    value: str
    n: int
    wrong: int
    rest_n: int
    rest_wrong: int
    p_value: float
    interval: Estimate | None = None

    @property
    def rate(self) -> float:
        """Share of these texts that is wrong."""
        return self.wrong / self.n

    @property
    def rest_rate(self) -> float:
        """Share of all other texts that is wrong."""
        return self.rest_wrong / self.rest_n

    @property
    def weak(self) -> bool:
        """Whether its error rate is higher than that of the rest by more than chance."""
        return self.p_value <= ALPHA


def find_slices(
    wrong: Sequence[bool] | NDArray[np.bool_],
    columns: Sequence[Column],
    support: int = SUPPORT,
    clusters: Sequence[int] | NDArray[np.int64] | None = None,
) -> list[Slice]:
    """Test every slice that is large enough; the least probable comes first.

    The test is exact and one-sided: the chance of at least as many errors when a group of this size is drawn at random
    (Fisher); p-values are adjusted over all slices of all columns (Holm).

    Args:
        wrong: Whether the model is wrong, (n_texts,).
        columns: What slices are cut by.
        support: Texts that a slice, and the rest, must have.
        clusters: For each text the number, from 0, of what it came with, such as the sentence of an entity. Then each weak slice
            has an interval by bootstrap over clusters; the test takes texts as independent all the same.

    Raises:
        InputError: if a column, or ``clusters``, is not as long as ``wrong``, or the support is below 1.

    Source: Fisher 1922; Holm 1979; Chung et al. 2019, Slice Finder (the idea of searching slices with a test).

    Example:
        >>> wrong = [True] * 30 + [False] * 70
        >>> channel = ["phone"] * 40 + ["mail"] * 60
        >>> [(one.value, one.rate, one.weak) for one in find_slices(wrong, [Column("channel", channel)])]
        [('phone', 0.75, True), ('mail', 0.0, False)]
    """
    errors = np.asarray(wrong, dtype=bool)
    if support < 1:
        raise InputError(f"support must be at least 1, got {support}")
    if uneven := [column.name for column in columns if len(column.values) != len(errors)]:
        raise InputError(f"{', '.join(uneven)}: expected a value, or None, for each of the {len(errors)} texts")
    if clusters is not None and len(clusters) != len(errors):
        raise InputError(f"clusters: expected a number for each of the {len(errors)} texts, got {len(clusters)}")
    found = [
        (column.name, value, members)
        for column in columns
        for value, members in _groups(column, support)
        if support <= members.sum() <= len(errors) - support
    ]
    chances = [
        float(hypergeom.sf((errors & members).sum() - 1, len(errors), errors.sum(), members.sum())) for _, _, members in found
    ]
    slices = [
        Slice(
            *(name, value),
            n=int(members.sum()),
            wrong=int((errors & members).sum()),
            rest_n=int((~members).sum()),
            rest_wrong=int((errors & ~members).sum()),
            p_value=p_value,
        )
        for (name, value, members), p_value in zip(found, holm(chances), strict=True)
    ]
    if clusters is not None:
        places = np.asarray(clusters, dtype=np.int64)
        slices = [
            replace(one, interval=_interval(errors[members], places[members])) if one.weak else one
            for one, (*_, members) in zip(slices, found, strict=True)
        ]
    order = sorted(range(len(slices)), key=lambda row: (chances[row], -slices[row].rate, slices[row].column, slices[row].value))
    return [slices[row] for row in order]


def _interval(errors: NDArray[np.bool_], clusters: NDArray[np.int64]) -> Estimate:
    """Share of errors, resampled by those clusters that have a member."""
    _, places = np.unique(clusters, return_inverse=True)
    sizes = np.bincount(places).astype(np.float64)
    wrong = np.bincount(places, weights=errors.astype(np.float64))
    return estimates(lambda weights: {"share": (wrong @ weights) / (sizes @ weights)}, len(sizes))["share"]


def _groups(column: Column, support: int) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    known = [value for value in column.values if value is not None]
    distinct = sorted({str(value) for value in known})
    if any(isinstance(value, str) for value in known):
        texts = np.array(["" if value is None else f"={value}" for value in column.values], dtype=object)
        if len(distinct) <= _MOST:
            yield from ((value, np.asarray(texts == f"={value}", dtype=bool)) for value in distinct)
        return
    numbers = np.array([np.nan if value is None else float(value) for value in column.values])
    finite = numbers[np.isfinite(numbers)]
    if not len(finite):
        return
    edges = _edges(finite, support)
    fifths = np.searchsorted(edges, numbers, side="left")
    for number in np.unique(fifths[np.isfinite(numbers)]):
        members = (fifths == number) & np.isfinite(numbers)
        low, high = column.shown(float(numbers[members].min())), column.shown(float(numbers[members].max()))
        yield low if low == high else f"{low} to {high}", members


def _edges(numbers: NDArray[np.float64], support: int) -> list[float]:
    """Highest number of each group but perhaps the last: of each distinct number, or of ranges of a fifth of the texts."""
    distinct, counts = np.unique(numbers, return_counts=True)
    if len(distinct) <= _CATEGORIES:
        return [float(number) for number in distinct]
    edges: list[float] = []
    held = 0
    for number, count in zip(distinct.tolist(), counts.tolist(), strict=True):
        held += count
        if 5 * held >= len(numbers):
            edges.append(number)
            held = 0
    return edges[:-1] if 0 < held < support and len(edges) > 1 else edges  # too few for a group of their own join the last
