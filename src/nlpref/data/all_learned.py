"""A dataset whose validation split is learned from."""

from __future__ import annotations

from typing import Any

from nlpref.data.dataset import InMemoryDataset
from nlpref.errors import InputError
from nlpref.protocols import Dataset

__all__ = ["all_learned"]


def all_learned(dataset: Dataset[Any], name: str | None = None) -> InMemoryDataset[Any]:
    """Train and validation together as train, once all choices are made; the test split stays what it is.

    Args:
        dataset: With both splits.
        name: What to call the dataset; default: its name with ``_all_learned``.

    Raises:
        InputError: if one of the two splits is missing.

    Example:
        >>> from nlpref.types import LabelledText
        >>> splits = {"train": [LabelledText("fine", "good")], "validation": [LabelledText("awful", "bad")]}
        >>> len(all_learned(InMemoryDataset("mood", splits)).split("train"))
        2
    """
    splits = {split: dataset.split(split) for split in dataset.splits}
    missing = [split for split in ("train", "validation") if not splits.get(split)]
    if missing:
        raise InputError(f"{dataset.name} has no {' and no '.join(missing)} split; there are: {', '.join(splits)}")
    train = [*splits["train"], *splits.pop("validation")]
    notes = {**getattr(dataset, "notes", {}), "learned_from_validation": True}
    return InMemoryDataset(name or f"{dataset.name}_all_learned", {**splits, "train": train}, notes)
