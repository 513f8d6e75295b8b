"""Which runs share a table, and which are one model."""

from collections.abc import Callable
from pathlib import Path

import pytest

from nlpref.report.leaderboard import Leaderboard, leaderboards
from nlpref.report.runs import read_runs

Save = Callable[..., Path]
CONFIG = "classifier:\n  C: {C}\n  seed: {seed}\nseed: {seed}\n"


@pytest.fixture
def boards(tmp_path: Path) -> Callable[[], list[Leaderboard]]:
    return lambda: leaderboards(read_runs(tmp_path / "runs").runs)


@pytest.mark.parametrize(
    "other",
    [{"task": "ner"}, {"dataset": ("toys", "1")}, {"dataset": ("toy", "2")}, {"split": "validation"}, {"n": 5}, {"primary": "x"}],
)
def test_what_differs_in_data_never_shares_a_table(save_run: Save, boards: Callable[[], list[Leaderboard]], other: dict) -> None:
    save_run("a")
    save_run("b", **other)
    assert [len(board.models) for board in boards()] == [1, 1]


def test_runs_that_differ_only_in_seed_are_one_model(save_run: Save, boards: Callable[[], list[Leaderboard]]) -> None:
    for seed, quality in ((2, 0.9), (0, 0.6), (1, 0.75)):
        save_run(f"r{seed}", quality, seed=seed, config=CONFIG.format(C=1, seed=seed))
    (board,) = boards()
    (model,) = board.models
    assert model.seeds == [0, 1, 2]
    quality = board.quality(model)
    assert (quality.value, quality.low, quality.high) == pytest.approx((0.75, 0.65, 0.85))
    assert model.spread("f1_macro") == (0.6, 0.9)
    assert model.typical.result.seed == 1


def test_a_single_run_has_no_spread_and_an_absent_metric_no_estimate(
    save_run: Save, boards: Callable[[], list[Leaderboard]]
) -> None:
    save_run("a")
    (model,) = boards()[0].models
    assert model.spread("f1_macro") is None
    assert model.estimate("accuracy") is None


def test_best_comes_first(save_run: Save, boards: Callable[[], list[Leaderboard]]) -> None:
    for name, quality in (("low", 0.2), ("high", 0.8), ("middle", 0.5)):
        save_run(name, quality, model=name)
    (board,) = boards()
    assert [model.name for model in board.models] == ["high", "middle", "low"]
    assert board.best.name == "high"


def test_models_of_one_name_are_told_apart_by_settings(save_run: Save, boards: Callable[[], list[Leaderboard]]) -> None:
    save_run("a", 0.6, model="toy-tfidf", config=CONFIG.format(C=1, seed=0))
    save_run("b", 0.5, model="toy-tfidf", config=CONFIG.format(C=3, seed=0))
    assert [model.name for model in boards()[0].models] == ["tfidf (classifier.C=1)", "tfidf (classifier.C=3)"]


def test_models_without_configuration_are_told_apart_by_folder(save_run: Save, boards: Callable[[], list[Leaderboard]]) -> None:
    save_run("a", 0.6)
    save_run("b", 0.5)
    assert [model.name for model in boards()[0].models] == ["m (a)", "m (b)"]


def test_name_of_the_data_is_not_repeated(save_run: Save, boards: Callable[[], list[Leaderboard]]) -> None:
    save_run("a", model="toy-tfidf")
    save_run("b", model="toy", split="dev")
    assert {board.best.name for board in boards()} == {"tfidf", "toy"}


def test_latency_is_the_median_of_what_was_measured(save_run: Save, boards: Callable[[], list[Leaderboard]]) -> None:
    for seed, p95 in ((0, 3.0), (1, None), (2, 5.0), (3, 40.0)):
        save_run(f"r{seed}", seed=seed, p95_ms=p95, config=CONFIG.format(C=1, seed=seed))
    (model,) = boards()[0].models
    assert model.latency("p95_ms") == 5.0
    assert model.latency("memory_mb") is None


def test_order_is_task_then_test_first(save_run: Save, boards: Callable[[], list[Leaderboard]]) -> None:
    wanted = [("classification", "test"), ("classification", "dev"), ("ner", "test"), ("retrieval", "test"), ("other", "test")]
    for number, (task, split) in enumerate(reversed(wanted)):
        save_run(f"r{number}", task=task, split=split)
    assert [(board.task, board.split) for board in boards()] == wanted
