"""Conditions on facts: what a document must be to be found at all."""

from __future__ import annotations

import bisect
import re
from collections.abc import Collection as Sized
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nlpref.collection.facts import FactTable
from nlpref.errors import InputError

__all__ = ["Between", "Equals", "Filter", "OneOf", "read_filters"]

Value = str | int | float
_CONDITION = re.compile(r"\s*(?P<field>[^=<>]+?)\s*(?P<sign>>=|<=|=)\s*(?P<value>.*?)\s*")


class Filter(Protocol):
    """A condition on one fact."""

    @property
    def field(self) -> str:
        """Name of the fact."""
        ...

    def holds(self, table: FactTable, size: int) -> NDArray[np.bool_]:
        """For which of a table's documents it holds, (size,)."""
        ...


@dataclass(frozen=True)
class OneOf:
    """The fact is one of some values; a text never equals a number.

    Raises:
        InputError: if the values are no collection of texts and numbers.
    """

    field: str
    values: Sequence[Value]

    def __post_init__(self) -> None:
        if isinstance(self.values, str) or not isinstance(self.values, Sized):
            raise InputError(
                f"a filter on {self.field!r} has the values {self.values!r:.40}, expected a list of texts or numbers"
            )
        for value in self.values:
            _check_value(self.field, value)

    def holds(self, table: FactTable, size: int) -> NDArray[np.bool_]:
        """For which of a table's documents it holds, (size,)."""
        held = np.zeros(size, dtype=bool)
        if (codes := table.codes(self.field)) is not None:
            code = {value: number for number, value in enumerate(table.values[self.field])}
            held |= np.isin(codes, [code[value] for value in self.values if isinstance(value, str) and value in code])
        if (numbers := table.numbers(self.field)) is not None:
            held |= np.isin(numbers, [float(value) for value in self.values if not isinstance(value, str)])
        return held


@dataclass(frozen=True)
class Equals:
    """The fact is one value.

    Raises:
        InputError: if it is neither text nor number.
    """

    field: str
    value: Value

    def __post_init__(self) -> None:
        _check_value(self.field, self.value)

    def holds(self, table: FactTable, size: int) -> NDArray[np.bool_]:
        """For which of a table's documents it holds, (size,)."""
        return OneOf(self.field, [self.value]).holds(table, size)


@dataclass(frozen=True)
class Between:
    """The fact lies in a range, ends included: of numbers, or of texts in the order of code points (as ISO dates are).

    Args:
        field: Name of the fact.
        low: Least value; None for no bound.
        high: Greatest value; None for no bound.

    Raises:
        InputError: if there is no bound, or one is a text and the other a number.
    """

    field: str
    low: Value | None = None
    high: Value | None = None

    def __post_init__(self) -> None:
        bounds = [bound for bound in (self.low, self.high) if bound is not None]
        for bound in bounds:
            _check_value(self.field, bound)
        if len({isinstance(bound, str) for bound in bounds}) != 1:
            raise InputError(
                f"a range of {self.field!r} from {self.low!r} to {self.high!r}, expected two numbers, two texts, or one of them"
            )

    def holds(self, table: FactTable, size: int) -> NDArray[np.bool_]:
        """For which of a table's documents it holds, (size,)."""
        low, high = self.low, self.high
        if isinstance(low, str) or isinstance(high, str):
            if (codes := table.codes(self.field)) is None:
                return np.zeros(size, dtype=bool)
            values = table.values[self.field]
            first = 0 if low is None else bisect.bisect_left(values, str(low))
            after = len(values) if high is None else bisect.bisect_right(values, str(high))
            return (codes >= first) & (codes < after)
        if (numbers := table.numbers(self.field)) is None:
            return np.zeros(size, dtype=bool)
        held: NDArray[np.bool_] = ~np.isnan(numbers)
        if low is not None:
            held &= numbers >= low
        if high is not None:
            held &= numbers <= high
        return held


def read_filters(text: str, numeric: Sized[str]) -> list[Filter]:
    """Conditions as they are written on a command line, with commas between them.

    Args:
        text: Such as ``lang=en|de, year>=2020``.
        numeric: Fields whose bounds are numbers.

    Raises:
        InputError: if a part is no condition.

    Example:
        >>> read_filters("lang=en|de, year>=2020", ["year"])
        [OneOf(field='lang', values=('en', 'de')), Between(field='year', low=2020.0, high=None)]
    """
    filters: list[Filter] = []
    for part in filter(str.strip, text.split(",")):
        if not (match := _CONDITION.fullmatch(part)):
            raise InputError(
                f"{part.strip()!r} is no condition; expected field=value, field=one|other, field>=value or field<=value"
            )
        field, value = match["field"], match["value"]
        if match["sign"] == "=":
            read = tuple(_read(field, one, numeric) for one in value.split("|"))
            filters.append(Equals(field, read[0]) if len(read) == 1 else OneOf(field, read))
        else:
            bound = _read(field, value, numeric)
            filters.append(Between(field, low=bound) if match["sign"] == ">=" else Between(field, high=bound))
    return filters


def _read(field: str, value: str, numeric: Sized[str]) -> Value:
    if field not in numeric:
        return value
    try:
        return float(value)
    except ValueError:
        raise InputError(f"{field!r} holds numbers, and {value!r} is none") from None


def _check_value(field: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, str | int | float) or value != value:
        raise InputError(f"a filter on {field!r} has the value {value!r:.40}, expected a text or a number")
