"""Does a retriever know when nothing fits? Queries whose relevant documents were taken out of the collection.

    python benchmarks/answerability.py
    python benchmarks/answerability.py sets=cranfield precisions=0.5 retriever.encoder=null

The documents that are relevant to a random half of the test queries are taken out of the collection, and the retriever is
fitted on what is left: from the train queries, with probabilities and cut-off from the validation queries, each judged by the
documents that are left. A test query is answerable if any document that is relevant to it is left. The others must be given
nothing. Documents are shared, so more than half of the queries may lose all of theirs; some of those are then left out, drawn
at random, so that the share of queries without an answer is the one that the promise is made for. ``auroc`` is the chance that
the surest hit of an answerable query has a higher probability than that of one that is not, before any cut-off;
``auroc_of_score`` the same of the best score of the retriever inside. For each promised precision: the share of queries that
are given anything, of those answerable and of those not, and the share of the hits given that is relevant, with its interval
over queries. ``held`` compares that share with the promise; its own noise, seen in the interval, counts against it.

Writes ``benchmarks/records/answerability.json``, or with other arguments ``runs/answerability/record.json``.

  sets=        scifact, cranfield, or both                   (default scifact,cranfield)
  precisions=  those that are promised                       (default 0.5,0.7,0.8,0.9)
  queries=     most queries of a split                       (default 1000)
  seed=        of what is taken out, and of the retriever    (default 0)
  retriever.depth=5, +reranker@retriever.judge=minilm and the like change configs/retriever/answerable.yaml
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpref import machine
from nlpref.arguments import read_arguments, read_count, read_number
from nlpref.config import build, check, plain
from nlpref.errors import ConfigError, NlprefError
from nlpref.metrics.out_of_scope import detection_estimates
from nlpref.metrics.reliability import expected_calibration_error, reliability_bins
from nlpref.metrics.significance import interval
from nlpref.overrides import check_overrides
from nlpref.storage import write_json
from nlpref.types import Hit, JudgedQuery

ROOT = Path(__file__).resolve().parents[1]
RECORD, ELSEWHERE = Path("benchmarks/records/answerability.json"), Path("runs/answerability/record.json")
DEFAULTS = {"sets": "scifact,cranfield", "precisions": "0.5,0.7,0.8,0.9", "queries": "1000", "seed": "0"}


def left(queries: Sequence[JudgedQuery], gone: set[str]) -> list[JudgedQuery]:
    """The queries as they are judged once some documents are gone."""
    kept = [{id_: grade for id_, grade in query.relevance.items() if id_ not in gone} for query in queries]
    return [JudgedQuery(query.id, query.text, relevance) for query, relevance in zip(queries, kept, strict=True)]


def mixed(queries: Sequence[JudgedQuery], share: float, seed: int) -> list[JudgedQuery]:
    """Answerable queries and others, of which there is such a share, as many as can be had, in their order."""
    rows = {inside: [row for row, query in enumerate(queries) if bool(fits(query)) == inside] for inside in (True, False)}
    most = min(len(rows[True]) / (1 - share), len(rows[False]) / share) if share else len(rows[True])
    sizes = {True: round(most * (1 - share)), False: round(most * share)}
    random = np.random.default_rng([seed, 1])
    kept = [random.permutation(rows[inside])[: sizes[inside]] for inside in (True, False)]
    return [queries[row] for row in np.sort(np.concatenate(kept)).astype(int).tolist()]


def fits(query: JudgedQuery) -> set[str]:
    """The documents that are relevant to a query."""
    return {id_ for id_, grade in query.relevance.items() if grade > 0}


def given_hits(queries: Sequence[JudgedQuery], found: Sequence[Sequence[Hit]], inside: NDArray[np.bool_]) -> dict[str, Any]:
    """What is given to whom, and how much of it is right."""
    counts = np.array([len(hits) for hits in found], dtype=np.float64)
    right = np.array([sum(hit.id in fits(query) for hit in hits) for query, hits in zip(queries, found, strict=True)])
    answered = counts > 0

    def precision(rows: NDArray[np.intp]) -> float:
        return float(right[rows].sum() / counts[rows].sum()) if counts[rows].sum() else float("nan")

    shares = {
        "answered": float(answered.mean()),
        "answered_of_answerable": float(answered[inside].mean()),
        "answered_of_unanswerable": float(answered[~inside].mean()),
        "hits": int(counts.sum()),
    }
    return {**shares, **({"precision": asdict(interval(precision, len(queries)))} if answered.any() else {})}


def measure(name: str, precisions: Sequence[float], overrides: Sequence[str], most: int, seed: int) -> dict[str, Any]:
    """One data set."""
    config = plain(
        check_overrides("train", ["task=retrieval", f"dataset={name}", "retriever=answerable", f"seed={seed}", *overrides])
    )
    check(config)
    dataset = build(config["dataset"])
    test = [query for query in dataset.split("test") if fits(query)][:most]
    taken = np.random.default_rng(seed).permutation(len(test))[: len(test) // 2].tolist()
    gone = {id_ for row in taken for id_ in fits(test[row])}
    documents = [document for document in dataset.documents if document.id not in gone]
    train, validation, asked = (left(part[:most], gone) for part in (dataset.split("train"), dataset.split("validation"), test))
    asked = mixed(asked, config["retriever"]["unanswerable"], seed)
    inside, texts = np.array([bool(fits(query)) for query in asked]), [query.text for query in asked]
    promises = {}
    for precision in precisions:
        model = build({**config["retriever"], "precision": precision}).fit(documents, train, validation)
        promise = asdict(model.promise_)
        found = model.search(texts, 10)
        row = {"cut_off": promise, **given_hits(asked, found, inside)}
        promises[f"{precision:g}"] = {**row, **({"held": row["precision"]["value"] >= precision} if "precision" in row else {})}
        print(f"{name} precision={precision:g} answered {row['answered']:.3f}", file=sys.stderr, flush=True)
    sure = model.answerability(texts)
    best = np.array([hits[0].score if hits else 0.0 for hits in model.retriever.search(texts, 1)])
    model.threshold_ = 0.0
    every = [
        (hit.score, hit.id in fits(query)) for query, hits in zip(asked, model.search(texts, 10), strict=True) for hit in hits
    ]
    bins = reliability_bins([said for said, _ in every], [right for _, right in every], bins=10)
    return {
        "revision": dataset.revision,
        "documents": {"all": len(dataset.documents), "taken_out": len(gone)},
        "queries": {
            "train": sum(bool(fits(query)) for query in train),
            "validation": sum(bool(fits(query)) for query in validation),
            "answerable": int(inside.sum()),
            "unanswerable": int((~inside).sum()),
        },
        "auroc": asdict(detection_estimates(sure, inside, inside, ())["auroc"]),
        "auroc_of_score": asdict(detection_estimates(best, inside, inside, ())["auroc"]),
        "calibration": {"ece": expected_calibration_error(bins), "bins": bins},
        "promises": promises,
    }


def shown(name: str, one: Mapping[str, Any]) -> list[str]:
    """A line for the set, and one for each promise."""
    lines = [f"{name}: AUROC {one['auroc']['value']:.3f}, of the best score alone {one['auroc_of_score']['value']:.3f}"]
    for precision, row in one["promises"].items():
        right = f"{row['precision']['value']:.3f}" if "precision" in row else "none"
        lines.append(
            f"  promised {precision}: precision {right}, answered {row['answered_of_answerable']:.3f} of those with an answer, "
            f"{row['answered_of_unanswerable']:.3f} of those without"
        )
    return lines


def main() -> None:
    """Entry point."""
    overrides = [
        one for one in sys.argv[1:] if one.lstrip("+~").startswith(("retriever.", "retriever@", "reranker@", "encoder@"))
    ]
    try:
        given = read_arguments([one for one in sys.argv[1:] if one not in overrides], DEFAULTS, __doc__ or "")
        precisions = [read_number("precisions", one) for one in given["precisions"].split(",")]
        if not all(0 < one < 1 for one in precisions):
            raise ConfigError(f"precisions={given['precisions']}: expected numbers between 0 and 1, both excluded")
        most, seed = read_count("queries", given["queries"]), int(read_number("seed", given["seed"]))
        os.chdir(ROOT)
        sets = {name: measure(name, precisions, overrides, most, seed) for name in given["sets"].split(",")}
    except NlprefError as error:
        sys.exit(f"error: {error}")
    record = {
        "command": " ".join(["python benchmarks/answerability.py", *sys.argv[1:]]),
        "overrides": overrides,
        "seed": seed,
        "sets": sets,
        "environment": {"hardware": machine.hardware(), "threads": machine.threads(), "versions": machine.versions()},
    }
    write_json(RECORD if given == DEFAULTS and not overrides else ELSEWHERE, record)
    for name, one in sets.items():
        print("\n".join(shown(name, one)))


if __name__ == "__main__":
    main()
