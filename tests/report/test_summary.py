"""The result in a sentence: what it claims and what it does not."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nlpref.report.comparisons import compare
from nlpref.report.leaderboard import leaderboards
from nlpref.report.runs import read_runs
from nlpref.report.summary import Summary, cheapest_equal, summarise

Save = Callable[..., Path]
N = 200
BEST = (np.arange(N) % 10 != 0).astype(float)
EQUAL = np.roll(BEST, 1)
WORSE = BEST * (np.arange(N) % 3 != 0)


def summary(tmp_path: Path) -> Summary:
    (board,) = leaderboards(read_runs(tmp_path / "runs").runs)
    return summarise(board, compare(board))


def add(save_run: Save, name: str, scores: np.ndarray | None, quality: float, p95_ms: float | None) -> None:
    given = {} if scores is None else {"accuracy": scores.tolist()}
    save_run(name, quality, model=name, n=N, scores=given, p95_ms=p95_ms)


def test_the_fastest_model_that_is_not_worse_is_named(save_run: Save, tmp_path: Path) -> None:
    add(save_run, "big", BEST, 0.90, 40.0)
    add(save_run, "small", EQUAL, 0.89, 4.0)
    add(save_run, "middle", EQUAL, 0.89, 20.0)
    add(save_run, "tiny", WORSE, 0.60, 1.0)
    found = summary(tmp_path)
    assert (found.metric, found.quality, found.latency) == ("macro-F1", "0.900", "40.0 ms at p95")
    assert found.uncertainty == "95 % interval 0.800 to 1.000, 200 texts"
    assert found.trade.startswith("small is 10 times faster at p95 and not distinguishable from it (accuracy, p = ")


def test_a_faster_model_that_is_worse_is_no_bargain(save_run: Save, tmp_path: Path) -> None:
    add(save_run, "big", BEST, 0.9, 40.0)
    add(save_run, "tiny", WORSE, 0.6, 1.0)
    trade = summary(tmp_path).trade
    assert (
        trade
        == "No faster model is as good; the best of them, tiny, is 40 times faster at p95 and 30.0 points lower in macro-F1."
    )


def test_without_a_test_chance_is_left_open(save_run: Save, tmp_path: Path) -> None:
    add(save_run, "big", None, 0.9, 40.0)
    add(save_run, "tiny", None, 0.6, 1.0)
    assert summary(tmp_path).trade.endswith("whether that is chance was not tested.")


def test_nothing_is_faster(save_run: Save, tmp_path: Path) -> None:
    add(save_run, "big", BEST, 0.9, 1.0)
    add(save_run, "slow", EQUAL, 0.6, 40.0)
    assert summary(tmp_path).trade == "No other model that was timed is faster."


@pytest.mark.parametrize("timed", [None, 3.0])
def test_unmeasured_latency_is_said(save_run: Save, tmp_path: Path, timed: float | None) -> None:
    add(save_run, "big", BEST, 0.9, None)
    add(save_run, "small", EQUAL, 0.6, timed)
    found = summary(tmp_path)
    assert found.latency == "not measured"
    assert "nlpref bench task=classification" in found.trade


def test_a_single_model_has_no_rival(save_run: Save, tmp_path: Path) -> None:
    add(save_run, "big", BEST, 0.9, 3.0)
    assert summary(tmp_path).trade == ""


def test_untimed_and_untested_rivals_are_not_counted(save_run: Save, tmp_path: Path) -> None:
    add(save_run, "big", BEST, 0.9, 40.0)
    add(save_run, "untimed", EQUAL, 0.8, None)
    add(save_run, "untested", None, 0.7, 1.0)
    (board,) = leaderboards(read_runs(tmp_path / "runs").runs)
    assert cheapest_equal(board.best, compare(board)) is None
