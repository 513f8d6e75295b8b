"""Label models against crowd-kit, against values worked out by hand, and against votes whose truth is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nlpref.errors import InputError, NotFittedError
from nlpref.weak_supervision import ABSTAIN, DawidSkene, GenerativeLabelModel, MajorityVote, Votes

MODELS = [MajorityVote(), DawidSkene(), GenerativeLabelModel()]


def drawn(accuracies: list[float], coverage: float, n: int, n_labels: int, seed: int) -> tuple[Votes, np.ndarray]:
    """Votes of functions that choose between all labels with these accuracies, and the true labels."""
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, n_labels, n)
    wrong = (truth[:, None] + generator.integers(1, n_labels, (n, len(accuracies)))) % n_labels
    table = np.where(generator.random((n, len(accuracies))) < accuracies, truth[:, None], wrong)
    table[generator.random(table.shape) > coverage] = ABSTAIN
    labels, names = tuple("abcde"[:n_labels]), tuple(f"f{column}" for column in range(len(accuracies)))
    return Votes(labels, names, table), truth


def by_crowdkit(model: Any, votes: Votes) -> np.ndarray:
    """What crowd-kit's aggregation says of the covered texts."""
    import pandas as pd

    rows, columns = np.nonzero(votes.table != ABSTAIN)
    data = pd.DataFrame({"task": rows, "worker": columns, "label": votes.table[rows, columns]})
    return np.asarray(model.fit_predict_proba(data).sort_index().sort_index(axis=1))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("n_labels", [2, 4])
def test_majority_vote_is_that_of_crowdkit(n_labels: int) -> None:
    from crowdkit.aggregation import MajorityVote as Oracle

    votes, _ = drawn([0.9, 0.6, 0.7, 0.8], 0.6, 200, n_labels, seed=n_labels)
    ours = MajorityVote().fit(votes).predict_proba(votes)[votes.covered]
    np.testing.assert_allclose(ours, by_crowdkit(Oracle(), votes), atol=1e-12)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("n_labels", [2, 4])
def test_dawid_skene_is_that_of_crowdkit(n_labels: int) -> None:
    from crowdkit.aggregation import DawidSkene as Oracle

    votes, truth = drawn([0.9, 0.55, 0.7, 0.8, 0.6], 0.7, 300, n_labels, seed=n_labels)
    ours = DawidSkene(iterations=12, tolerance=-1.0).fit(votes).predict_proba(votes)
    theirs = by_crowdkit(Oracle(n_iter=12, tol=-1e9), votes)
    np.testing.assert_allclose(ours[votes.covered], theirs, atol=1e-6)
    assert (ours.argmax(axis=1) == truth).mean() >= (MajorityVote().predict_proba(votes).argmax(axis=1) == truth).mean()


def test_one_round_of_dawid_skene_by_hand() -> None:
    # Two say no, one says yes: 2/3 no. All say yes: 0. The third of them is alone on text 0.
    votes = Votes(("no", "yes"), ("a", "b", "c"), np.array([[0, 0, 1], [1, 1, 1]]))
    model = DawidSkene(iterations=1).fit(votes)
    assert model.prior_ == pytest.approx([1 / 3, 2 / 3])
    # where "no" is true (2/3 of text 0) a said no; where "yes" is true (1/3 + 1) a said no on 1/3
    assert model.confusions_[0] == pytest.approx(np.array([[1, 0], [1 / 4, 3 / 4]]), abs=1e-9)
    assert model.confusions_[2] == pytest.approx(np.array([[0, 1], [0, 1]]), abs=1e-9)
    joint = np.array([1 / 3, 2 / 3 / 16])  # of no and yes on text 0
    assert model.predict_proba(votes)[0] == pytest.approx(joint / joint.sum(), abs=1e-8)


def test_learned_accuracies_are_the_true_ones() -> None:
    accuracies = [0.95, 0.6, 0.75, 0.85]
    votes, truth = drawn(accuracies, 0.6, 3000, 3, seed=1)
    model = GenerativeLabelModel(accuracy=0.7).fit(votes)
    assert model.accuracies_ == pytest.approx(accuracies, abs=0.04)
    right = (model.predict_proba(votes).argmax(axis=1) == truth).mean()
    assert right > (MajorityVote().predict_proba(votes).argmax(axis=1) == truth).mean() + 0.02


def test_silence_of_functions_with_one_label_tells() -> None:
    """Where the function that knows spam keeps silent, ham is more probable; Dawid and Skene cannot know."""
    generator = np.random.default_rng(0)
    spam = generator.random(2000) < 0.4
    table = np.full((2000, 3), ABSTAIN)
    for column, (own, other) in enumerate([(0.8, 0.02), (0.7, 0.05)]):
        table[generator.random(2000) < np.where(spam, own, other), column] = 1
    table[generator.random(2000) < np.where(spam, 0.3, 0.6), 2] = 0
    votes = Votes(("ham", "spam"), ("link", "offer", "short"), table)
    model = GenerativeLabelModel(accuracy=0.7).fit(votes)
    right = (model.predict_proba(votes).argmax(axis=1) == spam).mean()
    assert right > 0.9
    assert (DawidSkene().fit(votes).predict_proba(votes).argmax(axis=1) == spam).mean() < right - 0.1
    assert model.prior_[1] == pytest.approx(0.4, abs=0.05)
    silent = Votes(votes.labels, votes.names, np.full((1, 3), ABSTAIN))
    assert model.predict_proba(silent)[0, 0] > 0.85


