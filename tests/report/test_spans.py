"""Kinds of entity errors, worked by hand, and none lost or counted twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpref.metrics.spans import span_counts
from nlpref.report.spans import span_errors
from nlpref.types import Span


@pytest.mark.parametrize(
    ("gold", "predicted", "kinds"),
    [
        ([], [], []),
        ([Span(0, 2, "A")], [Span(0, 2, "A")], []),
        ([Span(0, 2, "A")], [Span(0, 2, "B")], ["type"]),
        ([Span(0, 2, "A")], [Span(1, 3, "A")], ["boundary"]),
        ([Span(0, 2, "A")], [Span(1, 3, "B")], ["boundary and type"]),
        ([Span(0, 2, "A")], [Span(2, 3, "A")], ["spurious", "missed"]),
        ([Span(0, 4, "A")], [Span(0, 1, "A"), Span(1, 4, "A")], ["boundary", "spurious"]),
        # the span with the right type is the closer one, though it comes second
        ([Span(0, 4, "A")], [Span(0, 3, "B"), Span(3, 4, "A")], ["boundary", "spurious"]),
        ([Span(0, 1, "A"), Span(1, 2, "A")], [Span(0, 2, "A")], ["boundary", "missed"]),
        # a right span does not excuse a second one beside it
        ([Span(0, 1, "A")], [Span(0, 1, "A"), Span(4, 5, "A")], ["spurious"]),
    ],
)
def test_kinds(gold: list[Span], predicted: list[Span], kinds: list[str]) -> None:
    assert span_errors(gold, predicted) == kinds


@st.composite
def sentences(draw: st.DrawFn) -> list[Span]:
    edges = sorted(draw(st.sets(st.integers(0, 12), max_size=8)))
    return [Span(start, end, draw(st.sampled_from("AB"))) for start, end in zip(edges[::2], edges[1::2], strict=False)]


@given(sentences(), sentences())
def test_every_error_is_counted_once(gold: list[Span], predicted: list[Span]) -> None:
    kinds = span_errors(gold, predicted)
    pairs = len(kinds) - kinds.count("spurious") - kinds.count("missed")
    _, spurious, missed = span_counts([gold], [predicted])[0]
    assert (pairs + kinds.count("spurious"), pairs + kinds.count("missed")) == (spurious, missed)
