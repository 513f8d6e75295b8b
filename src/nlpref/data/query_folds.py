"""Folds of queries, for collections that have too few of them for a train and a test split."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass

from nlpref.data.dataset import RetrievalDataset, content_key
from nlpref.data.splits import prepare
from nlpref.errors import InputError

__all__ = ["FOLDS", "QueryFolds", "query_fold", "query_folds"]

FOLDS = "folds"
"""Split of all queries, each of which is the test of one fold."""


@dataclass(frozen=True)
class QueryFolds:
    """A collection divided into folds.

    Args:
        whole: The collection with all its queries in one split, ``folds``.
        parts: For each fold the collection with the fold as ``test``, and the other queries as ``train`` and ``validation``.
        places: For each fold the positions of its test queries among those of the whole.
    """

    whole: RetrievalDataset
    parts: tuple[RetrievalDataset, ...]
    places: tuple[tuple[int, ...], ...]


def query_folds(dataset: RetrievalDataset, folds: int = 5, validation_fraction: float = 0.2, seed: int = 0) -> QueryFolds:
    """Divide all queries of a collection, those of every split, into folds of about the same size.

    Queries are in the order of their ids, and a hash of the folded text and the seed decides on the fold: neither depends on
    how the splits of the dataset were carved. Queries of the same text are in the same fold.

    Args:
        dataset: A retrieval collection; what splits it has does not matter.
        folds: How many.
        validation_fraction: Share of the other queries to carve for validation in each fold; 0 for no validation split.
        seed: Another seed, another division.

    Raises:
        InputError: if it is no retrieval collection, there are fewer than two folds, or fewer different queries than folds.

    Example:
        >>> from nlpref.types import Document, JudgedQuery
        >>> queries = [JudgedQuery(str(n), f"query {n}", {"d": 1}) for n in range(10)]
        >>> made = query_folds(RetrievalDataset("toy", [Document("d", "text")], {"test": queries}), folds=5)
        >>> made.whole, made.parts[0]
        (RetrievalDataset('toy', folds=10), RetrievalDataset('toy_fold_1_of_5', train=6, validation=2, test=2))
    """
    if not isinstance(dataset, RetrievalDataset):
        raise InputError(f"folds are of the queries of a retrieval collection, got a {type(dataset).__name__}")
    queries = sorted((one for split in dataset.splits for one in dataset.split(split)), key=lambda one: (one.id, one.text))
    groups: dict[str, list[int]] = defaultdict(list)
    for place, query in enumerate(queries):
        groups[content_key(query)].append(place)
    if not isinstance(folds, int) or not 2 <= folds <= len(groups):
        raise InputError(f"folds is {folds!r}, expected a whole number from 2 to the {len(groups)} different queries")
    hashed = sorted(groups, key=lambda key: hashlib.sha256(f"{seed}\n{key}".encode("utf-8", "surrogatepass")).hexdigest())
    places = tuple(tuple(sorted(place for key in hashed[fold::folds] for place in groups[key])) for fold in range(folds))
    how = {"folds": folds, "seed": seed, "validation_fraction": validation_fraction}
    parts = []
    for fold, chosen in enumerate(places):
        mine = set(chosen)
        rest = [query for place, query in enumerate(queries) if place not in mine]
        test = [queries[place] for place in chosen]
        splits, notes = prepare(rest, test=test, validation_fraction=validation_fraction, seed=seed)
        name = f"{dataset.name}_fold_{fold + 1}_of_{folds}"
        notes = {**dataset.notes, **notes, "fold": {**how, "fold": fold}}
        parts.append(RetrievalDataset(name, dataset.documents, splits, notes))
    kept = {key: value for key, value in dataset.notes.items() if key not in ("carved", "removed")}
    whole = RetrievalDataset(
        dataset.name, dataset.documents, {FOLDS: queries}, {**kept, "sizes": {FOLDS: len(queries)}, "folds": how}
    )
    return QueryFolds(whole, tuple(parts), places)


def query_fold(
    dataset: RetrievalDataset, fold: int = 0, folds: int = 5, validation_fraction: float = 0.2, seed: int = 0
) -> RetrievalDataset:
    """One fold of ``query_folds``, counted from 0, as a dataset of its own.

    Raises:
        InputError: if there is no such fold, and as ``query_folds`` does.
    """
    made = query_folds(dataset, folds, validation_fraction, seed)
    if not isinstance(fold, int) or not 0 <= fold < folds:
        raise InputError(f"fold is {fold!r}, expected a whole number from 0 to {folds - 1}")
    return made.parts[fold]
