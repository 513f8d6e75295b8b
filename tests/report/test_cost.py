"""Cost by hand, and where none can be told."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpref.errors import InputError
from nlpref.report.cost import PRICE, cost_per_million, model_cost
from nlpref.report.leaderboard import Model, leaderboards
from nlpref.report.runs import read_runs
from nlpref.results import LatencyResult

Save = Callable[..., Path]


def measured(throughput: float, threads: int = 1, **hardware: object) -> LatencyResult:
    times = {"p50_ms": 1.0, "p95_ms": 2.0, "p99_ms": 3.0}
    return LatencyResult(
        model="m", **times, throughput_per_s=throughput, batch_size=32, n=1, threads=threads, hardware=hardware
    )  # fmt: skip


def test_by_hand() -> None:
    # 1,000 a second: 1,000 s, on 2 threads 0.5556 core-hours; at 0.04 each.
    assert cost_per_million(measured(1000, threads=2)) == pytest.approx(0.0222222, rel=1e-5)
    assert cost_per_million(measured(1000, threads=2), price=0.0) == 0.0
    assert PRICE == 0.04


@given(st.floats(0.01, 1e6), st.integers(1, 64), st.floats(0, 10))
def test_cost_follows_price_and_threads_and_falls_with_throughput(throughput: float, threads: int, price: float) -> None:
    one = cost_per_million(measured(throughput), price)
    assert one is not None
    assert cost_per_million(measured(throughput, threads), price) == pytest.approx(threads * one)
    assert cost_per_million(measured(2 * throughput), price) == pytest.approx(one / 2)


def test_a_gpu_has_no_price_of_a_core() -> None:
    assert cost_per_million(measured(1000, gpu="abacus 9000")) is None


@pytest.mark.parametrize("price", [-0.01, float("nan"), float("inf")])
def test_what_is_no_price(price: float) -> None:
    with pytest.raises(InputError, match="price of a core-hour should be a finite number"):
        cost_per_million(measured(1), price)


def test_a_model_costs_the_median_of_its_timed_runs(save_run: Save, tmp_path: Path) -> None:
    def model() -> Model:
        return leaderboards(read_runs(tmp_path / "runs").runs)[0].best

    save_run("r0", seed=0, config="seed: 0\n")
    assert model_cost(model()) is None
    for seed, p95 in ((1, 1.0), (2, 2.0), (3, 9.0)):  # 1000, 500 and 111 a second
        save_run(f"r{seed}", seed=seed, p95_ms=p95, config=f"seed: {seed}\n")
    assert model_cost(model(), price=3.6) == pytest.approx(3.6 * 2000 / 3600)
    save_run("r4", seed=4, p95_ms=1.0, config="seed: 4\n", measured={"hardware": {"gpu": "g"}})
    assert model_cost(model()) is None
