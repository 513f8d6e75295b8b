"""Queries and the texts that a cross-encoder is to order for them."""

from __future__ import annotations

from typing import Any

__all__ = ["candidates", "judged_pairs"]

QUERIES, CANDIDATES, WORDS = 4, 30, 100


def candidates(collection: Any) -> list[tuple[str, list[str]]]:
    """Thirty candidates of a hundred words for each of some queries."""
    texts = [document.content.split()[:WORDS] for document in collection.documents]
    long = [" ".join(words) for words in texts if len(words) == WORDS]
    queries = [query.text for query in collection.split("test")[:QUERIES]]
    return [(query, long[number * CANDIDATES : (number + 1) * CANDIDATES]) for number, query in enumerate(queries)]


def judged_pairs(collection: Any) -> list[tuple[str, str, float]]:
    """Training claims with their abstracts and seven others each."""
    content = {document.id: document.content for document in collection.documents}
    others = list(content)
    found = []
    for number, query in enumerate(collection.split("train")[:40]):
        ids = [*query.relevance, *(others[(31 * number + 101 * place) % len(others)] for place in range(7))]
        found += [(query.text, content[id_], float(query.relevance.get(id_, 0))) for id_ in dict.fromkeys(ids)]
    return found
