"""The answers of a review in a file: each is on disk before it is acknowledged, and a crash loses none of these."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import BinaryIO, Self

from nlpref.data.answers import Answer, read_answers, standing, whole_lines
from nlpref.errors import StorageError

__all__ = ["Journal"]


class Journal:
    """Answers that are appended to a JSON lines file, and never changed in it.

    A line that was not written whole, since the machine stopped, is cut off when the file is opened again. While it is open,
    nobody else can open it.

    Args:
        path: The file; made if there is none.

    Example:
        >>> import tempfile
        >>> from nlpref.types import Span
        >>> path = Path(tempfile.mkdtemp()) / "reviewed.jsonl"
        >>> with Journal(path) as journal:
        ...     journal.add(Answer("1", ("in", "Rome"), (Span(1, 2, "city"),), labels=("city",)))
        >>> with Journal(path) as journal:
        ...     [answer.id for answer in journal.answers]
        ['1']
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).expanduser()
        self.answers: list[Answer] = []
        self.cut = 0
        self._stream: BinaryIO | None = None

    def __enter__(self) -> Self:
        """Open it and read what is there; ``cut`` then says how many bytes of a broken last line were dropped.

        Raises:
            StorageError: if it is open elsewhere, or is no file.
            DataError: if a line that is whole holds no answer.
        """
        if self.path.exists() and not self.path.is_file():
            raise StorageError(f"{self.path} is no file; give another out=")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = not self.path.exists()
        stream = self.path.open("a+b", buffering=0)
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            stream.close()
            raise StorageError(f"{self.path} is open in another review; end that one, or give another out=") from None
        try:
            self.answers = list(read_answers(self.path))
            self._mend(stream)
            if new:
                _sync_folder(self.path.parent)
        except BaseException:
            stream.close()
            raise
        self._stream = stream
        return self

    def __exit__(self, *_: object) -> None:
        """Close it; what was added is on disk already."""
        if self._stream is not None:
            self._stream.close()
        self._stream = None

    def add(self, answer: Answer) -> None:
        """Append an answer; when this returns, it is on disk.

        Raises:
            StorageError: if the journal is not open.
            OSError: if the disk takes it not or not wholly; then it counts as not given.
        """
        if self._stream is None:
            raise StorageError(f"{self.path} is closed; open it by a with block")
        size = os.fstat(self._stream.fileno()).st_size
        try:
            _write(self._stream, answer.line().encode("utf-8") + b"\n")
            os.fsync(self._stream.fileno())
        except OSError:
            os.ftruncate(self._stream.fileno(), size)
            raise
        self.answers.append(answer)

    @property
    def standing(self) -> dict[tuple[str, ...], Answer]:
        """The answer that counts for each sentence, by its tokens."""
        return standing(self.answers)

    def _mend(self, stream: BinaryIO) -> None:
        content = self.path.read_bytes()
        whole = whole_lines(content)
        self.cut = len(content) - len(whole)
        if self.cut:
            os.ftruncate(stream.fileno(), len(whole))
        if whole and not whole.endswith(b"\n"):
            _write(stream, b"\n")
        os.fsync(stream.fileno())


def _write(stream: BinaryIO, content: bytes) -> None:
    """All of it: a raw stream may take less than it is given."""
    while content:
        content = content[stream.write(content) :]


def _sync_folder(folder: Path) -> None:
    """A new file is there after a crash only once its folder's list of files is on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
