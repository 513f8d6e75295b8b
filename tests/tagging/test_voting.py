"""Votes of taggers, counted by hand."""

from __future__ import annotations

from typing import Any

import pytest
from tests.tagging.told import Told

from nlpref.errors import InputError
from nlpref.tagging import VotingTagger
from nlpref.types import Span, TaggedTokens

ANN = TaggedTokens(("Ann",), (Span(0, 1, "person"),))
A, B, C = Span(0, 2, "a", 0.9), Span(3, 4, "b", 0.8), Span(5, 8, "a", 0.7)
MEMBERS = [[A, B], [A, C], [A, Span(6, 8, "a")]]


def elected(members: list[list[Span]] = MEMBERS, **settings: Any) -> list[tuple[Span, float]]:
    tagger = VotingTagger([Told(spans, ["a", "b"]) for spans in members], **settings).fit([ANN])
    return [(span, round(span.score, 6)) for span in tagger.predict([["w"] * 8])[0]]


def test_more_than_half_of_the_votes() -> None:
    assert elected() == [(A, 1.0)]
    assert elected([[A], []]) == []
    assert elected([[A], [A], []]) == [(A, round(2 / 3, 6))]


def test_a_minimum_is_enough_when_it_is_reached() -> None:
    assert elected([[A], []], minimum=0.5) == [(A, 0.5)]
    assert elected(minimum=1.0) == [(A, 1.0)]
    assert elected(minimum=0.3) == [(A, 1.0), (B, round(1 / 3, 6)), (C, round(1 / 3, 6))]
    assert elected([[A], [A], []], weights=[0.1, 0.2, 0.7], minimum=0.3) == [(A, 0.3)]


def test_weights_count() -> None:
    assert elected(weights=[3, 1, 1]) == [(A, 1.0), (B, 0.6)]


def test_an_overlap_of_the_same_label_is_a_part_of_a_vote() -> None:
    """Of the tokens 5 to 7, two of three are common: each of the two has 1 + 2/3 votes of 3, and the longer one is kept."""
    assert elected(partial=True) == [(A, 1.0), (C, round(5 / 9, 6))]
    assert elected([[C], [Span(5, 8, "b")], []], partial=True) == []


def test_of_spans_that_overlap_the_one_with_more_votes() -> None:
    shorter = Span(1, 2, "b")
    assert elected([[A], [shorter], [shorter]], minimum=0.3) == [(shorter, round(2 / 3, 6))]
    assert elected([[A], [shorter]], minimum=0.5) == [(A, 0.5)]


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"weights": [1.0]}, "one number above 0 for each of the 3 taggers"),
        ({"weights": [1.0, 0.0, 1.0]}, "above 0"),
        ({"minimum": 0}, "minimum=0"),
        ({"minimum": 1.1}, r"minimum=1\.1"),
    ],
)
def test_settings_that_do_not_fit(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=named):
        elected(**settings)
