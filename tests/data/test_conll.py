"""Tagged tokens from CoNLL files, against hand-worked cases and seqeval's own reading of the schemes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seqeval.scheme import IOB1, IOB2, Entities

from nlpref.data.conll import read_conll, write_conll
from nlpref.data.sources import conll
from nlpref.errors import DataError, InputError
from nlpref.types import Span, TaggedTokens

Write = Callable[..., Path]
FaultsOf = Callable[[Iterable[object]], list[str]]

LABELS = ["PER", "LOC", "a-b"]
same_file = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
any_token = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\t\n\0"), min_size=1, max_size=8).filter(
    lambda token: token.strip() and not token.startswith(("\ufeff", "-DOCSTART-"))
)


@st.composite
def sentences(draw: st.DrawFn, token: st.SearchStrategy[str] = any_token) -> TaggedTokens:
    """A sentence whose entities often touch."""
    spans: list[Span] = []
    end = 0
    for _ in range(draw(st.integers(0, 4))):
        start = end + draw(st.integers(0, 2))
        end = start + draw(st.integers(1, 3))
        spans.append(Span(start, end, draw(st.sampled_from(LABELS))))
    length = max(1, end + draw(st.integers(0, 2)))
    return TaggedTokens(tuple(draw(st.lists(token, min_size=length, max_size=length))), tuple(spans))


def bio(sentence: TaggedTokens) -> list[str]:
    tags = ["O"] * len(sentence.tokens)
    for span in sentence.spans:
        tags[span.start : span.end] = [f"B-{span.label}"] + [f"I-{span.label}"] * (span.end - span.start - 1)
    return tags


def iob1(sentence: TaggedTokens) -> list[str]:
    """B- only where the entity touches one of its own type."""
    tags = ["O"] * len(sentence.tokens)
    for span in sentence.spans:
        touches = span.start > 0 and tags[span.start - 1].endswith(f"-{span.label}")
        tags[span.start : span.end] = [f"I-{span.label}"] * (span.end - span.start)
        tags[span.start] = f"{'B' if touches else 'I'}-{span.label}"
    return tags


def content(found: Iterable[TaggedTokens]) -> list[tuple[tuple[str, ...], tuple[Span, ...]]]:
    return [(sentence.tokens, sentence.spans) for sentence in found]


def entities(tags: list[str], scheme: type) -> list[Span]:
    return [Span(entity.start, entity.end, entity.tag) for entity in Entities([tags], scheme).entities[0]]


@same_file
@given(st.lists(sentences(), min_size=1, max_size=4))
def test_what_is_written_is_read_back(tmp_path: Path, written: list[TaggedTokens]) -> None:
    write_conll(tmp_path / "data.conll", written)
    assert content(read_conll(tmp_path / "data.conll")) == content(written)


@same_file
@given(
    st.lists(sentences(st.sampled_from(["a", "Bc", "x\u2028y", "x\x85y", "O", "-"])), min_size=1, max_size=4),
    st.sampled_from(["bio", "iob1"]),
    st.booleans(),
    st.sampled_from(["\t", " ", "  "]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_every_layout_is_told_apart(write: Write, given: list[TaggedTokens], scheme: str, wide: bool, gap: str, end: str) -> None:
    lines = ["-DOCSTART- -X- -X- O" if wide else "-DOCSTART- O", ""]
    for sentence in given:
        for token, tag in zip(sentence.tokens, (bio if scheme == "bio" else iob1)(sentence), strict=True):
            lines.append(gap.join([token, "NN", "B-NP", tag] if wide else [token, tag]))
        lines.append("")
    path = write(end.join(lines) if gap != "\t" else end.join(lines).replace("-DOCSTART- ", "-DOCSTART-\t"))
    assert content(read_conll(path)) == content(given)
    assert content(read_conll(path, scheme=scheme)) == content(given)  # type: ignore[arg-type]


@given(sentences())
def test_schemes_are_those_of_seqeval(sentence: TaggedTokens) -> None:
    assert entities(bio(sentence), IOB2) == list(sentence.spans) == entities(iob1(sentence), IOB1)


def test_a_file_by_hand(write: Write) -> None:
    path = write("\ufeffJim\tB-PER\nHen son\tI-PER\n \t \nto\tO\nNew\tB-LOC\nYork\tI-LOC\nRome\tB-LOC")
    assert list(read_conll(path)) == [
        TaggedTokens(("Jim", "Hen son"), (Span(0, 2, "PER"),), "1"),
        TaggedTokens(("to", "New", "York", "Rome"), (Span(1, 3, "LOC"), Span(3, 4, "LOC")), "4"),
    ]


def test_the_same_tags_in_two_schemes(write: Write) -> None:
    path = write("a I-PER\nb B-PER\nc I-LOC\n")
    assert next(read_conll(path)).spans == (Span(0, 1, "PER"), Span(1, 2, "PER"), Span(2, 3, "LOC"))
    assert next(read_conll(path)) == next(read_conll(path, scheme="iob1"))


def test_every_fault(write: Write, faults: FaultsOf) -> None:
    path = write(
        b"a\tO\n"
        b"b\n"  # 2
        b"c\tS-PER\n"
        b"d\tB-\n"  # 4
        b"e\tI-PER\n"
        b"f\tB-PER\n"  # 6
        b"g\tI-LOC\n"
        b"h\tB-CAR\n"  # 8
        b"\n"
        b"\tO\n"  # 10
        b"i\tNN\tB-NP\tO\n"
        b"caf\xe9\tO\n"  # 12
        b"j\tO\n"
        b"\n"
        b"k\tI-PER\n"  # 15
    )
    assert faults(read_conll(path, labels=["PER", "LOC"])) == [
        "line 2: found 1 columns in 'b', expected 2, as in the lines before",
        "line 3, tag: found 'S-PER', expected O, B-TYPE or I-TYPE",
        "line 4, tag: found 'B-', expected O, B-TYPE or I-TYPE",
        "line 5, tag: found I-PER after B-, expected B-PER there (scheme=iob1 would read it so)",
        "line 7, tag: found I-LOC after B-PER, expected B-LOC there (scheme=iob1 would read it so)",
        "line 8, tag: found the entity type 'CAR', which train lacks, expected one of 'LOC', 'PER'",
        "line 10, token: found '', expected a token",
        "line 11: found 4 columns in 'i\\tNN\\tB-NP\\tO', expected 2, as in the lines before",
        "line 12: found byte 0xe9 at position 3, expected UTF-8; save the file in that encoding",
        "line 15, tag: found I-PER at the beginning of a sentence, expected B-PER there (scheme=iob1 would read it so)",
    ]


@pytest.mark.parametrize("content", ["", "\n\n \n", "-DOCSTART- O\n"])
def test_no_sentences(write: Write, faults: FaultsOf, content: str) -> None:
    assert faults(read_conll(write(content))) == ["found no sentences, expected a token and a tag on each line"]


def test_three_columns(write: Write, faults: FaultsOf) -> None:
    found = faults(read_conll(write("a NN O\nb NN O\n")))
    assert found[0] == "line 1: found 3 columns in 'a NN O', expected 2 or 4, the token first and its tag last"


def test_blank_tokens_may_be_passed_over(write: Write) -> None:
    path = write("a\tB-PER\n\tO\n\u200a\tO\nb\tI-PER\n")
    assert content(read_conll(path, drop_blank_tokens=True)) == [(("a", "b"), (Span(0, 2, "PER"),))]


def test_blank_lines_make_no_empty_sentences(write: Write) -> None:
    assert content(read_conll(write("\n\n \t\na\tO\n\n\n\t\n\nb\tO\n\n\n"))) == [(("a",), ()), (("b",), ())]


def test_a_sentence_of_ten_thousand_tokens_is_read_whole(write: Write) -> None:
    rows = [f"w{n}\t{'B-PER' if n % 3 == 0 else 'I-PER' if n % 3 == 1 else 'O'}\n" for n in range(10_000)]
    (found,) = read_conll(write("".join(rows)))
    assert len(found.tokens) == 10_000
    assert found.spans == tuple(Span(n, min(n + 2, 10_000), "PER") for n in range(0, 10_000, 3))


def test_control_characters_belong_to_tokens_but_nul_is_a_fault(write: Write, faults: FaultsOf) -> None:
    tokens = ("a\x01b", "\x85", "\x1b[0m", "c\x0bd", "\x7f")
    rows = "".join(f"{token}\tO\n" for token in tokens if token.strip())
    assert content(read_conll(write(rows))) == [(tuple(token for token in tokens if token.strip()), ())]
    assert faults(read_conll(write("a\0b\tO\n"))) == [
        "line 1: found byte 0x00 at position 1, expected UTF-8; save the file in that encoding"
    ]
    assert faults(read_conll(write("\x85\tO\n"))) == ["line 1, token: found '\\x85', expected a token"]


def test_scripts_of_all_kinds_and_types_in_them(write: Write) -> None:
    tokens = ("Ольга", "東京", "القاهرة", "नई", "दिल्ली", "👩‍👩‍👧", "e\u0301", "ﬁ", "I\u0307stanbul", "\u200f")
    tags = ("B-ЛИЦО", "B-場所", "B-LOC", "B-LOC", "I-LOC", "O", "O", "O", "B-LOC", "O")
    (found,) = read_conll(write("".join(f"{token}\t{tag}\n" for token, tag in zip(tokens, tags, strict=True))))
    assert found.tokens == tokens
    spans = [Span(0, 1, "ЛИЦО"), Span(1, 2, "場所"), Span(2, 3, "LOC"), Span(3, 5, "LOC"), Span(8, 9, "LOC")]
    assert list(found.spans) == spans


def test_a_type_that_train_lacks_is_named_with_its_line(write: Write) -> None:
    train = write("a\tB-PER\n\nb\tB-PER\n", "train.conll")
    test = write("c\tO\nd\tB-PRE\n", "test.conll")
    with pytest.raises(
        DataError, match=r"test\.conll, line 2, tag: found the entity type 'PRE', which train lacks, expected 'PER'"
    ):
        conll(train, test)


def test_arguments(write: Write, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"unknown scheme 'bioes'; known: auto, bio, iob1"):
        list(read_conll(write("a O\n"), scheme="bioes"))  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"gone\.conll does not exist"):
        list(read_conll(tmp_path / "gone.conll"))


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        (TaggedTokens(("a\tb",)), r"the token 'a\\tb' cannot be written"),
        (TaggedTokens((" ",)), "the token ' ' cannot be written"),
        (TaggedTokens(("\ud800",)), r"the token '\\ud800' cannot be written"),
        (TaggedTokens(("-DOCSTART-",)), "cannot be written as CoNLL"),
        (TaggedTokens(("a",), (Span(0, 1, "two words"),)), "the label 'two words' cannot be written"),
        (TaggedTokens((), id="s7"), "sentence 's7' has no tokens; leave it out"),
        (TaggedTokens(("a",), (), "s7", ("PER",)), "sentence 's7' is partially annotated"),
    ],
)
def test_what_cannot_be_written_leaves_no_file(tmp_path: Path, sentence: TaggedTokens, message: str) -> None:
    with pytest.raises(InputError, match=message):
        write_conll(tmp_path / "out.conll", [TaggedTokens(("good",)), sentence])
    assert not list(tmp_path.iterdir())
