"""Is every stage of retrieval at least as good as the one before it? BM25, fusion, reranking, on three collections.

    python benchmarks/retrieval_stages.py
    python benchmarks/retrieval_stages.py sets=cranfield stages=bm25,hybrid folds=3
    python benchmarks/retrieval_stages.py stages=bm25,hybrid,guarded guarded.reranker.layers=2 guarded.depth=20

On Cranfield and CISI all queries are scored, in folds: each fold is searched by retrievers that have learned from the others,
of which a fifth is their validation part. On SQuADShifts they learn from questions on new Wikipedia articles and are scored on
questions about Reddit posts; the collection holds the paragraphs of both. Each stage is tested in pairs against the one before
it and against the first, nDCG@10, p-values adjusted over all tests (Holm). The cost of a stage is processor time: for fitting
in all folds together, and for a query; vectors that an earlier stage has cached are not computed again.

``fell`` lists the stages that are significantly below the one before. What is done is kept in ``runs/retrieval_stages/``, so that
an interrupted call can be repeated. Writes ``benchmarks/records/retrieval_stages.json``, or
with other arguments ``runs/retrieval_stages/record.json``.

  sets=     with commas between                              (default cranfield,cisi,squadshifts)
  stages=   options of configs/retriever, first to last      (default bm25,hybrid,guarded)
  folds=    parts of the queries of Cranfield and CISI       (default 5)
  queries=  most queries of a split of SQuADShifts, drawn    (default 500)
  seed=     of folds, draws and training                     (default 0)
  STAGE.KEY=VALUE changes a stage; by default guarded.reranker.layers=3 guarded.reranker.max_length=160 guarded.depth=50
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from shifted_questions import drawn, shifted_questions

from nlpref import machine
from nlpref.arguments import read_arguments, read_count, read_number
from nlpref.config import build, check, fingerprint, plain
from nlpref.data.dataset import RetrievalDataset
from nlpref.data.public import cisi, cranfield
from nlpref.data.query_folds import query_folds
from nlpref.errors import ConfigError, NlprefError
from nlpref.metrics.multiple import ALPHA, holm
from nlpref.metrics.ranking import per_query
from nlpref.metrics.significance import mean_interval, paired_test
from nlpref.overrides import check_overrides
from nlpref.retrieval.weighting import judged
from nlpref.storage import read_json, write_json
from nlpref.types import Document, JudgedQuery

ROOT = Path(__file__).resolve().parents[1]
RECORD, ELSEWHERE = Path("benchmarks/records/retrieval_stages.json"), Path("runs/retrieval_stages/record.json")
DEFAULTS = {
    "sets": "cranfield,cisi,squadshifts",
    "stages": "bm25,hybrid,guarded",
    "folds": "5",
    "queries": "500",
    "seed": "0",
}
CHANGES = ("guarded.reranker.layers=3", "guarded.reranker.max_length=160", "guarded.depth=50")
Queries = Sequence[JudgedQuery]
Part = tuple[Sequence[Document], Queries, Queries, Queries]
"""Documents, and train, validation and test queries."""


def in_folds(dataset: RetrievalDataset, folds: int, seed: int) -> Iterator[Part]:
    """Each query is in one test part."""
    for part in query_folds(dataset, folds, seed=seed).parts:
        train, validation, test = (judged(part.split(name)) for name in ("train", "validation", "test"))
        yield part.documents, train, validation, test


def parts_of(name: str, folds: int, most: int, seed: int) -> list[Part]:
    """What is learned from and scored on, by the name of a set."""
    whole = {"cranfield": cranfield, "cisi": cisi}
    if name in whole:
        return list(in_folds(whole[name](validation_fraction=0, test_fraction=1), folds, seed))
    if name == "squadshifts":
        data = shifted_questions()
        train, validation, test = (drawn(data.split(split), most, seed) for split in ("train", "validation", "test"))
        return [(data.documents, train, validation, test)]
    raise ConfigError(f"sets={name}: expected cranfield, cisi or squadshifts")


def described(stage: str, changes: Sequence[str], seed: int) -> dict[str, Any]:
    """The configuration of a stage."""
    own = [f"retriever.{one.partition('.')[2]}" for one in changes if one.partition(".")[0] == stage]
    config = plain(check_overrides("train", ["task=retrieval", f"retriever={stage}", f"seed={seed}", *own]))
    check(config)
    return dict(config["retriever"])


def measure(parts: Sequence[Part], config: Mapping[str, Any]) -> dict[str, Any]:
    """One stage on all parts of one set."""
    scores: list[float] = []
    fit_s = search_s = 0.0
    chosen = []
    for documents, train, validation, test in parts:
        started = time.process_time()
        model = build(config).fit(documents, train, validation)
        fitted = time.process_time()
        found = model.search([query.text for query in test], 10)
        fit_s, search_s = fit_s + fitted - started, search_s + time.process_time() - fitted
        pairs = zip(test, found, strict=True)
        scores += [per_query(query.relevance, [hit.id for hit in hits])["ndcg@10"] for query, hits in pairs]
        known = {key: getattr(model, f"{key}_", None) for key in ("weight", "blend")}
        verdict = getattr(model, "verdict_", None)
        chosen.append(
            {
                **{key: value for key, value in known.items() if value is not None},
                **({"guard": verdict.policy} if verdict else {}),
            }
        )
    return {
        "ndcg@10": asdict(mean_interval(scores)),
        "fit_cpu_s": fit_s,
        "query_cpu_ms": 1000 * search_s / len(scores),
        "chosen": chosen,
        "environment": {"hardware": machine.hardware(), "threads": machine.threads(), "versions": machine.versions()},
        "scores": scores,
    }


def compared(sets: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each stage against the one before it, and the last against the first."""
    tests = []
    for name, stages in sets.items():
        order = list(stages)
        pairs = [*zip(order[1:], order, strict=False), *([(order[-1], order[0])] if len(order) > 2 else [])]
        for stage, before in pairs:
            test = paired_test(stages[stage]["scores"], stages[before]["scores"])
            gain = stages[stage]["ndcg@10"]["value"] / max(stages[before]["ndcg@10"]["value"], 1e-9) - 1
            tests.append({"set": name, "stage": stage, "before": before, **asdict(test), "relative": gain})
    for test, p_value in zip(tests, holm([one["p_value"] for one in tests]), strict=True):
        test["adjusted_p_value"] = p_value
    return tests


