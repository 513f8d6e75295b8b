"""Sentences with entities that often touch, from any characters that a format can hold."""

from __future__ import annotations

from hypothesis import strategies as st

from nlpref.types import Span, TaggedTokens

__all__ = ["LABELS", "any_token", "sentences"]

LABELS = ["PER", "LOC", "a-b", "ärzte"]
any_token = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)


@st.composite
def sentences(draw: st.DrawFn, token: st.SearchStrategy[str] = any_token) -> TaggedTokens:
    spans: list[Span] = []
    end = 0
    for _ in range(draw(st.integers(0, 4))):
        start = end + draw(st.integers(0, 2))
        end = start + draw(st.integers(1, 3))
        spans.append(Span(start, end, draw(st.sampled_from(LABELS))))
    length = max(1, end + draw(st.integers(0, 2)))
    return TaggedTokens(tuple(draw(st.lists(token, min_size=length, max_size=length))), tuple(spans))
