"""Runs for the report: real ones of all three tasks, trained on a few texts, and records written by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from nlpref.classification import TfidfClassifier
from nlpref.data import InMemoryDataset, RetrievalDataset
from nlpref.experiment import Run, fit_and_evaluate
from nlpref.results import Estimate, EvalResult, LatencyResult
from nlpref.retrieval import Bm25Retriever
from nlpref.tagging import CrfTagger
from nlpref.tasks import task_named
from nlpref.tracking import NullTracker
from nlpref.types import Document, JudgedQuery, LabelledText, Span, TaggedTokens

ATTACK = "<script>alert('x')</script> & \"quoted\""
"""A text that would break the page if it were not escaped."""


@pytest.fixture(scope="session")
def real_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of TF-IDF (two seeds and another strength), a CRF and BM25; the texts hold markup. Nothing may be changed."""
    root = tmp_path_factory.mktemp("real") / "runs"
    texts = [(f"refund for order {n}", "refund") for n in range(6)] + [(f"parcel {n} is late", "delay") for n in range(6)]
    train = [LabelledText(text, label, id=f"a{n}") for n, (text, label) in enumerate(texts)]
    test = [
        LabelledText("my refund please", "refund", id="t0"),
        LabelledText("late late parcel", "delay", id="t1"),
        LabelledText(f"refund {ATTACK}", "delay", id="t2"),
        LabelledText("where is it", "delay", id="t3"),
    ]
    tickets = InMemoryDataset("toy", {"train": train, "test": test})
    for seed, strength in ((0, 1.0), (1, 1.0), (0, 0.01)):
        _fit(
            root / f"tfidf-{strength}-{seed}",
            "classification",
            tickets,
            TfidfClassifier(C=strength, seed=seed),
            "toy-tfidf",
            seed,
        )
    sentences = [
        TaggedTokens(("she", "lives", "in", city), (Span(3, 4, "CITY"),), f"s{city}") for city in ("Rome", "Oslo", "Lima")
    ]
    visit = TaggedTokens((ATTACK, "visited", "New", "York"), (Span(2, 4, "CITY"),), "u0")
    unseen = [visit, TaggedTokens(("he", "stays", "in", "Rome"), (), "u1")]
    _fit(root / "crf", "ner", InMemoryDataset("toy", {"train": sentences, "test": unseen}), CrfTagger(), "toy-crf", 0)
    documents = [Document("d1", "returning a parcel"), Document("<b>d2</b>", "resetting the lamp"), Document("d3", "paying")]
    queries = [
        JudgedQuery("q0", f"lamp {ATTACK}", {"d1": 1}),
        JudgedQuery("q1", "parcel", {"d1": 2, "d3": 1}),
        JudgedQuery("q2", "x"),
    ]
    collection = RetrievalDataset("toy", documents, {"test": queries})
    _fit(root / "bm25", "retrieval", collection, Bm25Retriever(), "toy-bm25", 0)
    return root


def _fit(folder: Path, task: str, dataset: Any, model: Any, name: str, seed: int) -> None:
    kind = {"classification": "classifier", "ner": "tagger", "retrieval": "retriever"}[task]
    target = f"{type(model).__module__}.{type(model).__name__}"
    config = f"# python -m nlpref.train task={task} seed={seed}\n{kind}:\n  _target_: {target}\n  C: {getattr(model, 'C', 0)}\n"
    config += f"  seed: {seed}\ntask:\n  name: {task}\n  component: {kind}\nseed: {seed}\nname: {name}\n"
    fit_and_evaluate(
        Run(name, folder, seed, config_hash=folder.name, config_text=config), task_named(task), dataset, model, NullTracker()
    )


@pytest.fixture
def save_run(tmp_path: Path) -> Callable[..., Path]:
    """Write a run's result by hand under ``tmp_path / "runs"``; gives its folder."""

    def save(
        place: str,
        quality: float = 0.5,
        *,
        task: str = "classification",
        primary: str = "f1_macro",
        dataset: tuple[str, str] = ("toy", "1"),
        model: str = "m",
        split: str = "test",
        n: int = 4,
        seed: int = 0,
        scores: dict[str, Sequence[float]] | None = None,
        p95_ms: float | None = None,
        config: str = "",
        threads: int = 1,
        measured: dict[str, Any] | None = None,
        **more: Any,
    ) -> Path:
        folder = tmp_path / "runs" / place
        EvalResult(
            task=task,
            dataset={"name": dataset[0], "revision": dataset[1]},
            model=model,
            split=split,
            n=n,
            seed=seed,
            metrics={primary: Estimate(quality, quality - 0.1, quality + 0.1)},
            primary=primary,
            scores=scores or {},
            **more,
        ).save(folder / "result.json")
        if config:
            (folder / "config.yaml").write_text(config, "utf-8")
        if p95_ms is not None:
            times: dict[str, Any] = {
                "p50_ms": p95_ms / 2,
                "p95_ms": p95_ms,
                "p99_ms": p95_ms * 2,
                "throughput_per_s": 1000 / p95_ms,
                "batch_size": 32,
                "n": 100,
                "threads": threads,
                "hardware": {"cpu": "abacus"},
            }
            LatencyResult(model=model, **{**times, **(measured or {})}).save(folder / "latency.json")
        return folder

    return save


@pytest.fixture
def write_rows() -> Callable[[Path, Sequence[Any]], None]:
    """Write a JSON Lines file."""

    def write(path: Path, rows: Sequence[Any]) -> None:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")

    return write
