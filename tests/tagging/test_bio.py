"""BIO tags, against hand-worked cases and seqeval."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities

from nlpref.chain import Steps
from nlpref.errors import InputError
from nlpref.tagging.bio import from_bio, span_labels, tag_set, to_bio
from nlpref.types import Span, TaggedTokens

LABELS = ["city", "person", "a-b"]


@st.composite
def span_lists(draw: st.DrawFn) -> tuple[list[Span], int]:
    """Disjoint sorted spans, often adjacent, and a number of tokens that holds them."""
    spans: list[Span] = []
    end = 0
    for _ in range(draw(st.integers(0, 5))):
        start = end + draw(st.integers(0, 2))
        end = start + draw(st.integers(1, 3))
        spans.append(Span(start, end, draw(st.sampled_from(LABELS))))
    return spans, end + draw(st.integers(0, 2))


@given(span_lists())
def test_spans_survive_the_way_to_tags_and_back(case: tuple[list[Span], int]) -> None:
    spans, n_tokens = case
    tags = to_bio(spans, n_tokens)
    assert len(tags) == n_tokens
    assert from_bio(tags) == spans


@given(st.lists(st.sampled_from(tag_set(LABELS)), max_size=9))
def test_any_tags_read_as_seqeval_reads_them(tags: list[str]) -> None:
    assert [(span.label, span.start, span.end - 1) for span in from_bio(tags)] == get_entities(tags)


@given(st.lists(st.sampled_from(tag_set(LABELS)), max_size=9))
def test_reading_then_writing_changes_only_illegal_tags(tags: list[str]) -> None:
    ids, steps = [tag_set(LABELS).index(tag) for tag in tags], Steps.legal(LABELS)
    legal = (not ids or steps.first[ids[0]] == 0) and all(steps.between[a, b] == 0 for a, b in pairwise(ids))
    assert (to_bio(from_bio(tags), len(tags)) == tags) == legal


def test_lenient_reading() -> None:
    assert from_bio(["I-city", "I-city", "O", "I-person", "I-city"]) == [
        Span(0, 2, "city"),
        Span(3, 4, "person"),
        Span(4, 5, "city"),
    ]


@pytest.mark.parametrize("tag", ["X", "B", "B-", "S-city", "", "o"])
def test_unknown_tag_is_named(tag: str) -> None:
    with pytest.raises(InputError, match="tag 1 is"):
        from_bio(["O", tag])


def test_faulty_spans_are_refused() -> None:
    with pytest.raises(InputError, match="leaves a sentence of 2"):
        to_bio([Span(1, 3, "city")], 2)
    with pytest.raises(InputError, match="overlaps"):
        to_bio([Span(0, 2, "city"), Span(1, 3, "city")], 3)


def test_labels_and_tags() -> None:
    examples = [TaggedTokens(("a", "b"), (Span(0, 1, "y"), Span(1, 2, "x"))), TaggedTokens(("a",), (Span(0, 1, "y"),))]
    assert span_labels(examples) == ("x", "y")
    assert tag_set(("x", "y")) == ("O", "B-x", "I-x", "B-y", "I-y")