def test_one_step_of_the_generative_model_by_hand() -> None:
    # A function votes 1 on half of the texts. Believed with accuracy 0.8 and prior 1/2: P(vote | label) = 0.5 p / 0.5.
    votes = Votes(("a", "b"), ("f", "g"), np.array([[1, 0], [ABSTAIN, ABSTAIN], [1, ABSTAIN], [ABSTAIN, 0]]))
    model = GenerativeLabelModel(accuracy=0.8, strength=1e9, prior=[0.5, 0.5]).fit(votes)
    np.testing.assert_allclose(model.tables_[0], [[0, 0.2, 0.8], [0, 0.8, 0.2]], atol=1e-5)
    np.testing.assert_allclose(model.tables_[1], [[0.8, 0, 0.2], [0.2, 0, 0.8]], atol=1e-5)
    spoken = model.predict_proba(votes)
    assert spoken[2] == pytest.approx([0.2 * 0.2 / (0.04 + 0.64), 0.64 / 0.68], abs=1e-4)
    assert spoken[0] == pytest.approx([0.5, 0.5], abs=1e-4)


def test_known_labels_stay_and_teach() -> None:
    votes, truth = drawn([0.9, 0.45, 0.45], 0.9, 400, 2, seed=5)
    known = np.where(np.arange(400) < 60, truth, ABSTAIN)
    for model in (DawidSkene(), GenerativeLabelModel()):
        alone = (model.fit(votes).predict_proba(votes).argmax(axis=1) == truth).mean()
        helped = (model.fit(votes, known).predict_proba(votes).argmax(axis=1) == truth).mean()
        assert helped >= max(alone, 0.85)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_laws_of_label_models(model: Any) -> None:
    votes, _ = drawn([0.9, 0.6, 0.7], 0.5, 100, 3, seed=2)
    idle = Votes(votes.labels, (*votes.names, "idle"), np.column_stack([votes.table, np.full(100, ABSTAIN)]))
    once, twice = (model.fit(idle).predict_proba(idle) for _ in range(2))
    np.testing.assert_array_equal(once, twice)
    np.testing.assert_allclose(once.sum(axis=1), 1)
    assert once.shape == (100, 3)
    np.testing.assert_allclose(model.fit(votes).predict_proba(votes), once, atol=1e-3)  # one that never votes changes nothing
    assert model.predict_proba(Votes(votes.labels, votes.names, votes.table[:0])).shape == (0, 3)
    silent = Votes(votes.labels, votes.names, np.full((4, 3), ABSTAIN))
    with pytest.raises(InputError, match="none of the 3 labelling functions votes on any of the 4 texts"):
        model.fit(silent)
    with pytest.raises(InputError, match=r"known labels need shape \(100,\)"):
        model.fit(votes, np.array([0, 1]))


def test_starts_are_fixed_by_the_seed_and_never_make_it_worse() -> None:
    votes, _ = drawn([0.8, 0.6, 0.7], 0.5, 150, 2, seed=3)
    one, other = (GenerativeLabelModel(starts=3, seed=7).fit(votes) for _ in range(2))
    np.testing.assert_array_equal(one.tables_, other.tables_)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"accuracy": 0.5}, "between 1/2"),
        ({"accuracy": 1.0}, "between 1/2"),
        ({"strength": 0.0}, "strength above 0"),
        ({"iterations": 0}, "1 or more"),
        ({"starts": 0}, "1 or more"),
        ({"prior": [0.5, 0.4]}, "2 numbers above 0 that sum to 1"),
        ({"prior": [1.0]}, "2 numbers above 0 that sum to 1"),
    ],
)
def test_settings_that_do_not_fit(settings: dict[str, Any], message: str) -> None:
    votes, _ = drawn([0.8, 0.7], 1.0, 20, 2, seed=0)
    with pytest.raises(InputError, match=message):
        GenerativeLabelModel(**settings).fit(votes)


def test_before_fit_and_one_label_alone() -> None:
    votes = Votes(("a",), ("f",), np.array([[0]]))
    with pytest.raises(InputError, match="two labels at least, got 1"):
        GenerativeLabelModel().fit(votes)
    with pytest.raises(InputError, match="one iteration or more"):
        DawidSkene(iterations=0).fit(votes)
    for model in (DawidSkene(), GenerativeLabelModel()):
        with pytest.raises(NotFittedError, match="fit"):
            model.predict_proba(votes)
