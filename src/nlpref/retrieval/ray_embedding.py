"""Embedding a large corpus on Ray Data: the same code on two processes of this machine and on a cluster."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from nlpref import storage
from nlpref.errors import InputError, MissingResourceError, NlprefError
from nlpref.neural.session import current_session
from nlpref.retrieval.checks import check_cutoff
from nlpref.retrieval.embedding_shards import Embeddings, Shards, blocks_of
from nlpref.types import Document

__all__ = ["RayEmbedding"]

STORE = 128 * 1024 * 1024
"""Bytes of shared memory for Ray's objects on this machine; only keys pass through it."""
PATIENCE_S = 10.0
"""With a cluster that does not answer."""


@dataclass(frozen=True)
class RayEmbedding:
    """Embeds blocks on worker processes of Ray, each with its own encoder.

    Documents are written to ``folder`` block by block, workers fetch them by key and write shards beside them, so on a cluster
    ``folder`` and the encoder's folder must lie on a disk that all its machines share. A worker that is killed is started
    again, as often as need be, and repeats its block; a shard is written whole or not at all, so nothing is lost and nothing
    comes twice. The result is that of ``LocalEmbedding``, whose runs it can go on with, and the other way round.

    Args:
        block: Documents of a shard.
        workers: Processes that embed at the same time.
        address: Of a running Ray cluster, ``host:port`` of its head, or ``auto`` for the one that this machine belongs to; None
            starts Ray on this machine for the run, where Ray keeps strangers out by a token of its own.
        tries: How often a block may be begun: one that has killed its worker so many times ends the run.

    Source: Moritz et al. 2018 (Ray).
    """

    block: int = 1024
    workers: int = 2
    address: str | None = None
    tries: int = 3

    def embed(
        self, documents: Iterable[Document], encoder: Path, folder: Path, trusted: Sequence[str] | None = None
    ) -> Embeddings:
        """Embed documents, read once and in order, into shards; see ``LocalEmbedding.embed``.

        Raises:
            InputError: if the documents or the address do not fit, or another run is at work in the folder.
            MissingResourceError: if Ray is not installed, or nobody answers at the address.
            NlprefError: if a worker fails for good; the shards that were made are kept.
            StorageError: if there is no encoder.
        """
        workers, tries = check_cutoff(self.workers, "workers"), check_cutoff(self.tries, "tries")
        shards, keys, waiting = Shards(Path(folder).absolute()), [], []
        with shards.alone():
            for block in blocks_of(documents, encoder, self.block):
                keys.append(block.key)
                if not shards.has(block):
                    shards.hand_out(block)
                    waiting.append((block.key, len(block.ids)))
            if waiting:
                packages = storage.TRUSTED_MODULES if trusted is None else tuple(trusted)
                asked = (str(shards.folder), str(Path(encoder).absolute()), packages, tries)
                with _running(self.address, workers) as ray:
                    self._embed(ray, waiting, asked, min(workers, len(waiting)))
            return shards.finish(keys, encoder)

    def _embed(self, ray: Any, waiting: list[tuple[str, int]], asked: tuple[Any, ...], workers: int) -> None:
        items = [{"key": key, "documents": count} for key, count in waiting]
        blocks = ray.data.from_items(items, override_num_blocks=len(items)).map_batches(
            _Worker,
            fn_constructor_args=asked,
            batch_size=1,
            compute=ray.data.ActorPoolStrategy(size=workers),
            num_cpus=1,
        )
        total = sum(count for _, count in waiting)
        with tqdm(total=total, desc="embedding", unit="doc", disable=not current_session().progress) as bar:
            try:
                for row in blocks.iter_rows():
                    if row["fault"]:
                        raise NlprefError(f"a worker failed, the shards that were made are kept: {row['fault']}")
                    bar.update(int(row["documents"]))
            except NlprefError:
                raise
            except Exception as error:  # Ray has errors of many kinds
                raise NlprefError(f"Ray failed, the shards that were made are kept: {_last_line(error)}") from error


class _Worker:
    """Lives in a process of Ray: loads the encoder once, then embeds the blocks whose keys it is given."""

    def __init__(self, folder: str, encoder: str, trusted: tuple[str, ...], tries: int) -> None:
        self.shards = Shards(Path(folder))
        self.encoder = encoder
        self.trusted = trusted
        self.tries = tries

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        faults = [self._fault(str(key)) for key in batch["key"]]
        return {"documents": np.asarray(batch["documents"]), "fault": np.array(faults)}

    def _fault(self, key: str) -> str:
        """Embed a block; tells what went wrong, for Ray would bury an error under its own and begin the worker anew."""
        try:
            if not hasattr(self, "model"):
                self.model = storage.load_component(Path(self.encoder), self.trusted)
            self.shards.make(self.shards.fetch(key, self.tries), self.model)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return ""


@contextmanager
def _running(address: str | None, workers: int) -> Iterator[Any]:
    """Ray, connected to a cluster or started on this machine and stopped afterwards; one that runs already is used as it is.

    Raises:
        InputError: if the address is none, or Ray is connected to another one.
        MissingResourceError: if Ray is not installed, or there is none at the address.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Ray would tell its makers that it runs
    # a thread that a failed run has left would connect again by itself, and the next run find itself connected
    os.environ.setdefault("RAY_ENABLE_AUTO_CONNECT", "0")
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise MissingResourceError("engine=ray needs Ray: pip install nlpref[ray]") from error
    if ray.is_initialized():
        if address is not None:
            raise InputError(f"address is {address!r}, but Ray is connected already; call ray.shutdown() or leave it out")
        yield ray
        return
    if address is not None:
        _check_address(address)
    here = {"num_cpus": workers, "include_dashboard": False, "object_store_memory": STORE}
    try:
        ray.init(address or "local", log_to_driver=False, logging_level=logging.WARNING, **({} if address else here))
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise MissingResourceError(f"Ray does not answer at {address or 'this machine'}: {_last_line(error)}") from error
    try:
        logging.getLogger("ray.data").setLevel(logging.ERROR)  # it warns that its progress bars are off
        ray.data.DataContext.get_current().enable_progress_bars = False
        yield ray
    finally:
        ray.shutdown()


def _check_address(address: str) -> None:
    """Knock before Ray does, which would wait for minutes.

    Raises:
        InputError: if it is no address.
        MissingResourceError: if nobody answers.
    """
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or "/" in host:
        raise InputError(f"address is {address!r}, expected host:port of the head of a Ray cluster, or auto")
    try:
        socket.create_connection((host, int(port)), timeout=PATIENCE_S).close()
    except (OSError, OverflowError) as error:
        raise MissingResourceError(f"nobody answers at {address} ({error}); check that the Ray cluster runs") from error


def _last_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[-1]
