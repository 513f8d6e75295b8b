"""Collections whose queries are made from their own documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nlpref.data.beir import read_corpus
from nlpref.data.dataset import RetrievalDataset
from nlpref.data.splits import deduplicate, prepare, remove_leakage
from nlpref.errors import InputError
from nlpref.protocols import Retriever
from nlpref.text.synthetic_queries import SyntheticQueries
from nlpref.types import Document, JudgedQuery

__all__ = ["self_queried", "with_synthetic_queries"]


def self_queried(
    path: str | Path,
    queries: SyntheticQueries | None = None,
    first: Retriever | None = None,
    *,
    validation_fraction: float = 0.1,
    test_fraction: float = 0.1,
    seed: int = 0,
    name: str | None = None,
) -> RetrievalDataset:
    """A collection without queries, which are made from it; those made from one document stay in one split.

    Scores on such queries tell one training from another. They say little about what people will ask.

    Args:
        path: ``corpus.jsonl`` as in the BEIR layout, or the folder that holds it.
        queries: What is made; None for the defaults.
        first: Finds documents by queries, for the check that a query finds its own; None leaves the check out.
        validation_fraction: Share of the queries that are not test to carve; 0 for no validation split.
        test_fraction: Share of the queries to carve.
        seed: Of queries and carving.
        name: What to call the dataset; default: the name of the folder.

    Raises:
        InputError: if the file does not exist, a fraction is out of range, or no query can be made.
        DataError: if the file has faults.
    """
    file = Path(path).expanduser()
    file = file / "corpus.jsonl" if file.is_dir() else file
    documents = list(read_corpus(file))
    made, told = _made(documents, queries or SyntheticQueries(), first, seed)
    if not made:
        raise InputError(
            f"no query could be made of the {len(documents)} documents of {file}; ask for other kinds or fewer words"
        )
    splits, notes = prepare(made, test_fraction=test_fraction, validation_fraction=validation_fraction, seed=seed, key=_document)
    return RetrievalDataset(name or file.resolve().parent.name, documents, splits, {**notes, **told})


def with_synthetic_queries(
    dataset: RetrievalDataset, queries: SyntheticQueries | None = None, first: Retriever | None = None, seed: int = 0
) -> RetrievalDataset:
    """The same collection with queries made from it added to train; its other splits stay as they are.

    Args:
        dataset: With or without a train split.
        queries: What is made; None for the defaults.
        first: Finds documents by queries, for the check that a query finds its own; None leaves the check out.
        seed: Of the queries.

    Example:
        >>> pages = [Document("a", "Print the label. Send the item back.", "How returns work")]
        >>> asked = {"test": [JudgedQuery("q", "return label", {"a": 1})]}
        >>> more = with_synthetic_queries(RetrievalDataset("help", pages, asked), SyntheticQueries(("title",)))
        >>> [query.text for query in more.split("train")]
        ['How returns work']
    """
    made, told = _made(dataset.documents, queries or SyntheticQueries(), first, seed)
    given = {name: dataset.split(name) for name in dataset.splits}
    added, _ = remove_leakage(made, *given.values())
    train = [*given.pop("train", ()), *added]
    splits = {"train": train, **given} if train else given
    return RetrievalDataset(dataset.name, dataset.documents, splits, {**dataset.notes, **told})


def _document(query: JudgedQuery) -> str:
    return min(query.relevance)


def _made(
    documents: Sequence[Document], settings: SyntheticQueries, first: Retriever | None, seed: int
) -> tuple[list[JudgedQuery], dict[str, Any]]:
    found, twins = deduplicate(settings.make(documents, first.fit(documents) if first else None, seed))
    told = {**asdict(settings), "seed": seed, "checked": first is not None, "made": len(found), "twins": twins}
    return found, {"synthetic": told}
