"""Faults of a data file: collected while it is read, reported together."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from pathlib import Path

from nlpref.errors import DataError

__all__ = ["Faults", "one_of"]


class Faults:
    """Keeps the first faults in full and counts the rest.

    Args:
        limit: How many to keep in full.

    >>> faults = Faults()
    >>> faults.add("train.csv", 7, "label", "''", "a label")
    >>> faults.raise_if_any()
    Traceback (most recent call last):
    nlpref.errors.DataError: 1 fault in the data:
      train.csv, line 7, label: found '', expected a label
    """

    def __init__(self, limit: int = 10) -> None:
        self.limit = limit
        self.shown: list[str] = []
        self.total = 0

    def add(self, file: str | Path, line: int | None, field: str, found: str, expected: str) -> None:
        """Note one fault; ``line`` counts from 1 and is None when the file has no lines to speak of."""
        self.total += 1
        if len(self.shown) < self.limit:
            place = ", ".join(part for part in (str(file), f"line {line}" if line else "", field) if part)
            self.shown.append(f"{place}: found {found}, expected {expected}")

    def raise_if_any(self) -> None:
        """End the reading.

        Raises:
            DataError: if there was a fault; shows the first ones and the total.
        """
        if self.total:
            raise DataError(self.shown, self.total)


def one_of(names: Collection[str], given: str = "") -> str:
    """Say what was expected: the nearest of the names where one is near, then the first few of them."""
    near = difflib.get_close_matches(given, names, n=1)
    first = sorted(names)[:8]
    listed = ", ".join(map(repr, first)) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
    return (f"{near[0]!r}? Known: " if near else "one of ") + (listed or "nothing")
