"""Reranking under a guard beside the first stage alone, on every retrieval data set: does it ever do harm?

    python benchmarks/reranking_never_hurts.py
    python benchmarks/reranking_never_hurts.py first=bm25
    python benchmarks/reranking_never_hurts.py sets=supportdesk queries=100 retriever.reranker.layers=1

A retriever with a guard is fitted on the train queries and chooses on the validation queries of each set. Then the test
queries are searched three times with it: by its first stage alone, reranked without the guard, and as the guard has it. The
differences in nDCG@10 are tested in pairs; p-values are adjusted over the sets (Holm). ``harmed`` are the sets on which the
guarded ranking is significantly below the first stage.

``squadshifts`` learns from questions on new Wikipedia articles and is scored on questions about Reddit posts; the collection
holds the paragraphs of both. Sets that are done are kept in ``runs/reranking_never_hurts/``, so that an interrupted call can be
repeated. Writes ``benchmarks/records/reranking_never_hurts.json``, with ``first=bm25``
``benchmarks/records/reranking_never_hurts_bm25.json``, or with other arguments ``runs/reranking_never_hurts/record.json``.

  sets=       with commas between                   (default scifact,cranfield,cisi,squadshifts,supportdesk)
  retriever=  option that has a guard               (default guarded)
  first=      its first stage                       (default hybrid)
  queries=    most queries of a split, drawn        (default 500)
  seed=       of draws and training                 (default 0)
  retriever.reranker.layers=3 and the like change the retriever; 3 layers are the default, so that two cores can train it
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from shifted_questions import drawn, shifted_questions

from nlpref import machine
from nlpref.arguments import read_arguments, read_count, read_number
from nlpref.config import build, check, fingerprint, plain
from nlpref.errors import ConfigError, NlprefError
from nlpref.metrics.multiple import ALPHA, holm
from nlpref.metrics.ranking import per_query
from nlpref.metrics.significance import mean_interval, paired_test
from nlpref.overrides import check_overrides
from nlpref.storage import read_json, write_json
from nlpref.types import JudgedQuery

ROOT = Path(__file__).resolve().parents[1]
RECORDS = {
    first: Path(f"benchmarks/records/reranking_never_hurts{end}.json") for first, end in (("hybrid", ""), ("bm25", "_bm25"))
}
ELSEWHERE = Path("runs/reranking_never_hurts/record.json")
DEFAULTS = {
    "sets": "scifact,cranfield,cisi,squadshifts,supportdesk",
    "retriever": "guarded",
    "first": "hybrid",
    "queries": "500",
    "seed": "0",
}
SMALL = ("retriever.reranker.layers=3", "retriever.reranker.max_length=128")


def opened(name: str, overrides: Sequence[str], seed: int) -> tuple[Any, Any]:
    """A data set, and a retriever that is not fitted."""
    option = "supportdesk" if name == "squadshifts" else name
    config = plain(check_overrides("train", ["task=retrieval", f"dataset={option}", f"seed={seed}", *overrides]))
    check(config)
    return shifted_questions() if name == "squadshifts" else build(config["dataset"]), build(config["retriever"])


def ndcg(queries: Sequence[JudgedQuery], found: Sequence[Sequence[Any]]) -> list[float]:
    """nDCG@10 of each query."""
    pairs = zip(queries, found, strict=True)
    return [per_query(query.relevance, [hit.id for hit in hits])["ndcg@10"] for query, hits in pairs]


def measure(name: str, overrides: Sequence[str], most: int, seed: int) -> dict[str, Any]:
    """One data set."""
    dataset, model = opened(name, overrides, seed)
    train, validation, test = (drawn(dataset.split(split), most, seed) for split in ("train", "validation", "test"))
    started = time.process_time()
    model.fit(dataset.documents, train, validation)
    fit_s = time.process_time() - started
    verdict = getattr(model, "verdict_", None)
    if verdict is None:
        raise ConfigError("the retriever has no guard; give one such as retriever=guarded")
    texts = [query.text for query in test]
    scores = {"first": ndcg(test, model.first.search(texts, 10)), "guarded": ndcg(test, model.search(texts, 10))}
    allowed = sum(one.worth for one in model.first_looks(texts, 10))
    model.verdict_ = None
    scores["unguarded"] = ndcg(test, model.search(texts, 10))
    return {
        "documents": len(dataset.documents),
        "revision": dataset.revision,
        "queries": {"train": len(train), "validation": len(validation), "test": len(test)},
        "blend": model.blend_,
        "verdict": asdict(verdict),
        "reranked": allowed / len(test),
        "fit_cpu_s": fit_s,
        "ndcg@10": {way: asdict(mean_interval(values)) for way, values in scores.items()},
        "guarded_minus_first": asdict(paired_test(scores["guarded"], scores["first"])),
        "unguarded_minus_first": asdict(paired_test(scores["unguarded"], scores["first"])),
        "environment": {"hardware": machine.hardware(), "threads": machine.threads(), "versions": machine.versions()},
    }


def main() -> None:
    """Entry point."""
    overrides = [one for one in sys.argv[1:] if one.startswith(("retriever.", "retriever@"))]
    try:
        given = read_arguments([one for one in sys.argv[1:] if one not in overrides], DEFAULTS, __doc__ or "")
        most, seed = read_count("queries", given["queries"]), int(read_number("seed", given["seed"]))
        stages = [f"retriever={given['retriever']}"]
        if given["first"] != DEFAULTS["first"]:
            stages.append(f"retriever@retriever.first={given['first']}")
        asked = [*stages, *SMALL, *overrides]
        os.chdir(ROOT)
        sets = {}
        for name in given["sets"].split(","):
            done = ELSEWHERE.parent / f"{name}-{fingerprint({'asked': asked, 'queries': most, 'seed': seed})}.json"
            if not done.exists():
                write_json(done, measure(name, asked, most, seed))
            sets[name] = read_json(done)
            print(f"{name}: {sets[name]['verdict']['policy']}", file=sys.stderr, flush=True)
    except NlprefError as error:
        sys.exit(f"error: {error}")
    adjusted = holm([one["guarded_minus_first"]["p_value"] for one in sets.values()])
    for one, p_value in zip(sets.values(), adjusted, strict=True):
        one["guarded_minus_first"]["adjusted_p_value"] = p_value
    record = {
        "command": " ".join(["python benchmarks/reranking_never_hurts.py", *sys.argv[1:]]),
        "overrides": asked,
        "seed": seed,
        "sets": sets,
        "harmed": [
            name
            for name, one in sets.items()
            if one["guarded_minus_first"]["difference"] < 0 and one["guarded_minus_first"]["adjusted_p_value"] <= ALPHA
        ],
    }
    usual = {**given, "first": DEFAULTS["first"]} == DEFAULTS and not overrides
    write_json(RECORDS.get(given["first"], ELSEWHERE) if usual else ELSEWHERE, record)
    for name, one in sets.items():
        means = "  ".join(f"{way} {value['value']:.4f}" for way, value in one["ndcg@10"].items())
        test = one["guarded_minus_first"]
        print(f"{name:12} {one['verdict']['policy']:9} {means}  guarded-first {test['difference']:+.4f} p {test['p_value']:.4f}")


if __name__ == "__main__":
    main()
