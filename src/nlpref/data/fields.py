"""What the fields of a record must hold, whichever format it came in."""

from __future__ import annotations

import json
from pathlib import Path

from nlpref.data.faults import Faults

__all__ = ["TextField", "display", "id_of"]


class TextField:
    """Checks the texts of one file and notes those that no model could read.

    Args:
        path: The file.
        faults: Where to note them.
        meaning: What the text is, for messages.

    >>> faults = Faults()
    >>> field = TextField(Path("train.jsonl"), faults, "the text of the query")
    >>> field.check(3, "field 'text'", "  ")
    ''
    >>> faults.shown
    ["train.jsonl, line 3, field 'text': found an empty text, expected the text of the query"]
    """

    def __init__(self, path: Path, faults: Faults, meaning: str = "a text") -> None:
        self.path = path
        self.faults = faults
        self.meaning = meaning

    def check(self, line: int | None, field: str, value: object) -> str:
        """The value if it is a text; an empty string, and a fault, if not."""
        wrong = _wrong(value)
        if wrong:
            self.faults.add(self.path, line, field, wrong, self.meaning)
        return value if isinstance(value, str) and not wrong else ""


def id_of(value: object) -> str:
    """An id as a string; an empty one if the value can be no id. Whole numbers can.

    >>> id_of(7), id_of("q7"), id_of(None), id_of(" ")
    ('7', 'q7', '', '')
    """
    if isinstance(value, bool) or not isinstance(value, str | int) or _wrong(str(value)):
        return ""
    return str(value)


def display(value: object) -> str:
    """A value as it stands in the file, cut short."""
    shown = json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= 40 else shown[:40] + "..."


def _wrong(value: object) -> str:
    if not isinstance(value, str):
        return display(value)
    return "" if value.strip() else "an empty text"
