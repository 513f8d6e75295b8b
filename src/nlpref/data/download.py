"""A file from an address to its place on disk: whole and verified, or not at all."""

from __future__ import annotations

import hashlib
import http.client
import os
import tempfile
import urllib.request
from pathlib import Path

from nlpref.errors import MissingResourceError, StorageError

__all__ = ["download"]

_BLOCK = 1 << 16
_TIMEOUT_S = 30


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
        StorageError: if the bytes are not those expected.
    """
    made = _missing_parents(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as out:
            received, found = _transfer(url, out.fileno(), path.name, size, progress)
        if received < size:
            raise MissingResourceError(f"the download of {url} broke off after {received} of {size} bytes; run it again")
        if found != sha256:
            raise StorageError(
                f"{url} is not the published file, so it was not kept: sha256 {found} ({received} bytes), "
                f"expected {sha256} ({size} bytes)"
            )
        Path(part).chmod(0o644)
        os.replace(part, path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        for folder in made:
            if not any(folder.iterdir()):
                folder.rmdir()
        raise


def _transfer(url: str, out: int, name: str, size: int, progress: bool | None) -> tuple[int, str]:
    """Copy at most one block more than ``size`` bytes; return their number and sha256."""
    from tqdm import tqdm

    digest, received = hashlib.sha256(), 0
    request = urllib.request.Request(url, headers={"User-Agent": "nlpref"})
    hidden = None if progress is None else not progress
    try:
        with (
            urllib.request.urlopen(request, timeout=_TIMEOUT_S) as stream,
            tqdm(total=size, desc=name, unit="B", unit_scale=True, leave=False, disable=hidden) as bar,
        ):
            while received <= size and (block := stream.read(_BLOCK)):
                os.write(out, block)
                digest.update(block)
                received += len(block)
                bar.update(len(block))
    except (OSError, http.client.HTTPException) as error:
        raise MissingResourceError(
            f"could not download {url} ({type(error).__name__}: {error}). Without a network, put the file into the folder "
            "named by NLPREF_DATA, or use the bundled data: dataset=supportdesk"
        ) from error
    return received, digest.hexdigest()


def _missing_parents(path: Path) -> list[Path]:
    """Folders that will have to be made for a file, the innermost first."""
    return [parent for parent in path.parents if not parent.exists()]
