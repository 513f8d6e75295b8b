"""A dataset of whose train split only a share is learned from, to see what more of it would bring."""

from __future__ import annotations

from typing import Any

from nlpref.data.dataset import InMemoryDataset
from nlpref.data.splits import is_drawn
from nlpref.errors import InputError
from nlpref.protocols import Dataset

__all__ = ["learned_share"]


def learned_share(dataset: Dataset[Any], fraction: float, seed: int = 0, name: str | None = None) -> InMemoryDataset[Any]:
    """A share of train, drawn by content, and all other splits as they are; a smaller share is a part of a larger one.

    Args:
        dataset: With a train split.
        fraction: Share of its examples that is learned from, above 0, at most 1; so many are drawn in the mean.
        seed: Of the draw.
        name: What to call the dataset; default: its name with the share.

    Raises:
        InputError: if there is no train split, the share is out of range, or nothing is drawn.

    Example:
        >>> from nlpref.types import LabelledText
        >>> mood = InMemoryDataset("mood", {"train": [LabelledText(f"day {n}", "good") for n in range(100)]})
        >>> 15 < len(learned_share(mood, 0.25).split("train")) < 35
        True
    """
    if isinstance(fraction, bool) or not isinstance(fraction, int | float) or not 0 < fraction <= 1:
        raise InputError(f"fraction is {fraction!r}, expected a share above 0, at most 1")
    if "train" not in dataset.splits:
        raise InputError(f"{dataset.name} has no train split; there are: {', '.join(dataset.splits)}")
    splits = {split: dataset.split(split) for split in dataset.splits}
    drawn = [example for example in splits["train"] if is_drawn(example, fraction, seed)]
    if not drawn:
        raise InputError(f"fraction={fraction} draws none of the {len(splits['train'])} examples of {dataset.name}; give more")
    notes = {**getattr(dataset, "notes", {}), "learned_share": {"fraction": fraction, "drawn": len(drawn), "seed": seed}}
    return InMemoryDataset(name or f"{dataset.name}_{fraction:.0%}".replace("%", "_percent"), {**splits, "train": drawn}, notes)
