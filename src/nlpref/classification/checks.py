"""Checks of what a classifier is trained on."""

from __future__ import annotations

from collections.abc import Sequence

from nlpref.errors import InputError
from nlpref.text.checks import check_examples, check_texts
from nlpref.types import LabelledText, labels_of

__all__ = ["check_training"]


def check_training(train: Sequence[LabelledText], validation: Sequence[LabelledText] = ()) -> tuple[str, ...]:
    """Sorted distinct labels of ``train``, once both splits are known to be fit for training.

    Raises:
        InputError: if something is not a ``LabelledText`` with a text and a label, there are fewer than two labels, or
            ``validation`` holds a label that ``train`` lacks.
    """
    for name, split in (("train", train), ("validation", validation)):
        examples = check_examples(split, LabelledText, name)
        check_texts([example.text for example in examples])
        for position, example in enumerate(examples):
            if not isinstance(example.label, str):
                raise InputError(f"{name}[{position}] has the label {example.label!r}, expected str")
    labels = labels_of(train)
    if len(labels) < 2:
        raise InputError(f"a classifier needs at least two labels in train, got {list(labels)} in {len(train)} examples")
    if unknown := sorted(set(labels_of(validation)) - set(labels)):
        raise InputError(f"validation has labels that train lacks: {unknown[:5]}; add examples of them to train")
    return labels
