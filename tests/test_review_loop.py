"""The simulation of a review: shares, what is enough, and a round in which random and the rest meet at both ends."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def loop() -> ModuleType:
    """The program, which is no part of the package."""
    found = importlib.util.spec_from_file_location("review_loop", ROOT / "benchmarks" / "review_loop.py")
    assert found is not None
    assert found.loader is not None
    made = importlib.util.module_from_spec(found)
    found.loader.exec_module(made)
    return made


def curve(*points: tuple[float, float]) -> list[dict[str, float]]:
    return [{"sentences": cost, "tokens": cost**2, "spans": cost, "f1_micro": quality} for cost, quality in points]


def test_what_is_enough_is_where_the_last_crossing_is(loop: ModuleType) -> None:
    assert loop.enough(curve((10, 0.5), (20, 0.6), (40, 0.8), (100, 0.8)), "sentences") == pytest.approx(0.2 + 0.2 * 0.18 / 0.2)
    assert loop.enough(curve((10, 0.9), (50, 0.5), (100, 0.9)), "sentences") == pytest.approx(0.5 + 0.5 * 0.38 / 0.4)
    assert loop.enough(curve((10, 0.79), (100, 0.8)), "sentences") == pytest.approx(0.1)
    assert loop.enough(curve((10, 0.79), (100, 0.8)), "tokens") == pytest.approx(0.01)


def test_strategies_are_compared_at_equal_shares_seed_by_seed(loop: ModuleType) -> None:
    better = [curve((5, 0.4), (50, 0.8), (100, 0.8)), curve((5, 0.5), (50, 0.9), (100, 0.9))]
    chance = [curve((5, 0.4), (50, 0.6), (100, 0.8)), curve((5, 0.5), (50, 0.7), (100, 0.9))]
    found = dict(loop.summary({"entropy": better, "random": chance}))
    apart = found["entropy"]["over_random"]["sentences"]
    at = dict(zip(apart["shares"], apart["differences"], strict=True))
    assert at[0.5] == pytest.approx({"value": 0.2, "low": 0.2, "high": 0.2})
    assert at[0.05]["value"] == at[1.0]["value"] == pytest.approx(0)
    assert apart["least"] == pytest.approx(0)
    assert "over_random" not in found["random"]
    assert found["random"]["points"][1]["f1_micro"]["value"] == pytest.approx(0.65)
    assert loop.over_seeds([0.5]) == {"value": 0.5}
    assert loop.over_seeds(np.array([1.0, 3.0]))["high"] == pytest.approx(2 + 12.7062, abs=1e-4)  # t of one degree, times 1


def test_a_loop_knows_more_each_round_and_ends_with_all(loop: ModuleType, tmp_path: Path) -> None:
    names = [f"{a}{b}ton" for a in "ABCDEF" for b in "aeiou"]
    (tmp_path / "train.conll").write_text("".join(f"in\tO\n{name}\tB-city\nnow\tO\n\n" for name in names), "utf-8")
    (tmp_path / "test.conll").write_text("in\tO\nUpton\tB-city\n\n", "utf-8")
    asked = [
        "dataset=conll", f"dataset.train={tmp_path / 'train.conll'}", f"dataset.test={tmp_path / 'test.conll'}",
        "dataset.validation_fraction=0", "tagger=crf", "tagger.max_iterations=5",
    ]  # fmt: skip
    one = loop.Loop(asked, "test", seed=1)
    points = {strategy: one.run(strategy, [0.2, 0.5, 1.0]) for strategy in ("expected_value", "random")}
    for found in points.values():
        assert [(point["sentences"], point["tokens"], point["spans"]) for point in found] == [
            (6, 18, 6),
            (15, 45, 15),
            (30, 90, 30),
        ]
    assert points["random"][0] == points["expected_value"][0]
    assert points["random"][-1] == points["expected_value"][-1]
