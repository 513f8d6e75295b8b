"""A few labelled texts of each label, drawn from a larger set, as if no more had been labelled."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from nlpref.data.dataset import InMemoryDataset, content_key
from nlpref.data.splits import remove_leakage
from nlpref.errors import InputError
from nlpref.types import UNLABELLED, LabelledText

__all__ = ["REST", "draw", "few_shots"]

REST = "rest"
"""Split of the labelled texts that were not drawn. No model is given it, so it is there to choose by."""


def few_shots(
    dataset: InMemoryDataset[LabelledText], shots: int = 10, unlabelled: bool = False, seed: int = 0
) -> InMemoryDataset[LabelledText]:
    """Draw the training texts of a dataset, the same number of each label.

    What was drawn becomes ``train``, and there is no validation split: its labels would be labels too. Those of train and
    validation that were not drawn become the split ``rest``, or, without their labels, stay in ``train``; all other splits
    stay. ``notes["few_shots"]`` holds shots, seed, the ids that were drawn, the labels that have fewer texts than asked for,
    and the number of texts without a label.

    Args:
        dataset: With a train split.
        shots: Texts of each label.
        unlabelled: Keep the others in ``train``, under the label ``UNLABELLED``, instead of in ``rest``.
        seed: Of the draw.

    Raises:
        InputError: if there is no train split, or shots is no number of texts.

    Example:
        >>> texts = [LabelledText(f"text {number}", "ab"[number % 2], str(number)) for number in range(8)]
        >>> few = few_shots(InMemoryDataset("letters", {"train": texts}), shots=1)
        >>> few
        InMemoryDataset('letters_1_shot', train=2, rest=6)
    """
    given = {name: dataset.split(name) for name in dataset.splits if name not in ("train", "validation")}
    left = [*dataset.split("train"), *(dataset.split("validation") if "validation" in dataset.splits else ())]
    drawn = draw(dataset.split("train"), shots, seed)
    rest, _ = remove_leakage(left, drawn)
    counts = Counter(example.label for example in drawn)
    told = {
        "shots": shots,
        "seed": seed,
        "ids": [example.id for example in drawn],
        "fewer": {label: count for label, count in sorted(counts.items()) if count < shots},
        "unlabelled": len(rest) if unlabelled else 0,
    }
    if unlabelled:
        drawn, rest = [*drawn, *(replace(example, label=UNLABELLED) for example in rest)], []
    splits = {"train": drawn, REST: rest, **given}
    return InMemoryDataset(
        f"{dataset.name}_{shots}_shot",
        {name: examples for name, examples in splits.items() if examples},
        {**dataset.notes, "few_shots": told},
    )


def draw(examples: Sequence[LabelledText], shots: int, seed: int) -> list[LabelledText]:
    """Draw the same number of texts of each label, or all that there are of one with fewer.

    Whether a text is drawn depends on a hash of its folded form and the seed: not on the order of the examples, and a
    larger draw of the same seed holds the smaller one. No text is drawn twice; of duplicates the first counts.

    Args:
        examples: To draw from.
        shots: Texts of each label.
        seed: Another seed, another draw.

    Returns:
        Those drawn, in the order given.

    Raises:
        InputError: if shots is no number of texts.
    """
    if not isinstance(shots, int) or shots < 1:
        raise InputError(f"shots is {shots!r}, expected at least 1 text of each label")
    by_label: dict[str, list[tuple[str, int]]] = defaultdict(list)
    seen: set[str] = set()
    for row, example in enumerate(examples):
        key = content_key(example)
        if key not in seen:
            seen.add(key)
            hashed = hashlib.sha256(f"{seed}\n{key}".encode("utf-8", "surrogatepass")).hexdigest()
            by_label[example.label].append((hashed, row))
    taken = sorted(row for hashes in by_label.values() for _, row in sorted(hashes)[:shots])
    return [examples[row] for row in taken]
