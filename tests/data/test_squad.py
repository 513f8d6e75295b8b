"""SQuAD files, read one article at a time, against Python's own JSON parser."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlpref.data import json_list
from nlpref.data.faults import Faults
from nlpref.data.json_list import read_items
from nlpref.data.squad import Paragraph, Question, read_paragraphs, read_squad
from nlpref.errors import InputError
from nlpref.types import Document, JudgedQuery, Span

Write = Callable[..., Path]
FaultsOf = Callable[[Iterable[object]], list[str]]

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
same_file = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def question(id: str, text: str, *answers: tuple[str, int]) -> dict[str, Any]:
    return {"id": id, "question": text, "answers": [{"text": answer, "answer_start": start} for answer, start in answers]}


def article(title: str, *paragraphs: tuple[str, list[dict[str, Any]]]) -> dict[str, Any]:
    return {"title": title, "paragraphs": [{"context": context, "qas": qas} for context, qas in paragraphs]}


def items(path: Path) -> tuple[list[Any], list[str]]:
    faults = Faults()
    found = [item for _, item in read_items(path, "data", faults)]
    return found, [fault.removeprefix(f"{path}, ").removeprefix(f"{path}: ") for fault in faults.shown]


@same_file
@given(st.lists(values, max_size=4), values, st.integers(1, 7), st.sampled_from([None, 1]), st.booleans(), st.booleans())
def test_items_are_those_of_the_json_module(
    write: Write, given: list[Any], other: Any, block: int, indent: int | None, ascii_only: bool, first: bool
) -> None:
    whole = {"data": given, "version": other} if first else {"version": other, "data": given}
    path = write("\ufeff" * first + json.dumps(whole, indent=indent, ensure_ascii=ascii_only) + "\n" * first)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_list, "_BLOCK", block)
        assert items(path) == (given, [])


@same_file
@given(st.text(st.sampled_from('{}[]:,"1ae \n'), max_size=12))
def test_only_json_is_taken(write: Write, tail: str) -> None:
    text = '{"data": [1, [2]], "b": {}}'[: len(tail) * 3] + tail
    try:
        whole = json.loads(text)
    except ValueError:
        whole = None
    found, faults = items(write(text))
    if isinstance(whole, dict) and isinstance(whole.get("data"), list):
        assert (found, faults) == (whole["data"], [])
    else:
        assert len(faults) == 1


def test_lines_of_items(write: Write) -> None:
    path = write('{\n"version": "1",\n"data": [\n\n1,\n[2,\n3], {\n}]}')
    assert list(read_items(path, "data", Faults())) == [(5, 1), (6, [2, 3]), (7, {})]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "line 1: found the end of the file before '{', expected JSON"),
        ("\n[1]", "line 2: found '[1]', expected a JSON object with \"data\""),
        ('{"data":\n[1,\n2', "line 3: found the end of the file before ']', expected JSON"),
        ('{"data":\n[1,\n]}', "line 3: found Expecting value, expected JSON"),
        ('{"data":\n[1] 2}', "line 2: found '2}' instead of '}', expected JSON"),
        ('{"data": [1]}\n{}', "line 2: found '{}' after the end of the object, expected JSON"),
        ('{"data": ["a\nb"]}', "line 1: found Invalid control character at, expected JSON"),
        ('{"data": {}}', "data: found no such list, expected a list"),
        ('{"paragraphs": []}', "data: found no such list, expected a list"),
        (b'{"data": [\n1,\n"\xe9"]}', "line 3: found byte 0xe9, expected UTF-8; save the file in that encoding"),
        ('{"data": ["\\ud83d"]}', "line 1: found an escape makes half of a surrogate pair, '\\ud83d', expected JSON"),
    ],
)
def test_what_is_wrong_with_the_file(write: Write, content: str | bytes, expected: str) -> None:
    assert items(write(content))[1] == [expected]


def test_nesting_without_end(write: Write) -> None:
    assert "maximum recursion depth exceeded" in items(write('{"data": [' + "[" * 100_000))[1][0]


def test_paragraphs_are_streamed_with_their_questions(write: Write) -> None:
    data = [article("New_York", ("It is big 🗽 there.", [question("q1", "How is it?", ("big", 6), ("🗽", 10))]), ("Alone.", []))]
    assert list(read_paragraphs(write(json.dumps({"data": data})))) == [
        Paragraph(
            "It is big 🗽 there.", "New York", (Question("q1", "How is it?", (Span(6, 9, "answer"), Span(10, 11, "answer"))),)
        ),
        Paragraph("Alone.", "New York", ()),
    ]


def test_equal_paragraphs_are_one_document(write: Write) -> None:
    data = [
        article("A_b", ("One.", [question("1", "x?", ("One", 0))]), ("Two.", [question("2", "y?")])),
        article("C", ("One.", [{"id": 3, "question": "z?"}])),
    ]
    path = write(json.dumps({"version": "1.1", "data": data}))
    found = read_squad(path)
    assert found.documents == (Document("p0", "One.", "A b"), Document("p1", "Two.", "A b"))
    assert found.queries == (
        JudgedQuery("1", "x?", {"p0": 1}),
        JudgedQuery("2", "y?", {"p1": 1}),
        JudgedQuery("3", "z?", {"p0": 1}),
    )
    assert found.answers == {"1": (Span(0, 3, "answer"),), "2": (), "3": ()}
    assert [document.title for document in read_squad(path, titles=False).documents] == ["", ""]


def test_every_fault_has_its_place(write: Write, faults: FaultsOf) -> None:
    good = question("1", "x?", ("One", 0))
    data: list[Any] = [
        article("A", ("One.", [good, good, {"id": "", "question": "y?"}, {"id": "2", "question": " "}, 5])),
        {"title": "B"},
        "C",
        {"paragraphs": [{"context": None, "qas": []}, {"context": "One."}, []]},
        article(
            "D",
            ("One.", [question("3", "x?", ("Two", 0), ("One", -4), ("One", 9)), {"id": "4", "question": "x?", "answers": [{}]}]),
        ),
    ]
    text = '{"data": [' + ",\n".join(json.dumps(item) for item in data) + "]}"
    own = "expected an id of its own for each question"
    path = write(text)
    assert faults(read_paragraphs(path)) == [
        f"line 1, data[0].paragraphs[0].qas[1].id: found the id '1' again, {own}",
        f'line 1, data[0].paragraphs[0].qas[2].id: found "", {own}',
        "line 1, data[0].paragraphs[0].qas[3].question: found an empty text, expected the text of the question",
        "line 1, data[0].paragraphs[0].qas[4]: found 5, expected an object",
        "line 2, data[1].paragraphs: found null, expected a list",
        'line 3, data[2]: found "C", expected an object',
        "line 4, data[3].paragraphs[0].context: found null, expected the text of the paragraph",
        "line 4, data[3].paragraphs[1].qas: found null, expected a list",
        "line 4, data[3].paragraphs[2]: found [], expected an object",
        "line 5, data[4].paragraphs[0].qas[0].answers[0]: found 'One' at 0, expected the answer 'Two' there",
    ]
    with pytest.raises(InputError, match=r"13 faults(?s:.*)and 3 more"):
        read_squad(path)


def test_no_questions(write: Write, faults: FaultsOf) -> None:
    for data in ([], [article("A", ("One.", []))]):
        path = write(json.dumps({"data": data}))
        assert faults(read_paragraphs(path)) == ["data: found no questions, expected articles with paragraphs and questions"]
    with pytest.raises(InputError, match="does not exist"):
        read_squad("gone.json")
