"""Entities in JSON lines: by hand, with every fault, round trips, and sentences in which only some types were looked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.data.sentences import sentences

from nlpref.data.entity_records import read_entities, write_entities
from nlpref.data.sources import jsonl_entities
from nlpref.data.sources import sentences as bare_sentences
from nlpref.errors import DataError, InputError
from nlpref.types import Span, TaggedTokens

Write = Callable[..., Path]
FaultsOf = Callable[[Iterable[object]], list[str]]
same_file = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
annotated = st.none() | st.lists(st.sampled_from(["PER", "LOC", "x y"]), unique=True).map(tuple)
any_sentence = st.builds(
    lambda one, types, id: TaggedTokens(one.tokens, one.spans, id, types),
    sentences(st.text(st.characters(exclude_categories=["Cs"]), max_size=8)),
    annotated,
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip),
)


def lines(*records: object) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


@same_file
@given(st.lists(any_sentence, min_size=1, max_size=4))
def test_what_is_written_is_read_back(tmp_path: Path, written: list[TaggedTokens]) -> None:
    write_entities(tmp_path / "data.jsonl", written)
    assert list(read_entities(tmp_path / "data.jsonl")) == written


@same_file
@given(st.lists(sentences(), min_size=1, max_size=3), st.booleans())
def test_characters_and_tokens_agree(tmp_path: Path, given: list[TaggedTokens], wide: bool) -> None:
    """Words that spaCy leaves whole, with spans of their characters."""
    gap = "  " if wide else "\n"
    records = []
    for one in given:
        words = [f"w{place}" for place in range(len(one.tokens))]
        text = gap + gap.join(words)
        starts = [len(gap) + sum(len(word) + len(gap) for word in words[:place]) for place in range(len(words))]
        spans = [
            {"start": starts[s.start], "end": starts[s.end - 1] + len(words[s.end - 1]), "label": s.label} for s in one.spans
        ]
        records.append({"text": text, "spans": spans})
    (tmp_path / "data.jsonl").write_text(lines(*records), "utf-8")
    assert [one.spans for one in read_entities(tmp_path / "data.jsonl", cut="error")] == [one.spans for one in given]


def test_a_file_by_hand(write: Write) -> None:
    path = write(
        lines(
            {"text": "👍 Ann's in Rome.", "spans": [{"start": 2, "end": 5, "label": "PER"}], "id": 7, "meta": {}},
            {"tokens": ["a b", ""], "spans": [{"start": 0, "end": 2, "label": "x|y"}], "annotated": ["x", "y", "z"]},
            {"tokens": ["a"], "spans": [], "annotated": []},
        )
    )
    assert list(read_entities(path)) == [
        TaggedTokens(("👍", "Ann", "'s", "in", "Rome", "."), (Span(1, 2, "PER"),), "7"),
        TaggedTokens(("a b", ""), (Span(0, 2, "x|y"),), "2", ("x", "y", "z")),
        TaggedTokens(("a",), (), "3", ()),
    ]


def test_every_fault(write: Write, faults: FaultsOf) -> None:
    path = write(
        lines(
            {"text": "a", "tokens": ["a"], "spans": []},
            {"spans": []},
            {"tokens": "a", "spans": []},
            {"tokens": ["a"]},
            {"tokens": ["a"], "spans": [{"start": 0, "end": 1}, {"start": 0, "end": "1", "label": "x"}]},
            {"tokens": ["a"], "spans": [{"start": True, "end": 1, "label": "x"}, {"start": 0, "end": 1, "label": 3}]},
            {"tokens": ["a"], "spans": [{"start": 0, "end": 2, "label": "x"}], "annotated": "x"},
        )
    )
    assert faults(read_entities(path)) == [
        "line 1: found both 'text' and 'tokens', "
        "expected either 'text' with spans of characters or 'tokens' with spans of tokens",
        "line 2: found the fields 'spans', expected either 'text' with spans of characters or 'tokens' with spans of tokens",
        "line 3, field 'tokens': found \"a\", expected a list of strings",
        "line 4, field 'spans': found none, expected a list of spans, which may be empty",
        'line 5, span 0: found {"start": 0, "end": 1}, expected an object such as {"start": 0, "end": 1, "label": "person"}',
        "line 5, span 1: found start 0, end '1', expected whole numbers",
        "line 6, span 0: found start True, end 1, expected whole numbers",
        "line 6, span 1: found the label 3, expected a string",
        "line 7, field 'annotated': found \"x\", expected a list of entity types",
    ]


def test_faults_of_places_and_labels(write: Write, faults: FaultsOf) -> None:
    def span(start: int, end: int, label: str) -> dict[str, object]:
        return {"start": start, "end": end, "label": label}

    path = write(
        lines(
            {"tokens": ["a", "b"], "spans": [span(0, 3, "x")]},
            {"text": "Rome", "spans": [span(0, 5, "x")]},
            {"text": "", "spans": []},
            {"tokens": ["a", "b"], "spans": [span(0, 2, "x"), span(1, 2, "x")]},
            {"tokens": ["a"], "spans": [span(0, 1, "x|q")], "annotated": ["x"]},
            {"tokens": ["a"], "spans": [span(0, 1, "x|y")]},
            {"tokens": ["a"], "spans": [], "id": ""},
        )
    )
    assert faults(read_entities(path, labels=["x", "y"])) == [
        "line 1, span 0: found the span from 0 to 3, expected 0 <= start < end <= 2, the number of tokens",
        "line 2, span 0: found the span from 0 to 5, expected 0 <= start < end <= 4, the number of characters",
        "line 3, field 'text': found no token, expected at least one",
        "line 4, span 1: found the x 'b', which lies inside the x 'a b' of line 4, expected spans apart "
        "(overlaps=longest or first chooses)",
        "line 5, span 0: found the entity type 'q', which train lacks, expected one of 'x', 'y'",
        "line 6, span 0: found the entity type 'x|y', which train lacks, expected one of 'x', 'y'",
        "line 7, field 'id': found \"\", expected an id (a string or a whole number)",
    ]


def test_nothing_there(write: Write, faults: FaultsOf, tmp_path: Path) -> None:
    assert faults(read_entities(write("\n")))[0].startswith("found no records, expected one JSON object on each line")
    with pytest.raises(InputError, match="does not exist"):
        list(read_entities(tmp_path / "gone.jsonl"))


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        (TaggedTokens(("\ud800",)), "half of a surrogate pair"),
        (TaggedTokens((), id="s7"), "sentence 's7' has no tokens; leave it out"),
        (TaggedTokens(("a",), (Span(0, 1, " "),)), "the label ' ' of sentence '' cannot be written"),
        (TaggedTokens(("a",), (Span(0, 1, "x|"),), "", ("x",)), r"the label 'x\|' of sentence '' cannot be written"),
    ],
)
def test_what_cannot_be_written_leaves_no_file(tmp_path: Path, sentence: TaggedTokens, message: str) -> None:
    with pytest.raises(InputError, match=message):
        write_entities(tmp_path / "out.jsonl", [TaggedTokens(("good",)), sentence])
    assert not list(tmp_path.iterdir())


def test_partly_annotated_sentences_are_learned_from_and_not_scored(tmp_path: Path) -> None:
    whole = [TaggedTokens((f"w{n}", "Ann"), (Span(1, 2, "PER"),), str(n)) for n in range(20)]
    part = [TaggedTokens((f"p{n}", "Rome"), (Span(1, 2, "LOC|ORG"),), f"p{n}", ("LOC", "ORG")) for n in range(20)]
    write_entities(tmp_path / "train.jsonl", [*part, *whole])
    made = jsonl_entities(tmp_path / "train.jsonl", validation_fraction=0.2)
    later = [one for split in ("validation", "test") for one in made.split(split)]
    assert len(later) > 5
    assert not any(one.partial for one in later)
    assert sum(one.partial for one in made.split("train")) == 20
    assert made.notes["spans"]["spans"] == 40
    other = [TaggedTokens(one.tokens, one.spans, one.id, ("LOC", "ORG", "X")) for one in part]
    write_entities(tmp_path / "other.jsonl", [*other, *whole])
    assert jsonl_entities(tmp_path / "other.jsonl", validation_fraction=0.2).revision != made.revision
    with pytest.raises(InputError, match=r"sentence 'p0' of .*other\.jsonl is partially annotated \(LOC, ORG, X\)"):
        jsonl_entities(tmp_path / "train.jsonl", tmp_path / "other.jsonl")


def test_types_of_the_test_file_may_be_known_from_parts_alone(tmp_path: Path) -> None:
    write_entities(tmp_path / "train.jsonl", [TaggedTokens(("a", "b"), (Span(0, 1, "x|y"),), "1", ("x", "y"))])
    write_entities(tmp_path / "test.jsonl", [TaggedTokens(("c",), (Span(0, 1, "y"),), "1")])
    made = jsonl_entities(tmp_path / "train.jsonl", tmp_path / "test.jsonl", validation_fraction=0)
    assert (len(made.split("train")), len(made.split("test"))) == (1, 1)
    write_entities(tmp_path / "test.jsonl", [TaggedTokens(("c",), (Span(0, 1, "z"),), "1")])
    with pytest.raises(DataError, match="the entity type 'z', which train lacks"):
        jsonl_entities(tmp_path / "train.jsonl", tmp_path / "test.jsonl", validation_fraction=0)


def test_sentences_of_which_nothing_is_known(write: Write, faults: FaultsOf) -> None:
    made = bare_sentences(write("Ann's here.\n \nbye\n", "more.txt"))
    assert list(made.split("train")) == [
        TaggedTokens(("Ann", "'s", "here", "."), (), "1", ()),
        TaggedTokens(("bye",), (), "3", ()),
    ]
    with pytest.raises(DataError, match="no sentences"):
        bare_sentences(write("\n"))
