"""Which sentences come first: worked by hand on chains of one and two tokens."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from nlpref.chain import Chain, Steps
from nlpref.decisions.spans import STRATEGIES, review_queue
from nlpref.decisions.spans.reading import read
from nlpref.errors import InputError
from nlpref.protocols import ChainTagger
from nlpref.review.queue import Sentence, questions, sentences_of
from nlpref.types import Span, TaggedTokens

STEPS = Steps.legal(["city"])
ROWS = {"sure": (0.98, 0.01), "torn": (0.45, 0.55), "missed": (0.7, 0.3), "plain": (0.999, 0.0005)}
"""Probabilities of O and B-city of a token, where it stands alone."""


class Told:
    """A tagger whose probabilities are given by word, one token independent of the next."""

    labels = ("city",)

    def fit(self, train: Sequence[TaggedTokens], validation: Sequence[TaggedTokens] = ()) -> Told:
        return self

    def save(self, folder: object) -> None: ...

    @classmethod
    def load(cls, folder: object) -> Told:
        return cls()

    def predict(self, sentences: Sequence[Sequence[str]]) -> list[list[Span]]:
        return self.decode(self.chains(sentences))

    def decode(self, chains: Sequence[Chain]) -> list[list[Span]]:
        return [chain.best() for chain in chains]

    def chains(self, sentences: Sequence[Sequence[str]]) -> list[Chain]:
        rows = [[(*ROWS[word], 1e-30) for word in tokens] for tokens in sentences]
        return [Chain(np.log(np.array(row).reshape(-1, 3)), STEPS) for row in rows]


class Silent:
    """The same without chains."""

    def predict(self, sentences: Sequence[Sequence[str]]) -> list[list[Span]]:
        return Told().predict(sentences)


SENTENCES = [["sure"], ["torn"], ["missed"], ["torn", "plain"], []]


def test_values_are_those_worked_by_hand() -> None:
    assert isinstance(Told(), ChainTagger)
    torn, missed, sure, plain = 0.55 / 1.0, 0.3 / 1.0, 0.01 / 0.99, 0.0005 / 0.9995
    expected = {
        "expected_value": [sure, 1 - torn, missed, (1 - torn) / 2, 0.0],  # what is below the floor is not counted
        "least_confident": [sure, 1 - torn, missed, 1 - torn * (1 - plain), 0.0],
        "entropy": [nats(sure), nats(torn), nats(missed), (nats(torn) + nats(plain)) / 2, 0.0],
    }
    for strategy, values in expected.items():
        found = dict(review_queue(Told(), SENTENCES, strategy))
        assert [found[place] for place in range(len(SENTENCES))] == pytest.approx(values, abs=1e-9), strategy


def nats(p: float) -> float:
    return -(p * math.log(p) + (1 - p) * math.log(1 - p))


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("tagger", [Told(), Silent()], ids=["chains", "spans"])
def test_an_order_is_of_all_with_falling_values(tagger: object, strategy: str) -> None:
    found = review_queue(tagger, SENTENCES, strategy, seed=3)
    assert sorted(place for place, _ in found) == list(range(len(SENTENCES)))
    assert [value for _, value in found] == sorted((value for _, value in found), reverse=True)
    assert found == review_queue(tagger, SENTENCES, strategy, seed=3)
    assert review_queue(tagger, [], strategy) == []


def test_without_chains_what_was_not_found_is_not_seen() -> None:
    assert dict(review_queue(Silent(), SENTENCES, "expected_value"))[2] == 0
    assert dict(review_queue(Silent(), SENTENCES, "least_confident"))[1] == pytest.approx(0.45)
    [reading] = read(Silent(), [["torn"]], 0.02)
    assert (reading.found, reading.left) == ((Span(0, 1, "city"),), ())


def test_random_depends_on_the_seed_and_other_names_are_refused() -> None:
    assert review_queue(Told(), SENTENCES * 3, "random", 1) != review_queue(Told(), SENTENCES * 3, "random", 2)
    with pytest.raises(InputError, match="expected one of expected_value"):
        review_queue(Told(), SENTENCES, "best")


def test_questions_leave_out_what_is_done_and_ask_each_sentence_once() -> None:
    given = [TaggedTokens(tuple(tokens), (), str(n)) for n, tokens in enumerate([*SENTENCES, ["torn"]])]
    items = questions(Told(), sentences_of(given), done=[("missed",)])
    assert [item.sentence.tokens for item in items] == [("torn",), ("torn", "plain"), ("sure",)]
    assert items[0].spans == (Span(0, 1, "city"),)
    assert items[0].spans[0].score == pytest.approx(0.55)
    assert [item.sentence.id for item in questions(Told(), sentences_of(given), strategy="random", limit=2, seed=1)] != []
    assert len(questions(Told(), sentences_of(given), limit=2)) == 2
    assert questions(Told(), []) == []


def test_a_text_can_be_put_together_again() -> None:
    text = "  It's £79.99,\tisn't it?"
    (made,) = sentences_of([text])
    assert "".join(map("".join, zip(made.before, made.tokens, strict=True))) == text
    assert made.id == "1"
    assert Sentence.of_text(" ", "2").tokens == Sentence.of_example(TaggedTokens(())).before == ()
