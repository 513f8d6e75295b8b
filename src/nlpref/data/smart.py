"""Documents and queries in the format of the SMART system: ``.I`` numbers, other dotted letters begin a field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

__all__ = ["read_smart"]

_NUMBER = re.compile(r"\.I\s+(\d+)\s*")
_NAME = re.compile(r"\.([A-Z])\s*")


def read_smart(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Stream the records: the number, and the fields by their letter, with all white space as single spaces.

    Source: the collections at https://ir.dcs.gla.ac.uk/resources/test_collections/.
    """
    id, name = "", ""
    fields: dict[str, list[str]] = {}
    with path.open(encoding="latin-1", newline="\n") as stream:
        for line in stream:
            if number := _NUMBER.fullmatch(line):
                if id:
                    yield id, _joined(fields)
                id, name, fields = number.group(1), "", {}
            elif field := _NAME.fullmatch(line):
                name = field.group(1)
            elif name:
                fields.setdefault(name, []).append(line)
    if id:
        yield id, _joined(fields)


def _joined(fields: dict[str, list[str]]) -> dict[str, str]:
    return {name: " ".join("".join(lines).split()) for name, lines in fields.items()}
