"""Retrievers on folds of queries: joined records, learned parts that never see their test, runs that go on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import pytest

from nlpref.data import RetrievalDataset
from nlpref.data.query_folds import query_folds
from nlpref.errors import InputError, StorageError
from nlpref.experiment import Run
from nlpref.folds import evaluate_folds
from nlpref.metrics.ranking import per_query
from nlpref.report.runs import read_runs
from nlpref.results import EvalResult
from nlpref.retrieval import Bm25Retriever, HybridRetriever
from nlpref.types import Document, JudgedQuery

DOCUMENTS = [Document(f"d{n}", f"word{n} word{n + 1} text of {n}", f"Title {n}") for n in range(12)]
QUERIES = [JudgedQuery(f"q{n:02}", f"word{n} word{(n * 5) % 12}", {f"d{n}": 1}) for n in range(12)]
COLLECTION = RetrievalDataset("toy", DOCUMENTS, {"test": [*QUERIES, JudgedQuery("q99", "nothing fits", {"d0": 0})]})


class _Watched(Bm25Retriever):
    """Remembers what it was trained on."""

    seen: ClassVar[list[set[str]]] = []

    def fit(self, documents, train=(), validation=()):  # type: ignore[no-untyped-def]
        self.seen.append({query.id for query in [*train, *validation]})
        return super().fit(documents, train, validation)


def test_untrained_retrievers_score_as_on_all_queries_at_once(tmp_path: Path) -> None:
    folds = query_folds(COLLECTION, 4)
    result = evaluate_folds(Run("toy-bm25", tmp_path / "run"), folds, Bm25Retriever)
    hits = Bm25Retriever().fit(DOCUMENTS).search([query.text for query in QUERIES], 100)
    alone = [per_query(query.relevance, [hit.id for hit in found]) for query, found in zip(QUERIES, hits, strict=True)]
    for name, scores in result.scores.items():
        assert list(scores) == [one[name] for one in alone]
    assert (result.split, result.n, result.details["skipped_queries"]) == ("folds", 13, 1)
    assert result.details["documents"] == 12
    assert [fold["n"] for fold in result.details["folds"]] == [len(places) for places in folds.places]
    rows = [json.loads(line) for line in (tmp_path / "run" / "predictions.jsonl").read_text("utf-8").splitlines()]
    assert [row["id"] for row in rows] == [query.id for query in folds.whole.split("folds")]
    assert EvalResult.load(tmp_path / "run" / "result.json") == result


def test_no_fold_is_trained_on_its_test(tmp_path: Path) -> None:
    folds = query_folds(COLLECTION, 4)
    _Watched.seen = []
    evaluate_folds(Run("toy", tmp_path / "run"), folds, _Watched)
    assert len(_Watched.seen) == 4
    for seen, part in zip(_Watched.seen, folds.parts, strict=True):
        tested = {query.id for query in part.split("test")}
        assert not seen & tested
        assert len(seen | tested) == 13


def test_what_each_fold_chose_is_told_and_the_report_sees_one_run(tmp_path: Path) -> None:
    folds = query_folds(COLLECTION, 3)
    run = Run("toy-hybrid", tmp_path / "runs" / "hybrid")
    result = evaluate_folds(run, folds, lambda: HybridRetriever(Bm25Retriever(), Bm25Retriever(stemmer=None)))
    assert all(0 <= fold["weight"] <= 1 for fold in result.details["folds"])
    assert [one.place for one in read_runs(tmp_path / "runs").runs] == ["hybrid"]


def test_an_interrupted_run_goes_on_and_a_complete_one_is_returned(tmp_path: Path) -> None:
    folds = query_folds(COLLECTION, 3)
    made: list[int] = []

    def model() -> Bm25Retriever:
        made.append(1)
        if len(made) == 3:
            raise KeyboardInterrupt
        return Bm25Retriever()

    run = Run("toy", tmp_path / "run", config_hash="one")
    with pytest.raises(KeyboardInterrupt):
        evaluate_folds(run, folds, model)
    kept = (run.folder / "folds" / "0" / "result.json").stat().st_mtime_ns
    result = evaluate_folds(run, folds, model)
    assert (run.folder / "folds" / "0" / "result.json").stat().st_mtime_ns == kept
    assert evaluate_folds(run, folds, lambda: pytest.fail("it was complete")) == result
    with pytest.raises(StorageError, match="another configuration"):
        evaluate_folds(Run("toy", tmp_path / "run", config_hash="two"), folds, model)
    with pytest.raises(StorageError, match="other data"):
        evaluate_folds(run, query_folds(RetrievalDataset("toy", DOCUMENTS, {"test": QUERIES}), 3), model)
    again = evaluate_folds(Run("toy", tmp_path / "run", config_hash="two"), folds, model, overwrite=True)
    assert again.metrics == result.metrics


def test_configurations_of_all_folds_or_of_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="3 folds need as many configurations, got 1"):
        evaluate_folds(Run("toy", tmp_path / "run"), query_folds(COLLECTION, 3), Bm25Retriever, ["a: 1"])
