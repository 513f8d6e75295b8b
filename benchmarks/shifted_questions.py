"""Questions of one domain of SQuADShifts to learn from, and those of another to be scored."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nlpref.data.dataset import RetrievalDataset, content_key
from nlpref.data.public import squadshifts
from nlpref.types import Document, JudgedQuery


def shifted_questions() -> RetrievalDataset:
    """Train and validation questions on new Wikipedia articles, test questions about Reddit posts, paragraphs of both."""
    known, new = squadshifts("new_wiki", test_fraction=0), squadshifts("reddit", validation_fraction=0, test_fraction=1)
    documents = [Document(f"{one.name}/{document.id}", document.text) for one in (known, new) for document in one.documents]

    def renamed(one: RetrievalDataset, split: str) -> list[JudgedQuery]:
        return [
            JudgedQuery(
                f"{one.name}/{query.id}", query.text, {f"{one.name}/{id_}": grade for id_, grade in query.relevance.items()}
            )
            for query in one.split(split)
        ]

    splits = {"train": renamed(known, "train"), "validation": renamed(known, "validation"), "test": renamed(new, "test")}
    texts = {content_key(query) for query in splits["test"]}  # a question that both domains ask would be in two splits
    kept = {name: [one for one in splits[name] if content_key(one) not in texts] for name in ("train", "validation")}
    return RetrievalDataset("squadshifts", documents, {**kept, "test": splits["test"]})


def drawn(queries: Sequence[JudgedQuery], most: int, seed: int) -> list[JudgedQuery]:
    """Queries with a relevant document, at most so many, in their order."""
    judged = [query for query in queries if any(grade > 0 for grade in query.relevance.values())]
    rows = np.sort(np.random.default_rng(seed).permutation(len(judged))[:most])
    return [judged[row] for row in rows.tolist()]
