"""The record of how faithful explanations of a run's model are."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from nlpref import storage
from nlpref.errors import InputError, StorageError
from nlpref.explanation.faithfulness import RANDOM, Faithfulness
from nlpref.results import Estimate

__all__ = ["NAME", "FaithfulnessRecord"]

NAME = "faithfulness.json"
"""The record's file in the folder of a run."""


@dataclass(frozen=True, kw_only=True)
class FaithfulnessRecord:
    """Deletion curves of one model on one split.

    Args:
        model: Short name of the model.
        dataset: Its name, its revision, and as ``scored`` the revision of the split.
        split: Name of the split.
        n: Number of texts explained.
        seed: Of the random orders.
        config_hash: Fingerprint of the run's configuration.
        shares: Shares of words left out, by which ``drops`` are counted.
        methods: By name of the method; ``random`` is among them.
        environment: Hardware and library versions.
    """

    model: str
    dataset: Mapping[str, str]
    split: str
    n: int
    seed: int
    config_hash: str = ""
    shares: Sequence[float]
    methods: Mapping[str, Faithfulness]
    environment: Mapping[str, Any] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Write the record atomically."""
        storage.write_json(path, dataclasses.asdict(self))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a record from a file.

        Raises:
            StorageError: if the file is absent or is not such a record.
        """
        values = storage.read_json(path)
        try:
            methods = {name: _method(one) for name, one in values["methods"].items()}
            made = cls(**{**values, "shares": tuple(map(float, values["shares"])), "methods": methods})
        except (AttributeError, InputError, KeyError, TypeError, ValueError) as error:
            raise StorageError(f"{path} is not a record of faithfulness ({type(error).__name__}: {error})") from error
        uneven = [name for name, one in methods.items() if len(one.drops) != len(made.shares)]
        if RANDOM not in methods or uneven or not isinstance(made.n, int):
            raise StorageError(f"{path} is not a record of faithfulness: it lacks random words, points of a curve, or n")
        return made


def _method(values: Mapping[str, Any]) -> Faithfulness:
    over = values["over_random"]
    return Faithfulness(
        drops=tuple(Estimate(**one) for one in values["drops"]),
        area=Estimate(**values["area"]),
        over_random=None if over is None else Estimate(**over),
        gap=values["gap"],
        seconds=values["seconds"],
    )
