"""How a ``MilvusIndex`` reaches Milvus: the embedded engine over a folder of its own, or a cluster at an address."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from nlpref.errors import InputError, MissingResourceError

__all__ = ["FILE", "EmbeddedMilvus", "MilvusCluster", "explained"]

FILE = "vectors.db"
"""The embedded engine's data: a folder, for all that pymilvus calls it a file and wants it to end in .db."""
SCHEMES = ("http", "https", "tcp")
QUIET = {"grpc.keepalive_time_ms": 2**31 - 1}
"""The embedded engine takes a client that asks every ten seconds whether it is there for an attack, and says so on stderr."""


class EmbeddedMilvus:
    """Milvus Lite over a folder of its own, which goes when this object does.

    The engine starts when it is first needed, within this process. It listens on a free port of the loopback address without a
    password, so other users of the same machine could reach it.

    Args:
        content: Data to begin with, as ``copy`` wrote them; they are copied, so that what is saved never changes.
    """

    where = "the embedded Milvus"

    def __init__(self, content: Path | None = None) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="nlpref-milvus-"))
        self._open: list[Any] = []
        self._gone = weakref.finalize(self, _discard, self._folder, self._open)
        if content is not None:
            shutil.copytree(content, self._folder / FILE)

    def client(self) -> Any:
        """A connected ``MilvusClient``.

        Raises:
            MissingResourceError: if pymilvus or milvus-lite is not installed, or the engine does not start.
        """
        if not self._open:
            self._open.append(_connect(str(self._folder / FILE), self.where, embedded=True, grpc_options=QUIET))
        return self._open[0]

    def copy(self, folder: Path) -> None:
        """Stop the engine, which writes all it holds in memory, and copy its files; it starts again when needed."""
        _stop(self._folder, self._open)
        shutil.copytree(self._folder / FILE, folder, ignore=shutil.ignore_patterns("LOCK"))


class MilvusCluster:
    """A Milvus server or cluster at an address.

    Args:
        uri: Its address, such as ``http://localhost:19530``.
        token_variable: Environment variable that holds its token, or ``user:password``; it need not be set.
        timeout_s: Patience while connecting.
    """

    def __init__(self, uri: str, token_variable: str, timeout_s: float) -> None:
        self._uri = _checked(uri)
        self.where = f"Milvus at {self._uri}"
        self._open: list[Any] = []
        self._gone = weakref.finalize(self, _leave, self._open)
        self._how = {"token": os.environ.get(token_variable, ""), "timeout": timeout_s}

    def client(self) -> Any:
        """A connected ``MilvusClient``.

        Raises:
            MissingResourceError: if pymilvus is not installed, or nobody answers at the address.
        """
        if not self._open:
            self._open.append(_connect(self._uri, self.where, embedded=False, **self._how))
        return self._open[0]


@contextmanager
def explained(where: str) -> Iterator[None]:
    """Turn what Milvus refuses inside the block into one of our errors.

    Raises:
        MissingResourceError: saying who refused and why.
    """
    from pymilvus.exceptions import MilvusException

    try:
        yield
    except MilvusException as error:
        raise MissingResourceError(f"{where} did not do what was asked ({error.message or error}); see its log") from error


def _connect(uri: str, where: str, *, embedded: bool, **how: Any) -> Any:
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")  # else a process started later tells of gRPC's threads on stderr
    logging.getLogger("milvus_lite").setLevel(logging.WARNING)
    try:
        from pymilvus import MilvusClient

        if embedded:
            import milvus_lite  # noqa: F401
    except ImportError as error:
        raise MissingResourceError("MilvusIndex needs pymilvus and milvus-lite: pip install nlpref[milvus]") from error
    from pymilvus.exceptions import MilvusException

    try:
        return MilvusClient(uri, **how)
    except MilvusException as error:
        raise MissingResourceError(f"{where} does not answer ({error.message}); check that it runs and its address") from error


def _checked(uri: Any) -> str:
    """An address of a cluster, which may be shown and saved.

    Raises:
        InputError: if it is none, or holds a password.
    """
    parts = urlsplit(uri) if isinstance(uri, str) else None
    if parts is None or parts.scheme.lower() not in SCHEMES or not parts.hostname:
        raise InputError(f"uri is {uri!r}, expected http://host:port of a Milvus cluster, or None for the embedded engine")
    if parts.username or parts.password:
        raise InputError(
            "uri holds a user or a password, which would be saved and shown; put user:password into the environment variable "
            "that token_variable names"
        )
    return str(uri)


def _stop(folder: Path, opened: list[Any]) -> None:
    if opened:
        from milvus_lite.server_manager import server_manager_instance

        opened.pop().close()
        server_manager_instance.release_server(str(folder / FILE))


def _discard(folder: Path, opened: list[Any]) -> None:
    _stop(folder, opened)
    shutil.rmtree(folder, ignore_errors=True)


def _leave(opened: list[Any]) -> None:
    if opened:
        opened.pop().close()
