"""Folders in brat's format, by hand, with every fault that they can have, and round trips."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.data.sentences import any_token, sentences

from nlpref.data.sources import standoff
from nlpref.data.standoff import read_standoff, write_standoff
from nlpref.errors import DataError, InputError
from nlpref.types import Span, TaggedTokens

Write = Callable[..., Path]
FaultsOf = Callable[[Iterable[object]], list[str]]
same_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
one_word = any_token.filter(lambda token: token.split() == [token] and "\0" not in token and not token.startswith("\ufeff"))


@pytest.fixture
def folder(write: Write, tmp_path: Path) -> Callable[..., Path]:
    """A folder of one document."""

    def folder(text: str | bytes, given: str | bytes | None, name: str = "doc") -> Path:
        write(text, f"{name}.txt")
        if given is not None:
            write(given, f"{name}.ann")
        return tmp_path

    return folder


@same_folder
@given(st.lists(sentences(one_word), min_size=1, max_size=4))
def test_what_is_written_is_read_back(tmp_path: Path, written: list[TaggedTokens]) -> None:
    write_standoff(tmp_path / "out", written)
    found = list(read_standoff(tmp_path / "out", tokens="spaces", cut="error"))
    assert [(one.tokens, one.spans) for one in found] == [(one.tokens, one.spans) for one in written]


def test_a_folder_by_hand(folder: Callable[..., Path]) -> None:
    folder(
        "Ann's in New York.\r\n\r\nNaïve 👍 Bob left.\n",
        "T1\tPER 0 3\tAnn\nT2\tLOC 9 17\tNew York\nR1\tin Arg1:T1 Arg2:T2\nT3\tPER 30 33\tBob\n#1\tAnnotatorNotes T1\tsure\n",
    )
    path = folder("Rome", "", "below/two")
    assert list(read_standoff(path)) == [
        TaggedTokens(("Rome",), (), "below/two:1"),
        TaggedTokens(("Ann", "'s", "in", "New", "York", "."), (Span(0, 1, "PER"), Span(3, 5, "LOC")), "doc:1"),
        TaggedTokens(("Naïve", "👍", "Bob", "left", "."), (Span(2, 3, "PER"),), "doc:3"),
    ]


def test_a_whole_document_is_one_sentence(folder: Callable[..., Path]) -> None:
    path = folder("Ann of New\nYork left\n", "T1\tLOC 7 10;11 15\tNew York\n")
    assert list(read_standoff(path, unit="document")) == [
        TaggedTokens(("Ann", "of", "New", "York", "left"), (Span(2, 4, "LOC"),), "doc:1")
    ]


def test_a_byte_order_mark_counts_and_is_no_token(folder: Callable[..., Path]) -> None:
    path = folder("\ufeffAnn left", "T1\tPER 1 4\tAnn\n")
    assert next(read_standoff(path)) == TaggedTokens(("Ann", "left"), (Span(0, 1, "PER"),), "doc:1")


def test_every_fault(folder: Callable[..., Path], faults: FaultsOf) -> None:
    path = folder(
        "North and South America\nRome\n",
        "T1\tLOC 0 5;16 23\tNorth America\n"
        "T2\tLOC 10 99\tSouth America\n"  # 2
        "T3\tLOC 10 15\tSuth\n"
        "T4\tLOC 16 16\t\n"  # 4
        "T5 LOC 0 5 North\n"
        "T6\tLOC 16 28\tAmerica Rome\n"  # 6
        "T7\tCAR 24 28\tRome\n"
        "T7\tLOC 10 15\tSouth\n"  # 8
        "X1\tLOC 0 5\tNorth\n"
        "T9\tLOC 9 12\t So\n",  # 10
    )
    assert faults(read_standoff(path, labels=["LOC"], cut="error")) == [
        "line 1, T1: found the parts 0 5;16 23, "
        "expected one range (discontinuous=cover reads all from the first part to the last)",
        "line 2, T2: found the offsets 10 99, expected start < end <= 29, the number of characters of the text",
        "line 3, T3: found 'Suth', expected 'South', which the text has at 10 15",
        "line 4, T4: found the offsets 16 16, expected start < end <= 29, the number of characters of the text",
        "line 5: found 'T5 LOC 0 5 North', expected 'T1<tab>Person 0 3<tab>Ann', a relation, event, attribute or note",
        "line 8, T7: found this id again, expected an id of its own for each entity",
        "line 9: found 'X1\\tLOC 0 5\\tNorth', expected 'T1<tab>Person 0 3<tab>Ann', a relation, event, attribute or note",
        "line 6, T6: found an entity of two lines, expected one (unit=document reads the text as a whole)",
        "line 10, T9: found ' So', which cuts a token, expected whole tokens, here ['South'] (cut=outward would take them)",
        "line 7, T7: found the entity type 'CAR', which train lacks, expected one of 'LOC'",
    ]


def test_documents_without_faults_are_read_before_the_others_are_told_of(folder: Callable[..., Path]) -> None:
    path = folder("Ann left\nBob left\n", "T1\tPER 0 3\tAnn\nT2\tPER 9 12\tBop\n")
    folder("Eve left", "T1\tPER 0 3\tEve\n", "early")
    folder("Kim left", "T1\tPER 0 3\tKim\n", "later")
    reading = read_standoff(path)
    assert [next(reading).id, next(reading).id] == ["early:1", "later:1"]
    with pytest.raises(DataError, match=r"1 fault in the data:\n.*doc\.ann, line 2, T2: found 'Bop', expected 'Bob'"):
        next(reading)


def test_overlaps_and_parts_by_choice(folder: Callable[..., Path]) -> None:
    path = folder("North and South America", "T1\tLOC 0 5;16 23\tNorth America\nT2\tLOC 10 23\tSouth America\n")
    counts: Counter[str] = Counter()
    (found,) = read_standoff(path, discontinuous="cover", overlaps="longest", counts=counts)
    assert found.spans == (Span(0, 4, "LOC"),)
    assert counts == {"spans": 2, "repeated": 0, "dropped": 1}
    with pytest.raises(DataError, match="lies inside the LOC 'North and South America' of line 1"):
        list(read_standoff(path, discontinuous="cover"))


def test_parts_that_are_out_of_order(folder: Callable[..., Path], faults: FaultsOf) -> None:
    path = folder("b a", "T1\tX 2 3;0 1\ta b\n")
    assert faults(read_standoff(path, discontinuous="cover")) == ["line 1, T1: found the parts 2 3;0 1, expected parts in order"]


def test_one_file_without_the_other(folder: Callable[..., Path], write: Write, faults: FaultsOf) -> None:
    write("", "alone.ann")
    path = folder("Ann", None)
    assert faults(read_standoff(path)) == [
        "found no alone.txt beside it, expected the text that it is about",
        "found no doc.ann beside it, expected its entities; an empty file says that there are none",
    ]


def test_bytes_that_are_no_text(folder: Callable[..., Path], faults: FaultsOf) -> None:
    assert faults(read_standoff(folder(b"Ann\nJos\xe9 left\n", "T1\tPER 0 3\tAnn\n"))) == [
        "line 2: found byte 0xe9 at position 3, expected UTF-8; save the file in that encoding"
    ]


def test_nothing_there(tmp_path: Path, faults: FaultsOf) -> None:
    assert faults(read_standoff(tmp_path)) == ["found no documents, expected name.txt and name.ann for each document"]
    with pytest.raises(InputError, match="is not a folder; expected one with name"):
        list(read_standoff(tmp_path / "gone"))


@pytest.mark.parametrize("wrong", [{"unit": "page"}, {"discontinuous": "drop"}, {"tokens": "bpe"}, {"overlaps": "all"}])
def test_choices_are_named(folder: Callable[..., Path], wrong: dict[str, str]) -> None:
    with pytest.raises(InputError, match="expected one of"):
        list(read_standoff(folder("a", ""), **wrong))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        (TaggedTokens(("a b",)), "the token 'a b' cannot be written"),
        (TaggedTokens(("",)), "the token '' cannot be written"),
        (TaggedTokens(("\ud800",)), r"the token '\\ud800' cannot be written"),
        (TaggedTokens(("a",), (Span(0, 1, "two words"),)), "the label 'two words' cannot be written"),
        (TaggedTokens((), id="s7"), "sentence 's7' has no tokens; leave it out"),
        (TaggedTokens(("a",), (), "s7", ("PER",)), "sentence 's7' is partially annotated"),
    ],
)
def test_what_cannot_be_written_leaves_no_file(tmp_path: Path, sentence: TaggedTokens, message: str) -> None:
    with pytest.raises(InputError, match=message):
        write_standoff(tmp_path / "out", [TaggedTokens(("good",)), sentence])
    assert not list(tmp_path.iterdir())


def test_as_a_dataset(tmp_path: Path) -> None:
    train = [TaggedTokens((f"w{n}", "Ann"), (Span(1, 2, "PER"),)) for n in range(20)]
    write_standoff(tmp_path / "train", train)
    write_standoff(tmp_path / "test", [TaggedTokens(("x", "Bob"), (Span(1, 2, "CAR"),))])
    made = standoff(tmp_path / "train", validation_fraction=0)
    assert (made.name, len(made.split("train")), len(made.split("test"))) == ("train", 16, 4)
    assert made.notes["spans"]["spans"] == 20
    with pytest.raises(DataError, match="the entity type 'CAR', which train lacks"):
        standoff(tmp_path / "train", tmp_path / "test")