def main() -> None:
    """Entry point."""
    changes = [one for one in sys.argv[1:] if "." in one.partition("=")[0]]
    try:
        given = read_arguments([one for one in sys.argv[1:] if one not in changes], DEFAULTS, __doc__ or "")
        folds, most = read_count("folds", given["folds"]), read_count("queries", given["queries"])
        if folds < 2:
            raise ConfigError(f"folds={folds}: expected two or more")
        seed, stages = int(read_number("seed", given["seed"])), given["stages"].split(",")
        if unknown := [one for one in changes if one.partition(".")[0] not in stages]:
            raise ConfigError(f"{unknown[0]}: the stages are {', '.join(stages)}")
        configs = {stage: described(stage, [*CHANGES, *changes], seed) for stage in stages}
        os.chdir(ROOT)
        sets: dict[str, dict[str, Any]] = {}
        for name in given["sets"].split(","):
            sets[name], parts = {}, list[Part]()
            for stage, config in configs.items():
                asked = fingerprint({"stage": config, "before": list(sets[name]), "folds": folds, "queries": most, "seed": seed})
                done = ELSEWHERE.parent / f"{name}-{stage}-{asked}.json"
                if not done.exists():
                    parts = parts or parts_of(name, folds, most, seed)
                    write_json(done, measure(parts, config))
                sets[name][stage] = read_json(done)
                print(f"{name} {stage} {sets[name][stage]['ndcg@10']['value']:.4f}", file=sys.stderr, flush=True)
    except NlprefError as error:
        sys.exit(f"error: {error}")
    tests = compared(sets)
    record = {
        "command": " ".join(["python benchmarks/retrieval_stages.py", *sys.argv[1:]]),
        "stages": configs,
        "seed": seed,
        "sets": sets,
        "tests": tests,
        "fell": [
            f"{one['stage']} on {one['set']}" for one in tests if one["difference"] < 0 and one["adjusted_p_value"] <= ALPHA
        ],
    }
    write_json(RECORD if given == DEFAULTS and not changes else ELSEWHERE, record)
    for one in tests:
        print(
            f"{one['set']:12} {one['stage']:10} against {one['before']:10} {one['difference']:+.4f} ({one['relative']:+.1%}), "
            f"p {one['adjusted_p_value']:.4f}"
        )


if __name__ == "__main__":
    main()
