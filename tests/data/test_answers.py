"""Lines of answers: what is written is read, what was not written whole is passed over, and the latest one counts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpref.data.answers import UNDONE, Answer, read_answers, standing, whole_lines
from nlpref.errors import DataError, InputError
from nlpref.types import Span

WORDS = ("Ann", "lives", "in", "Rome")
LABELS = ("city", "person")
ANN, ROME = Span(0, 1, "person"), Span(3, 4, "city")


def answer(*spans: Span, tokens: tuple[str, ...] = WORDS, **more: object) -> Answer:
    return Answer("7", tokens, spans, labels=LABELS, **more)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
answers = st.builds(
    lambda id, tokens, seconds, cut: Answer(
        id, tuple(tokens), (Span(0, cut, "city"),) if cut else (), labels=LABELS, seconds=seconds
    ),
    texts,
    st.lists(texts, min_size=2, max_size=4),
    st.floats(0, 1e5),
    st.integers(0, 2),
)


@given(st.lists(answers, max_size=4), st.data())
def test_of_a_file_cut_anywhere_the_whole_lines_are_read(
    tmp_path_factory: pytest.TempPathFactory, given: list[Answer], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("cut") / "answers.jsonl"
    lines = [one.line().encode() + b"\n" for one in given]
    content = b"".join(lines)
    cut = data.draw(st.integers(0, len(content)))
    path.write_bytes(content[:cut])
    whole = sum(len(b"".join(lines[: n + 1])) - 1 <= cut for n in range(len(lines)))  # the line's end may be missing
    assert list(read_answers(path)) == given[:whole]


def test_zeros_that_a_crash_left_are_passed_over(tmp_path: Path) -> None:
    first = answer(ANN).line().encode() + b"\n"
    (tmp_path / "a.jsonl").write_bytes(first + b"\0" * 40)
    assert len(list(read_answers(tmp_path / "a.jsonl"))) == 1
    assert whole_lines(first + b"\0" * 40 + b"\n") == first
    assert whole_lines(b"") == whole_lines(b'{"id') == b""


def test_other_faults_are_told_with_their_line(tmp_path: Path) -> None:
    good = answer(ANN, ROME, verdict="corrected", proposed=(Span(0, 1, "city", 0.4),))
    record = json.loads(good.line())
    assert record["spans"] == [{"start": 0, "end": 1, "label": "person"}, {"start": 3, "end": 4, "label": "city"}]
    assert Answer.of(record).proposed[0].score == 0.4
    broken = [
        ({**record, "verdict": "perhaps"}, "verdict 'perhaps'"),
        ({**record, "spans": [{"start": 3, "end": 9, "label": "city"}]}, "within 4 tokens"),
        ({**record, "spans": [{"start": 0, "end": 1, "label": "god"}]}, "no entity type 'god'"),
        ({**record, "spans": [{"start": True, "end": 1, "label": "city"}]}, "two whole numbers"),
        ({**record, "spans": 3}, "of another kind"),
        ({**record, "seconds": -1}, "0 or more"),
        ({**record, "tokens": []}, "no tokens"),
        ({**record, "tokens": "Ann"}, "no list of texts"),
        ({**record, "model": None}, "expected a text"),
        ({key: value for key, value in record.items() if key != "id"}, "'id' is missing"),
    ]
    for value, message in broken:
        (tmp_path / "b.jsonl").write_text(f"{good.line()}\n\n{json.dumps(value)}\n", "utf-8")
        with pytest.raises(DataError, match=message) as error:
            list(read_answers(tmp_path / "b.jsonl"))
        assert "b.jsonl, line 3" in str(error.value)
    (tmp_path / "b.jsonl").write_text(f"half\n{good.line()}\n", "utf-8")
    with pytest.raises(DataError, match="line 1"):
        list(read_answers(tmp_path / "b.jsonl"))
    with pytest.raises(InputError, match="does not exist"):
        list(read_answers(tmp_path / "none.jsonl"))


def test_the_latest_counts_and_undoing_brings_back_the_one_before() -> None:
    first, second, other = answer(ANN), answer(ROME), answer(tokens=("Bob",))
    undone = answer(verdict=UNDONE)
    assert standing([first, other, second]) == {WORDS: second, ("Bob",): other}
    assert standing([first, second, undone]) == {WORDS: first}
    assert standing([first, undone, undone, second]) == {WORDS: second}
    assert standing([undone]) == {}
