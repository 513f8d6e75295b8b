"""Chains of tags against all sequences, one by one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import logsumexp

from nlpref.chain import Chain, Steps
from nlpref.errors import InputError
from nlpref.types import Span

LABELS = ("a", "b", "c")


def drawn(n_labels: int, n_tokens: int, scale: float, learned: bool, seed: int) -> Chain:
    chance = np.random.default_rng(seed)
    steps, width = Steps.legal(LABELS[:n_labels]), 1 + 2 * n_labels
    if learned:
        between, first, last = (chance.normal(size=size) * min(scale, 100) for size in ((width, width), width, width))
        steps = steps.learned(between, first, last)
    return Chain(chance.normal(size=(n_tokens, width)) * scale, steps)


chains = st.builds(
    drawn,
    n_labels=st.integers(1, 3),
    n_tokens=st.integers(1, 4),
    scale=st.sampled_from([0.0, 0.3, 2.0, 30.0, 400.0, 3000.0]),
    learned=st.booleans(),
    seed=st.integers(0, 10_000),
)


def spans_of(path: tuple[int, ...]) -> list[Span]:
    """Written apart from the code under test: an I- is always legal here, so it goes on with what is open."""
    bounds: list[list[int]] = []
    for place, tag in enumerate(path):
        if tag % 2:
            bounds.append([place, place + 1, tag // 2])
        elif tag:
            bounds[-1][1] = place + 1
    return [Span(start, end, LABELS[label]) for start, end, label in bounds]


def sequences(chain: Chain) -> Iterator[tuple[tuple[int, ...], float]]:
    """All legal sequences with their scores."""
    steps = chain.steps
    for path in product(range(len(steps.first)), repeat=len(chain)):
        legal = all(tag % 2 or tag == 0 or before in (tag, tag - 1) for before, tag in zip((0, *path), path, strict=False))
        if legal:
            total = steps.first[path[0]] + steps.last[path[-1]] + sum(chain.scores[place, tag] for place, tag in enumerate(path))
            yield path, float(total + sum(steps.between[one, other] for one, other in pairwise(path)))


def probabilities(chain: Chain) -> dict[tuple[int, ...], float]:
    paths, scores = zip(*sequences(chain), strict=True)
    return dict(zip(paths, np.exp(np.array(scores) - logsumexp(scores)), strict=True))


def span_probabilities(chain: Chain) -> dict[Span, float]:
    found: dict[Span, float] = {}
    for path, probability in probabilities(chain).items():
        for span in spans_of(path):
            found[span] = found.get(span, 0.0) + float(probability)
    return found


@settings(max_examples=150, deadline=None)
@given(chains)
def test_the_best_sequence_is_the_best_of_all(chain: Chain) -> None:
    scores = dict(sequences(chain))
    path = tuple(chain.path().tolist())
    assert scores[path] == pytest.approx(max(scores.values()), abs=1e-9 * (1 + abs(scores[path])))
    assert chain.best() == spans_of(path)


@settings(max_examples=150, deadline=None)
@given(chains)
def test_a_span_has_the_probability_of_the_sequences_that_have_it(chain: Chain) -> None:
    expected = span_probabilities(chain)
    every = [Span(start, end, label) for label in chain.steps.labels for end in range(1, len(chain) + 1) for start in range(end)]
    assert set(every) == set(expected)
    for span in chain.scored(every):
        assert 0 <= span.score <= 1
        assert span.score == pytest.approx(expected[span], abs=1e-7)
    for span in chain.best():
        assert span.score == pytest.approx(expected[span], abs=1e-7)


@settings(max_examples=100, deadline=None)
@given(chains, st.sampled_from([1e-6, 0.01, 0.2, 0.7]))
def test_candidates_are_all_above_the_floor_and_no_others(chain: Chain, floor: float) -> None:
    found = chain.candidates(floor)
    assert [(-span.score, span) for span in found] == sorted((-span.score, span) for span in found)
    expected = span_probabilities(chain)
    assert {span for span in expected if expected[span] >= floor * (1 + 1e-6) + 1e-9} <= set(found)
    assert set(found) <= {span for span in expected if expected[span] >= floor * (1 - 1e-6) - 1e-9}
    assert len(found) == len(set(found))


@settings(max_examples=150, deadline=None)
@given(chains)
def test_marginals_and_their_sum(chain: Chain) -> None:
    expected = np.zeros(chain.scores.shape)
    for path, probability in probabilities(chain).items():
        expected[np.arange(len(path)), path] += probability
    np.testing.assert_allclose(chain.marginals(), expected, atol=1e-7)
    np.testing.assert_allclose(chain.marginals().sum(axis=1), 1.0, atol=1e-7)
    every = logsumexp([score for _, score in sequences(chain)])
    assert chain.log_partition == pytest.approx(every, rel=1e-9, abs=1e-7)


@pytest.mark.parametrize("scale", [1.0, 3000.0])
def test_a_long_chain_neither_overflows_nor_vanishes(scale: float) -> None:
    chain = drawn(2, 2000, scale, True, 5)
    assert np.isfinite(chain.log_partition)
    np.testing.assert_allclose(chain.marginals().sum(axis=1), 1.0, atol=1e-6)
    assert all(0 <= span.score <= 1 for span in chain.best())


def test_by_hand() -> None:
    """Weights B 7, O 2, I 1 and then B 1, O 4, I 5; legal are OO 8, OB 2, BO 28, BB 7, BI 35, which sum to 80."""
    chain = Chain(np.log([[2.0, 7.0, 1.0], [4.0, 1.0, 5.0]]), Steps.legal(["city"]))
    [best] = chain.best()
    assert (best.start, best.end, best.label) == (0, 2, "city")
    assert best.score == pytest.approx(35 / 80)
    assert [span.score for span in chain.candidates(0.1)] == pytest.approx([35 / 80, 35 / 80, 9 / 80])
    np.testing.assert_allclose(chain.marginals(), [[10 / 80, 70 / 80, 0], [36 / 80, 9 / 80, 35 / 80]])
    assert np.exp(chain.log_partition) == pytest.approx(80)


def test_no_tokens_no_spans() -> None:
    chain = Chain(np.zeros((0, 3)), Steps.legal(["city"]))
    assert (chain.best(), chain.candidates(), len(chain), chain.log_partition) == ([], [], 0, 0.0)
    assert chain.marginals().shape == (0, 3)
    assert chain.path().shape == (0,)


def test_a_tag_that_cannot_be_is_never_taken() -> None:
    """As a CRF has it that never saw a word outside."""
    steps = Steps.legal(["a"])
    never = np.where(np.arange(3) == 0, -np.inf, 0.0)
    chain = Chain(np.zeros((3, 3)), steps.learned(np.tile(never, (3, 1)), never, np.zeros(3)))
    assert chain.marginals()[:, 0].tolist() == [0, 0, 0]
    assert chain.scored([Span(0, 3, "a")])[0].score == pytest.approx(1 / 4)


@pytest.mark.parametrize("scores", [np.zeros(3), np.zeros((2, 4)), np.full((2, 3), np.nan), np.full((2, 3), -np.inf)])
def test_scores_that_do_not_fit_are_refused(scores: NDArray[np.float64]) -> None:
    with pytest.raises(InputError, match="expected finite scores"):
        Chain(scores, Steps.legal(["a"]))


@pytest.mark.parametrize("floor", [0.0, -0.1, 1.5])
def test_a_floor_that_is_no_probability_is_refused(floor: float) -> None:
    with pytest.raises(InputError, match="floor="):
        Chain(np.zeros((2, 3)), Steps.legal(["a"])).candidates(floor)


def test_a_span_outside_the_sentence_is_refused() -> None:
    with pytest.raises(InputError, match="leaves a sentence of 2 tokens"):
        Chain(np.zeros((2, 3)), Steps.legal(["a"])).scored([Span(1, 3, "a")])


def test_steps_of_another_width_are_refused() -> None:
    with pytest.raises(InputError, match="2 labels make 5 tags"):
        Steps(("a", "b"), np.zeros((3, 3)), np.zeros(3), np.zeros(3))
