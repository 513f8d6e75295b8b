"""The items of a list in a JSON file, one at a time: a file larger than memory can be read."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nlpref.data.faults import Faults
from nlpref.data.lines import check_characters

__all__ = ["read_items"]

_BLOCK = 1 << 16
_PARTING = frozenset(" \t\r\n,:]}")
_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


def read_items(path: Path, name: str, faults: Faults) -> Iterator[tuple[int, Any]]:
    """Stream the items of the list under one name of the object that the file is, with their line numbers.

    Holds one item in memory at a time. What stands under other names is parsed, so that it must be JSON, and dropped.

    Args:
        path: A JSON file in UTF-8; a byte order mark is dropped.
        name: Name of the list.
        faults: Where to note that the file is not UTF-8, not JSON, no object, or has no list of that name.
    """
    with path.open("rb") as stream:
        text = _Text(iter(lambda: stream.read(_BLOCK), b""))
        try:
            yield from _items(text, name, path, faults)
        except UnicodeDecodeError as error:
            line = text.line + text.held.count("\n") + error.object[: error.start].count(b"\n")
            faults.add(path, line, "", f"byte 0x{error.object[error.start]:02x}", "UTF-8; save the file in that encoding")
        except json.JSONDecodeError as error:
            faults.add(path, text.line + error.doc.count("\n", 0, error.pos), "", error.msg, "JSON")
        except (ValueError, RecursionError) as error:
            faults.add(path, text.line, "", str(error), "JSON")


class _Text:
    """The part of the file that has been read and not yet used."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self.held = ""
        self.line = 1
        self._blocks = blocks
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._ended = False

    def next(self) -> str:
        """The next character that is not white space, left where it is; an empty string at the end of the file."""
        while True:
            self.drop(_SPACE.match(self.held).end())  # type: ignore[union-attr]  # matches anything
            if self.held or not self._more():
                return self.held[:1]

    def take(self, character: str) -> None:
        """Use up a character that must come next."""
        if self.next() != character:
            found = f"{self.held[:20]!r} instead of {character!r}" if self.held else f"the end of the file before {character!r}"
            raise json.JSONDecodeError(found, self.held, 0)
        self.drop(1)

    def value(self) -> Any:
        """Parse and use up the next value. Something that parts values must follow it, or else a number might go on."""
        self.next()
        while True:
            try:
                found, end = _DECODER.raw_decode(self.held)
                if self.held[end : end + 1] in _PARTING or not self._more():
                    break
            except json.JSONDecodeError:
                if not self._more():
                    raise
        check_characters(found, self.held[:end])
        self.drop(end)
        return found

    def drop(self, count: int) -> None:
        """Use up characters."""
        self.line += self.held.count("\n", 0, count)
        self.held = self.held[count:]

    def _more(self) -> bool:
        """Read as much again as is held, so that a long value does not cost the square of its length."""
        before = len(self.held)
        while not self._ended and len(self.held) <= 2 * before:
            block = next(self._blocks, b"")
            self._ended = not block
            self.held += self._decoder.decode(block, final=not block)
        return len(self.held) > before


def _items(text: _Text, name: str, path: Path, faults: Faults) -> Iterator[tuple[int, Any]]:
    if text.next() not in ("{", ""):
        faults.add(path, text.line, "", f"{text.held[:20]!r}", f'a JSON object with "{name}"')
        return
    text.take("{")
    found = False
    for _ in _separated(text, "}"):
        key = text.value()
        text.take(":")
        if key == name and text.next() == "[":
            found = True
            text.take("[")
            for line in _separated(text, "]"):
                yield line, text.value()
        else:
            text.value()
    if text.next():
        raise json.JSONDecodeError(f"{text.held[:20]!r} after the end of the object", text.held, 0)
    if not found:
        faults.add(path, None, name, "no such list", "a list")


def _separated(text: _Text, close: str) -> Iterator[int]:
    """Lead to each of the parts between commas, giving its line, and past the closing bracket."""
    if text.next() != close:
        yield text.line
        while text.next() == ",":
            text.take(",")
            text.next()
            yield text.line
    text.take(close)
