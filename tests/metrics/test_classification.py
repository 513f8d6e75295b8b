"""Classification scores against scikit-learn, and cases worked by hand."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as oracle

from nlpref.errors import InputError
from nlpref.metrics.classification import _Statistics as Statistics
from nlpref.metrics.classification import (
    classification_estimates,
    classification_scores,
    confusion_matrix,
    per_example,
    per_label,
    predicted_labels,
)

LABELS = ["a", "b", "c", "d"]


def sample(seed, n=60, ties=False):
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet(np.ones(4), n)
    if ties:
        probabilities = random.multinomial(8, probabilities) / 8
    gold = [LABELS[column] for column in random.integers(0, 4, n)]
    return [*LABELS, *gold], np.vstack([np.full((4, 4), 0.25), probabilities])


def reference(gold, table, weights=None):
    predicted = predicted_labels(table, LABELS)
    onehot = np.array(gold)[:, None] == np.array(LABELS)
    scores = {
        "accuracy": oracle.accuracy_score(gold, predicted, sample_weight=weights),
        "log_loss": oracle.log_loss(gold, table, labels=LABELS, sample_weight=weights),
        "pr_auc": oracle.average_precision_score(onehot, table, average="macro", sample_weight=weights),
        "roc_auc": oracle.roc_auc_score(onehot, table, average="macro", sample_weight=weights),
    }
    for average in ("macro", "micro"):
        found = oracle.precision_recall_fscore_support(gold, predicted, average=average, zero_division=0, sample_weight=weights)
        scores |= {f"{name}_{average}": value for name, value in zip(("precision", "recall", "f1"), found, strict=False)}
    return scores


@pytest.mark.parametrize("ties", [False, True])
@given(seed=st.integers(0, 10_000))
def test_agrees_with_scikit_learn(seed, ties):
    gold, table = sample(seed, ties=ties)
    scores = classification_scores(gold, table, LABELS)
    assert {name: scores[name] for name in scores if name != "ece"} == pytest.approx(reference(gold, table))
    assert 0 <= scores["ece"] <= 1


@given(seed=st.integers(0, 10_000))
def test_weights_are_repeated_examples(seed):
    gold, table = sample(seed, ties=True)
    weights = np.random.default_rng(seed).integers(0, 4, (len(gold), 3)).astype(float)
    weights[:4] += 1
    found = Statistics(gold, table, LABELS)(weights)
    for column in range(3):
        times = weights[:, column].astype(int)
        repeated = classification_scores(
            [g for g, t in zip(gold, times, strict=True) for _ in range(t)], table.repeat(times, 0), LABELS
        )
        # Sums are divided by n, which is the same in a bootstrap, so they are compared by their totals.
        scale = times.sum() / len(gold)
        sums = {"accuracy", "log_loss", "ece", "precision_micro", "recall_micro", "f1_micro"}
        expected = {name: value * (scale if name in sums else 1) for name, value in repeated.items()}
        assert {name: value[column] for name, value in found.items()} == pytest.approx(expected)


def test_by_hand():
    table = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.7, 0.3]])
    scores = classification_scores(["a", "b", "b", "a"], table, ["a", "b"])
    assert scores["accuracy"] == scores["f1_micro"] == 0.75
    assert scores["precision_macro"] == pytest.approx((2 / 3 + 1) / 2)
    assert scores["recall_macro"] == pytest.approx((1 + 1 / 2) / 2)
    assert scores["f1_macro"] == pytest.approx((4 / 5 + 2 / 3) / 2)
    assert scores["roc_auc"] == scores["pr_auc"] == 1.0
    # Four bins of one example each: |1 - 0.9|, |0 - 0.6|, |1 - 0.8|, |1 - 0.7|.
    assert scores["ece"] == pytest.approx((0.1 + 0.6 + 0.2 + 0.3) / 4)
    assert scores["log_loss"] == pytest.approx(-np.log([0.9, 0.4, 0.8, 0.7]).mean())


def test_calibration_error_nets_within_a_bin_and_bins_are_closed_above():
    # 0.61 and 0.65 share the bin (0.6, 0.667]; 0.6 closes the bin below.
    table = np.array([[0.61, 0.39], [0.65, 0.35], [0.6, 0.4]])
    scores = classification_scores(["a", "b", "b"], table, ["a", "b"])
    assert scores["ece"] == pytest.approx((abs(1 - 0.61 + 0 - 0.65) + 0.6) / 3)


def test_an_unknown_gold_label_is_wrong_and_kept():
    table = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    scores = classification_scores(["a", "b", "new"], table, ["a", "b"])
    assert scores["accuracy"] == pytest.approx(2 / 3)
    assert scores["recall_macro"] == pytest.approx((1 + 1 + 0) / 3)
    assert scores["log_loss"] == pytest.approx(-np.log(np.finfo(float).eps) / 3)
    assert scores["roc_auc"] == pytest.approx((0.75 + 1) / 2)
    assert per_label(["a", "new"], ["a", "a"], ["a", "b"])["new"] == {"precision": 0, "recall": 0, "f1": 0, "support": 1}
    assert confusion_matrix(["a", "new"], ["a", "a"], ["a", "b"]) == {
        "labels": ["a", "b", "new"],
        "counts": [[1, 0, 0], [0, 0, 0], [1, 0, 0]],
    }


def test_undefined_areas_are_absent():
    one_kind = classification_scores(["a", "a"], np.array([[0.9, 0.1], [0.8, 0.2]]), ["a", "b"])
    assert "roc_auc" not in one_kind
    assert one_kind["pr_auc"] == 1.0
    none_known = classification_scores(["x"], np.array([[0.9, 0.1]]), ["a", "b"])
    assert not {"roc_auc", "pr_auc"} & set(none_known)
    assert "roc_auc" not in classification_estimates(["a", "a"], np.array([[0.9, 0.1], [0.8, 0.2]]), ["a", "b"], 10)


def test_estimates_hold_the_scores_and_plausible_intervals():
    gold, table = sample(3, n=200)
    found = classification_estimates(gold, table, LABELS, resamples=200, seed=1)
    assert {name: estimate.value for name, estimate in found.items()} == pytest.approx(classification_scores(gold, table, LABELS))
    accuracy = found["accuracy"]
    error = np.sqrt(accuracy.value * (1 - accuracy.value) / len(gold))
    assert accuracy.high - accuracy.low == pytest.approx(2 * 1.96 * error, rel=0.2)
    assert all(estimate.low < estimate.high for estimate in found.values())


def test_estimates_agree_with_an_index_bootstrap():
    from nlpref.metrics.significance import interval

    gold, table = sample(5, n=40)
    kinds = np.array(gold)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        slow = interval(lambda rows: reference(list(kinds[rows]), table[rows])["roc_auc"], len(gold), resamples=60)
    fast = classification_estimates(gold, table, LABELS, resamples=60)["roc_auc"]
    assert (fast.value, fast.low, fast.high) == pytest.approx((slow.value, slow.low, slow.high))


@given(seed=st.integers(0, 1000))
def test_tables_agree_with_scikit_learn(seed):
    gold, table = sample(seed, n=20)
    predicted = predicted_labels(table, LABELS)
    assert confusion_matrix(gold, predicted, LABELS)["counts"] == oracle.confusion_matrix(gold, predicted, labels=LABELS).tolist()
    report = oracle.classification_report(gold, predicted, output_dict=True, zero_division=0)
    for label, scores in per_label(gold, predicted, LABELS).items():
        expected = report[label]
        wanted = [expected[name] for name in ("precision", "recall", "f1-score", "support")]
        assert list(scores.values()) == pytest.approx(wanted)


def test_per_example_means_are_the_scores():
    gold, table = sample(2)
    scores = classification_scores(gold, table, LABELS)
    for name, values in per_example(gold, table, LABELS).items():
        assert np.mean(values) == pytest.approx(scores[name])


def test_nothing_predicted_gives_no_labels():
    assert predicted_labels(np.empty((0, 2)), ["a", "b"]) == []


@pytest.mark.parametrize(
    ("gold", "table", "labels", "message"),
    [
        (["a"], [[0.5, 0.5], [0.5, 0.5]], ["a", "b"], r"shape \(n_texts, n_labels\) = \(1, 2\)"),
        ([], np.empty((0, 2)), ["a", "b"], "at least one text"),
        ("a", [[0.5, 0.5]], ["a", "b"], "shape"),
        (["a"], [[0.5, 0.5]], ["a", "a"], "distinct"),
        (["a"], [[0.5, 0.9]], ["a", "b"], "sum to 1"),
        (["a"], [[-1.0, 2.0]], ["a", "b"], "not negative"),
        (["a"], [[float("nan"), 1.0]], ["a", "b"], "finite"),
    ],
)
def test_refuses(gold, table, labels, message):
    with pytest.raises(InputError, match=message):
        classification_scores(gold, np.array(table), labels)


def test_tables_refuse_different_lengths():
    with pytest.raises(InputError, match="same length, got 1 and 2"):
        confusion_matrix(["a"], ["a", "b"])
