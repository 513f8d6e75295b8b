"""What is known of documents beside their text, by columns."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError

__all__ = ["FactTable", "check_facts"]

ABSENT = -1
"""Code of a text that a document does not have; a number that it does not have is NaN."""
LARGEST = 2**53
"""Beyond it, not every whole number is a float64."""


class FactTable:
    """Facts of documents: texts as codes into sorted values, numbers as float64. A field may hold both.

    Args:
        arrays: ``facts`` (names of fields and values, JSON in UTF-8), ``fact_codes`` int32 (n_fields, n_documents), and
            ``fact_numbers`` float64 (n_fields, n_documents).
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self.arrays = arrays

    @classmethod
    def of(cls, facts: Sequence[Mapping[str, str | int | float]]) -> Self:
        """A table in memory, of facts that ``check_facts`` has passed."""
        texts: dict[str, dict[int, str]] = {}
        numbers: dict[str, dict[int, float]] = {}
        for row, known in enumerate(facts):
            for field, value in known.items():
                if isinstance(value, str):
                    texts.setdefault(field, {})[row] = value
                else:
                    numbers.setdefault(field, {})[row] = float(value)
        values = {field: sorted(set(texts[field].values())) for field in sorted(texts)}
        codes = np.full((len(values), len(facts)), ABSENT, dtype=np.int32)
        for column, field in enumerate(values):
            code = {value: number for number, value in enumerate(values[field])}
            codes[column, list(texts[field])] = [code[value] for value in texts[field].values()]
        table = np.full((len(numbers), len(facts)), np.nan)
        for column, field in enumerate(sorted(numbers)):
            table[column, list(numbers[field])] = list(numbers[field].values())
        return cls(_packed(values, sorted(numbers), codes, table))

    @classmethod
    def merged(cls, tables: Sequence[Self], kept: Sequence[NDArray[np.bool_]]) -> Self:
        """One table of the documents that are kept of each."""
        size = sum(int(rows.sum()) for rows in kept)
        fields = sorted({field for table in tables for field in table.values})
        values: dict[str, list[str]] = {}
        codes = np.full((len(fields), size), ABSENT, dtype=np.int32)
        for column, field in enumerate(fields):
            values[field] = sorted({value for table in tables for value in table.values.get(field, ())})
            code = {value: number for number, value in enumerate(values[field])}
            start = 0
            for table, rows in zip(tables, kept, strict=True):
                end = start + int(rows.sum())
                if (own := table.codes(field)) is not None:
                    new = np.array([code[value] for value in table.values[field]] + [ABSENT], dtype=np.int32)
                    codes[column, start:end] = new[own[rows]]  # the code -1 takes the last
                start = end
        names = sorted({field for table in tables for field in table.number_fields})
        numbers = np.full((len(names), size), np.nan)
        for column, field in enumerate(names):
            start = 0
            for table, rows in zip(tables, kept, strict=True):
                end = start + int(rows.sum())
                if (found := table.numbers(field)) is not None:
                    numbers[column, start:end] = found[rows]
                start = end
        return cls(_packed(values, names, codes, numbers))

    @cached_property
    def _named(self) -> dict[str, Any]:
        return dict(json.loads(self.arrays["facts"].tobytes()))

    @property
    def values(self) -> dict[str, list[str]]:
        """Sorted distinct texts of each field that has texts."""
        return dict(self._named["texts"])

    @property
    def number_fields(self) -> list[str]:
        """Fields that have numbers."""
        return list(self._named["numbers"])

    def codes(self, field: str) -> NDArray[np.int32] | None:
        """Place of each document's text among the values, -1 for none, (n_documents,); None if no document has one."""
        names = list(self._named["texts"])
        return self.arrays["fact_codes"][names.index(field)] if field in names else None

    def numbers(self, field: str) -> NDArray[np.float64] | None:
        """Number of each document, NaN for none, (n_documents,); None if no document has one."""
        names = self._named["numbers"]
        return self.arrays["fact_numbers"][names.index(field)] if field in names else None

    def present(self, field: str, size: int) -> NDArray[np.bool_]:
        """Which of ``size`` documents have the field, (n_documents,)."""
        known = np.zeros(size, dtype=bool)
        if (codes := self.codes(field)) is not None:
            known |= codes != ABSENT
        if (numbers := self.numbers(field)) is not None:
            known |= ~np.isnan(numbers)
        return known


def check_facts(facts: object, name: str) -> dict[str, str | int | float]:
    """Facts as a dictionary.

    Args:
        facts: What a caller gave.
        name: Whose they are, for the message.

    Raises:
        InputError: if they are no mapping of names to texts or finite numbers.
    """
    if not isinstance(facts, Mapping):
        raise InputError(f"facts of {name} are a {type(facts).__name__} ({facts!r:.40}), expected a mapping of names to values")
    for field, value in facts.items():
        if not isinstance(field, str) or not field:
            raise InputError(f"facts of {name} have the name {field!r}, expected a string")
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise InputError(f"fact {field!r} of {name} is {value!r:.40}, expected a text or a number")
        if not isinstance(value, str) and not (math.isfinite(value) and abs(value) <= LARGEST):
            raise InputError(f"fact {field!r} of {name} is {value!r}, expected a finite number, a whole one at most 2**53")
    return dict(facts)


def _packed(
    values: Mapping[str, Sequence[str]], numbers: Sequence[str], codes: NDArray[np.int32], table: NDArray[np.float64]
) -> dict[str, NDArray[Any]]:
    named = json.dumps({"texts": values, "numbers": numbers}, ensure_ascii=False).encode("utf-8")
    return {"facts": np.frombuffer(named, dtype=np.uint8), "fact_codes": codes, "fact_numbers": table}
