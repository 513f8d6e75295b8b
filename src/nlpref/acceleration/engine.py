"""An exported network: files on disk, a runtime that opens them, and a check that it is still the network it was."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from nlpref import machine, storage
from nlpref.acceleration.golden import Golden, Row, cosines, padded_batches
from nlpref.acceleration.recording import rows_of
from nlpref.errors import InputError, StorageError
from nlpref.neural.batching import PACKINGS, Packing, Plan
from nlpref.neural.engine import ENGINE
from nlpref.neural.subwords import Batch

if TYPE_CHECKING:
    from nlpref.neural.network import EncoderNetwork

__all__ = ["RUNTIMES", "ExportedEngine"]

RUNTIMES: Mapping[str, tuple[str, str]] = {
    "onnxruntime": ("nlpref.acceleration.onnx_export", "nlpref.acceleration.onnx_runtime"),
    "openvino": ("nlpref.acceleration.openvino_export", "nlpref.acceleration.open_vino"),
}
"""Modules with ``export(network, precision, folder, calibration)``, and with ``open_model(folder, threads, callers)``."""
PREFIX = "nlpref-export-"
BATCH_TOKENS = 512
"""Most tokens in a batch: what passes from one operator to the next then stays in the processor's cache."""
OWN = ("component.json", "manifest.json", "about.json", "golden.npz")
Floats = NDArray[np.float32]
Call = Callable[[Batch], Floats]


class ExportedEngine:
    """Runs an exported network: one batch on all threads, several batches side by side, each on a thread of its own.

    Args:
        runtime: One of ``RUNTIMES``.
        precision: ``fp32`` or ``int8``.
        dim: Width of a row of output.
        packing: How texts are put into batches, see ``nlpref.neural.batching``.
        threads: Compute threads; None for as many as ``nlpref.machine.threads`` tells when it is opened.
        deterministic: Run every text alone and on one thread, so that its bits depend on nothing but the text.
    """

    def __init__(
        self,
        runtime: str = "onnxruntime",
        precision: str = "fp32",
        dim: int = 0,
        packing: Packing = "padded",
        threads: int | None = None,
        deterministic: bool = False,
    ) -> None:
        self.runtime = runtime
        self.precision = precision
        self.dim = dim
        self.packing = packing
        self.threads = threads
        self.deterministic = deterministic
        self.about: dict[str, Any] = {}
        self.golden: Golden | None = None

    @classmethod
    def export(
        cls,
        network: EncoderNetwork,
        runtime: str,
        precision: str,
        *,
        calibration: Sequence[Batch] = (),
        threads: int | None = None,
        deterministic: bool = False,
    ) -> Self:
        """Export a network and open the export.

        Raises:
            ExportError: if the network cannot be exported; it is left as it is.
            MissingResourceError: if the runtime is not installed.
        """
        _sweep()
        folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        try:
            network = network.plain()
            head = network.head
            dim = int(network.backbone.config.hidden_size if head is None else head.out_features)
            packing = import_module(RUNTIMES[runtime][0]).export(network, precision, folder, calibration)
            engine = cls(runtime, precision, dim, packing, threads, deterministic)
            engine._open(folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        weakref.finalize(engine, shutil.rmtree, folder, ignore_errors=True)  # the files live as long as the engine
        return engine

    @property
    def name(self) -> str:
        """Short name, such as ``onnx-int8``."""
        return f"{self.runtime.removesuffix('runtime')}-{self.precision}"

    def plan(self, lengths: Sequence[int], size: int) -> Plan:
        """Batches as this export takes them best; every text alone if its bits must not depend on the others."""
        return PACKINGS["alone" if self.deterministic else self.packing](lengths, size, BATCH_TOKENS)

    def run(self, batches: Iterable[Batch]) -> Iterator[Floats]:
        """The network's output for each batch, in order.

        Raises:
            InputError: if a batch is padded and the export takes none that is.
        """
        made = list(batches)
        if self.packing != "padded" and not all(batch["attention_mask"].all() for batch in made):
            raise InputError(
                f"a padded batch was given to {self.name}, which takes texts of one length only; make them by plan()"
            )
        if self.deterministic and len(made) == 1:
            yield self._narrow(made[0])
        elif len(made) < 2 or self._workers < 2:
            yield from map(self._wide, made)
        else:
            with ThreadPoolExecutor(self._workers) as pool:
                yield from pool.map(self._narrow, made)

    def rows(self, rows: Sequence[Row], extra: int = 0, size: int = 8) -> list[Floats]:
        """Outputs for recorded texts in padded batches, ``extra`` columns wider than needed; alone if it takes no padding."""
        alone = self.packing != "padded"
        batches = padded_batches(rows, 1 if alone else size, 0 if alone else extra)
        return [row.output for batch, output in zip(batches, self.run(batches), strict=True) for row in rows_of(batch, output)]

    def save_in(self, folder: Path) -> None:
        """Write into the folder of a component."""
        self.save(folder / ENGINE)

    def save(self, folder: Path) -> None:
        """Copy the exported files, with what is known of them."""
        with storage.draft(self, folder) as made:
            for path in self._files.iterdir():
                if path.is_file() and path.name not in OWN:
                    shutil.copyfile(path, made / path.name)
            storage.write_json(made / "about.json", self.about)
            if self.golden is not None:
                self.golden.save(made)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Open what ``save`` wrote; on a processor of other instruction sets, only if the golden inputs give what they gave.

        Raises:
            StorageError: if a byte has changed, the runtime cannot load it, or it answers differently here.
        """
        folder = Path(folder)
        engine = storage.restore(cls, folder)
        engine.about = storage.read_json(folder / "about.json")
        engine.golden = Golden.load(folder) if (folder / "golden.npz").is_file() else None
        engine._open(folder)
        engine._check_here(folder)
        return engine

    def _open(self, folder: Path) -> None:
        self._files = folder
        self._workers = self.threads or machine.threads()
        if self.threads:
            machine.declare_threads(self.threads)
        opened = import_module(RUNTIMES[self.runtime][1]).open_model
        self._narrow: Call = opened(folder, 1, self._workers)
        self._wide: Call = self._narrow if self._workers == 1 or self.deterministic else opened(folder, self._workers, 1)

    def _check_here(self, folder: Path) -> None:
        made_on, here = self.about.get("flags"), machine.flags()
        if self.golden is None or (made_on and sorted(made_on) == sorted(here)):
            return
        found = cosines(self.golden.rows, self.rows(self.golden.rows))
        if not (found >= np.array(self.golden.floors)).all():
            there, on_this = (", ".join(flags) or "none of the known instruction sets" for flags in (made_on or [], here))
            worst = int((found - np.array(self.golden.floors)).argmin())
            raise StorageError(
                f"{folder} was exported on a processor with {there}; on this one, with {on_this}, it answers differently: "
                f"least cosine on {len(found)} golden inputs {found[worst]:.4f}, {self.golden.floors[worst]:.4f} is needed. "
                "Export it again on this machine (nlpref accelerate)"
            )


def _sweep() -> None:
    """Remove what processes left behind that were killed while they had an export open."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = folder.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdecimal() and Path("/proc").is_dir() and not Path("/proc", owner).is_dir():
            shutil.rmtree(folder, ignore_errors=True)
