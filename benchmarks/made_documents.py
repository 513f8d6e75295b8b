"""As many documents as are wanted, made of the sentences of real ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from nlpref.data.public import scifact
from nlpref.types import Document

_END = re.compile(r"(?<=[.!?])\s+")


def made_documents(count: int, sentences: int, seed: int = 0) -> Iterator[Document]:
    """Documents of SciFact's sentences: each takes its title from one abstract, and its sentences from three.

    Args:
        count: Documents.
        sentences: Mean of the sentences in one, drawn from a Poisson distribution, at least 1.
        seed: Of the drawing.
    """
    chance = np.random.default_rng(seed)
    known = [(document.title, _END.split(document.text)) for document in scifact().documents]
    for number in range(count):
        sources = chance.integers(len(known), size=3)
        pool: Sequence[str] = [sentence for source in sources.tolist() for sentence in known[source][1]]
        chosen = chance.integers(len(pool), size=max(1, chance.poisson(sentences)))
        yield Document(
            f"m{number:07d}",
            " ".join(pool[place] for place in chosen.tolist()),
            known[int(sources[0])][0],
            {"year": int(2000 + chance.integers(25))},
        )
