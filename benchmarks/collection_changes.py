"""What it costs to change, to load and to search a collection, beside bm25s, which is built anew.

    python benchmarks/collection_changes.py
    python benchmarks/collection_changes.py documents=5000 rounds=5 out=/tmp/changes.json

Documents are made of SciFact's sentences; queries are its train claims. Both sides read the same words. Adding and deleting
1 % is timed with the writing to disk and the first search after it, rebuilding with the reading of all documents; a rebuild
from words that were read before is told as well. Times are medians over rounds. Writes
``benchmarks/records/collection_changes.json``.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import cycle
from pathlib import Path
from typing import Any

import bm25s
import numpy as np
from made_documents import made_documents

from nlpref import machine
from nlpref.arguments import read_arguments, read_count
from nlpref.collection import Collection
from nlpref.data.public import scifact
from nlpref.entry import clean_end
from nlpref.latency import alternate, folder_mb, timed
from nlpref.retrieval.terms import terms_of
from nlpref.storage import write_json
from nlpref.types import Document

ROOT = Path(__file__).resolve().parents[1]
K = 10
OPENING = """
import sys
from nlpref.collection import Collection
from nlpref.latency import timed
import nlpref.collection.collection, nlpref.collection.words
with timed() as opening:
    opened = Collection.open(sys.argv[1], verify=sys.argv[2] == "verify")
with timed() as first:
    opened.search([sys.argv[3]])
print(opening.ms, first.ms)
"""


class Rival:
    """bm25s with its compiled loop, over the same words."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.ids = [document.id for document in documents]
        self.words = terms_of([document.content for document in documents], "english", "en")
        self.build()

    def build(self) -> None:
        """From words to an index."""
        vocabulary: dict[str, int] = {"": 0}
        rows = [[vocabulary.setdefault(word, len(vocabulary)) for word in text] for text in self.words]
        self.index = bm25s.BM25(k1=1.5, b=0.75, method="lucene", backend="numba")
        self.index.index((rows, vocabulary), show_progress=False)

    def search(self, queries: Sequence[str]) -> list[list[tuple[str, float]]]:
        """Ids and scores."""
        words = [text or [""] for text in terms_of(queries, "english", "en")]
        rows, scores = self.index.retrieve(words, k=K, show_progress=False, n_threads=1)
        return [
            [(self.ids[row], float(score)) for row, score in zip(*pair, strict=True)] for pair in zip(rows, scores, strict=True)
        ]


def median_ms(call: Callable[[int], Any], rounds: int) -> float:
    """Of one call after the other, each of which is told its number."""
    times = []
    for number in range(rounds):
        with timed() as watch:
            call(number)
        times.append(watch.ms)
    return float(np.median(times))


def opened_ms(folder: Path, how: str, query: str) -> list[float]:
    """Milliseconds of opening and of the first query, in a new process."""
    said = subprocess.check_output([sys.executable, "-c", OPENING, str(folder), how, query], text=True)
    return [float(one) for one in said.split()]


def measured(folder: Path, count: int, rounds: int) -> dict[str, Any]:
    """All figures."""
    documents = list(made_documents(count, 6))
    queries = [query.text for query in scifact().split("train")]
    share = max(1, count // 100)
    with timed() as reading:
        rival = Rival(documents)
    rebuild_words = median_ms(lambda _: rival.build(), min(rounds, 3))
    with timed() as building, Collection.create(folder) as made:
        made.add(documents)
    with Collection.open(folder, write=True) as made:
        made.search(queries[:1])
        fresh = [
            [Document(f"x{turn}-{one.id}", one.text, one.title) for one in made_documents(share, 6, seed=turn + 1)]
            for turn in range(rounds)
        ]

        def add(turn: int) -> None:
            made.add(fresh[turn])
            made.search([queries[turn]])

        def delete(turn: int) -> None:
            made.delete([one.id for one in fresh[turn]])
            made.search([queries[turn]])

        add_ms, delete_ms = median_ms(add, rounds), median_ms(delete, rounds)
        made.compact()
        same = [[(hit.id, hit.score) for hit in hits] for hits in made.search(queries[:50], K)]
        scores = [[score for _, score in one] for one in rival.search(queries[:50])]
        apart = max(abs(a[1] - b) for one, other in zip(same, scores, strict=True) for a, b in zip(one, other, strict=False))
        turns = {
            "batches": alternate(
                {"bm25s": lambda: rival.search(queries), "collection": lambda: made.search(queries, K)}, rounds, warmup=2
            ),
            "single": alternate(
                {"bm25s": _one(rival.search, queries), "collection": _one(lambda one: made.search(one, K), queries)},
                rounds * 50, warmup=20,
            ),
        }  # fmt: skip
    analysis = median_ms(lambda _: terms_of(queries, "english", "en"), rounds)
    opening = {how: np.median([opened_ms(folder, how, queries[5]) for _ in range(3)], axis=0) for how in ("verify", "quick")}
    rebuild = reading.ms
    return {
        "documents": count, "changed": share, "rounds": rounds, "folder_mb": folder_mb(folder),
        "rebuild_ms": rebuild, "rebuild_from_words_ms": rebuild_words, "build_ms": building.ms,
        "add": {"ms": add_ms, "faster": rebuild / add_ms, "faster_than_from_words": rebuild_words / add_ms},
        "delete": {"ms": delete_ms, "faster": rebuild / delete_ms, "faster_than_from_words": rebuild_words / delete_ms},
        "open": {
            how: {"ms": float(pair[0]), "of_rebuild": float(pair[0]) / rebuild, "first_query_ms": float(pair[1])}
            for how, pair in opening.items()
        },
        "greatest_difference_of_scores": apart,
        "queries": len(queries), "analysis_ms": analysis,
        "search": {
            name: {
                "bm25s_per_s": _per_s(turn, "bm25s", len(queries) if name == "batches" else 1),
                "collection_per_s": _per_s(turn, "collection", len(queries) if name == "batches" else 1),
                "time_of_bm25s": asdict(turn.ratios["collection"]),
            }
            for name, turn in turns.items()
        },
    }  # fmt: skip


def _one(search: Callable[[list[str]], Any], queries: Sequence[str]) -> Callable[[], Any]:
    source = cycle(queries)
    return lambda: search([next(source)])


def _per_s(turns: Any, side: str, count: int) -> float:
    return count * 1000 / float(np.median(turns.times_ms[side]))


def main() -> None:
    """Entry point."""
    with clean_end():
        out = ROOT / "benchmarks" / "records" / "collection_changes.json"
        given = read_arguments(sys.argv[1:], {"documents": "50000", "rounds": "15", "out": str(out)}, __doc__ or "")
        scratch = Path(tempfile.mkdtemp(prefix="nlpref-"))
        try:
            found = measured(scratch / "c", read_count("documents", given["documents"]), read_count("rounds", given["rounds"]))
        finally:
            shutil.rmtree(scratch)
        environment = {"hardware": machine.hardware(), "threads": machine.threads(), "versions": machine.versions()}
        write_json(Path(given["out"]), {**found, "environment": environment})
        print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
