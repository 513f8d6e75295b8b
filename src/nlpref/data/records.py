"""From a record, whatever file it came from, to a labelled text."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from nlpref.data.faults import Faults, one_of
from nlpref.data.fields import TextField, display, id_of
from nlpref.types import UNLABELLED, LabelledText

__all__ = ["Records"]


class Records:
    """Makes labelled texts of the records of one file and notes what is wrong with them.

    Args:
        path: The file.
        faults: Where to note faults.
        text: Field of the text.
        label: Field of the label.
        id: Field of the id; without one, the line number is the id.
        facts: Further fields to keep.
        labels: The labels that may occur; by default all may.
    """

    def __init__(
        self,
        path: Path,
        faults: Faults,
        text: str,
        label: str,
        id: str | None,
        facts: Sequence[str],
        labels: Collection[str] | None,
        unlabelled: bool = False,
    ) -> None:
        self.path = path
        self.faults = faults
        self.text = text
        self.label = label
        self.id = id
        self.facts = tuple(facts)
        self.labels = None if labels is None else frozenset(labels)
        self.unlabelled = unlabelled
        self._texts = TextField(path, faults)
        self._seen: set[str] = set()

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that every record must have, each once."""
        return tuple(dict.fromkeys([self.text, self.label, *([self.id] if self.id else []), *self.facts]))

    def build(self, line: int, record: Mapping[str, Any]) -> LabelledText | None:
        """The labelled text of a record that has all fields; None, and a fault for each reason, if it is not one."""
        before = self.faults.total
        text = self._texts.check(line, f"field {self.text!r}", record[self.text])
        label = self._label(line, record[self.label])
        id = self._id(line, record[self.id]) if self.id else str(line)
        if self.faults.total > before:
            return None
        return LabelledText(text, label, id, {name: _fact(record[name]) for name in self.facts})

    def _label(self, line: int, value: object) -> str:
        label, field = id_of(value).strip(), f"field {self.label!r}"
        if not label and self.unlabelled and isinstance(value, str | None):
            return UNLABELLED
        if not label:
            found = "an empty label" if isinstance(value, str) and not value.strip() else display(value)
            self.faults.add(self.path, line, field, found, "a label (a string or a whole number)")
        elif self.labels is not None and label not in self.labels:
            self.faults.add(self.path, line, field, f"the label {label!r}, which train lacks", one_of(self.labels, label))
        return label

    def _id(self, line: int, value: object) -> str:
        id, field = id_of(value), f"field {self.id!r}"
        if not id:
            self.faults.add(self.path, line, field, display(value), "an id (a string or a whole number)")
        elif id in self._seen:
            self.faults.add(self.path, line, field, f"the id {id!r} again", "an id of its own for each record")
        self._seen.add(id)
        return id


def _fact(value: object) -> str:
    """Text as it is, nothing as an empty string, other values as JSON writes them."""
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
