"""The choice: worked out by hand on a few models, and for any models true to what was asked."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpref.errors import InputError
from nlpref.report.answer import answer
from nlpref.report.choice import Choice, choose
from nlpref.report.choice_record import record
from nlpref.report.groups import find_board
from nlpref.report.leaderboard import Leaderboard, Model, leaderboards
from nlpref.report.limits import Limits
from nlpref.report.runs import SavedRun, read_runs
from nlpref.results import Estimate, EvalResult, LatencyResult

Save = Callable[..., Path]
N = 200
BEST = (np.arange(N) % 10 != 0).astype(float)
EQUAL = np.roll(BEST, 1)
WORSE = BEST * (np.arange(N) % 3 != 0)


@pytest.fixture
def add(save_run: Save) -> Callable[..., None]:
    """A run of so many right answers; its throughput is 1000 / p95 and its cost rises with p95."""

    def one(name: str, scores: np.ndarray | None, quality: float, p95_ms: float | None, **measured: float) -> None:
        given = {} if scores is None else {"accuracy": scores.tolist()}
        save_run(name, quality, model=name, n=N, scores=given, p95_ms=p95_ms, measured=measured)

    return one


@pytest.fixture
def chosen(tmp_path: Path) -> Callable[..., Choice]:
    def ask(**limits: float) -> Choice:
        (board,) = leaderboards(read_runs(tmp_path / "runs").runs)
        return choose(board, Limits(**limits))

    return ask


def reasons(choice: Choice) -> dict[str, list[tuple[str, str]]]:
    return {one.name: [(reason.kind, reason.by) for reason in why] for one, why in choice.others}


Add = Callable[..., None]
Ask = Callable[..., Choice]


def test_the_cheapest_that_cannot_be_told_from_the_best_is_chosen(add: Add, chosen: Ask) -> None:
    add("big", BEST, 0.90, 40.0)
    add("small", EQUAL, 0.89, 4.0)
    add("middle", EQUAL, 0.895, 20.0)
    add("tiny", WORSE, 0.60, 1.0)
    choice = chosen()
    assert choice.chosen is not None
    assert choice.best is not None
    assert (choice.chosen.name, choice.best.name) == ("small", "big")
    assert reasons(choice) == {"big": [("dearer", "small")], "middle": [("dearer", "small")], "tiny": [("worse", "big")]}
    text = " ".join(answer(choice).split())
    assert "big scores highest of those that fit, but big and small are not distinguishable in accuracy" in text
    assert "small is cheaper: 0.0444 against 0.444 per million" in text  # 4 ms: 250 a second, 4,000 s, 1.111 core-hours
    assert "fits, but like small it is not distinguishable from big, and it is dearer (0.222 against 0.0444 per million)" in text
    assert "Not distinguishable does not mean equal: it may be worse than big by up to" in text
    assert "fits, but scores 0.600 against 0.900 of big; big is better than tiny by" in text


def test_a_distinguishably_better_model_is_worth_its_price(add: Add, chosen: Ask) -> None:
    add("big", BEST, 0.9, 40.0)
    add("tiny", WORSE, 0.6, 1.0)
    choice = chosen()
    assert choice.chosen is choice.best
    assert " ".join(answer(choice).split()).count("big is better than tiny by") == 2
    assert reasons(choice) == {"tiny": [("worse", "big")]}


def test_a_saving_that_is_noise_does_not_decide(add: Add, chosen: Ask) -> None:
    add("good", BEST, 0.90, 10.5)
    add("near", EQUAL, 0.89, 10.0)
    choice = chosen()
    assert choice.chosen is choice.best
    assert reasons(choice) == {"near": [("worse", "good")]}
    text = " ".join(answer(choice).split())
    assert "near is not cheaper by enough to matter" in text
    assert "lower in quality and hardly cheaper (0.111 against 0.117 per million)" in text


def test_without_scores_of_the_same_examples_quality_decides_and_that_is_said(add: Add, chosen: Ask) -> None:
    add("big", None, 0.90, 40.0)
    add("small", None, 0.89, 4.0)
    choice = chosen()
    assert choice.chosen is choice.best
    text = " ".join(answer(choice).split())
    assert "whether big and small differ by more than chance was not tested: scores of the same examples are missing" in text
    assert record(choice)["comparisons"] == [{"best": "big", "other": "small"}]


def test_every_reason_against_a_model_is_given(add: Add, chosen: Ask) -> None:
    add("good", BEST, 0.90, 4.0, memory_mb=50.0)
    add("slow", EQUAL, 0.95, 40.0, memory_mb=50.0)
    add("bad", WORSE, 0.50, 30.0, memory_mb=500.0)
    add("untimed", EQUAL, 0.7, None)
    add("beaten", EQUAL, 0.85, 5.0, memory_mb=50.0)
    choice = chosen(p95_ms=20, min_quality=0.8, max_memory_mb=100)
    assert choice.chosen is not None
    assert choice.chosen.name == "good"
    assert reasons(choice) == {
        "slow": [("p95_ms", "")],
        "beaten": [("dominated", "good")],
        "untimed": [("not timed", ""), ("min_quality", "")],
        "bad": [("p95_ms", ""), ("min_quality", ""), ("max_memory_mb", ""), ("dominated", "good")],
    }
    text = " ".join(answer(choice).split())
    assert (
        "dominated by good, which is at least as good (0.900 against 0.850), as fast (4.00 against 5.00 ms) and as cheap" in text
    )
    assert "No other that fits is better, faster or cheaper." in text
    assert "The interval of its quality begins at 0.800" not in text
    assert "not timed: nlpref bench task=classification does it" in text


def test_a_model_that_is_too_large_does_not_dominate_one_that_fits(add: Add, chosen: Ask) -> None:
    add("large", BEST, 0.9, 2.0, memory_mb=500.0)
    add("lean", EQUAL, 0.8, 4.0, memory_mb=50.0)
    choice = chosen(max_memory_mb=100)
    assert choice.chosen is not None
    assert choice.chosen.name == "lean"
    assert "The only model that fits." in answer(choice)


def test_where_nothing_fits_the_nearest_are_named_in_each_direction(add: Add, chosen: Ask) -> None:
    add("best", BEST, 0.95, 40.0)
    add("good", BEST, 0.91, 30.11)
    add("quick", EQUAL, 0.8, 1.0)
    add("quicker", WORSE, 0.5, 0.5)
    choice = chosen(p95_ms=20, min_quality=0.9)
    assert choice.chosen is None
    assert [(way.candidate.name, way.limits) for way in choice.ways] == [
        ("good", {"p95_ms": 30.2}),
        ("quick", {"min_quality": 0.8}),
    ]
    text = " ".join(answer(choice).split())
    assert "Nothing fits. None of 4 models keeps to all that was asked. Nearest: p95_ms=30.2 would do for good" in text
    for way in choice.ways:
        again = chosen(**{"p95_ms": 20, "min_quality": 0.9, **way.limits})
        assert again.chosen is not None


def test_where_every_model_misses_much_the_least_far_off_is_named(add: Add, chosen: Ask) -> None:
    add("one", BEST, 0.8, 40.0)
    add("two", BEST, 0.7, 400.0)
    (way,) = chosen(p95_ms=20, min_quality=0.9).ways
    assert (way.candidate.name, way.limits) == ("one", {"p95_ms": 40.0, "min_quality": 0.8})
    assert reasons(chosen(p95_ms=20, min_quality=0.9))["two"][-1] == ("dominated", "one")


def test_nothing_timed(add: Add, chosen: Ask) -> None:
    add("one", BEST, 0.8, None)
    choice = chosen(min_quality=0.9)
    assert (choice.chosen, choice.ways) == (None, ())
    assert "No model has been timed, so none can be weighed: nlpref bench task=classification does it." in answer(choice)


def test_without_a_price_of_all_the_fastest_is_the_cheapest(save_run: Save, chosen: Ask) -> None:
    for name, quality, scores, p95 in (("big", 0.9, BEST, 40.0), ("small", 0.89, EQUAL, 4.0)):
        gpu = {"hardware": {"cpu": "abacus", "gpu": "g"}}  # the third one was timed without it
        save_run(name, quality, model=name, n=N, scores={"accuracy": scores.tolist()}, p95_ms=p95, measured=gpu)
    save_run("poor", 0.5, model="poor", n=N, scores={"accuracy": WORSE.tolist()}, p95_ms=9.0)
    choice = chosen()
    assert choice.chosen is not None
    assert choice.chosen.name == "small"
    text = " ".join(answer(choice).split())
    assert "small is cheaper: p95 4.00 against 40.0 ms" in text
    assert "dominated by small, which is at least as good (0.890 against 0.500), as fast (4.00 against 9.00 ms)." in text
    assert "Cost is left out and p95 stands in for it: a model was timed beside a GPU" in text
    assert "cost_per_million" not in record(choice)["models"][0]


def test_of_several_seeds_the_median_one_that_kept_its_model_is_shipped(save_run: Save, chosen: Ask) -> None:
    folders = [
        save_run(f"r{seed}", quality, seed=seed, model="m", p95_ms=2.0, config=f"# make it\nseed: {seed}\n")
        for seed, quality in enumerate((0.7, 0.8, 0.9))
    ]
    choice = chosen()
    assert choice.chosen is not None
    assert choice.chosen.folder is None
    assert "None of its runs kept a model: train it again with make it." in answer(choice)
    for folder in folders:
        (folder / "model").mkdir()
    choice = chosen(min_quality=0.8)
    assert choice.chosen is not None
    assert choice.chosen.folder == folders[1] / "model"
    assert choice.chosen.quality.value == pytest.approx(0.8)
    assert "mean of 3 seeds" in answer(choice)
    assert "The interval of its quality begins at 0.700, below the 0.8 asked for." in answer(choice)


def test_times_of_different_machines_are_a_warning(save_run: Save, chosen: Ask) -> None:
    save_run("a", 0.9, model="one", p95_ms=20.0)
    save_run("b", 0.8, model="two", p95_ms=2.0, threads=8)
    assert "compare the times with care" in " ".join(answer(chosen()).split())


def test_groups_are_never_mixed_and_the_error_says_how_to_choose(save_run: Save, tmp_path: Path) -> None:
    save_run("a", model="one")
    save_run("b", model="two", split="validation")
    save_run("c", model="three", dataset=("other", "2"))
    save_run("d", model="four", dataset=("toy", "9"))
    save_run("e", model="five", task="ner")
    boards = leaderboards(read_runs(tmp_path / "runs").runs)
    with pytest.raises(InputError, match="here there are 4 groups; choose one") as error:
        find_board(boards, "classification")
    lines = [line.split("   ")[0].strip() for line in str(error.value).splitlines()[1:]]
    assert sorted(lines) == [
        "dataset=other", "dataset=toy split=test revision=1", "dataset=toy split=test revision=9", "dataset=toy split=validation",
    ]  # fmt: skip
    for line in lines:
        assert find_board(boards, "classification", **dict(part.split("=") for part in line.split())).task == "classification"
    assert find_board(boards, "ner").best.name == "five"
    with pytest.raises(InputError, match="of dataset=toy split=test there are 2 groups"):
        find_board(boards, "classification", "toy", "test")
    with pytest.raises(InputError, match=r"scored on dataset=othr; did you mean dataset=other\?"):
        find_board(boards, "classification", "othr")
    with pytest.raises(InputError, match="no finished runs of retrieval here, but of classification, ner"):
        find_board(boards, "retrieval")


def test_groups_that_no_argument_tells_apart(save_run: Save, tmp_path: Path) -> None:
    save_run("a", n=4)
    save_run("b", n=5)
    with pytest.raises(InputError, match=r"scored by f1_macro on 4: give runs= a folder without the others"):
        find_board(leaderboards(read_runs(tmp_path / "runs").runs), "classification")


def test_a_bad_price_is_one_clear_error(add: Add, tmp_path: Path) -> None:
    add("one", BEST, 0.8, 1.0)
    with pytest.raises(InputError, match="price of a core-hour"):
        choose(leaderboards(read_runs(tmp_path / "runs").runs)[0], Limits(), price=-1)


RUN = EvalResult(
    task="classification", dataset={"name": "toy", "revision": "1"}, model="m", split="test", n=8, seed=0,
    metrics={"f1_macro": Estimate(0.5, 0.4, 0.6)}, primary="f1_macro",
)  # fmt: skip
WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)
TIMES = LatencyResult(model="m", p50_ms=1, p95_ms=1, p99_ms=1, throughput_per_s=1, batch_size=1, n=1, threads=1)
FIGURES = st.tuples(
    st.sampled_from([0.2, 0.5, 0.8]), st.sampled_from([None, 1.0, 5.0, 9.0]), st.sampled_from([10.0, 100.0]), st.integers(0, 255)
)


@given(st.lists(FIGURES, min_size=1, max_size=6), st.sampled_from([0.3, 0.7]), st.sampled_from([2.0, 6.0]))
def test_whatever_the_models_the_answer_keeps_to_what_was_asked(
    figures: list[tuple[float, float | None, float, int]], min_quality: float, p95_ms: float
) -> None:
    models = []
    for row, (quality, p95, per_s, bits) in enumerate(figures):
        scores = {"accuracy": [float(bits >> place & 1) for place in range(8)]}
        result = dataclasses.replace(RUN, metrics={"f1_macro": Estimate(quality, quality, quality)}, scores=scores)
        latency = dataclasses.replace(TIMES, p95_ms=p95, throughput_per_s=per_s) if p95 else None
        models.append(Model(f"m{row}", (SavedRun(Path(f"m{row}"), f"m{row}", result, WRITTEN, latency=latency),)))
    models.sort(key=lambda model: -model.runs[0].result.metrics["f1_macro"].value)
    board = Leaderboard("classification", "toy", "1", "test", 8, "f1_macro", tuple(models))
    choice = choose(board, Limits(p95_ms=p95_ms, min_quality=min_quality))
    fitting = {f"m{row}" for row, (quality, p95, *_) in enumerate(figures) if quality >= min_quality and p95 and p95 <= p95_ms}
    assert (choice.chosen is not None) == bool(fitting)
    assert all(why for _, why in choice.others), "every other model is told why"
    assert len(choice.others) + (choice.chosen is not None) == len(figures)
    if choice.chosen:
        assert choice.chosen.name in fitting
        assert choice.best is not None
        assert choice.best.quality.value == max(figures[int(name[1:])][0] for name in fitting)
        assert choice.chosen is choice.best or (choice.chosen.cost or 0) < (choice.best.cost or 0)
    assert answer(choice)
