"""Choice of strength and temperature on held-out examples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from sklearn.metrics import log_loss

from nlpref.classification import TfidfClassifier
from nlpref.classification.selection import Indices, choose, held_out_splits, stratified_folds, strengths, temperature_scale
from nlpref.errors import InputError
from nlpref.metrics.classification import classification_scores
from nlpref.types import LabelledText


def drawn(n: int, scale: float, seed: int = 0) -> tuple[NDArray[np.float64], Indices]:
    """Margins whose softmax, once multiplied by ``scale``, is the very distribution the labels are drawn from."""
    random = np.random.default_rng(seed)
    margins = random.normal(size=(n, 4))
    gold = [random.choice(4, p=row) for row in softmax(scale * margins, axis=1)]
    return margins, np.array(gold, dtype=np.intp)


@pytest.mark.parametrize("scale", [0.2, 1.0, 6.0])
def test_temperature_finds_the_scale_that_labels_were_drawn_with(scale: float) -> None:
    assert temperature_scale(*drawn(20_000, scale)) == pytest.approx(scale, rel=0.06)


def test_temperature_is_the_optimum_of_an_independent_search() -> None:
    margins, gold = drawn(300, 2.0, seed=1)
    n = len(gold)
    target = np.full(margins.shape, 1 / (n + 2) / 3)
    target[np.arange(n), gold] = (n + 1) / (n + 2)

    def loss(scale: NDArray[np.float64]) -> float:
        return float(-(target * log_softmax(margins * scale[0], axis=1)).sum(axis=1).mean())

    found = minimize(loss, x0=[1.0], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-12})
    assert temperature_scale(margins, gold) == pytest.approx(found.x[0], rel=1e-4)


def test_temperature_reduces_the_log_loss_of_wrongly_scaled_margins() -> None:
    margins, gold = drawn(2_000, 5.0)
    new_margins, new_gold = drawn(2_000, 5.0, seed=2)
    scale = temperature_scale(margins, gold)
    before, after = (log_loss(new_gold, softmax(factor * new_margins, axis=1), labels=range(4)) for factor in (1.0, scale))
    assert after < before - 0.1


def test_temperature_of_separated_examples_stays_finite() -> None:
    few = temperature_scale(np.eye(2) * 2, np.array([0, 1]))
    assert softmax(few * np.array([2.0, 0.0]))[0] == pytest.approx(3 / 4, abs=1e-3)  # (n + 1) / (n + 2)


def test_probabilities_of_a_classifier_are_calibrated(train: list[LabelledText], held_out: list[LabelledText]) -> None:
    model = TfidfClassifier().fit(train)
    gold, texts = [example.label for example in held_out], [example.text for example in held_out]
    calibrated = model.predict_proba(texts)
    raw = softmax(np.log(calibrated.astype(np.float64)) / model.choice_.scale, axis=1)
    scores = [classification_scores(gold, table, model.labels) for table in (calibrated, raw)]
    assert scores[0]["log_loss"] < scores[1]["log_loss"]
    assert scores[0]["ece"] < scores[1]["ece"]
    assert scores[0]["accuracy"] == scores[1]["accuracy"] > 0.6


def test_strength_of_best_accuracy_is_chosen_and_the_smallest_of_equals() -> None:
    gold = np.array([0, 1, 0, 1], dtype=np.intp)
    good, bad = np.eye(2)[gold] * 3, np.eye(2)[1 - gold] * 3
    made = {0.1: bad, 1.0: good, 3.0: good}

    def path(learn: Indices, held: Indices, values: Sequence[float]) -> Iterator[NDArray[np.float64]]:
        assert values == (0.1, 1.0, 3.0)
        yield from (made[value][held] for value in values)

    choice = choose(gold, [(np.arange(4), np.arange(2)), (np.arange(4), np.arange(2, 4))], (0.1, 1.0, 3.0), path)
    assert choice.C == 1.0
    assert choice.accuracy == {0.1: 0.0, 1.0: 1.0, 3.0: 1.0}
    nothing = choose(gold, [], (0.1, 1.0, 3.0), path)
    assert (nothing.C, nothing.scale, nothing.accuracy) == (1.0, 1.0, {})


def test_validation_decides_if_there_is_one(train: list[LabelledText], validation: list[LabelledText]) -> None:
    model = TfidfClassifier(grid=(1e-6, 1.0), refit=False).fit(train, validation)
    accuracies = {}
    for strength in (1e-6, 1.0):
        alone = TfidfClassifier(C=strength).fit(train)
        found = alone.predict_proba([example.text for example in validation]).argmax(axis=1)
        gold = [alone.labels.index(example.label) for example in validation]
        accuracies[strength] = float((found == gold).mean())
    assert model.choice_.accuracy == accuracies
    assert max(accuracies, key=lambda strength: accuracies[strength]) == model.choice_.C


@given(st.lists(st.integers(0, 4), min_size=1, max_size=40), st.integers(2, 6), st.integers(0, 3))
def test_folds_leave_every_label_in_every_complement(labels: list[int], n_folds: int, seed: int) -> None:
    targets = np.array(labels, dtype=np.intp)
    folds = stratified_folds(targets, n_folds, seed)
    for target in set(labels):
        own = folds[targets == target]
        if len(own) == 1:
            assert own.tolist() == [-1]
        else:
            counts = np.bincount(own, minlength=n_folds)
            assert counts.max() - counts.min() <= 1
    held = [held for _, held in held_out_splits(targets, len(targets), n_folds, seed)]
    assert sorted(np.concatenate([*held, np.zeros(0, np.intp)])) == np.flatnonzero(folds >= 0).tolist()
    for learn, out in held_out_splits(targets, len(targets), n_folds, seed):
        assert not set(learn) & set(out)
        assert set(targets[learn]) == set(labels)


def test_rows_after_train_are_the_only_split() -> None:
    [(learn, held)] = held_out_splits(np.zeros(5, np.intp), 3, 5, 0)
    assert (learn.tolist(), held.tolist()) == ([0, 1, 2], [3, 4])


@pytest.mark.parametrize("folds", [1, 0, 2.0, None])
def test_too_few_folds_are_refused(folds: int) -> None:
    with pytest.raises(InputError, match="at least 2 folds"):
        held_out_splits(np.zeros(3, np.intp), 3, folds, 0)


def test_strengths_are_ascending_positive_numbers() -> None:
    assert strengths(None, [3, 0.1]) == (0.1, 3)
    assert strengths(2.0, [3, 0.1]) == (2.0,)
    for bad in ((0.0, [1.0]), (None, []), (None, [-1.0]), ("1", [1.0])):
        with pytest.raises(InputError, match="positive numbers"):
            strengths(*bad)  # type: ignore[arg-type]
