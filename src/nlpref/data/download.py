"""A file from an address to its place on disk: whole and verified, or not at all."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import http.client
import os
import tempfile
import urllib.error
import urllib.request
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import IO

from nlpref.errors import MissingResourceError, StorageError

__all__ = ["download"]

_BLOCK = 1 << 16
_TIMEOUT_S = 30
_DEAD_AFTER_S = 3600
_PART = ".part"


def download(url: str, path: Path, size: int, sha256: str, *, progress: bool | None = None) -> None:
    """Download to a temporary file beside ``path``, verify, and rename into place.

    Args:
        url: Address; ``http``, ``https`` or ``file``.
        path: Where the file goes; its folder is made.
        size: Bytes expected.
        sha256: Hexadecimal sum expected.
        progress: Whether to draw a progress bar; by default only on a terminal.

    Raises:
        MissingResourceError: if the address cannot be reached or the transfer breaks off.
        StorageError: if the bytes are not those expected, or cannot be written.
    """
    made = _missing_parents(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=_PART)
    except OSError as error:
        raise StorageError(f"cannot write {path} ({error}); set NLPREF_CACHE to a folder that can be written") from error
    try:
        with os.fdopen(handle, "wb") as out:
            _remove_dead_parts(path, now=Path(part).stat().st_mtime)
            received, found = _transfer(url, out, path.name, size, progress)
        if found != sha256:
            raise StorageError(
                f"{url} is not the published file, so it was not kept: sha256 {found} ({received} bytes), "
                f"expected {sha256} ({size} bytes)"
            )
        Path(part).chmod(0o644)
        os.replace(part, path)
    except BaseException as error:
        Path(part).unlink(missing_ok=True)
        _remove_empty(made)
        if isinstance(error, OSError):
            raise StorageError(f"cannot write {path} ({error}); free some space, or set NLPREF_CACHE") from error
        raise


def _transfer(url: str, out: IO[bytes], name: str, size: int, progress: bool | None) -> tuple[int, str]:
    """Copy at most one block more than ``size`` bytes; return their number and sha256."""
    from tqdm import tqdm

    digest, received = hashlib.sha256(), 0
    hidden = None if progress is None else not progress
    with (
        contextlib.closing(_blocks(url, size)) as blocks,
        tqdm(total=size, desc=name, unit="B", unit_scale=True, leave=False, disable=hidden) as bar,
    ):
        for block in blocks:
            out.write(block)
            digest.update(block)
            received += len(block)
            bar.update(len(block))
            if received > size:
                break
    return received, digest.hexdigest()


def _blocks(url: str, size: int) -> Generator[bytes]:
    """What the server sends; less than it announced, or than is expected where it announced nothing, is an error."""
    request = urllib.request.Request(url, headers={"User-Agent": "nlpref"})
    received = 0
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as stream:
            announced = int(stream.headers.get("Content-Length") or size)
            while block := stream.read(_BLOCK):
                received += len(block)
                yield block
    except (OSError, http.client.HTTPException) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()
        raise MissingResourceError(f"could not download {url} ({type(error).__name__}: {error})") from error
    if received < announced:
        raise MissingResourceError(f"the download of {url} broke off after {received} of {announced} bytes; run it again")


def _remove_dead_parts(path: Path, now: float) -> None:
    """Remove what a killed process left of this file; a download that is under way writes at least every half minute.

    Args:
        path: The file that is downloaded.
        now: The time by the file system's clock, which may not be this machine's: that of a file just made.
    """
    for part in path.parent.glob(f".{glob.escape(path.name)}.*{_PART}"):
        with contextlib.suppress(FileNotFoundError):
            if now - part.stat().st_mtime > _DEAD_AFTER_S:
                part.unlink()


def _remove_empty(folders: Sequence[Path]) -> None:
    for folder in folders:
        with contextlib.suppress(OSError):  # another process has put something there, or removed it
            folder.rmdir()


def _missing_parents(path: Path) -> list[Path]:
    """Folders that will have to be made for a file, the innermost first."""
    return [parent for parent in path.parents if not parent.exists()]
