"""Confident learning against cleanlab, and wrong labels that were put there."""

from __future__ import annotations

import numpy as np
import pytest

from nlpref.classification import TfidfClassifier
from nlpref.classification.confident_learning import confident_joint, confident_thresholds, doubted, suspicion
from nlpref.classification.label_errors import averaged_out_of_fold, find_label_errors, out_of_fold, rank_suspects
from nlpref.classification.selection import stratified_folds
from nlpref.errors import InputError
from nlpref.types import LabelledText

WORDS = {"refund": "money back please", "parcel": "where is my box", "login": "password not taken"}
GIVEN = [LabelledText(f"{words} {n}", label, f"{label}{n}") for n in range(12) for label, words in WORDS.items()]
WRONG = {4: "login", 17: "refund", 30: "parcel"}
NOISY = [LabelledText(e.text, WRONG.get(row, e.label), e.id) for row, e in enumerate(GIVEN)]
QUICK = TfidfClassifier(C=1.0, folds=2)


def drawn(seed: int, n: int = 300, n_labels: int = 4) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    return generator.dirichlet(np.full(n_labels, 0.4), n), generator.integers(0, n_labels, n)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", [0, 1])
def test_thresholds_joint_scores_and_doubts_are_those_of_cleanlab(seed: int) -> None:
    from cleanlab.count import compute_confident_joint, get_confident_thresholds
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    table, codes = drawn(seed)
    codes = np.where(np.arange(len(codes)) % 3 > 0, table.argmax(axis=1), codes)
    np.testing.assert_allclose(confident_thresholds(table, codes), get_confident_thresholds(codes, table))
    np.testing.assert_array_equal(confident_joint(table, codes), compute_confident_joint(codes, table, calibrate=False))
    theirs = find_label_issues(codes, table, filter_by="confident_learning", n_jobs=1)
    np.testing.assert_array_equal(doubted(table, codes), theirs)
    for ours, name in (("self_confidence", "self_confidence"), ("margin", "normalized_margin")):
        np.testing.assert_allclose(1 - suspicion(table, codes, ours), get_label_quality_scores(codes, table, method=name))


def test_a_label_without_texts_is_never_reached() -> None:
    table, codes = np.array([[0.1, 0.2, 0.7], [0.6, 0.3, 0.1]]), np.array([0, 1])
    assert confident_thresholds(table, codes).tolist() == [0.1, 0.3, np.inf]
    assert confident_joint(table, codes).tolist() == [[1, 0, 0], [1, 0, 0], [0, 0, 0]]


def test_wrong_labels_come_first() -> None:
    suspects = find_label_errors(QUICK, NOISY, folds=4)
    assert {one.position for one in suspects[:3]} == set(WRONG)
    assert {one.suggested for one in suspects[:3]} == {GIVEN[row].label for row in WRONG}
    assert all(one.doubted and one.suspicion > 0 for one in suspects[:3])
    assert sorted(one.position for one in suspects) == list(range(len(NOISY)))
    assert [one.suspicion for one in suspects] == sorted((one.suspicion for one in suspects), reverse=True)


def test_probabilities_are_of_models_that_have_not_seen_the_text() -> None:
    found = out_of_fold(QUICK, NOISY, folds=3, seed=5)
    codes = np.unique([example.label for example in NOISY], return_inverse=True)[1]
    fold_of = stratified_folds(codes, 3, 5)
    rows = np.flatnonzero(fold_of == 1)
    alone = TfidfClassifier(C=1.0, folds=2).fit([NOISY[row] for row in np.flatnonzero(fold_of != 1)])
    np.testing.assert_array_equal(found[rows], alone.predict_proba([NOISY[row].text for row in rows]))
    assert not hasattr(QUICK, "head_"), "the one that was given stays as it was"


def test_averages_are_of_logarithms() -> None:
    other = TfidfClassifier(char_ngrams=None, C=1.0, folds=2)
    parts = [out_of_fold(model, NOISY, 3, seed) for model in (QUICK, other) for seed in (2, 3)]
    mean = np.exp(sum(np.log(part) for part in parts) / 4)
    mean /= mean.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(averaged_out_of_fold([QUICK, other], NOISY, 3, repeats=2, seed=2), mean, atol=1e-9)
    expected = rank_suspects(NOISY, mean)
    found = find_label_errors([QUICK, other], NOISY, folds=3, repeats=2, seed=2)
    assert [one.position for one in found] == [one.position for one in expected]
    np.testing.assert_allclose([one.suspicion for one in found], [one.suspicion for one in expected], atol=1e-9)


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(InputError, match="two folds or more, got 1"):
        find_label_errors(QUICK, NOISY, folds=1)
    with pytest.raises(InputError, match="only one example has the label 'lonely'"):
        find_label_errors(QUICK, [*NOISY, LabelledText("x", "lonely")])
    with pytest.raises(InputError, match="one classifier or more"):
        find_label_errors([], NOISY)
    with pytest.raises(InputError, match="one division or more"):
        find_label_errors(QUICK, NOISY, repeats=0)
    with pytest.raises(InputError, match=r"no score 'entropy' .*expected one of log_ratio"):
        suspicion(np.eye(2), np.array([0, 1]), "entropy")
    with pytest.raises(InputError, match=r"two columns or more, got \(2, 1\)"):
        suspicion(np.ones((2, 1)), np.array([0, 0]))
