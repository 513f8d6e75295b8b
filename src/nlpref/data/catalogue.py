"""The catalogue of public data sets: address, sha256, licence and citation, and how to get them."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files as package_files
from pathlib import Path
from typing import Literal

from nlpref.data.download import download
from nlpref.data.faults import one_of
from nlpref.errors import InputError, MissingResourceError, StorageError
from nlpref.storage import sha256

__all__ = ["Entry", "RemoteFile", "cache_root", "entry", "fetch", "find", "names", "state"]

State = Literal["good", "missing", "changed"]
_known_good: set[tuple[Path, int, int, str]] = set()


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file of a data set: its path in the data set's folder, what it must be, and where it can be had."""

    path: str
    bytes: int
    sha256: str
    url: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One public data set."""

    name: str
    title: str
    task: str
    folder: str
    homepage: str
    licence: str
    citation: str
    files: tuple[RemoteFile, ...]

    @property
    def bytes(self) -> int:
        """Size of all files."""
        return sum(file.bytes for file in self.files)

    @property
    def credit(self) -> dict[str, str]:
        """Where the data comes from and under which terms, for the notes of a dataset."""
        return {"name": self.name, "licence": self.licence, "citation": self.citation, "homepage": self.homepage}


@cache
def _entries() -> dict[str, Entry]:
    records = json.loads((package_files("nlpref.data") / "catalogue.json").read_text("utf-8"))
    return {
        name: Entry(name=name, **{**record, "files": tuple(RemoteFile(**file) for file in record["files"])})
        for name, record in records.items()
    }


def names() -> tuple[str, ...]:
    """Names of the data sets."""
    return tuple(sorted(_entries()))


def entry(name: str) -> Entry:
    """What is known of a data set.

    Raises:
        InputError: if it is not in the catalogue.
    """
    if name not in _entries():
        raise InputError(f"no data set {name!r} in the catalogue; expected {one_of(names(), name)}")
    return _entries()[name]


def cache_root() -> Path:
    """Where downloads go: ``data`` under ``NLPREF_CACHE``, or else under ``~/.cache/nlpref``."""
    return Path(os.environ.get("NLPREF_CACHE") or "~/.cache/nlpref").expanduser() / "data"


def fetch(data: str | Entry, files: Sequence[str] | None = None, *, progress: bool | None = None) -> Path:
    """Give the folder that holds a data set, verified by sha256.

    Looks in the cache, then in the folder named by ``NLPREF_DATA`` (which is only read), then downloads to the cache.

    Args:
        data: Name in the catalogue, or an entry of your own.
        files: The files needed; by default all.
        progress: Whether to draw a progress bar; by default only on a terminal.

    Raises:
        InputError: if the data set, or one of the files, is not in the catalogue.
        MissingResourceError: if it is nowhere at hand and cannot be downloaded.
        StorageError: if the copy under ``NLPREF_DATA``, or what was downloaded, is not the published file.
    """
    data = entry(data) if isinstance(data, str) else data
    wanted = _wanted(data, files)
    if folder := find(data, files):
        return folder
    folder, given = cache_root() / data.folder, _given(data)
    for file in wanted:
        if state(folder, file) != "good":
            at_hand = given is not None and state(given, file) == "good"
            url = (given / file.path).resolve().as_uri() if given is not None and at_hand else file.url
            try:
                download(url, folder / file.path, file.bytes, file.sha256, progress=progress)
            except MissingResourceError as error:
                raise MissingResourceError(_not_at_hand(data, file, error)) from error
    return folder


def find(data: Entry, files: Sequence[str] | None = None) -> Path | None:
    """The folder where all files are at hand: the cache, or that under ``NLPREF_DATA``; None if neither has them all.

    Raises:
        StorageError: if ``NLPREF_DATA`` has a file that is not the published one.
    """
    wanted = _wanted(data, files)
    if all(state(cache_root() / data.folder, file) == "good" for file in wanted):
        return cache_root() / data.folder
    folder = _given(data)
    if folder is None:
        return None
    states = {file.path: state(folder, file) for file in wanted}
    if changed := [path for path, found in states.items() if found == "changed"]:
        raise StorageError(
            f"{folder} does not hold {data.name} as published: the sha256 of {', '.join(changed)} is another. "
            "Replace these files, or unset NLPREF_DATA to download them."
        )
    return folder if all(found == "good" for found in states.values()) else None


def state(folder: Path, file: RemoteFile) -> State:
    """Whether a file is there and is what was published."""
    path = folder / file.path
    if not path.is_file():
        return "missing"
    stat = path.stat()
    key = (path.resolve(), stat.st_size, stat.st_mtime_ns, file.sha256)
    if key not in _known_good:
        if stat.st_size != file.bytes or sha256(path) != file.sha256:
            return "changed"
        _known_good.add(key)
    return "good"


def _given(data: Entry) -> Path | None:
    """The folder of a data set under ``NLPREF_DATA``, whether it is there or not."""
    root = os.environ.get("NLPREF_DATA")
    return Path(root).expanduser() / data.folder if root else None


def _not_at_hand(data: Entry, file: RemoteFile, error: MissingResourceError) -> str:
    given = _given(data) or "a folder named by NLPREF_DATA (not set)"
    return (
        f"{file.path} of {data.name} is neither in {cache_root() / data.folder} nor in {given}, and {error}. Without a network, "
        f"set NLPREF_DATA to a folder that has {data.folder}/{file.path}, or use the bundled data, which is for all "
        "three tasks: dataset=supportdesk"
    )


def _wanted(data: Entry, files: Sequence[str] | None) -> list[RemoteFile]:
    known = {file.path: file for file in data.files}
    for path in files or ():
        if path not in known:
            raise InputError(f"{data.name} has no file {path!r}; expected {one_of(known, path)}")
    return [known[path] for path in (known if files is None else files)]
