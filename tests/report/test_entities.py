"""What the page tells of a tagger, each part worked by hand on a few sentences."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.report.test_page import Page

from nlpref.metrics.significance import f1_of, interval
from nlpref.metrics.spans import per_type, span_counts
from nlpref.report import build_report
from nlpref.report.comparisons import compare
from nlpref.report.entity_confidence import confidence_note, entity_reliability, score_error
from nlpref.report.entity_errors import common_missed, common_spurious, confused_types, error_table, errors_of
from nlpref.report.entity_examples import examples_by_kind
from nlpref.report.entity_slices import found_slices, gold_slices, slices_table
from nlpref.report.entity_types import type_intervals, types_table
from nlpref.report.leaderboard import leaderboards
from nlpref.report.marked import cut_out
from nlpref.report.runs import read_runs
from nlpref.report.seen import forms_table, words_table
from nlpref.report.sentences import Known, Sentence, read_sentences
from nlpref.report.tables import Table
from nlpref.types import Span

Save = Callable[..., Path]
Write = Callable[[Path, Sequence[Any]], None]


def sentence(name: str, text: str, gold: Sequence[Span] = (), predicted: Sequence[Span] = (), **more: Any) -> Sentence:
    return Sentence(name, tuple(text.split()), tuple(gold), tuple(predicted), **more)


def cells(table: Table | None) -> list[list[str]]:
    assert table is not None
    return [[cell.text for cell in row] for row in table.rows]


def test_entities_seen_in_training_are_scored_apart_from_others() -> None:
    """Of two seen with this type one is found; of one new one none, and one new one is spurious."""
    found = [
        sentence(
            *("a", "Ann in York", [Span(0, 1, "PER"), Span(2, 3, "LOC")], [Span(0, 1, "PER")]),
            known=(Known("same", 0), Known("same", 0)),
            known_predicted=(Known("same", 0),),
        ),
        sentence(
            *("b", "Zoë Q in", [Span(0, 2, "PER")], [Span(0, 1, "PER")]),
            known=(Known("new", 1),),
            known_predicted=(Known("new", 1),),
        ),
    ]
    table = forms_table(found)
    assert cells(table) == [
        ["in training, with this type", "0.500", "1.000", "0.667", "2", "1"],
        ["in training, with other types only", "none", "none", "none", "0", "0"],
        ["not in training", "0.000", "0.000", "0.000", "1", "1"],
    ]
    assert [row[0] for row in cells(words_table(found))] == ["all words known", "some words unseen", "all words unseen"]
    assert [row[4:] for row in cells(words_table(found))] == [["2", "1"], ["1", "0"], ["0", "1"]]
    assert forms_table([sentence("c", "Ann", [Span(0, 1, "PER")])]) is None


def test_types_have_intervals_with_and_without_a_record_of_them() -> None:
    found = [sentence(str(n), "Ann", [Span(0, 1, "PER")], [Span(0, 1, "PER")] if n % 2 else []) for n in range(20)]
    scores = per_type([one.gold for one in found], [one.predicted for one in found])
    table = types_table(scores, type_intervals({}, found))
    plain = interval(lambda rows: float(np.mean(rows % 2)), 20)
    recall = table.rows[0][2]
    assert (recall.text, recall.note) == ("0.500", f"{plain.low:.3f} to {plain.high:.3f}")
    recorded = {"per_type_intervals": {"PER": {"recall": [0.25, 0.75]}}}
    row = types_table(scores, type_intervals(recorded, found)).rows[0]
    assert (row[1].note, row[2].note) == ("", "0.250 to 0.750")


MISTAKEN = [
    sentence("t", "see York now", [Span(1, 2, "LOC")], [Span(1, 2, "PER", 0.9)]),
    sentence("u", "see york", [Span(1, 2, "LOC")], [Span(1, 2, "PER", 0.8)]),
    sentence("b", "New York City", [Span(0, 3, "LOC")], [Span(0, 2, "ORG", 0.3)]),
    sentence("m", "Bath and Bath", [Span(0, 1, "LOC"), Span(2, 3, "LOC")], [Span(2, 3, "LOC", 0.9)]),
    sentence("s", "Thanks Thanks", [], [Span(0, 1, "PER", 0.4), Span(1, 2, "PER", 0.6)]),
]


def test_errors_pairs_and_common_words_by_hand() -> None:
    errors = errors_of(MISTAKEN)
    assert [row[:2] for row in cells(error_table(errors))] == [
        ["boundary", "0"],
        ["type", "2"],
        ["boundary and type", "1"],
        ["spurious", "2"],
        ["missed", "1"],
    ]
    assert cells(confused_types(MISTAKEN, errors)) == [
        ["LOC", "PER", "2", "40 %", "York, york"],
        ["LOC", "ORG", "1", "20 %", "New York City"],
    ]
    assert cells(common_missed(MISTAKEN, errors)) == [["bath", "LOC", "1", "2"]]
    assert cells(common_spurious(MISTAKEN, errors)) == [["thanks", "PER", "2", "2"]]
    for table in (confused_types([], []), common_missed([], []), common_spurious([], [])):
        assert table.rows == []


def test_words_that_are_wrong_once_are_few() -> None:
    found = [sentence(str(n), f"name{n}", [Span(0, 1, "A")]) for n in range(9)]
    assert len(common_missed(found, errors_of(found)).rows) == 5
    twice = [*found, *found]
    assert len(common_missed(twice, errors_of(twice)).rows) == 9


def test_each_kind_has_examples_the_surest_first_and_with_different_words_first() -> None:
    kinds = examples_by_kind(errors_of(MISTAKEN), True)
    assert [(kind.kind, kind.number, [one.id for one in kind.examples]) for kind in kinds] == [
        ("type", 2, ["t", "u"]),
        ("boundary and type", 1, ["b"]),
        ("spurious", 2, ["s", "s"]),
        ("missed", 1, ["m"]),
    ]
    first = kinds[0].examples[0]
    assert [(piece.text, piece.label) for piece in first.gold] == [("see", ""), ("York", "LOC"), ("now", "")]
    assert (first.score, [piece.label for piece in first.predicted]) == ("90 %", ["", "PER", ""])
    assert kinds[3].examples[0].predicted == []
    assert examples_by_kind(errors_of(MISTAKEN), False)[0].examples[0].score == ""
    same = [sentence(f"x{n}", name, [], [Span(0, 1, "P", 0.9 - n / 10)]) for n, name in enumerate(["Bo", "bo", "Al"])]
    (kind,) = examples_by_kind(errors_of(same), True)
    assert [one.id for one in kind.examples] == ["x0", "x2", "x1"]


def test_what_is_far_from_an_entity_is_cut() -> None:
    tokens = [f"w{n}" for n in range(50)]
    pieces = cut_out(tokens, Span(20, 22, "X"))
    assert [piece.text.split() for piece in pieces] == [["…", *tokens[10:20]], tokens[20:22], [*tokens[22:32], "…"]]
    assert cut_out(["a"], Span(0, 1, "X"), right=True)[0].right


def test_scores_are_judged_against_what_is_right() -> None:
    """Two marks at 0.95, one right: ECE 0.45; and the same again from a plain loop over resampled sentences."""
    pair = [sentence("a", "x y", [Span(0, 1, "A")], [Span(0, 1, "A", 0.95), Span(1, 2, "A", 0.95)])]
    assert score_error(pair).value == pytest.approx(0.45)
    assert "promise that 95 % of what it finds is right; 50 % is: overconfident." in confidence_note(pair)
    random = np.random.default_rng(0)
    found = [
        sentence(str(n), "x", [Span(0, 1, "A")] if random.random() < 0.5 else [], [Span(0, 1, "A", random.choice([0.1, 0.9]))])
        for n in range(30)
    ]

    def plain(rows: np.ndarray) -> float:
        picked = [(found[row].predicted[0].score, float(bool(found[row].gold))) for row in rows]
        groups = [[one for one in picked if one[0] == score] for score in (0.1, 0.9)]
        return sum(abs(sum(score - right for score, right in group)) for group in groups) / len(picked)

    expected, error = interval(plain, 30), score_error(found)
    assert (error.value, error.low, error.high) == pytest.approx((expected.value, expected.low, expected.high))


def test_without_scores_nothing_is_drawn() -> None:
    plain = [sentence("a", "x", [], [Span(0, 1, "A")])]
    assert entity_reliability("p", plain) is None
    assert confidence_note(plain) == "It does not say how sure it is: every found entity has the score 1."
    assert confidence_note([sentence("a", "x")]) == "It found no entity."
    assert entity_reliability("p", MISTAKEN) is not None


def test_weak_slices_of_entities_are_found_with_intervals() -> None:
    """Entities in shouted sentences are missed; marks beside hashtags are wrong."""
    name = Span(1, 2, "PER")
    found = [sentence(f"s{n}", "ASK ANN PLEASE", [name]) for n in range(30)]
    found += [sentence(f"n{n}", "Ask Ann please", [name], [name]) for n in range(60)]
    found += [sentence(f"h{n}", "#ask ann @please", [], [name]) for n in range(30)]
    weak = [(one.column, one.value) for one in gold_slices(found) if one.weak]
    assert ("case of the sentence", "shouted") in weak
    assert ("case of the entity", "shouted") in weak
    wrong = [(one.column, one.value) for one in found_slices(found) if one.weak]
    assert ("hashtags or handles in the sentence", "present") in wrong
    assert ("case of the sentence", "all lower") in wrong
    rows = cells(slices_table(found, gold=True))
    assert rows[0][1:4] == ["100 %", "100 to 100 %", "0 %"]
    assert slices_table(found[:5], gold=False).rows == []


@pytest.mark.parametrize(
    ("text", "span", "place"),
    [
        ("Ann is in", Span(0, 1, "A"), "at its beginning"),
        (". Ann is in", Span(1, 2, "A"), "at its beginning"),
        ("it is Ann !", Span(2, 3, "A"), "at its end"),
        ("it is Ann there", Span(2, 3, "A"), "inside"),
        ("Ann Lee .", Span(0, 2, "A"), "the whole sentence"),
    ],
)
def test_places_look_past_signs(text: str, span: Span, place: str) -> None:
    other = Span(2, 3, "A") if place == "at its beginning" else Span(0, 1, "A")
    found = [sentence(str(n), text, [span]) for n in range(20)] + [sentence("x", "a B c d", [other])] * 40
    assert (place, 20) in {(one.value, one.n) for one in gold_slices(found) if one.column == "place in the sentence"}


def test_two_real_runs_are_compared_on_resampled_f1(real_runs: Path, tmp_path: Path) -> None:
    """A run and the same one without its marks; the difference is that of F1 over all sentences."""
    runs = tmp_path / "runs"
    for name in ("one", "two"):
        shutil.copytree(real_runs / "crf", runs / name)
    record = json.loads((runs / "two" / "result.json").read_text("utf-8"))
    counts = np.array([[5, 1, 0], [0, 1, 1]])
    for place, name in enumerate(("one", "two")):
        mine = counts if name == "one" else np.array([[0, 0, 5], [1, 0, 0]])
        columns = zip(("correct", "spurious", "missed"), mine.T.tolist(), strict=True)
        metrics = {**record["metrics"], "f1_micro": {"value": float(f1_of(mine.sum(axis=0))), "low": 0.0, "high": 1.0}}
        made = {**record, "model": name, "scores": dict(columns), "metrics": metrics, "seed": place}
        (runs / name / "result.json").write_text(json.dumps(made), "utf-8")
    (found,) = compare(leaderboards(read_runs(runs).runs)[0])
    assert found.test is not None
    assert found.test.difference == pytest.approx(10 / 13 - 2 / 7)
    text = Page(build_report(runs, tmp_path / "out").read_text("utf-8")).text
    assert "Is one really better?" in text
    assert "of micro-F1" in text or "in micro-F1" in text


def test_an_old_run_without_new_files_is_shown_as_far_as_it_goes(real_runs: Path, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    shutil.copytree(real_runs / "crf", runs / "crf")
    text = Page(build_report(runs, tmp_path / "out").read_text("utf-8")).text
    assert "Entities that training has shown, and others" in text
    (runs / "crf" / "familiarity.jsonl").unlink()
    record = json.loads((runs / "crf" / "result.json").read_text("utf-8"))
    assert set(record["details"].pop("per_type_intervals")) == set(record["details"]["per_type"])
    (runs / "crf" / "result.json").write_text(json.dumps(record), "utf-8")
    text = Page(build_report(runs, tmp_path / "out").read_text("utf-8")).text
    assert "Entities that training has shown, and others" not in text
    assert "Entity types, lowest F1 first" in text
    assert "left out" not in text


def test_familiarity_of_other_spans_is_left_aside(tmp_path: Path, write_rows: Write) -> None:
    rows = [{"id": "a", "tokens": ["x"], "gold": [{"start": 0, "end": 1, "label": "A"}], "predicted": []}]
    write_rows(tmp_path / "familiarity.jsonl", [{"id": "a", "unseen": 1.0, "gold": [], "predicted": []}])
    (one,) = read_sentences(rows, tmp_path)
    assert (one.known, one.unseen) == ((), 1.0)
    write_rows(tmp_path / "familiarity.jsonl", [{"id": "a", "gold": [{"form": "new", "unseen": 1}], "predicted": []}])
    (one,) = read_sentences(rows, tmp_path)
    assert one.known == (Known("new", 1),)
    assert replace(one, known=()).form(one.gold[0]) == "x"
    assert span_counts([one.gold], [one.predicted]).tolist() == [[0, 0, 1]]
