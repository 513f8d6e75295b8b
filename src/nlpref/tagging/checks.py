"""Checks of what a tagger is trained on."""

from __future__ import annotations

from collections.abc import Sequence

from nlpref.errors import InputError
from nlpref.tagging.bio import span_labels
from nlpref.text.checks import check_examples, check_sentences
from nlpref.types import TaggedTokens

__all__ = ["check_training"]


def check_training(
    train: Sequence[TaggedTokens], validation: Sequence[TaggedTokens] = (), *, partial: bool = False
) -> tuple[str, ...]:
    """Sorted distinct labels of ``train``, once both splits are known to be fit for training.

    Args:
        train: To learn from.
        validation: To be scored on.
        partial: Whether the tagger can learn from sentences in which only some types were looked for.

    Raises:
        InputError: if something is not a ``TaggedTokens`` of strings, ``train`` has no entity at all, or a sentence is
            partially annotated and may not be.
    """
    for name, split in (("train", train), ("validation", validation)):
        check_sentences([example.tokens for example in check_examples(split, TaggedTokens, name)])
        unfinished = next((example for example in split if example.partial), None)
        if unfinished is not None and (name == "validation" or not partial):
            raise InputError(
                f"{name} has sentences in which only some entity types were looked for, such as {unfinished.id!r} "
                f"({', '.join(unfinished.annotated or ())}); "
                + (
                    "a score needs all types"
                    if name == "validation"
                    else "only a transformer or recurrent tagger learns from them"
                )
            )
    labels = span_labels(train)
    if not labels:
        raise InputError(f"a tagger needs entities in train; the {len(train)} sentences given have none")
    return labels
