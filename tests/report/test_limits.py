"""What misses a limit, by how much, and which limit would admit it."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpref.errors import InputError
from nlpref.report.candidate import Candidate, candidates
from nlpref.report.leaderboard import leaderboards
from nlpref.report.limits import Limits
from nlpref.report.runs import read_runs
from nlpref.results import Estimate

Save = Callable[..., Path]


@pytest.fixture
def candidate(save_run: Save, tmp_path: Path) -> Candidate:
    """Macro-F1 0.85, interval 0.75 to 0.95, p95 25 ms, 300 MB of memory, size on disk unknown."""
    save_run("a", 0.85, p95_ms=25.0, measured={"memory_mb": 300.0})
    return candidates(leaderboards(read_runs(tmp_path / "runs").runs)[0])[0]


def test_what_keeps_to_the_limits_misses_none(candidate: Candidate) -> None:
    assert Limits().misses(candidate, "f1_macro") == []
    assert Limits(p95_ms=25, min_quality=0.85, max_memory_mb=300).misses(candidate, "f1_macro") == []


def test_each_miss_says_how_much(candidate: Candidate) -> None:
    slow, poor, large, unknown = Limits(p95_ms=20, min_quality=0.9, max_memory_mb=100, max_disk_mb=5).misses(
        candidate, "f1_macro"
    )
    assert slow.text == "too slow: p95 25.0 ms, 5.00 ms (25 %) over the 20 ms allowed"
    assert (slow.needed, slow.excess) == (25.0, pytest.approx(math.log(1.25)))
    assert poor.text == (
        "below the quality asked for: macro-F1 0.850 (95 % interval 0.750 to 0.950), 5.0 points under 0.9; "
        "its interval reaches that, so it may be chance"
    )
    assert (poor.needed, poor.excess) == (0.85, pytest.approx(math.log(0.9 / 0.85)))
    assert large.text == "too much memory: peak 300 MB, 200 MB (200 %) over the 100 MB allowed"
    assert unknown.text == "size on disk was not measured, so max_disk_mb=5 cannot be shown to hold"
    assert (unknown.needed, unknown.excess) == (None, math.inf)


def test_an_interval_that_stays_below_is_no_chance(candidate: Candidate) -> None:
    (poor,) = Limits(min_quality=0.96).misses(candidate, "f1_macro")
    assert poor.text.endswith("11.0 points under 0.96")


@given(st.floats(0.001, 1e5), st.floats(0.01, 1))
def test_the_limit_that_is_named_does_admit_the_model(value: float, quality: float) -> None:
    one = Candidate(None, Estimate(quality, 0, 1), value, value, 1.0, value, value, 1.0)  # type: ignore[arg-type]  # no name is asked
    for miss in Limits(p95_ms=1e-4, min_quality=1, max_memory_mb=1e-4, max_disk_mb=1e-4).misses(one, "f1_macro"):
        assert miss.needed is not None
        assert Limits(**{miss.limit: miss.needed}).misses(one, "f1_macro") == []
        assert miss.needed == pytest.approx(quality if miss.limit == "min_quality" else value, rel=0.011, abs=0.001)


def test_a_mean_of_seeds_that_is_the_limit_on_paper_keeps_it() -> None:
    mean = sum((0.7, 0.8, 0.9)) / 3
    one = Candidate(None, Estimate(mean, 0, 1), None, None, None, None, None, None)  # type: ignore[arg-type]  # no name is asked
    assert mean < 0.8
    assert Limits(min_quality=0.8).misses(one, "f1_macro") == []


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"p95_ms": 0}, "p95_ms should be a finite number above 0, got 0"),
        ({"max_disk_mb": float("nan")}, "max_disk_mb should be a finite number above 0"),
        ({"min_quality": 92}, "between 0 and 1, got 92; 92 percent are 0.92"),
    ],
)
def test_limits_that_are_none(limits: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Limits(**limits)
