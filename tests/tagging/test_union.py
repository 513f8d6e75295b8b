"""All spans of several taggers, and which of two that overlap."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sklearn.base import clone
from tests.tagging.told import Told

from nlpref.errors import InputError
from nlpref.neural.session import training_session
from nlpref.tagging import GazetteerTagger, RuleTagger, UnionTagger, VotingTagger
from nlpref.types import Span, TaggedTokens

ANN = TaggedTokens(("Ann", "lives", "in", "Rome"), (Span(0, 1, "person"), Span(3, 4, "city")))


LONG, EARLY, LATE = Span(0, 3, "a", 0.4), Span(0, 2, "b", 0.6), Span(2, 4, "b", 0.5)


@pytest.mark.parametrize(
    ("prefer", "expected"),
    [("score", [EARLY, LATE]), ("order", [LONG])],
)
def test_of_spans_that_overlap_the_preferred_one(prefer: Any, expected: list[Span]) -> None:
    tagger = UnionTagger([Told([LONG]), Told([EARLY, LATE], ["b"])], prefer).fit([ANN])
    assert tagger.predict([["w"] * 4]) == [expected]
    assert tagger.labels == ("a", "b")


def test_equal_scores_give_the_longer_then_the_first() -> None:
    one, two, three = Span(1, 2, "a", 0.5), Span(1, 3, "b", 0.5), Span(1, 3, "a", 0.5)
    assert UnionTagger([Told([one]), Told([two]), Told([three])]).fit([ANN]).predict([["w"] * 4]) == [[two]]


def test_found_by_two_is_found_once_with_the_higher_score() -> None:
    tagger = UnionTagger([Told([Span(1, 2, "a", 0.3)]), Told([Span(1, 2, "a", 0.9)])]).fit([ANN])
    [[span]] = tagger.predict([["w"] * 4])
    assert span.score == 0.9


def test_every_tagger_is_fitted_with_checkpoints_of_its_own(tmp_path: Path) -> None:
    members = [Told([]), Told([])]
    with training_session(checkpoints=tmp_path):
        UnionTagger(members).fit([ANN] * 3, [ANN])
    assert [one.seen for one in members] == [(3, 1)] * 2
    assert [one.folders for one in members] == [[tmp_path], [tmp_path / "training-2"]]


@pytest.mark.parametrize("kind", [UnionTagger, VotingTagger])
def test_taggers_that_are_fitted_already_are_used_and_shared_by_clones(kind: Any) -> None:
    fitted = GazetteerTagger().fit([ANN] * 5)
    tagger = kind([fitted], fit_taggers=False).fit([TaggedTokens(("Bob",), (Span(0, 1, "person"),))])
    assert tagger.predict([["Rome", "Bob"]]) == [[Span(0, 1, "city")]]
    assert clone(tagger).taggers[0] is fitted
    assert clone(kind([fitted])).taggers[0] is not fitted
    with pytest.raises(InputError, match="tagger 2 is not"):
        kind([fitted, GazetteerTagger()], fit_taggers=False).fit([ANN])


@pytest.mark.parametrize("kind", [UnionTagger, VotingTagger])
@pytest.mark.parametrize("taggers", [[], "crf", [ANN], None])
def test_what_is_no_list_of_taggers_is_refused(kind: Any, taggers: Any) -> None:
    with pytest.raises(InputError, match="taggers must be a list of taggers"):
        kind(taggers).fit([ANN])


def test_an_unknown_preference_is_refused() -> None:
    with pytest.raises(InputError, match="prefer='length'"):
        UnionTagger([GazetteerTagger()], "length").fit([ANN])  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [UnionTagger, VotingTagger])
@pytest.mark.parametrize("spans", [[LONG, EARLY], [Span(2, 9, "a")]])
def test_a_tagger_that_breaks_the_contract_is_named(kind: Any, spans: list[Span]) -> None:
    tagger = kind([GazetteerTagger(), Told(spans)]).fit([ANN])
    with pytest.raises(InputError, match="tagger 2, Told, gave spans that are not sorted, disjoint and within 4 tokens"):
        tagger.predict([["w"] * 4])


def test_a_union_of_a_union_is_saved_with_all_members(tmp_path: Path) -> None:
    rules = RuleTagger([{"label": "sum", "pattern": [{"LIKE_NUM": True}]}])
    tagger = UnionTagger([UnionTagger([rules]), VotingTagger([GazetteerTagger()])]).fit([ANN] * 5)
    tagger.save(tmp_path / "model")
    sentence = ["Ann", "has", "7"]
    assert UnionTagger.load(tmp_path / "model").predict([sentence]) == tagger.predict([sentence])
    assert tagger.predict([sentence]) == [[Span(0, 1, "person"), Span(2, 3, "sum")]]
