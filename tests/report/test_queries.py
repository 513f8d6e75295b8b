"""Queries of a retriever's run: why they fail, what is shown of them, two runs compared, and the page in plain words."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from nlpref.errors import InputError, StorageError
from nlpref.metrics.ranking import score_queries
from nlpref.report import build_report
from nlpref.report.__main__ import main
from nlpref.report.briefing import write_briefing
from nlpref.report.differences import difference_page, write_difference_page
from nlpref.report.passages import passage
from nlpref.report.queries import FoundDocument, RankedQuery
from nlpref.report.query_failures import failure_classes, failures_table
from nlpref.report.query_page import query_page, write_query_page
from nlpref.report.query_slices import lengths_table, query_slices
from nlpref.report.runs import read_run

Save = Callable[..., Path]
Write = Callable[[Path, Sequence[Any]], None]
Made = Callable[..., Path]
FALLING = [1 / rank for rank in range(1, 101)]
ATTACK = "<script>alert('x')</script>"


def ranked(
    hits: Sequence[str], grades: Mapping[str, int], text: str = "lost parcels", scores: Sequence[float] = ()
) -> RankedQuery:
    (value,) = score_queries([grades], [hits]).scores["ndcg@10"]
    return RankedQuery("q", text, grades, hits, list(scores) or FALLING[: len(hits)], value)


def names_of(query: RankedQuery, documents: Sequence[FoundDocument] = (), others: Sequence[RankedQuery] = ()) -> list[str]:
    """Names of the classes that a query is sorted into."""
    found = failure_classes([query, *others], {one.id: one for one in documents})
    return [one.name for one in found if query in one.queries]


def filler(count: int) -> list[str]:
    return [f"x{n}" for n in range(count)]


@pytest.mark.parametrize(("rank", "found"), [(10, []), (11, ["near miss"]), (20, ["near miss"]), (21, ["none of these"])])
def test_near_misses_stand_just_below(rank: int, found: list[str]) -> None:
    assert names_of(ranked([*filler(rank - 1), "d", *(f"y{n}" for n in range(30))], {"d": 1})) == found


def test_what_is_among_no_hits_was_not_found() -> None:
    assert names_of(ranked(filler(100), {"d": 1})) == ["not found at all"]
    assert names_of(ranked([], {"d": 1})) == ["not found at all"]


def test_a_lexical_gap_is_one_to_all_relevant_documents() -> None:
    query = ranked(filler(30), {"d": 1, "e": 2}, "How are the lost parcels found?")
    gap = FoundDocument("d", "Missing items", "How are the goods?")
    assert names_of(query, [gap, FoundDocument("e", "", "Tracing a delivery")]) == ["not found at all", "lexical gap"]
    # "parcel" has the root of "parcels", be it in the title.
    assert names_of(query, [gap, FoundDocument("e", "Your parcel", "a delivery")]) == ["not found at all"]
    # Of what is cut or not kept nothing can be said.
    assert names_of(query, [gap, FoundDocument("e", "", "Tracing", cut=True)]) == ["not found at all"]
    assert names_of(query, [gap]) == ["not found at all"]


def test_flat_scores_are_ambiguous() -> None:
    hits, grades = filler(100), {"d": 1}
    assert "ambiguous" not in names_of(ranked(hits, grades, scores=FALLING))
    assert "ambiguous" in names_of(ranked(hits, grades, scores=[1 - rank / 1000 for rank in range(100)]))
    assert "ambiguous" in names_of(ranked(hits, grades, scores=[5.0] * 100))
    assert "ambiguous" not in names_of(ranked(hits[:49], grades, scores=[5.0] * 49))  # too few to say


def test_holes_are_told_only_where_judgements_name_irrelevant_documents() -> None:
    query = ranked(filler(100), {"d": 1})
    judged = ranked([*filler(9), "n"], {"d": 1, "n": 0})
    assert names_of(query) == ["not found at all"]
    assert names_of(query, others=[judged]) == ["not found at all", "no judged document"]
    assert names_of(judged) == ["not found at all"]


def test_no_failure_is_one_sentence() -> None:
    query = ranked(["d"], {"d": 1})
    assert (
        failures_table(failure_classes([query], {}), [query]).caption
        == "Every query finds a relevant document among the first 10"
    )


def test_a_passage_has_the_most_different_words_and_marks_them() -> None:
    text = " ".join([*["alpha"] * 50, "parcel", "parcel", *["beta"] * 50, "lost", "Parcels.", "end"])
    pieces = passage(text, {"lost", "parcel"}, size=10)
    assert [one.text for one in pieces if one.matches] == ["lost", "Parcels"]
    assert pieces[0].text == "… "
    assert "".join(one.text for one in pieces[1:]) == "beta beta beta beta beta beta lost Parcels. end"
    assert [(one.text, one.matches) for one in passage("nothing here", {"lost"})] == [("nothing here", False)]
    assert passage("", {"lost"}) == []
    assert "".join(one.text for one in passage(text, set(), size=5)) == "alpha alpha alpha alpha alpha …"


def test_long_queries_that_fail_are_a_weak_slice() -> None:
    good = [ranked(["d"], {"d": 1}, f"short {n}") for n in range(60)]
    bad = [ranked(filler(50), {"d": 1}, f"a much longer query of many words {n}") for n in range(30)]
    weak = [one for one in query_slices([*good, *bad], {}) if one.weak]
    assert [(one.column, one.value, one.wrong) for one in weak] == [("words in the query", "8", 30)]
    table = lengths_table([*good, *bad])
    assert [row[0].text for row in table.rows] == ["short: 2 words", "long: 8 words"]
    assert [row[3].text for row in table.rows] == ["0 %", "100 %"]


@pytest.fixture
def made(save_run: Save, write_rows: Write) -> Made:
    """A run with the hits given by query; query ``q0`` has the relevant document ``d0``, and so on."""

    def make(place: str, hits: Sequence[Sequence[str]], texts: bool = True, n: str = "1", **more: Any) -> Path:
        grades = [{f"d{number}": 1, "wrong": 0} for number in range(len(hits))]
        scored = score_queries(grades, hits)
        details = {"scored_queries": list(scored.queries), "skipped_queries": 0, "documents": 1234, **more}
        found = {"task": "retrieval", "primary": "ndcg@10", "scores": dict(scored.scores), "details": details}
        folder = save_run(place, model=place, n=len(hits), dataset=("toy", n), **found)
        rows = [
            {
                "id": f"q{number}",
                "query": f"lost parcel {number} {ATTACK}",
                "relevance": grades[number],
                "hits": [{"id": name, "score": 1 / rank} for rank, name in enumerate(names, start=1)],
            }
            for number, names in enumerate(hits)
        ]
        write_rows(folder / "predictions.jsonl", rows)
        if texts:
            names = sorted({name for row in hits for name in row} | {name for grade in grades for name in grade})
            kept = [{"id": name, "title": f"Title of {name}", "text": f"Parcels & {ATTACK}"} for name in names]
            write_rows(folder / "documents.jsonl", kept)
        return folder

    return make


FIRST = [["d0", "x"], ["x", "wrong", "d1"], ["d2"], ["x"], []]
SECOND = [["x", "d0"], ["d1"], ["d2"], ["x"], ["x"]]


def test_the_page_of_all_queries(made: Made, tmp_path: Path) -> None:
    run = read_run(made("a", FIRST))
    page = query_page(run)
    assert [one.detail.id for one in page.queries] == ["q3", "q4", "q1", "q0", "q2"]
    assert list(page.queries[0].classes) == ["not found at all", "no judged document"]
    hits = page.queries[2].detail.hits
    assert [(hit.id, hit.verdict) for hit in hits] == [("x", "not judged"), ("wrong", "not relevant"), ("d1", "relevant")]
    assert [piece.text for piece in hits[0].passage if piece.matches] == ["Parcels", "script", "alert", "x", "script"]
    text = write_query_page(run, tmp_path / "out").read_text("utf-8")
    assert "<script" not in text
    assert text.count('<details class="listed">') == 5
    assert '<mark class="term">Parcels</mark>' in text


def test_the_page_without_texts_of_documents(made: Made, tmp_path: Path) -> None:
    run = read_run(made("a", FIRST, texts=False))
    assert "mark class" not in write_query_page(run, tmp_path).read_text("utf-8")
    text = build_report(run.folder, tmp_path).read_text("utf-8")
    assert "Lexical gaps are not told" in text


def test_differences_by_hand(made: Made, tmp_path: Path) -> None:
    first, second = read_run(made("a", FIRST)), read_run(made("b", SECOND))
    page = difference_page(first, second)
    assert page.counts == "Of the 5 queries, a serves 1 better and 1 worse; 3 are served alike."
    assert page.verdict.startswith("The difference in nDCG@10 may be chance: \N{MINUS SIGN}2.6 points (95 % interval")
    assert [(one.difference, one.first.id, one.second.best) for one in page.won] == [("+0.37", "q0", "rank 2")]
    assert [(one.difference, one.first.id, one.first.best) for one in page.lost] == [("\N{MINUS SIGN}0.50", "q1", "rank 3")]
    text = write_difference_page(first, second, tmp_path).read_text("utf-8")
    assert "Served better by b" in text
    assert "<script" not in text


def test_differences_of_what_cannot_be_compared(made: Made, save_run: Save) -> None:
    first = read_run(made("a", FIRST))
    with pytest.raises(InputError, match="same task, data, split and metric"):
        difference_page(first, read_run(made("b", SECOND, n="2")))
    with pytest.raises(InputError, match="is a run of the task classification; differences are of retrievers"):
        difference_page(first, read_run(save_run("c")))
    with pytest.raises(InputError, match="is a run of the task classification, which has no queries"):
        query_page(read_run(save_run("c")))


def test_files_that_do_not_fit_are_refused(made: Made, write_rows: Write) -> None:
    folder = made("a", FIRST)
    write_rows(folder / "documents.jsonl", [{"id": "d0", "text": "x"}])
    with pytest.raises(StorageError, match=r"documents\.jsonl, line 1: expected a document with id, title and text"):
        query_page(read_run(folder))
    write_rows(folder / "documents.jsonl", [])
    write_rows(folder / "predictions.jsonl", [{"id": "q0"}] * 5)
    with pytest.raises(StorageError, match="do not have the expected form"):
        query_page(read_run(folder))


def test_all_pairs_of_three_models_are_on_the_page(made: Made, tmp_path: Path) -> None:
    for name, hits in {"a": [["d0"]] + [["x"]] * 9, "b": [[f"d{n}"] for n in range(10)], "c": [["x"]] * 10}.items():
        made(name, hits)
    text = build_report(tmp_path / "runs", tmp_path / "out").read_text("utf-8")
    assert "adjusted for 3 pairs (Holm)" in text
    assert "9-1-0" in text
    assert "0-1-9" in text


def test_a_retriever_in_plain_words(made: Made, tmp_path: Path) -> None:
    folder = made("a", [*FIRST[:2], *([f"d{n}"] for n in range(2, 19)), ["x"]], dataset_notes={"sizes": {"train": 40}})
    text = write_briefing(folder, tmp_path).read_text("utf-8")
    for told in (
        "finds something right among the first ten for 95 of 100 queries",
        "puts 1,234 documents of toy in order",
        "There were 40 queries with known answers to learn from.",
        "The first hit is right for 90 of 100 queries, one of the first three for 95 of 100",
        "1 query found nothing right among the first ten.",
        "the right document is not among all its hits (1 time)",
        "Of 1,000 searches a day, 50 find nothing right",
        "What it does with a query that no document answers",
    ):
        assert told in text
    assert "<script" not in text


@pytest.mark.parametrize("hits", [[["d0"]], [["x"]], [[]]])
def test_extremes_make_all_pages(hits: list[list[str]], made: Made, tmp_path: Path) -> None:
    folder = made("a", hits)
    write_briefing(folder, tmp_path)
    write_query_page(read_run(folder), tmp_path)
    write_difference_page(read_run(folder), read_run(made("b", [["x", "d0"]])), tmp_path)
    assert "model" in build_report(folder, tmp_path).read_text("utf-8")


def test_the_program_writes_all_pages_of_a_real_run(
    real_runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run, other, out = str(real_runs / "bm25"), str(tmp_path / "other"), tmp_path / "out"
    shutil.copytree(run, other)
    monkeypatch.setattr("sys.argv", ["report", f"run={run}", f"against={other}", f"out={out}"])
    main()
    assert [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()] == [
        "summary", "queries", "differences", "report",
    ]  # fmt: skip
    assert sorted(path.name for path in out.iterdir()) == ["differences.html", "index.html", "queries.html", "summary.html"]
    kept = [json.loads(line) for line in (real_runs / "bm25" / "documents.jsonl").read_text("utf-8").splitlines()]
    assert {"id": "d1", "title": "", "text": "returning a parcel"} in kept
    monkeypatch.setattr("sys.argv", ["report", f"run={run}", f"against={run}", f"out={out}"])
    with pytest.raises(SystemExit, match="was given twice; give against= another run"):
        main()
    monkeypatch.setattr("sys.argv", ["report", f"against={run}"])
    with pytest.raises(SystemExit, match="against= is compared with one run"):
        main()
