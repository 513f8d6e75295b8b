"""Sentences are cut by local rules: alike alone and in a document, at once and in blocks."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.extraction.written_text import blocks, texts

from nlpref.errors import InputError
from nlpref.extraction import Sentence, SentenceSplitter
from nlpref.extraction.sentences import GAP, Unit

lengths = st.sampled_from((1, 2, 3, 7, 20, 60, 10_000))
units = st.sampled_from(("sentence", "paragraph", "text"))


def parts(text: str, **settings: object) -> list[str]:
    return [sentence.text for sentence in SentenceSplitter(**settings)(text)]  # type: ignore[arg-type]


@given(text=texts, unit=units, longest=lengths)
def test_nothing_but_white_space_is_lost_and_a_sentence_alone_is_itself(text: str, unit: Unit, longest: int) -> None:
    splitter = SentenceSplitter(unit, longest)
    end = 0
    for sentence in splitter(text):
        assert text[sentence.start : sentence.end] == sentence.text == sentence.text.strip() != ""
        assert len(sentence.text) <= longest
        assert not text[end : sentence.start].strip()
        assert splitter(sentence.text) == [Sentence(0, sentence.text)]
        end = sentence.end
    assert not text[end:].strip()


@given(a=texts, b=texts, unit=st.sampled_from(("sentence", "paragraph")), longest=lengths)
def test_a_blank_line_parts_what_is_cut_alone(a: str, b: str, unit: Unit, longest: int) -> None:
    splitter = SentenceSplitter(unit, longest)
    behind = [Sentence(sentence.start + len(a) + 2, sentence.text) for sentence in splitter(b)]
    assert splitter(f"{a}\n\n{b}") == splitter(a) + behind


@given(
    blocks=blocks,
    unit=units,
    longest=st.sampled_from((1, 5, 30)),
    filler=st.sampled_from(("", "x" * 1100, " " * 1100, "x. " * 400)),
)
def test_blocks_change_nothing(blocks: list[str], unit: Unit, longest: int, filler: str) -> None:
    blocks = [*blocks, filler, *blocks]
    splitter = SentenceSplitter(unit, longest)
    assert list(splitter.stream(blocks)) == splitter("".join(blocks))


@pytest.mark.parametrize("space", [GAP - 1, GAP, GAP + 1, GAP + 2, 5 * GAP])
@pytest.mark.parametrize("size", [1, 7, 999, 64_000])
def test_long_white_space(space: int, size: int) -> None:
    text = "a" + " " * space + "b" + " " * 3000
    splitter = SentenceSplitter(longest=5000)
    expected = [text.strip()] if space <= GAP else ["a", "b"]
    assert [one.text for one in splitter(text)] == expected
    assert list(splitter.stream(text[at : at + size] for at in range(0, len(text), size))) == splitter(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n\t\u3000", []),
        ("One. Two! Three? four", ["One.", "Two!", "Three? four"]),
        ("He said “Go.” She went.", ["He said “Go.”", "She went."]),
        ("Dr. Lee met J. Smith of Acme Inc. Today", ["Dr. Lee met J. Smith of Acme Inc. Today"]),
        ("It was I. He left at 5 p.m. Then", ["It was I.", "He left at 5 p.m. Then"]),
        ("Order no. 5 is late. No. Not mine.", ["Order no. 5 is late.", "No.", "Not mine."]),
        ("Born in 1999. Died", ["Born in 1999.", "Died"]),
        ("1. Apples\n2. Pears.", ["1. Apples\n2. Pears."]),
        ("see example.com. Thanks", ["see example.com.", "Thanks"]),
        ("wrapped\nline\n \nnext\x0cpage\u2029paragraph", ["wrapped\nline", "next", "page", "paragraph"]),
        ("a\r\nb\r\n\r\nc", ["a\r\nb", "c"]),
        ("我在北京。你呢？「好！」他说", ["我在北京。", "你呢？", "「好！」", "他说"]),  # noqa: RUF001
        ("नमस्ते। आप", ["नमस्ते।", "आप"]),
        ("Wait... What?! 5 euros.", ["Wait...", "What?!", "5 euros."]),
    ],
)
def test_by_hand(text: str, expected: list[str]) -> None:
    assert parts(text) == expected


def test_units() -> None:
    text = "One. Two.\n\nThree. " + "x" * 30
    assert parts(text, unit="paragraph") == ["One. Two.", "Three. " + "x" * 30]
    assert parts(text, unit="text") == [text]
    assert parts(text, unit="text", longest=25) == ["One. Two.\n\nThree.", "x" * 25, "x" * 5]


def test_wrong_settings() -> None:
    with pytest.raises(InputError, match="unit is 'page'"):
        SentenceSplitter("page")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="longest is 0"):
        SentenceSplitter(longest=0)
    with pytest.raises(InputError, match="a block of the document is a bytes"):
        list(SentenceSplitter().stream([b"abc"]))  # type: ignore[list-item]
    with pytest.raises(InputError, match="half of a surrogate pair"):
        SentenceSplitter()("a\ud800")


@pytest.mark.parametrize("part", ["a", ".", "a. ", "A. ", "。", " ", "\n", "\u2029", "!\u201d ", ". ", '" '])
@pytest.mark.parametrize("size", [1, 1 << 16])
def test_time_grows_with_the_length(part: str, size: int) -> None:
    """What grows with the square of it would take minutes, in small blocks too."""
    text = part * (300_000 // len(part))
    start = time.process_time()
    for _ in SentenceSplitter().stream(text[at : at + size] for at in range(0, len(text), size)):
        pass
    assert time.process_time() - start < 5
