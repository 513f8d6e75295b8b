"""What labels are called, as texts: one more example of each, if the names tell anything."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError

__all__ = ["LabelTexts", "label_texts", "tell"]

LabelTexts = Mapping[str, str] | Literal["names"] | None
"""Texts by label; ``names`` reads them off the labels; None takes none."""

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_OTHER = re.compile(r"[\W_]+")
SURE = 3.0
"""Standard deviations above chance from which names are believed to tell something."""


def label_texts(labels: Sequence[str], given: LabelTexts) -> dict[str, str]:
    """A text for each label that has one.

    Args:
        labels: All of them.
        given: See ``LabelTexts``.

    Raises:
        InputError: if a text is given for a label that there is not, or something else is given.

    >>> label_texts(["card_arrival", "lostCard", "7"], "names")
    {'card_arrival': 'card arrival', 'lostCard': 'lost card'}
    """
    if given is None:
        return {}
    if isinstance(given, Mapping):
        if unknown := sorted(set(given) - set(labels)):
            raise InputError(f"label_texts are given for {unknown[:3]}, which no training text has; it has {list(labels)[:5]}")
        return {label: given[label] for label in labels if given.get(label, "").strip()}
    if given != "names":
        raise InputError(f"label_texts={given!r}: expected names, a mapping of labels to texts, or None")
    read = {label: _OTHER.sub(" ", _HUMP.sub(" ", label)).strip().lower() for label in labels}
    return {label: text for label, text in read.items() if any(letter.isalpha() for letter in text)}


def tell(names: NDArray[np.float32], named: NDArray[np.intp], vectors: NDArray[np.float32], targets: NDArray[np.intp]) -> bool:
    """Whether names tell anything about texts: the nearest name is the right one more often than by chance.

    Names such as ``class a`` or ``intent 12`` do not; learning from them would do harm.

    Args:
        names: Unit vectors of the labels' texts, (n_names, dim).
        named: Number of the label of each, (n_names,).
        vectors: Unit vectors of labelled texts, (n_texts, dim).
        targets: Number of the label of each, (n_texts,).
    """
    concerned = np.isin(targets, named)
    if len(named) < 2 or not concerned.any():
        return False
    right = named[(vectors[concerned] @ names.T).argmax(axis=1)] == targets[concerned]
    chance = 1 / len(named)
    return bool(right.mean() > chance + SURE * np.sqrt(chance * (1 - chance) / len(right)))
