"""What each kind of FAISS index finds, how fast, and what it weighs, on 10,000, 100,000 and a million vectors.

    python benchmarks/faiss_table.py                                  all kinds and sizes
    python benchmarks/faiss_table.py sizes=10000 "kinds=flat; hnsw; pq"   some of them

Vectors are MiniLM's, of the questions and paragraphs of SQuADShifts, the documents of SciFact, Cranfield and CISI, and the
texts of BANKING77; the last ones drawn are the queries and are in no index. Where a size needs more vectors than there are
texts, the rest is synthetic: a real vector moved by a part of the difference of two others, and scaled to unit length, so
that they crowd around the real ones as these do. The record says how many are real.

Recall is the share of the ten nearest, found by comparing with all vectors, that are among the ten found. Queries are asked
one at a time. MB are those of the saved index: of what FAISS searches, and of the vectors that are kept beside codes.

The index to choose at a size is the fastest of those that find at least so much of the ten nearest as ``enough`` says; of
those within a tenth of its time, the smallest.

Writes ``benchmarks/records/faiss_table.json``, or with other arguments ``runs/faiss_table/record.json``, after each row. Rows are
kept in ``runs/faiss_table/``, so that an interrupted call can be repeated on the same machine.

  sizes=    numbers of vectors                                   (default 10000,100000,1000000)
  kinds=    rows of the table with semicolons between, or all    (default all)
  queries=  number of queries                                    (default 200)
  real=     most texts that are embedded                         (default 60000)
  enough=   recall that an index to choose must have, in percent (default 98)
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpref import machine
from nlpref.arguments import read_arguments, read_count
from nlpref.config import fingerprint
from nlpref.data.public import banking77, cisi, cranfield, scifact, squadshifts
from nlpref.errors import ConfigError, InputError, NlprefError
from nlpref.latency import folder_mb, timed
from nlpref.neural.cache import CachedEncoder
from nlpref.neural.encoder import SentenceEncoder
from nlpref.retrieval import FaissIndex
from nlpref.storage import read_json, write_json

ROOT = Path(__file__).resolve().parents[1]
RECORD, ELSEWHERE = ROOT / "benchmarks" / "records" / "faiss_table.json", Path("runs/faiss_table/record.json")
DEFAULTS = {"sizes": "10000,100000,1000000", "kinds": "all", "queries": "200", "real": "60000", "enough": "98"}
K, SEED, BLOCK = 10, 0, 50_000
MOVED = (0.2, 0.6)
"""Least and greatest part of a difference by which a synthetic vector is moved."""
ROWS: dict[str, dict[str, Any]] = {
    "flat": {"kind": "flat"},
    "hnsw": {"kind": "hnsw"},
    "hnsw, effort 256": {"kind": "hnsw", "effort": 256},
    "ivf": {"kind": "ivf"},
    "ivf, 32 probes": {"kind": "ivf", "probes": 32},
    "sq8": {"kind": "sq8"},
    "sq8, codes only": {"kind": "sq8", "keep_vectors": False},
    "ivfsq8": {"kind": "ivfsq8"},
    "ivfsq8, 32 probes": {"kind": "ivfsq8", "probes": 32},
    "ivfsq8, codes only": {"kind": "ivfsq8", "keep_vectors": False},
    "pq": {"kind": "pq"},
    "pq, codes only": {"kind": "pq", "keep_vectors": False},
    "pq, 96 parts, codes only": {"kind": "pq", "parts": 96, "keep_vectors": False},
    "ivfpq": {"kind": "ivfpq"},
    "ivfpq, 32 probes": {"kind": "ivfpq", "probes": 32},
    "ivfpq, codes only": {"kind": "ivfpq", "keep_vectors": False},
}
"""Name in the table, and what differs from the defaults of ``FaissIndex``."""
Floats = NDArray[np.float32]


def texts(most: int) -> list[str]:
    """Real texts, each once, mixed."""
    found = dict.fromkeys(text for text in _texts() if text.strip())
    ordered = list(found)
    return [ordered[row] for row in np.random.default_rng(SEED).permutation(len(ordered))[:most].tolist()]


def _texts() -> Iterator[str]:
    for domain in ("new_wiki", "reddit"):
        shifted = squadshifts(domain)
        yield from (document.content for document in shifted.documents)
        yield from (query.text for name in shifted.splits for query in shifted.split(name))
    for collection in (scifact(), cranfield(), cisi()):
        yield from (document.content for document in collection.documents)
    yield from (example.text for name in ("train", "test") for example in banking77().split(name))


def enlarged(real: Floats, size: int) -> Floats:
    """The first ``size`` real vectors, and synthetic ones around them if there are fewer."""
    made = np.empty((size, real.shape[1]), dtype=np.float32)
    known = min(size, len(real))
    made[:known] = real[:known]
    random = np.random.default_rng([SEED, size])
    for start in range(known, size, BLOCK):
        count = min(BLOCK, size - start)
        near, one, other = (real[random.integers(len(real), size=count)] for _ in range(3))
        part = random.uniform(*MOVED, size=(count, 1)).astype(np.float32)
        moved = near + part * (one - other)
        made[start : start + count] = moved / np.linalg.norm(moved, axis=1, keepdims=True)
    return made


def nearest(vectors: Floats, queries: Floats) -> list[set[int]]:
    """Rows of the ten vectors of the largest inner product with each query."""
    best = np.full((len(queries), 0), 0, dtype=np.int64)
    scores = np.zeros((len(queries), 0), dtype=np.float32)
    for start in range(0, len(vectors), BLOCK):
        part = queries @ vectors[start : start + BLOCK].T
        top = np.argpartition(-part, min(K, part.shape[1] - 1), axis=1)[:, :K]
        scores = np.concatenate([scores, np.take_along_axis(part, top, axis=1)], axis=1)
        best = np.concatenate([best, top + start], axis=1)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :K]
    return [set(rows) for rows in np.take_along_axis(best, order, axis=1).tolist()]


def measured(settings: Mapping[str, Any], vectors: Floats, queries: Floats, truth: Sequence[set[int]]) -> dict[str, Any]:
    """One row of the table."""
    index = FaissIndex(**settings)
    with timed() as built:
        index.add([f"{row:08d}" for row in range(len(vectors))], vectors)
    index.search(queries[:1], K)
    times, found = [], []
    for query in queries:
        with timed() as watch:
            [hits] = index.search(query[None], K)
        times.append(watch.ms)
        found.append(hits)
    recall = [len({int(hit.id) for hit in hits} & best) / K for hits, best in zip(found, truth, strict=True)]
    pairs = [(query, hit) for query, hits in zip(queries, found, strict=True) for hit in hits]
    errors = [abs(hit.score - float(vectors[int(hit.id)] @ query)) for query, hit in pairs]
    with TemporaryDirectory() as folder:
        saved = Path(folder) / "index"
        index.save(saved)
        sizes = {name: folder_mb(saved / f"vectors.{end}") for name, end in (("searched_mb", "faiss"), ("kept_mb", "npy"))
                 if (saved / f"vectors.{end}").is_file()}  # fmt: skip
    return {
        "settings": dict(settings), "recall@10": float(np.mean(recall)), "queries_per_s": 1000 / float(np.mean(times)),
        "p50_ms": float(np.percentile(times, 50)), "p95_ms": float(np.percentile(times, 95)), "build_s": built.seconds,
        "score_error": float(np.mean(errors)), "kept_mb": 0.0, **sizes,
    }  # fmt: skip


def chosen(rows: Mapping[str, Mapping[str, Any]], enough: float) -> str | None:
    """The index to choose among some of one size; None if none finds enough."""
    good = {name: row for name, row in rows.items() if row["recall@10"] >= enough}
    if not good:
        return None
    fastest = max(row["queries_per_s"] for row in good.values())
    near = {name: row for name, row in good.items() if row["queries_per_s"] >= 0.9 * fastest}
    return min(near, key=lambda name: near[name]["searched_mb"] + near[name]["kept_mb"])


def _show(size: int, name: str, row: Mapping[str, Any]) -> None:
    speed = f"{row['queries_per_s']:8.1f}/s  p95 {row['p95_ms']:7.2f} ms  built in {row['build_s']:7.1f} s"
    room = f"{row['searched_mb']:7.1f} + {row['kept_mb']:7.1f} MB  score off by {row['score_error']:.4f}"
    print(f"{size:9,d}  {name:26} recall {row['recall@10']:.3f}  {speed}  {room}", flush=True)


def main() -> None:
    """Entry point."""
    try:
        given = read_arguments(sys.argv[1:], DEFAULTS, __doc__ or "")
        sizes = [read_count("sizes", size) for size in given["sizes"].split(",")]
        names = list(ROWS) if given["kinds"] == "all" else [name.strip() for name in given["kinds"].split(";")]
        if unknown := [name for name in names if name not in ROWS]:
            raise ConfigError(f"kinds={given['kinds']}: there is no {unknown[0]!r}, but {'; '.join(ROWS)}")
        n_queries, enough = read_count("queries", given["queries"]), read_count("enough", given["enough"]) / 100
        embedded = CachedEncoder(SentenceEncoder()).encode(texts(read_count("real", given["real"])))
        if len(embedded) < 2 * n_queries:
            raise InputError(f"{len(embedded)} texts are too few for {n_queries} queries; give real= a larger number")
        queries, real = embedded[-n_queries:], embedded[:-n_queries]
        record: dict[str, Any] = {
            "command": " ".join(["python benchmarks/faiss_table.py", *sys.argv[1:]]), "queries": n_queries, "k": K,
            "enough": enough,
            "model": SentenceEncoder().name, "sizes": {},
            "environment": {"hardware": machine.hardware(), "threads": machine.threads(), "versions": machine.versions()},
        }  # fmt: skip
        for size in sizes:
            vectors = enlarged(real, size)
            truth, rows = nearest(vectors, queries), dict[str, Any]()
            record["sizes"][str(size)] = told = {"real": min(size, len(real)), "rows": rows, "chosen": None}
            for name in names:
                asked = {"row": ROWS[name], "size": size, "queries": n_queries, "real": len(real), "on": record["environment"]}
                done = ELSEWHERE.parent / f"{size}-{fingerprint(asked)}.json"
                if not done.exists():
                    write_json(done, measured(ROWS[name], vectors, queries, truth))
                rows[name] = row = read_json(done)
                told["chosen"] = chosen(rows, enough)
                write_json(RECORD if given == DEFAULTS else ELSEWHERE, record)
                _show(size, name, row)
            print(f"{size:9,d}  to choose: {told['chosen']}")
    except NlprefError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
