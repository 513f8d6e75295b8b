"""Embedding a large corpus on Ray Data: the same code on two processes of this machine and on a cluster."""

from __future__ import annotations

import logging
import os
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


@dataclass(frozen=True)
class RayEmbedding:
    """Embeds blocks on worker processes of Ray, each with its own encoder.

    Documents are written to ``folder`` block by block, workers fetch them by key and write shards beside them, so on a cluster
    ``folder`` and the encoder's folder must lie on a disk that all its machines share. A worker that is killed is started
    again and repeats its block; a shard is written whole or not at all, so nothing is lost and nothing comes twice. The result
    is that of ``LocalEmbedding``, whose runs it can go on with, and the other way round.

    Args:
        block: Documents of a shard.
        workers: Processes that embed at the same time.
        address: Of a running Ray cluster, such as ``auto`` or ``ray://head:10001``; None starts Ray on this machine for the run.
        restarts: How often one worker may be started again before the run gives up.

    Source: Moritz et al. 2018 (Ray).
    """

    block: int = 1024
    workers: int = 2
    address: str | None = None
    restarts: int = 10

    def embed(
        self, documents: Iterable[Document], encoder: Path, folder: Path, trusted: Sequence[str] | None = None
    ) -> Embeddings:
        """Embed documents, read once and in order, into shards; see ``LocalEmbedding.embed``.

        Raises:
            InputError: if the documents do not fit, or another run is at work in the folder.
            MissingResourceError: if Ray is not installed.
            NlprefError: if a worker fails for good; the shards that were made are kept.
            StorageError: if there is no encoder.
        """
        workers = check_cutoff(self.workers, "workers")
        shards, keys, waiting = Shards(Path(folder).absolute()), [], []
        with shards.alone():
            for block in blocks_of(documents, encoder, self.block):
                keys.append(block.key)
                if not shards.has(block):
                    shards.hand_out(block)
                    waiting.append((block.key, len(block.ids)))
            if waiting:
                packages = storage.TRUSTED_MODULES if trusted is None else tuple(trusted)
                asked = (str(shards.folder), str(Path(encoder).absolute()), packages)
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
            max_restarts=self.restarts,
            max_task_retries=self.restarts,
        )
        total = sum(count for _, count in waiting)
        with tqdm(total=total, desc="embedding", unit="doc", disable=not current_session().progress) as bar:
            try:
                for row in blocks.iter_rows():
                    bar.update(int(row["documents"]))
            except Exception as error:  # Ray wraps what happened in a worker in errors of many kinds
                raise NlprefError(f"embedding on Ray failed, what was made is kept: {_last_line(error)}") from error


class _Worker:
    """Lives in a process of Ray: loads the encoder once, then embeds the blocks whose keys it is given."""

    def __init__(self, folder: str, encoder: str, trusted: tuple[str, ...]) -> None:
        self.shards = Shards(Path(folder))
        self.encoder = storage.load_component(Path(encoder), trusted)

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        for key in batch["key"]:
            self.shards.make(self.shards.fetch(str(key)), self.encoder)
        return {"documents": np.asarray(batch["documents"])}


@contextmanager
def _running(address: str | None, workers: int) -> Iterator[Any]:
    """Ray, connected to a cluster or started on this machine and stopped afterwards; one that runs already is used as it is.

    Raises:
        MissingResourceError: if Ray is not installed, or there is none at the address.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Ray would tell its makers that it runs
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
    here = {"num_cpus": workers, "include_dashboard": False, "object_store_memory": STORE, "_node_ip_address": "127.0.0.1"}
    try:
        ray.init(address or "local", log_to_driver=False, logging_level=logging.WARNING, **({} if address else here))
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise MissingResourceError(f"Ray does not answer at {address or 'this machine'}: {_last_line(error)}") from error
    logging.getLogger("ray.data").setLevel(logging.WARNING)
    ray.data.DataContext.get_current().enable_progress_bars = False
    try:
        yield ray
    finally:
        ray.shutdown()


def _last_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[-1]
