"""Splits made the same way every time: carved by content, stratified, with duplicates on one side and no leakage."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Sequence
from typing import Any, TypeVar

from nlpref.data.dataset import content_key
from nlpref.data.faults import Faults, one_of
from nlpref.errors import InputError
from nlpref.types import EITHER, JudgedQuery, LabelledText, TaggedTokens

__all__ = ["carve", "check_labels", "deduplicate", "is_drawn", "labels_in", "prepare", "remove_leakage"]

ExampleT = TypeVar("ExampleT", bound=LabelledText | TaggedTokens | JudgedQuery)
Key = Callable[[Any], Hashable]


def carve(
    examples: Sequence[ExampleT], fraction: float, seed: int = 0, key: Key = content_key
) -> tuple[list[ExampleT], list[ExampleT]]:
    """Divide examples into a rest and a carved part, both in the order given.

    Whether an example is carved depends on a hash of its key and the seed, so it does not change with the order of the
    examples. Each label gives its share (a group of several labels counts for the rarest) and no label is carved whole.

    Args:
        examples: What to divide.
        fraction: Share to carve, in [0, 1).
        seed: Another seed, another division.
        key: Examples with the same key stay together; by default those with the same folded text.

    Raises:
        InputError: if the fraction is out of range.
    """
    if not 0 <= fraction < 1:
        raise InputError(f"a fraction to carve must be in [0, 1), got {fraction}")
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for index, example in enumerate(examples):
        groups[key(example)].append(index)
    frequency = Counter(label for example in examples for label in _labels(example))
    labels = {name: set().union(*(_labels(examples[index]) for index in members)) for name, members in groups.items()}
    left = Counter(label for found in labels.values() for label in found)
    strata: dict[str, list[tuple[str, Hashable]]] = defaultdict(list)
    for name, found in labels.items():
        stratum = min(found, key=lambda label: (frequency[label], label), default="")
        strata[stratum].append((hashlib.sha256(f"{seed}\n{name}".encode("utf-8", "surrogatepass")).hexdigest(), name))
    carved: set[int] = set()
    owed = 0.0
    for stratum in sorted(strata):
        ordered = [name for _, name in sorted(strata[stratum], key=lambda hashed: hashed[0])]
        due = fraction * sum(len(groups[name]) for name in ordered) + owed
        for name in ordered[:-1]:
            if fraction and due >= len(groups[name]) / 2 and all(left[label] > 1 for label in labels[name]):
                carved.update(groups[name])
                left.subtract(labels[name])
                due -= len(groups[name])
        owed = min(max(due, -1.0), 1.0)
    rest = [example for index, example in enumerate(examples) if index not in carved]
    return rest, [examples[index] for index in sorted(carved)]


def is_drawn(example: ExampleT, fraction: float, seed: int) -> bool:
    """Whether an example is in a share of a dataset, by its content: the same in every order, and in every larger share too."""
    if fraction == 1:
        return True
    hashed = hashlib.sha256(f"{seed}\n{content_key(example)}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(hashed[:8], "big") < fraction * 2**64


def remove_leakage(examples: Sequence[ExampleT], *others: Sequence[ExampleT]) -> tuple[list[ExampleT], int]:
    """The examples whose folded text is in none of the others, and how many were removed."""
    taken = {content_key(example) for other in others for example in other}
    kept = [example for example in examples if content_key(example) not in taken]
    return kept, len(examples) - len(kept)


def deduplicate(examples: Sequence[ExampleT]) -> tuple[list[ExampleT], int]:
    """The first example of each folded text, and how many were removed."""
    kept = list({content_key(example): example for example in reversed(examples)}.values())[::-1]
    return kept, len(examples) - len(kept)


def labels_in(examples: Sequence[LabelledText] | Sequence[TaggedTokens] | Sequence[JudgedQuery]) -> tuple[str, ...]:
    """Sorted distinct labels or entity types."""
    return tuple(sorted({label for example in examples for label in _labels(example)}))


def check_labels(known: Collection[str], examples: Sequence[LabelledText | TaggedTokens], where: str = "test") -> None:
    """Refuse examples with a label that is not known, which no model could predict.

    Raises:
        DataError: naming the examples by id.
    """
    faults = Faults()
    for position, example in enumerate(examples):
        for label in _labels(example):
            if label not in known:
                name = f"example {example.id or position}"
                faults.add(where, None, name, f"the label {label!r}, which train lacks", one_of(known, label))
    faults.raise_if_any()


def prepare(
    train: Sequence[ExampleT],
    *,
    test: Sequence[ExampleT] = (),
    validation: Sequence[ExampleT] = (),
    test_fraction: float = 0.2,
    validation_fraction: float | None = 0.1,
    seed: int = 0,
    key: Key = content_key,
) -> tuple[dict[str, list[ExampleT]], dict[str, Any]]:
    """Make disjoint splits: carve what is missing, and remove from train (and validation) what is in a later split.

    Args:
        train: Examples to train on.
        test: The given test split; if empty, one is carved from train.
        validation: The given validation split; used only if ``validation_fraction`` is None.
        test_fraction: Share of train to carve for a missing test split; 0 leaves it missing, 1 makes all of train the test.
        validation_fraction: Share of train to carve for validation, 0 for no validation split; None takes the given one.
        seed: Of the carving.
        key: Examples with the same key are carved together.

    Returns:
        The splits that are not empty, and notes on how they were made: ``sizes`` by split; ``removed``, how many examples
        were left out because their folded text is in a later split; ``carved``, by split, the fraction and the seed.

    Raises:
        InputError: if a fraction is out of range.
    """
    carved: dict[str, Any] = {}
    parts = {"train": list(train), "validation": list(validation), "test": list(test)}
    if not test and test_fraction:
        whole = test_fraction == 1
        parts["train"], parts["test"] = ([], parts["train"]) if whole else carve(parts["train"], test_fraction, seed, key)
        carved["test"] = {"fraction": test_fraction, "seed": seed}
    if validation_fraction is not None:
        parts["validation"] = []
    parts["validation"], validation_in_test = remove_leakage(parts["validation"], parts["test"])
    removed = {"validation_in_test": validation_in_test}
    removed["train_in_test"] = len(parts["train"]) - len(remove_leakage(parts["train"], parts["test"])[0])
    removed["train_in_validation"] = len(parts["train"]) - len(remove_leakage(parts["train"], parts["validation"])[0])
    parts["train"], _ = remove_leakage(parts["train"], parts["validation"], parts["test"])
    if validation_fraction:
        parts["train"], parts["validation"] = carve(parts["train"], validation_fraction, seed, key)
        parts["train"], lost = remove_leakage(parts["train"], parts["validation"])
        removed["train_in_validation"] += lost
        carved["validation"] = {"fraction": validation_fraction, "seed": seed}
    sizes = {name: len(examples) for name, examples in parts.items() if examples}
    made = {name: how for name, how in carved.items() if name in sizes}
    return {name: parts[name] for name in sizes}, {"sizes": sizes, "removed": removed, "carved": made}


def _labels(example: LabelledText | TaggedTokens | JudgedQuery) -> set[str]:
    if isinstance(example, LabelledText):
        return {example.label}
    if isinstance(example, JudgedQuery):
        return set()
    return {label for span in example.spans for label in (span.label.split(EITHER) if example.partial else [span.label])}
