"""Splits of the examples in a train, a test and a validation file, of which only one need be there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nlpref.data.dataset import InMemoryDataset
from nlpref.data.splits import check_labels, labels_in, prepare, remove_leakage
from nlpref.errors import InputError
from nlpref.types import UNLABELLED, TaggedTokens

__all__ = ["check_made", "from_files"]


def from_files(
    read: Callable[..., Iterator[Any]],
    train: str | Path | None,
    test: str | Path | None,
    validation: str | Path | None,
    validation_fraction: float,
    test_fraction: float,
    seed: int,
    name: str | None,
    out_of_scope: str | None = None,
) -> InMemoryDataset[Any]:
    """Read what was given and make disjoint splits of it; the arguments are those of ``text_sources.csv``.

    Args:
        read: Gives the examples of a file, and refuses labels that are not among those of its second argument.

    Raises:
        InputError: if neither train nor test is given, no test split can be carved, all of train is in another split too, or
            something is unknown of an example that is to be scored on.
        DataError: if a label is not among those of train.
    """
    if train is None:
        if test is None:
            raise InputError("neither a train file nor a test file was given; give at least one of them")
        alone, notes = prepare(
            (),
            test=_whole(read(test), test),
            validation=_whole(read(validation), validation) if validation else (),
            validation_fraction=None,
        )
        return InMemoryDataset(name or Path(test).stem, alone, notes)
    given = list(read(train))
    examples = [example for example in given if not _unfinished(example)]
    known = [label for label in labels_in(given) if label != UNLABELLED]
    outside = [out_of_scope] if known and out_of_scope else []
    labels = [*known, *outside] or None  # of texts without labels, those of the other files are not known beforehand
    splits, notes = prepare(
        examples,
        test=_whole(read(test, labels), test) if test else (),
        validation=_whole(read(validation, labels), validation) if validation else (),
        test_fraction=test_fraction,
        validation_fraction=None if validation else validation_fraction,
        seed=seed,
    )
    if len(examples) < len(given):
        bare = [example for example in given if _unfinished(example)]
        kept, removed = remove_leakage(bare, *splits.values())
        splits = {"train": [*splits.get("train", ()), *kept], **{name: splits[name] for name in splits if name != "train"}}
        notes = {**notes, "unlabelled": {"kept": len(kept), "labelled_too": removed}}
    check_made(str(train), len(given), splits, test_fraction)
    for split in ("validation", "test") if "train" in splits and labels else ():
        where = f"{split} (texts it shares with train were removed from train)" if any(notes["removed"].values()) else split
        check_labels([*labels_in(splits["train"]), *outside], splits.get(split, []), where)
    return InMemoryDataset(name or Path(train).stem, splits, notes)


def _unfinished(example: Any) -> bool:
    """Whether something is unknown that a score needs: the label, or entities of some type."""
    return example.partial if isinstance(example, TaggedTokens) else getattr(example, "label", None) == UNLABELLED


def _whole(examples: Iterator[Any], path: str | Path) -> list[Any]:
    """Examples to be scored on, of which everything is known."""
    found = list(examples)
    for example in found:
        if isinstance(example, TaggedTokens) and example.partial:
            raise InputError(
                f"sentence {example.id!r} of {path} is partially annotated ({', '.join(example.annotated or ()) or 'nothing'}); "
                "a score needs all types, so it can only be learned from"
            )
    return found


def check_made(source: str, given: int, splits: Mapping[str, Sequence[Any]], test_fraction: float) -> None:
    """Refuse train data that are all test data, or too few to be divided."""
    if "test" not in splits and test_fraction:
        raise InputError(
            f"no test split can be carved from the {given} train examples of {source}: every label must stay in train; "
            "give more examples or a test file, or test_fraction=0"
        )
    if given and "train" not in splits and test_fraction != 1:
        raise InputError(
            f"none of the {given} train examples of {source} is left to train on, each is in the test or validation split too; "
            "give other files"
        )
