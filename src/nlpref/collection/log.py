"""Changes since the last saved state, in a file that only grows: each is on disk before it is acknowledged.

A record is a line of its length and checksum, and then its content. A second file, the marks, tells after each change how
much of the log was acknowledged: a log that is shorter was cut, which a log alone could not tell from a write that was
interrupted.
"""

from __future__ import annotations

import os
import re
import zlib
from pathlib import Path
from typing import NamedTuple

from nlpref.collection.files import sync
from nlpref.errors import StorageError

__all__ = ["START", "ChangeLog", "Tail", "read_log"]

HEAD = b"nlpref changes 1\n"
START = len(HEAD)
"""Where the first record starts."""
MARKS = ".marks"
_HEADER = re.compile(rb"([0-9a-f]{12}) ([0-9a-f]{8})\n")
_MARK = re.compile(rb"([0-9a-f]{16}) ([0-9a-f]{8})\n")
HEADER_SIZE, MARK_SIZE = 22, 26


class Tail(NamedTuple):
    """Records of a log from some offset on, and where the last of them ends."""

    records: list[bytes]
    end: int


class ChangeLog:
    """A log that is written to; the caller holds the lock of the collection.

    Args:
        path: The file; its marks are beside it.
        end: Where its last whole record ends; what is behind it was never acknowledged, and is cut off.
    """

    def __init__(self, path: Path, end: int) -> None:
        self.path = path
        self.end = end
        os.truncate(path, end)
        marks = _marks_of(path)
        os.truncate(marks, marks.stat().st_size // MARK_SIZE * MARK_SIZE)
        _append(marks, _mark(end))

    @classmethod
    def create(cls, path: Path) -> None:
        """Make an empty log and its marks, on disk."""
        for file, content in ((path, HEAD), (_marks_of(path), _mark(START))):
            file.write_bytes(content)
            sync(file)
        sync(path.parent)

    def append(self, record: bytes) -> None:
        """Add a record; when this returns, it is on disk.

        Raises:
            OSError: if the disk takes it not or not wholly; then the log is as it was.
        """
        content = b"%012x %08x\n" % (len(record), zlib.crc32(record)) + record
        try:
            _append(self.path, content)
        except OSError:
            os.truncate(self.path, self.end)
            raise
        self.end += len(content)
        _append(_marks_of(self.path), _mark(self.end))


def read_log(path: Path, start: int = START) -> Tail:
    """Read a log from an offset on: every record that is whole, the last of which a writer may be about to acknowledge.

    Args:
        path: The file.
        start: Where to begin; the end of a record.

    Raises:
        FileNotFoundError: if the log or its marks are absent.
        StorageError: if acknowledged changes are missing or damaged.
    """
    marked = _marked(_marks_of(path))
    with path.open("rb") as stream:
        if stream.read(START) != HEAD:
            raise StorageError(f"{path} is damaged at its beginning; restore the file from a copy")
        stream.seek(start)
        content = stream.read()
    records, at = [], 0
    while True:
        header = _HEADER.fullmatch(content, at, at + HEADER_SIZE)
        if header is None:
            break
        record = content[at + HEADER_SIZE : at + HEADER_SIZE + int(header[1], 16)]
        if len(record) < int(header[1], 16) or zlib.crc32(record) != int(header[2], 16):
            break
        records.append(record)
        at += HEADER_SIZE + len(record)
    if start + at < marked:
        raise StorageError(
            f"{path} is damaged at byte {start + at}: changes up to byte {marked} were acknowledged, and cannot be read; "
            "restore the file from a copy"
        )
    return Tail(records, start + at)


def _marked(path: Path) -> int:
    """How much of a log was acknowledged; a last mark that was not written whole does not count."""
    content = path.read_bytes()
    for at in range(0, len(content) // MARK_SIZE * MARK_SIZE, MARK_SIZE):
        mark = _MARK.fullmatch(content, at, at + MARK_SIZE)
        if mark is None or zlib.crc32(mark[1]) != int(mark[2], 16):
            raise StorageError(f"{path} is damaged at byte {at}; restore the file from a copy")
    whole = len(content) // MARK_SIZE * MARK_SIZE
    return int(content[whole - MARK_SIZE : whole - MARK_SIZE + 16], 16) if whole else 0


def _mark(end: int) -> bytes:
    number = b"%016x" % end
    return number + b" %08x\n" % zlib.crc32(number)


def _marks_of(path: Path) -> Path:
    return path.with_name(path.name + MARKS)


def _append(path: Path, content: bytes) -> None:
    with path.open("ab", buffering=0) as stream:
        left = memoryview(content)
        while left:  # a raw stream may take less than it is given
            left = left[stream.write(left) :]
        os.fsync(stream.fileno())
