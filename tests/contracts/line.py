"""One component of the matrix, fitted and saved once for all laws."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.contracts.contract import Contract, plain_rows

__all__ = ["Line", "scratch"]

_SCRATCH = Path(tempfile.mkdtemp(prefix="nlpref-contracts-"))
atexit.register(shutil.rmtree, _SCRATCH, ignore_errors=True)


def scratch() -> Path:
    """A new folder that is removed when the tests end."""
    return Path(tempfile.mkdtemp(dir=_SCRATCH))


@dataclass(eq=False)
class Line:
    """A component and how to get one.

    Args:
        name: Of the line.
        contract: The contract it fulfils.
        make: Gives a new component that is not fitted, always with the same settings.
        kind: Its class.
        recall: Share of the true nearest that an index states to find.
        rounding: Most that a score of an index may differ from the inner product.
        fails: Gives a tracker that cannot record; None for one that never fails.
        added: Labels that a classifier has besides those of its training texts.
        other: Gives a data set of the same content under another name, and one of other content.
        needs: Optional packages; without one of them the laws are skipped.
    """

    name: str
    contract: Contract
    kind: type
    make: Callable[[], Any]
    recall: float = 1.0
    rounding: float = 1e-5
    added: tuple[str, ...] = ()
    fails: Callable[[], Any] | None = None
    other: Sequence[Callable[[], Any]] = ()
    needs: Sequence[str] = ()

    @property
    def lacks(self) -> list[str]:
        """The packages it needs that are not installed."""
        return [name for name in self.needs if find_spec(name) is None]

    @cached_property
    def fitted(self) -> Any:
        """The component, trained on the tiny data; laws must leave it as it is."""
        return self.contract.fitted(self.make())

    @cached_property
    def rows(self) -> list[Any]:
        """What the fitted component says of all inputs at once, one plain value for each."""
        assert self.saved.is_dir()  # saved first, so that what is saved was never asked
        return self.answer(self.fitted, self.contract.inputs)

    @cached_property
    def saved(self) -> Path:
        """A folder into which the fitted component was saved before it was asked anything."""
        folder = scratch() / "saved"
        self.fitted.save(folder)
        return folder

    @cached_property
    def loaded(self) -> Any:
        """The component read back from that folder."""
        return self.kind.load(self.saved)

    def answer(self, component: Any, inputs: Sequence[Any]) -> list[Any]:
        """One plain value for each input."""
        return plain_rows(self.contract.answer(component, list(inputs)))
