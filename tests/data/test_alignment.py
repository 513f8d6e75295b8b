"""From characters to tokens, against spaCy's own offsets, and choices among spans that overlap, against brute force."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

from nlpref.data.alignment import Alignment, Given, disjoint, tokenise
from nlpref.data.faults import Faults
from nlpref.errors import InputError
from nlpref.types import Span

BLANK = spacy.blank("en")
any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
pieces = st.lists(
    st.sampled_from(["don't", "U.K.", " ", "  ", "\n", "\u2028", ":-)", "a.b", "Rome.", "$5", "e\u0301", "👩‍👩‍👧", "ß"])
).map("".join)
any_spans = st.lists(
    st.builds(
        lambda start, size, label: Span(start, start + size, label), st.integers(0, 9), st.integers(1, 5), st.sampled_from("ab")
    ),
    max_size=7,
)


@given(any_text | pieces)
def test_tokens_are_those_of_spacy_in_their_places(text: str) -> None:
    expected = [(token.text, token.idx, token.idx + len(token)) for token in BLANK.make_doc(text) if not token.is_space]
    assert [(word.text, word.start, word.end) for word in tokenise(text)] == expected


@given(any_spans, st.sampled_from(["longest", "first"]))
def test_what_is_kept_is_disjoint_and_cannot_be_added_to(spans: list[Span], overlaps: str) -> None:
    kept = disjoint(spans, overlaps)  # type: ignore[arg-type]
    assert list(kept) == sorted(kept)
    assert all(one.end <= other.start for one, other in combinations(kept, 2))
    for span in spans:
        rivals = [other for other in kept if other.start < span.end and span.start < other.end]
        assert rivals
        if overlaps == "longest":
            assert span in kept or max(other.end - other.start for other in rivals) >= span.end - span.start
        else:
            assert span in kept or min(other.start for other in rivals) <= span.start


def aligned(text: str, *spans: tuple[int, int, str], **choices: str) -> tuple[list[str], list[str], dict[str, int]]:
    """Entities as ``tokens/label``, faults, counts."""
    faults = Faults()
    alignment = Alignment(Path("f"), faults, **choices)  # type: ignore[arg-type]
    found = alignment.words(text, tokenise(text), [Given(*span, line) for line, span in enumerate(spans, 1)], "")
    shown = [f"{' '.join(found.tokens[one.start : one.end])}/{one.label}" for one in found.spans] if found else []
    return shown, faults.shown, {name: count for name, count in alignment.counts.items() if count}


def test_a_span_that_cuts_a_token_gets_all_of_it_or_is_a_fault() -> None:
    assert aligned("in pre-war Rome.", (3, 9, "time"), (10, 16, "city"))[0] == ["pre - war/time", "Rome ./city"]
    shown, faults, counts = aligned("we saw Romexyz", (7, 11, "city"))
    assert (shown, faults, counts) == (["Romexyz/city"], [], {"spans": 1, "moved": 1})
    shown, faults, _ = aligned("we saw Romexyz", (7, 11, "city"), cut="error")
    assert shown == []
    assert faults == [
        "f, line 1: found 'Rome', which cuts a token, expected whole tokens, here ['Romexyz'] (cut=outward would take them)"
    ]


def test_white_space_around_a_span_is_no_part_of_it() -> None:
    assert aligned("in  Rome ", (2, 9, "city"), cut="error") == (["Rome/city"], [], {"spans": 1})


def test_overlaps() -> None:
    shown, faults, _ = aligned("Bishop of Rome in May", (0, 14, "group"), (10, 14, "city"), (10, 21, "date"))
    assert shown == []
    assert faults == [
        "f, line 2: found the city 'Rome', which lies inside the group 'Bishop of Rome' of line 1, "
        "expected spans apart (overlaps=longest or first chooses)",
        "f, line 3: found the date 'Rome in May', which crosses the group 'Bishop of Rome' of line 1, "
        "expected spans apart (overlaps=longest or first chooses)",
    ]
    given = ((0, 9, "a"), (7, 21, "b"))
    assert aligned("Bishop of Rome in May", *given, overlaps="longest")[0] == ["of Rome in May/b"]
    assert aligned("Bishop of Rome in May", *given, overlaps="first")[0] == ["Bishop of/a"]


def test_the_same_span_twice_is_read_once() -> None:
    assert aligned("Rome", (0, 4, "city"), (0, 4, "city")) == (["Rome/city"], [], {"spans": 2, "repeated": 1})
    assert "lies inside" in aligned("Rome", (0, 4, "city"), (0, 4, "club"))[1][0]


def test_what_is_out_of_range_or_empty() -> None:
    _, faults, _ = aligned("a  b", (0, 5, "x"), (-1, 1, "x"), (2, 2, "x"), (1, 3, "x"), (0, 1, " "))
    assert [fault.partition("found ")[2] for fault in faults] == [
        "the span from 0 to 5, expected 0 <= start < end <= 4, the number of characters",
        "the span from -1 to 1, expected 0 <= start < end <= 4, the number of characters",
        "the span from 2 to 2, expected 0 <= start < end <= 4, the number of characters",
        "white space only, '  ', expected a span with a token in it",
        "the label ' ', expected an entity type",
    ]


@pytest.mark.parametrize("wrong", [{"overlaps": "longst"}, {"cut": "inward"}])
def test_choices_are_named(wrong: dict[str, str]) -> None:
    with pytest.raises(InputError, match=r"='(longst|inward)': expected"):
        Alignment(Path("f"), Faults(), **wrong)  # type: ignore[arg-type]
