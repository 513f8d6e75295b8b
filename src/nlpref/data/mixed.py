"""One data set of two domains: learn from a source that has labels, be scored on a target that has few or none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nlpref.data.dataset import InMemoryDataset
from nlpref.data.splits import labels_in, remove_leakage
from nlpref.errors import InputError
from nlpref.protocols import Dataset
from nlpref.types import UNLABELLED, LabelledText

__all__ = ["DOMAIN", "SOURCE", "TARGET", "mixed"]

DOMAIN, SOURCE, TARGET = "domain", "source", "target"
"""``facts["domain"]`` of a training text says where it is from."""


def mixed(
    source: Dataset[LabelledText] | None,
    target: Dataset[LabelledText],
    labels: int = 0,
    unlabelled: bool = True,
    copies: int = 1,
    seed: int = 0,
) -> InMemoryDataset[LabelledText]:
    """Train on the source and on what is known of the target; validation and test are the target's.

    The labels of the target's training texts are looked at only where they are drawn, in turns of one of each label.

    Args:
        source: Its train and validation texts are learned from, all with their labels; None for no source.
        target: Its train texts are known, few of them with their label.
        labels: How many of these have their label; -1 for all.
        unlabelled: Whether the others are there, under the label ``UNLABELLED``; else they are left out.
        copies: How often a labelled text of the target is repeated, for a classifier that knows no weights.
        seed: Fixes which labels are drawn.

    Raises:
        InputError: if there are fewer labels in the target than are to be drawn, or a number is out of range.

    Example:
        >>> books = InMemoryDataset("books", {"train": [LabelledText("a good read", "+"), LabelledText("a dull plot", "-")]})
        >>> tools = [LabelledText(f"{word} drill", label) for word, label in (("strong", "+"), ("weak", "-"), ("light", "+"))]
        >>> tools = InMemoryDataset("tools", {"train": tools, "test": [LabelledText("broken saw", "-")]})
        >>> [(one.label, one.facts["domain"]) for one in mixed(books, tools, labels=2).split("train")]
        [('+', 'source'), ('-', 'source'), ('+', 'target'), ('-', 'target'), ('', 'target')]
    """
    pool = target.split("train")
    if isinstance(labels, bool) or not (isinstance(labels, int) and -1 <= labels <= len(pool)) or copies < 1:
        raise InputError(
            f"expected labels from -1, for all, to the {len(pool)} training texts of {target.name}, and copies from 1; "
            f"got labels={labels!r}, copies={copies!r}"
        )
    drawn = _drawn(pool, len(pool) if labels == -1 else labels, seed)
    known = [example for row, example in enumerate(pool) if row in drawn]
    others = [replace(example, label=UNLABELLED) for row, example in enumerate(pool) if row not in drawn]
    later = {name: target.split(name) for name in target.splits if name != "train"}
    given = [] if source is None else [one for name in source.splits if name != "test" for one in source.split(name)]
    kept, removed = remove_leakage(given, *later.values())
    train = [*_from(SOURCE, kept), *_from(TARGET, known * copies), *(_from(TARGET, others) if unlabelled else ())]
    if not train:
        raise InputError(f"nothing to learn {target.name} from: give a source, or labels above 0")
    notes: dict[str, Any] = {
        "source": source.name if source else None,
        "sizes": {"source": len(kept), "target_labelled": len(known), "target_unlabelled": len(others) if unlabelled else 0},
        "removed": {"source_in_target": removed},
    }
    name = f"{source.name}_to_{target.name}" if source else target.name
    return InMemoryDataset(name, {"train": train, **later}, notes)


def _drawn(pool: Sequence[LabelledText], count: int, seed: int) -> set[int]:
    """Rows whose label is looked at: labels take turns while there are texts left of each."""
    generator = np.random.default_rng(seed)
    waiting = [
        generator.permutation([row for row, example in enumerate(pool) if example.label == label]).tolist()
        for label in labels_in(pool)
    ]
    turns = sorted((turn, code, row) for code, rows in enumerate(waiting) for turn, row in enumerate(rows))
    return {row for _, _, row in turns[:count]}


def _from(domain: str, examples: Iterable[LabelledText]) -> list[LabelledText]:
    return [replace(example, facts={**example.facts, DOMAIN: domain}) for example in examples]
