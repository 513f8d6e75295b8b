"""Training sentences that a person has reviewed, beside or in place of those there were."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

from nlpref.data.answers import SKIPPED, read_answers, standing
from nlpref.data.dataset import InMemoryDataset, content_key
from nlpref.data.splits import check_labels, labels_in, remove_leakage
from nlpref.errors import InputError
from nlpref.protocols import Dataset
from nlpref.types import TaggedTokens

__all__ = ["reviewed"]


def reviewed(reviewed: str | Path, base: Dataset[TaggedTokens], keep: bool = True) -> InMemoryDataset[TaggedTokens]:
    """Train on what was reviewed; all splits but train are those of another data set.

    The latest answer to a sentence counts, skipped ones do not. A sentence of the base's train that was reviewed has the
    spans of the review. Where the reviewer could not give all types that the base's train has, a reviewed sentence says which
    were looked for (``TaggedTokens.annotated``), and only some taggers learn from it.

    Args:
        reviewed: File that ``nlpref.review`` wrote.
        base: Gives validation and test.
        keep: Whether the base's train is learnt from as well.

    Raises:
        InputError: if the file does not exist, or nothing is left to learn from.
        DataError: if it has faults, or validation or test have a type that train lacks.
    """
    answers = [answer for answer in standing(list(read_answers(reviewed))).values() if answer.verdict != SKIPPED]
    there = list(base.split("train")) if keep and "train" in base.splits else []
    known = labels_in(there)
    given = [replace(answer.tagged, annotated=answer.labels if set(known) - set(answer.labels) else None) for answer in answers]
    later = {name: base.split(name) for name in base.splits if name != "train"}
    kept, removed = remove_leakage(given, *later.values())
    said = {content_key(one) for one in given}
    others = [one for one in there if content_key(one) not in said]
    train = [*others, *kept]
    if not train:
        raise InputError(f"{reviewed} holds no answer to learn from; review some sentences, or give another file")
    for name in set(later) & {"validation", "test"}:
        check_labels(labels_in(train), later[name], name)
    notes = {
        "reviewed": {
            "sentences": len(kept),
            "of_base": len(others),
            "replaced": len(there) - len(others),
            "verdicts": dict(sorted(Counter(answer.verdict for answer in answers).items())),
            "models": sorted({answer.model for answer in answers}),
        },
        "removed": {"train_in_test": removed},
    }
    return InMemoryDataset(f"{base.name}_reviewed", {"train": train, **later}, notes)
