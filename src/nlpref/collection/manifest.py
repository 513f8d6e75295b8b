"""What a saved state consists of: every file with its size and sha256, under a generation number."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from nlpref.collection.files import write_durably
from nlpref.errors import StorageError
from nlpref.storage import sha256

__all__ = ["MANIFEST", "FileSum", "Manifest", "SavedSegment"]

MANIFEST = "manifest"
FORMAT = 1


@dataclass(frozen=True)
class FileSum:
    """Size in bytes and sha256 of a file."""

    size: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> FileSum:
        """Read a file."""
        return cls(path.stat().st_size, sha256(path))

    def fault(self, path: Path, *, quick: bool = False) -> str:
        """What is wrong with a file; empty if nothing is.

        Args:
            path: The file.
            quick: Compare the size alone.
        """
        if not path.is_file():
            return "missing"
        if path.stat().st_size != self.size:
            return f"{path.stat().st_size} bytes, not {self.size}"
        return "" if quick or sha256(path) == self.sha256 else "changed"


@dataclass(frozen=True)
class SavedSegment:
    """A folder of arrays, and the file of its deleted documents; an empty name if none are deleted."""

    name: str
    files: Mapping[str, FileSum]
    deleted: str = ""
    deleted_sum: FileSum | None = None


@dataclass(frozen=True)
class Manifest:
    """A saved state.

    Args:
        settings: Of the collection.
        generation: Counts the saved states, from 1.
        segments: In order.
        log: File of the changes since.
        next_segment: Number of the next new segment.
        dim: Length of vectors; None without vectors.
        encoder: Sha256 of the manifest of the encoder that made them; None if they were handed over.
    """

    settings: Mapping[str, Any]
    generation: int
    log: str
    segments: tuple[SavedSegment, ...] = ()
    next_segment: int = 1
    dim: int | None = None
    encoder: str | None = None
    format: int = field(default=FORMAT)

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """The current state of a folder.

        Raises:
            StorageError: if it holds no collection, or the manifest is damaged.
        """
        path = folder / MANIFEST
        try:
            content = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise StorageError(f"{folder} holds no collection: there is no file {MANIFEST!r} in it") from None
        body, _, sum_ = content.removesuffix(b"\n").rpartition(b"\n")
        if not content.endswith(b"\n") or hashlib.sha256(body).hexdigest().encode() != sum_:
            raise StorageError(f"{path} is damaged: it does not match its own checksum; restore it from a copy")
        saved = json.loads(body)
        if saved["format"] != FORMAT:
            raise StorageError(
                f"{path} has the format {saved['format']}, and this nlpref reads {FORMAT}; build the collection anew"
            )
        saved["segments"] = tuple(_segment(one) for one in saved["segments"])
        return cls(**saved)

    def write(self, folder: Path) -> None:
        """Make this the current state, in one step."""
        body = json.dumps(asdict(self), indent=1, ensure_ascii=False).encode("utf-8")
        write_durably(folder / MANIFEST, body + b"\n" + hashlib.sha256(body).hexdigest().encode() + b"\n")

    def files(self, folder: Path) -> dict[Path, FileSum]:
        """Every file that must be as it was."""
        found = {folder / one.name / file: known for one in self.segments for file, known in one.files.items()}
        for one in self.segments:
            if one.deleted_sum is not None:
                found[folder / one.deleted] = one.deleted_sum
        return found


def _segment(saved: Mapping[str, Any]) -> SavedSegment:
    files = {name: FileSum(**known) for name, known in saved["files"].items()}
    deleted = FileSum(**saved["deleted_sum"]) if saved["deleted_sum"] else None
    return SavedSegment(saved["name"], files, saved["deleted"], deleted)
