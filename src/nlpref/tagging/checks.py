"""Checks of what a tagger is trained on."""

from __future__ import annotations

from collections.abc import Sequence

from nlpref.errors import InputError
from nlpref.tagging.bio import span_labels
from nlpref.text.checks import check_examples, check_sentences
from nlpref.types import TaggedTokens

__all__ = ["check_training"]


def check_training(train: Sequence[TaggedTokens], validation: Sequence[TaggedTokens] = ()) -> tuple[str, ...]:
    """Sorted distinct labels of ``train``, once both splits are known to be fit for training.

    Raises:
        InputError: if something is not a ``TaggedTokens`` of strings, or ``train`` has no entity at all.
    """
    for name, split in (("train", train), ("validation", validation)):
        check_sentences([example.tokens for example in check_examples(split, TaggedTokens, name)])
    labels = span_labels(train)
    if not labels:
        raise InputError(f"a tagger needs entities in train; the {len(train)} sentences given have none")
    return labels
