"""A corpus to be scored on, and others to learn from as well, of which each knows only some of its types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nlpref.data.dataset import InMemoryDataset
from nlpref.data.faults import one_of
from nlpref.data.label_map import LabelMap, relabel, targets_of
from nlpref.data.splits import is_drawn, labels_in, remove_leakage
from nlpref.errors import InputError
from nlpref.protocols import Dataset
from nlpref.types import TaggedTokens

__all__ = ["Corpus", "mixed_entities"]


@dataclass(frozen=True)
class Corpus:
    """Another corpus, and what its types are in the one that is scored on.

    Args:
        dataset: Its sentences.
        map: Its types as types of the other corpus, see ``relabel``; None: only its texts are used, without any entity.
        annotated: Types of which it has marked all entities; None for all that the map reaches.
        copies: How often each of its sentences is learned from.
        fraction: Share of its sentences that is used.
    """

    dataset: Dataset[TaggedTokens]
    map: LabelMap | None
    annotated: Sequence[str] | None = None
    copies: int = 1
    fraction: float = 1.0


def mixed_entities(
    target: Dataset[TaggedTokens],
    others: Mapping[str, Corpus],
    everything: bool = True,
    copies: int = 1,
    seed: int = 0,
    name: str | None = None,
) -> InMemoryDataset[TaggedTokens]:
    """Train on the target's train and, in part annotated, on the others; validation and test are the target's.

    Sentences of the others that are in any split of the target are left out. Where a corpus knows all types of the target
    and each of its entities has one type, its sentences count as fully annotated. Ids of the others begin with their name and
    split.

    Args:
        target: To be scored on.
        others: By name.
        everything: Learn from all splits of the others, not from their train alone.
        copies: How often each sentence of the target's train is learned from.
        seed: Which sentences are used of a corpus of which only a share is.
        name: What to call the dataset; default: made of the names.

    Raises:
        InputError: if a map does not fit its corpus or leads to a type that the target's train lacks, or a number is out of
            range.

    Example:
        >>> from nlpref.types import Span
        >>> ours = [TaggedTokens(("Ann", "in", "Rome"), (Span(0, 1, "person"), Span(2, 3, "city")))]
        >>> ours = InMemoryDataset("ours", {"train": ours, "test": [TaggedTokens(("hello",))]})
        >>> theirs = InMemoryDataset("theirs", {"train": [TaggedTokens(("Bob", "left"), (Span(0, 1, "PER"),), "7")]})
        >>> made = mixed_entities(ours, {"news": Corpus(theirs, {"PER": "person"})})
        >>> [(one.id, one.annotated) for one in made.split("train")]
        [('', None), ('news:train:7', ('person',))]
    """
    given = {split: target.split(split) for split in target.splits}
    labels = labels_in(given.get("train", ()))
    if not labels:
        raise InputError(f"{target.name} has no entities in train, so that the others have nothing to be mapped to")
    _check_copies("copies", copies)
    train = list(given["train"]) * copies
    told: dict[str, Any] = {}
    for corpus_name, corpus in others.items():
        found, notes = _prepared(corpus_name, corpus, labels, everything, seed, list(given.values()))
        train += found * corpus.copies
        told[corpus_name] = notes
    made = name or "_with_".join([target.name, *others])
    return InMemoryDataset(made, {**given, "train": train}, {**getattr(target, "notes", {}), "others": told})


def _prepared(
    name: str, corpus: Corpus, labels: Sequence[str], everything: bool, seed: int, taken: Sequence[Sequence[TaggedTokens]]
) -> tuple[list[TaggedTokens], dict[str, Any]]:
    """The sentences of another corpus that are learned from, and what there is to tell of them."""
    _check_copies(f"copies of {name}", corpus.copies)
    if not 0 < corpus.fraction <= 1:
        raise InputError(f"fraction of {name} is {corpus.fraction!r}, expected a share above 0, at most 1")
    for label in targets_of(corpus.map or {}):
        if label not in labels:
            raise InputError(f"the label map of {name} leads to {label!r}; expected {one_of(labels, label)}")
    splits = corpus.dataset.splits if everything else ("train",)
    given = [replace(one, id=f"{name}:{split}:{one.id}") for split in splits for one in corpus.dataset.split(split)]
    mapped = relabel(given, corpus.map, corpus.annotated)
    fresh, removed = remove_leakage(mapped, *taken)
    used = [example for example in fresh if is_drawn(example, corpus.fraction, seed)]
    whole = set(labels) == set(used[0].annotated or ()) if used else False
    spans = Counter(span.label for example in used for span in example.spans)
    whole = whole and spans.keys() <= set(labels)
    made = [replace(one, annotated=None) for one in used] if whole else used
    notes = {
        "dataset": corpus.dataset.name,
        "revision": corpus.dataset.revision,
        "sentences": len(used),
        "left_out": {"unsure": len(given) - len(mapped), "in_target": removed, "not_drawn": len(fresh) - len(used)},
        "annotated": list(used[0].annotated or ()) if used else [],
        "spans": dict(sorted(spans.items())),
        "copies": corpus.copies,
    }
    return made, notes


def _check_copies(name: str, copies: object) -> None:
    if isinstance(copies, bool) or not isinstance(copies, int) or copies < 1:
        raise InputError(f"{name} is {copies!r}, expected a whole number from 1")
