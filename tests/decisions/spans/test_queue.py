"""The order of review: values by hand and by brute force, and ties in the order given."""

from __future__ import annotations

from itertools import product
from math import exp, log

import numpy as np
import pytest
from hypothesis import given as drawn_from
from hypothesis import strategies as st
from tests.contracts import examples as given
from tests.decisions.spans.told import ToldTagger, drawn

from nlpref.decisions.spans import STRATEGIES, CalibratedTagger, review_queue
from nlpref.errors import InputError
from nlpref.tagging import CrfTagger

TOLD = ToldTagger().fit(drawn(10, 0))
SENTENCES = [["a:0.9", "x"], ["b:0.5", "a:0.75", "x", "x", "x"], [], ["x"], ["a:0.2"]]


def test_values_by_hand() -> None:
    assert review_queue(TOLD, SENTENCES) == [
        (4, pytest.approx(0.8)),
        (1, pytest.approx(0.75 / 5)),
        (0, pytest.approx(0.1 / 2)),
        (2, 0.0),
        (3, 0.0),
    ]
    assert [row for row, _ in review_queue(TOLD, SENTENCES, "least_confident")] == [4, 1, 0, 2, 3]
    assert dict(review_queue(TOLD, SENTENCES, "least_confident"))[1] == pytest.approx(0.5)
    entropy = dict(review_queue(TOLD, SENTENCES, "entropy"))
    assert entropy[0] == pytest.approx(-(0.9 * log(0.9) + 0.1 * log(0.1)) / 2)
    assert entropy[2] == 0.0
    assert review_queue(TOLD, []) == []


def test_a_random_order_is_that_of_its_seed() -> None:
    sentences = [["x"]] * 30
    one, other = (review_queue(TOLD, sentences, "random", seed) for seed in (1, 2))
    assert one == review_queue(TOLD, sentences, "random", 1)
    assert one != other
    assert sorted(row for row, _ in one) == list(range(30))


def test_of_a_chain_the_probability_of_the_best_tags_and_the_candidates_left() -> None:
    tagger = CrfTagger(c2=5.0, max_iterations=10).fit(given.TRAIN_TAGGED)
    sentence = ["Ann", "left", "York"]
    (chain,) = tagger.chains([sentence])
    steps, scores = chain.steps, chain.scores
    weights = {
        path: steps.first[path[0]] + sum(scores[row, tag] for row, tag in enumerate(path))
        + steps.between[path[0], path[1]] + steps.between[path[1], path[2]] + steps.last[path[2]]
        for path in product(range(5), repeat=3)
    }  # fmt: skip
    total = sum(exp(weight) for weight in weights.values())
    ((_, least),) = review_queue(tagger, [sentence], "least_confident")
    assert least == pytest.approx(1 - exp(max(weights.values())) / total)
    ((_, value),) = review_queue(tagger, [sentence])
    found = chain.best()
    left = [one.score for one in chain.candidates(0.01) if one not in found]
    assert left
    assert value == pytest.approx((sum(1 - one.score for one in found) + sum(left)) / 3)
    ((_, entropy),) = review_queue(tagger, [sentence], "entropy")
    table = chain.marginals()
    assert entropy == pytest.approx(-np.where(table > 0, table * np.log(np.where(table > 0, table, 1)), 0).sum() / 3)


def test_a_calibrated_tagger_is_asked_for_calibrated_values() -> None:
    model = CalibratedTagger(ToldTagger()).fit(drawn(30, 0), drawn(600, 1, sharpness=3.0))
    ((_, value),) = review_queue(model, [["a:0.99"]])
    assert value == pytest.approx(1 - model.predict([["a:0.99"]])[0][0].score)
    assert value > 0.05


@drawn_from(
    st.lists(st.lists(st.sampled_from(["x", "a:0.5", "b:0.9", "a:1.0"]), max_size=5), max_size=8),
    st.sampled_from([*STRATEGIES, "random"]),
)
def test_every_sentence_stands_once_and_equal_values_in_order(sentences: list[list[str]], strategy: str) -> None:
    queue = review_queue(TOLD, sentences, strategy)
    assert sorted(row for row, _ in queue) == list(range(len(sentences)))
    assert queue == sorted(queue, key=lambda pair: (-pair[1], pair[0]))


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(InputError, match="there is no strategy 'best'; expected one of expected_value, least_confident"):
        review_queue(TOLD, SENTENCES, "best")
    with pytest.raises(InputError, match="tokenise it first"):
        review_queue(TOLD, "one string")  # type: ignore[arg-type]
