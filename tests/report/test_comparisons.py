"""The best model against the others: the right test on the right numbers, and its outcome in words."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpref.metrics.significance import paired_f1_test, paired_test
from nlpref.report.comparisons import Comparison, compare, holm
from nlpref.report.leaderboard import leaderboards
from nlpref.report.runs import read_runs

Save = Callable[..., Path]
N = 200
RANDOM = np.random.default_rng(0)
GOOD, BAD = (RANDOM.random(N) < 0.9).astype(float), (RANDOM.random(N) < 0.6).astype(float)


def compared(tmp_path: Path) -> list[Comparison]:
    return compare(leaderboards(read_runs(tmp_path / "runs").runs)[0])


def test_a_clear_difference_is_found(save_run: Save, tmp_path: Path) -> None:
    save_run("a", 0.9, model="good", n=N, scores={"accuracy": GOOD.tolist()})
    save_run("b", 0.6, model="bad", n=N, scores={"accuracy": BAD.tolist()})
    (found,) = compared(tmp_path)
    assert (found.other.name, found.metric) == ("bad", "accuracy")
    assert found.test == paired_test(GOOD, BAD)
    assert not found.indistinct
    assert found.verdict.startswith(f"better by {100 * (GOOD.mean() - BAD.mean()):.1f} points of accuracy")
    assert found.verdict.endswith("p < 0.001)")


def test_equal_models_are_not_distinguishable(save_run: Save, tmp_path: Path) -> None:
    save_run("a", 0.9, model="one", n=N, scores={"accuracy": GOOD.tolist()})
    save_run("b", 0.9, model="two", n=N, scores={"accuracy": GOOD.tolist()})
    (found,) = compared(tmp_path)
    assert found.indistinct
    assert found.verdict.startswith("not distinguishable in accuracy")
    assert found.verdict.endswith("p = 1.00)")


def test_best_in_one_metric_may_be_worse_in_the_tested_one(save_run: Save, tmp_path: Path) -> None:
    save_run("a", 0.9, model="one", n=N, scores={"accuracy": BAD.tolist()})
    save_run("b", 0.6, model="two", n=N, scores={"accuracy": GOOD.tolist()})
    (found,) = compared(tmp_path)
    assert found.verdict.startswith("worse by")
    assert found.indistinct


def test_primary_metric_is_tested_where_examples_have_it(save_run: Save, tmp_path: Path) -> None:
    for name, scores in (("a", GOOD), ("b", BAD)):
        both = {"ndcg@10": scores.tolist(), "accuracy": [0.0] * N}
        save_run(name, scores.mean(), task="retrieval", primary="ndcg@10", n=N, scores=both)
    assert compared(tmp_path)[0].metric == "ndcg@10"


def test_seeds_are_averaged(save_run: Save, tmp_path: Path) -> None:
    config = "seed: {}\n"
    for seed, scores in ((0, GOOD), (1, BAD)):
        save_run(
            f"a{seed}", 0.9, model="two seeds", seed=seed, n=N, scores={"accuracy": scores.tolist()}, config=config.format(seed)
        )
    save_run("b", 0.6, model="other", n=N, scores={"accuracy": BAD.tolist()}, config=config.format(0))
    assert compared(tmp_path)[0].test == paired_test((GOOD + BAD) / 2, BAD)


def test_entities_are_compared_by_counts(save_run: Save, tmp_path: Path) -> None:
    tables = [RANDOM.integers(0, 3, (N, 3)) for _ in range(2)]
    for name, quality, table in zip("ab", (0.9, 0.6), tables, strict=True):
        columns = {key: table[:, row].tolist() for row, key in enumerate(("correct", "spurious", "missed"))}
        save_run(name, quality, task="ner", primary="f1_micro", n=N, scores=columns)
    (found,) = compared(tmp_path)
    assert (found.metric, found.test) == ("f1_micro", paired_f1_test(*tables))


@pytest.mark.parametrize("scores", [{}, {"accuracy": [1.0]}, {"accuracy": [float("inf")] * 4}])
def test_without_scores_of_the_same_examples_nothing_is_claimed(save_run: Save, tmp_path: Path, scores: dict) -> None:
    save_run("a", 0.9, model="one", scores={"accuracy": [1.0, 0.0, 1.0, 1.0]})
    folder = save_run("b", 0.6, model="two")
    text = (folder / "result.json").read_text("utf-8")
    written = str(scores).replace("'", '"').replace("inf", "Infinity")
    (folder / "result.json").write_text(text.replace('"scores": {}', f'"scores": {written}'), "utf-8")
    (found,) = compared(tmp_path)
    assert found.test is None
    assert not found.indistinct
    assert found.verdict.startswith("not tested")


def test_p_values_are_adjusted_for_their_number(save_run: Save, tmp_path: Path) -> None:
    save_run("a", 0.9, model="best", n=N, scores={"accuracy": GOOD.tolist()})
    for row in range(3):
        scores = GOOD.copy()
        scores[:6] = 0.0
        save_run(f"b{row}", 0.6, model=f"other{row}", n=N, scores={"accuracy": scores.tolist()})
    raw = paired_test(GOOD, scores).p_value
    assert [found.p_value for found in compared(tmp_path)] == pytest.approx([min(1, 3 * raw)] * 3)


@given(st.lists(st.floats(0.0001, 1), max_size=8))
def test_holm_rejects_what_the_step_down_procedure_rejects(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    for level in (0.01, 0.05, 0.2):
        rejected = set()
        for rank, row in enumerate(sorted(range(len(p_values)), key=lambda row: p_values[row])):
            if p_values[row] * (len(p_values) - rank) > level:
                break
            rejected.add(row)
        assert {row for row, p in enumerate(adjusted) if p <= level} == rejected
