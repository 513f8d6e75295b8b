"""A few annotated sentences, drawn so that each entity type occurs at least so often, as if no more had been annotated."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from nlpref.data.dataset import InMemoryDataset, content_key
from nlpref.data.few_shots import REST
from nlpref.data.splits import carve, deduplicate, labels_in, remove_leakage
from nlpref.errors import InputError
from nlpref.types import TaggedTokens

__all__ = ["draw_sentences", "few_shot_entities"]


def few_shot_entities(
    dataset: InMemoryDataset[TaggedTokens],
    shots: int | None = 5,
    fraction: float | None = None,
    unlabelled: bool = False,
    seed: int = 0,
) -> InMemoryDataset[TaggedTokens]:
    """Draw some training sentences of a dataset: by the number of entities of each type, or a share of all.

    What was drawn becomes ``train``, and there is no validation split: to annotate it would cost as well. Sentences of train
    and validation that were not drawn become the split ``rest``, or stay in ``train`` without their entities, as sentences
    of which nothing is known; all other splits stay. ``notes["few_shots"]`` holds the arguments, the ids that were drawn,
    the entities of each type in them, and the types with fewer than asked for.

    Args:
        dataset: With a train split, all of it fully annotated.
        shots: Least number of entities of each type, see ``draw_sentences``; None to draw a fraction.
        fraction: Share of the sentences, in (0, 1), each type with its share; None to draw by shots.
        unlabelled: Keep the others in ``train``, with ``annotated=()``, instead of in ``rest``.
        seed: Of the draw.

    Raises:
        InputError: if not one of shots and fraction is given, one is out of range, a sentence is partially annotated, or
            nothing would be drawn.

    Example:
        >>> from nlpref.types import Span
        >>> tweets = [TaggedTokens(("in", f"town{n}"), (Span(1, 2, "city"),), str(n)) for n in range(9)]
        >>> few_shot_entities(InMemoryDataset("tweets", {"train": tweets}), shots=2)
        InMemoryDataset('tweets_2_shot', train=2, rest=7)
    """
    if (shots is None) == (fraction is None):
        raise InputError(f"give either shots or fraction, the other as null; got shots={shots!r}, fraction={fraction!r}")
    given = {name: dataset.split(name) for name in dataset.splits if name not in ("train", "validation")}
    left = [*dataset.split("train"), *(dataset.split("validation") if "validation" in dataset.splits else ())]
    if partial := [example.id for example in left if example.partial]:
        raise InputError(
            f"{len(partial)} sentences of {dataset.name} are partially annotated, such as {partial[0]!r}; leave them out"
        )
    if fraction is None:
        drawn = draw_sentences(dataset.split("train"), shots or 0, seed)
    else:
        if not 0 < fraction < 1:
            raise InputError(f"fraction is {fraction!r}, expected a share between 0 and 1")
        _, drawn = carve(deduplicate(dataset.split("train"))[0], fraction, seed)
    if not drawn:
        raise InputError(f"nothing would be drawn of the {len(dataset.split('train'))} training sentences of {dataset.name}")
    rest, _ = remove_leakage(left, drawn)
    counts = Counter(span.label for example in drawn for span in example.spans)
    told: dict[str, Any] = {
        "shots": shots,
        "fraction": fraction,
        "seed": seed,
        "ids": [example.id for example in drawn],
        "entities": dict(sorted(counts.items())),
        "fewer": {label: counts[label] for label in labels_in(dataset.split("train")) if counts[label] < (shots or 0)},
        "unlabelled": len(rest) if unlabelled else 0,
    }
    if unlabelled:
        drawn, rest = [*drawn, *(replace(example, spans=(), annotated=()) for example in rest)], []
    splits = {"train": drawn, REST: rest, **given}
    name = f"{dataset.name}_{shots}_shot" if fraction is None else f"{dataset.name}_{fraction:g}"
    return InMemoryDataset(
        name, {split: examples for split, examples in splits.items() if examples}, {**dataset.notes, "few_shots": told}
    )


def draw_sentences(examples: Sequence[TaggedTokens], shots: int, seed: int) -> list[TaggedTokens]:
    """Draw sentences until each entity type occurs at least so often, or all sentences that have it are drawn.

    Types take turns, the rarest first: while there are too few entities of it, the next sentence that has one is drawn, in
    an order that depends on a hash of its folded form and the seed. In the end those are given back without which there
    are still enough. Of duplicates the first counts; sentences without entities are not drawn.

    Args:
        examples: To draw from.
        shots: Least number of entities of each type.
        seed: Another seed, another draw.

    Returns:
        Those drawn, in the order given.

    Raises:
        InputError: if shots is no number of entities.

    Source: Yang and Katiyar 2020, algorithm 1 (greedy sampling).
    """
    if isinstance(shots, bool) or not isinstance(shots, int) or shots < 1:
        raise InputError(f"shots is {shots!r}, expected at least 1 entity of each type")
    first = {content_key(example): row for row, example in reversed(list(enumerate(examples)))}
    counts = {row: Counter(span.label for span in examples[row].spans) for row in first.values()}
    total: Counter[str] = sum(counts.values(), Counter())
    order = [row for _, row in sorted((_hashed(key, seed), row) for key, row in first.items())]
    drawn: list[int] = []
    have: Counter[str] = Counter()
    for label in sorted(total, key=lambda label: (total[label], label)):
        for row in order:
            if have[label] >= shots:
                break
            if counts[row][label] and row not in drawn:
                drawn.append(row)
                have += counts[row]
    for row in list(drawn):
        if all(have[label] - count >= shots for label, count in counts[row].items()):
            drawn.remove(row)
            have -= counts[row]
    return [examples[row] for row in sorted(drawn)]


def _hashed(key: str, seed: int) -> str:
    return hashlib.sha256(f"{seed}\n{key}".encode("utf-8", "surrogatepass")).hexdigest()
