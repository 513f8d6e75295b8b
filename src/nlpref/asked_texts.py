"""Texts that a command is asked about: one, those of a file, or those of standard input as they come."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from nlpref.errors import ConfigError, DataError

__all__ = ["NOT_GIVEN", "asked_texts"]

NOT_GIVEN = "\0"
_BLOCK = 1 << 16


def asked_texts(text: str, file: str) -> Iterator[list[str]]:
    """Batches of texts.

    Args:
        text: One text, or ``NOT_GIVEN``.
        file: A UTF-8 file with one text a line, or ``NOT_GIVEN``; without both, texts are lines of standard input.

    Raises:
        ConfigError: if both were given.
        DataError: if the file does not exist, or a line is not UTF-8.
    """
    if NOT_GIVEN not in (text, file):
        raise ConfigError("text= and file= were both given; give one of them")
    if text != NOT_GIVEN:
        yield [text]
    elif file != NOT_GIVEN:
        try:
            with Path(file).open("rb") as stream:
                yield from _lines(stream, file)
        except FileNotFoundError:
            raise DataError([f"{file}: no such file"]) from None
    else:
        if sys.stdin.isatty():
            sys.stderr.write("reading texts from the keyboard, one a line; Ctrl-D ends\n")
        yield from _lines(sys.stdin.buffer, "standard input")


def _lines(stream: BinaryIO, source: str) -> Iterator[list[str]]:
    """Whole lines, as many at a time as the stream has ready."""
    rest, before = b"", 0
    while block := stream.read1(_BLOCK):  # type: ignore[attr-defined]  # every buffered reader has it
        *whole, rest = (rest + block).split(b"\n")
        if whole:
            yield [_decoded(line, source, before + number) for number, line in enumerate(whole, start=1)]
            before += len(whole)
    if rest:
        yield [_decoded(rest, source, before + 1)]


def _decoded(line: bytes, source: str, number: int) -> str:
    try:
        return line.removesuffix(b"\r").decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError([f"{source}, line {number}: not UTF-8 at byte {error.start}; convert it first"]) from None
