"""The promised share of wrong answers: by hand, against a plain search and MAPIE, and how often it holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mapie.risk_control.fwer_control import control_fwer
from numpy.typing import NDArray
from scipy.stats import binomtest

from nlpref.classification import FrozenEncoderClassifier, TfidfClassifier
from nlpref.data.public import banking77
from nlpref.data.supportdesk import supportdesk
from nlpref.decisions import CalibratedClassifier
from nlpref.decisions.promise import observed_promises, promised_confidence, resampled_promises, selective_risk
from nlpref.decisions.wrapper import columns_of
from nlpref.errors import InputError
from nlpref.metrics.risk_control import smallest_sample
from nlpref.neural.encoder import SentenceEncoder
from nlpref.protocols import TextClassifier
from nlpref.types import LabelledText

Floats, Flags = NDArray[np.float64], NDArray[np.bool_]
RESAMPLES = 200


SIXTEEN = np.linspace(0.95, 0.2, 16)  # 0.95, 0.9, 0.85 and so on


@pytest.mark.parametrize(
    ("right", "level", "expected"),
    [
        # Half may be wrong. Two answers at least can pass a quarter, so there are starts at 2 and at 8 with 0.25 each.
        # None wrong of 2 has 1/4. From 8 on the level is 0.5: five wrong of 11 have 1/2 by symmetry, six of 12 have more.
        ("RRRRRRWWWWWWWWWW", 0.5, (11, 5)),
        # Two wrong of 2 have 1, which ends the run of the first start; two wrong of 8 have 37/256, two of 16 far less.
        ("WWRRRRRRRRRRRRRR", 0.5, (16, 2)),
        # Three wrong of 8 have 93/256, above the 0.25 of the second start: none is left, however many are right after it.
        ("WRRWRWRRRRRRRRRR", 0.5, (0, 0)),
        # With what the first start takes along, they are not too many.
        ("RRRRRWWWRRRRRRRR", 0.5, (16, 3)),
        # An eighth of 4 is no start and a half can pass nothing, so all four are tested at once: 1/16.
        ("RRRR", 1 / 16, (4, 0)),
        ("RRRR", 0.06, (0, 0)),
    ],
)
def test_promise_worked_out_by_hand(right: str, level: float, expected: tuple[int, int]) -> None:
    shuffled = np.random.default_rng(0).permutation(len(right))
    told = np.array([letter == "R" for letter in right])
    found = promised_confidence(SIXTEEN[: len(right)][shuffled], told[shuffled], 0.5, level)
    assert (found.answered, found.wrong, found.examples) == (*expected, len(right))
    ends = [1.0, *SIXTEEN[: len(right)], 0.0]
    answered = expected[0]
    assert found.threshold == (1.0 if not answered else pytest.approx((ends[answered] + ends[answered + 1]) / 2))


def plain_search(scores: Floats, right: Flags, risk: float, level: float) -> float:
    """Thresholds from the highest score down; the chance of a mistake is dealt out over the starts."""
    n = len(scores)
    starts = [count for count in (n // 2, n // 8) if count >= smallest_sample(risk, level / 2)] or [n]
    if n < smallest_sample(risk, level):
        return 1.0
    best, budget, before = 1.0, 0.0, 0
    for score in sorted(set(scores.tolist()), reverse=True):
        answered = scores >= score
        count = int(answered.sum())
        budget += sum(level / len(starts) for start in starts if before < start <= count)
        p_value = binomtest(int((~right[answered]).sum()), count, risk, alternative="less").pvalue
        if budget and p_value <= budget * (1 + 1e-9):
            best = (score + max([0.0, *scores[scores < score]])) / 2
        else:
            budget = 0.0
        before = count
    return best


@given(
    st.lists(st.tuples(st.sampled_from([0.3, 0.5, 0.6, 0.61, 0.8, 0.9, 0.99]) | st.floats(0.2, 1), st.booleans()), min_size=1),
    st.floats(0.1, 0.6),
    st.floats(0.05, 0.6),
)
def test_promise_is_that_of_a_plain_search(pairs: list[tuple[float, bool]], risk: float, level: float) -> None:
    scores, right = np.array([score for score, _ in pairs]), np.array([verdict for _, verdict in pairs])
    found = promised_confidence(scores, right, risk, level)
    assert found.threshold == pytest.approx(plain_search(scores, right, risk, level))
    answered = scores > found.threshold
    if found.answered:
        assert (found.answered, found.wrong) == (answered.sum(), (~right[answered]).sum())


def test_a_promise_for_all_is_mapies_single_test() -> None:
    """All scores are equal, so one setting is left, and it is tested with all of the level."""
    for wrong in range(12):
        right = np.arange(100) >= wrong
        (p_value,) = [binomtest(wrong, 100, 0.1, alternative="less").pvalue]
        theirs = control_fwer(np.array([p_value]), 0.1, "fixed_sequence")
        assert bool(promised_confidence(np.full(100, 0.7), right, 0.1, 0.1).answered) == bool(len(theirs))


def drawn(n: int, random: np.random.Generator) -> tuple[Floats, Flags]:
    """A score has density 2s, and is right with probability s."""
    scores = np.sqrt(random.random(n))
    return scores, random.random(n) < scores


def true_risk(threshold: Floats) -> Floats:
    """The integral of (1 - s) 2s above the threshold, over the share that is answered."""
    return (1 / 3 - threshold**2 + 2 / 3 * threshold**3) / np.maximum(1 - threshold**2, 1e-12)


@pytest.mark.parametrize(("n", "risk", "level"), [(1000, 0.1, 0.1), (500, 0.15, 0.05)])
def test_the_promise_holds_as_often_as_promised_and_is_of_use(n: int, risk: float, level: float) -> None:
    random, draws = np.random.default_rng(n), 400
    found = np.array([promised_confidence(*drawn(n, random), risk, level).threshold for _ in range(draws)])
    true = np.where(found < 1, true_risk(found), 0.0)
    assert float((true > risk).mean()) <= level + 2 * np.sqrt(level * (1 - level) / draws)
    assert (found < 1).mean() > 0.5
    assert float(np.median(true[found < 1])) >= 0.5 * risk


def broken(found: Floats, risk: float) -> int:
    return int((found[:, 1] > risk).sum())


def pool_of(model: TextClassifier, examples: list[LabelledText]) -> tuple[Floats, Flags]:
    probabilities = model.predict_proba([one.text for one in examples]).astype(np.float64)
    return probabilities.max(axis=1), probabilities.argmax(axis=1) == columns_of(examples, model.labels)


def test_the_promise_holds_on_bundled_tickets_that_were_not_learnt_from() -> None:
    """With confidence 0.95 it may fail on 10 of 200 resamples."""
    data = supportdesk()
    model = TfidfClassifier(char_ngrams=None, C=1.0, refit=False).fit(data.split("train")[:1500], data.split("validation")[:300])
    scores, right = pool_of(model, [*data.split("validation")[300:], *data.split("test")])
    found = resampled_promises(scores, right, 0.1, 0.05, examples=600, resamples=RESAMPLES)
    assert found.shape == (RESAMPLES, 2)
    assert broken(found, 0.1) <= 10
    assert np.median(found[:, 0]) > 0.05


@pytest.mark.slow
@pytest.mark.real_data
def test_the_promise_holds_on_banking77_by_a_frozen_encoder() -> None:
    data = banking77()
    inside = FrozenEncoderClassifier(SentenceEncoder(), C=30.0, calibrate=False)
    model = CalibratedClassifier(inside).fit(data.split("train"), data.split("validation"))
    scores, right = pool_of(model, list(data.split("test")))
    found = resampled_promises(scores, right, 0.02, 0.05, examples=1000, resamples=RESAMPLES)
    assert broken(found, 0.02) <= 10
    assert np.median(found[:, 0]) > 0.5


def test_selective_risk_and_resamples_worked_out_by_hand() -> None:
    scores, right = np.array([0.9, 0.8, 0.4]), np.array([True, False, True])
    assert selective_risk(scores, right, 0.5) == (pytest.approx(2 / 3), 0.5)
    assert selective_risk(scores, right, 0.95) == (0.0, 0.0)
    first, again = (resampled_promises(scores, right, 0.3, 0.2, examples=50, resamples=5, seed=3) for _ in range(2))
    assert (first == again).all()


def test_observed_promises_are_of_the_texts_that_the_threshold_has_not_seen() -> None:
    scores, right = drawn(400, np.random.default_rng(5))
    rows = np.random.default_rng(7).permutation(400)
    promise = promised_confidence(scores[rows[:300]], right[rows[:300]], 0.2, 0.1)
    found = observed_promises(scores, right, 0.2, 0.1, examples=300, resamples=2, seed=7)
    assert 0 < promise.threshold < 1
    assert tuple(found[0]) == selective_risk(scores[rows[300:]], right[rows[300:]], promise.threshold)
    assert found.shape == (2, 2)
    assert (found[0] != found[1]).any()


def test_what_is_observed_of_a_promise_exceeds_it_oftener_than_the_truth() -> None:
    """The threshold's error and that of the observed half add up, as the docstring warns."""
    scores, right = drawn(2000, np.random.default_rng(11))
    observed, true = (one(scores, right, 0.15, 0.05, examples=1000) for one in (observed_promises, resampled_promises))
    assert broken(observed, 0.15) > broken(true, 0.15)
    assert broken(true, 0.15) <= 10


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: observed_promises(np.ones(9), np.ones(9, dtype=bool), 0.1, 0.1, examples=9), "from 1 to 8.*got 9"),
        (lambda: observed_promises(np.ones(9), np.ones(9, dtype=bool), 0.1, 0.1, examples=0), "from 1 to 8.*got 0"),
        (lambda: promised_confidence(np.ones(2), np.ones(3, dtype=bool), 0.1, 0.1), r"\(2,\) and \(3,\)"),
        (lambda: promised_confidence(np.ones(0), np.ones(0, dtype=bool), 0.1, 0.1), "at least one example"),
        (lambda: promised_confidence(np.ones(9), np.ones(9, dtype=bool), 1.0, 0.1), "risk=1.0"),
        (lambda: selective_risk(np.ones((2, 2)), np.ones((2, 2), dtype=bool), 0.1), r"\(2, 2\)"),
    ],
)
def test_what_does_not_fit_is_named(call, named: str) -> None:
    with pytest.raises(InputError, match=named):
        call()
