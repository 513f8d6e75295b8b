"""BIO tags and constrained decoding, against hand-worked cases, seqeval and brute force."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities

from nlpref.errors import InputError
from nlpref.tagging.bio import from_bio, legal_starts, legal_transitions, span_labels, tag_set, to_bio, viterbi
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
    ids = [tag_set(LABELS).index(tag) for tag in tags]
    allowed, starts = legal_transitions(tag_set(LABELS)), legal_starts(tag_set(LABELS))
    legal = (not ids or starts[ids[0]]) and all(allowed[a, b] for a, b in pairwise(ids))
    assert (to_bio(from_bio(tags), len(tags)) == tags) == legal


def test_lenient_reading() -> None:
    assert from_bio(["I-city", "I-city", "O", "I-person", "I-city"]) == [
        Span(0, 2, "city"),
        Span(3, 4, "person"),
        Span(4, 5, "city"),
    ]


def test_span_score_is_the_mean_of_its_tags() -> None:
    [span] = from_bio(["O", "B-city", "I-city"], [0.9, 0.5, 0.7])
    assert span.score == pytest.approx(0.6)


@pytest.mark.parametrize("tag", ["X", "B", "B-", "S-city", "", "o"])
def test_unknown_tag_is_named(tag: str) -> None:
    with pytest.raises(InputError, match="tag 1 is"):
        from_bio(["O", tag])


def test_faulty_spans_and_scores_are_refused() -> None:
    with pytest.raises(InputError, match="leaves a sentence of 2"):
        to_bio([Span(1, 3, "city")], 2)
    with pytest.raises(InputError, match="overlaps"):
        to_bio([Span(0, 2, "city"), Span(1, 3, "city")], 3)
    with pytest.raises(InputError, match="1 scores for 2 tags"):
        from_bio(["O", "O"], [0.5])


def test_labels_and_tags() -> None:
    examples = [TaggedTokens(("a", "b"), (Span(0, 1, "y"), Span(1, 2, "x"))), TaggedTokens(("a",), (Span(0, 1, "y"),))]
    assert span_labels(examples) == ("x", "y")
    assert tag_set(("x", "y")) == ("O", "B-x", "I-x", "B-y", "I-y")


def test_transitions_by_hand() -> None:
    allowed = legal_transitions(("O", "B-x", "I-x", "B-y", "I-y"))
    assert allowed.astype(int).tolist() == [
        [1, 1, 0, 1, 0],
        [1, 1, 1, 1, 0],
        [1, 1, 1, 1, 0],
        [1, 1, 0, 1, 1],
        [1, 1, 0, 1, 1],
    ]
    assert legal_starts(("O", "B-x", "I-x")).tolist() == [True, True, False]


@pytest.mark.parametrize("n_tokens", [1, 2, 3, 4])
@pytest.mark.parametrize("seed", range(5))
def test_viterbi_equals_brute_force(n_tokens: int, seed: int) -> None:
    tags = tag_set(["x", "y"])
    allowed, starts = legal_transitions(tags), legal_starts(tags)
    scores = np.random.default_rng(seed).normal(size=(n_tokens, len(tags)))

    def legal(path: tuple[int, ...]) -> bool:
        return bool(starts[path[0]]) and all(allowed[a, b] for a, b in pairwise(path))

    paths = filter(legal, product(range(len(tags)), repeat=n_tokens))
    best = max(paths, key=lambda path: scores[range(n_tokens), path].sum())
    assert viterbi(scores, allowed, starts).tolist() == list(best)


def test_viterbi_of_nothing() -> None:
    tags = tag_set(["x"])
    assert viterbi(np.zeros((0, 3)), legal_transitions(tags), legal_starts(tags)).shape == (0,)
