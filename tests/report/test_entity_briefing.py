"""The page in plain words about a tagger: its figures by hand, its verdicts, its silence about nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.report.test_page import Page

from nlpref.errors import InputError, StorageError
from nlpref.metrics.spans import per_type, span_estimates
from nlpref.report.__main__ import main
from nlpref.report.briefing import write_briefing
from nlpref.report.entity_briefing import EntityBriefing, brief_entities
from nlpref.report.entity_trust import plain_type, trusted_types
from nlpref.report.outcomes import share_of
from nlpref.report.runs import read_runs
from nlpref.report.stakes import Stakes
from nlpref.results import EvalResult
from nlpref.types import Span

Save = Callable[..., Path]
Write = Callable[[Path, Sequence[Any]], None]
NAME, PLACE = Span(0, 1, "PERSON"), Span(2, 3, "LOCATION")


def row(name: str, gold: Sequence[Span], predicted: Sequence[Span], text: str = "Ann in York") -> dict[str, Any]:
    spans = [[{"start": s.start, "end": s.end, "label": s.label} for s in part] for part in (gold, predicted)]
    scored = [{**one, "score": span.score} for one, span in zip(spans[1], predicted, strict=True)]
    return {"id": name, "tokens": text.split(), "gold": spans[0], "predicted": scored}


@pytest.fixture
def told(save_run: Save, write_rows: Write) -> Callable[..., Path]:
    """A run folder of such sentences, each ``(gold, predicted)``."""

    def made(pairs: Sequence[tuple[Sequence[Span], Sequence[Span]]], known: Sequence[Any] = ()) -> Path:
        gold, predicted = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        folder = save_run("a", task="ner", primary="f1_micro", n=len(pairs), details={"per_type": per_type(gold, predicted)})
        record = EvalResult.load(folder / "result.json")
        EvalResult(**{**vars(record), "metrics": span_estimates(gold, predicted)}).save(folder / "result.json")
        write_rows(folder / "predictions.jsonl", [row(str(n), *pair) for n, pair in enumerate(pairs)])
        if known:
            write_rows(folder / "familiarity.jsonl", known)
        return folder

    return made


def brief(folder: Path, stakes: Stakes | None = None) -> EntityBriefing:
    return brief_entities(read_runs(folder).runs[0], stakes or Stakes())


def test_figures_by_hand(told: Callable[..., Path]) -> None:
    """Forty names, all found, ten of them less surely; forty places, ten found; ten marks for nothing."""
    sure, doubt = Span(0, 1, "PERSON", 0.9), Span(1, 2, "PERSON", 0.3)
    pairs = [([NAME, PLACE], [sure, *([PLACE] if n < 10 else []), *([doubt] if 10 <= n < 20 else [])]) for n in range(40)]
    found = brief(told(pairs), Stakes(cost_per_error=2.0, texts_per_day=400, currency="CHF"))
    assert found.headline == "finds 62 of 100 entities, and 83 of 100 that it marks are right"  # 50 of 80, 50 of 60
    assert found.does[0] == "It reads a text and marks entities of 2 types: “person”, “location”."
    assert "have 80 entities; it marked 60 places, 50 of them rightly" in found.quality[0]
    assert found.quality[1].startswith("Of 100 that it marks, 83 (95 % interval ")
    assert found.quality[2].startswith("Of 100 that are in the texts, it finds 62 (95 % interval ")
    assert found.quality[3] == "On average it says that it is 82 % sure of a mark, which is about right."
    assert found.trust[0].startswith("No type can be trusted without a check.")
    assert found.weak[0] == "Types that it finds least often: “location” (30 of 40 not found)."
    assert found.weak[1] == "Words missed most: “york” (30 times)."
    assert found.errors == ["40 errors in all: 10 marked where there is no entity, 30 not marked."]
    assert [(one.title, one.note) for one in found.wrong] == [("No entity", "is no entity"), ("Not marked", "was not marked")]
    assert [one.title for one in found.right] == ["Person", "Location"]
    assert found.costs[0].startswith("In 400 texts a day there are about 800 entities, and it makes 400 errors (between ")
    assert found.costs[1] == "At 2 CHF for each, that is 800 CHF a day and 292,000 CHF a year."
    assert "the least sure 8 % of the marks: 50 checks a day would leave half of them" in found.checks[1]  # 5 of 60
    assert found.checks[2].startswith("No check of marks finds what it did not mark: 38 of 100 entities, 300 a day.")
    assert found.checking is not None
    assert found.checking.caption == "What checking buys, on a day of 600 marks"
    assert [cell.text for cell in found.checking.rows[0]] == ["nothing", "0", "100", "200"]
    assert any("did not record" in text for text in found.unmeasured)


def test_verdicts_follow_the_low_ends() -> None:
    scores = {
        "GOOD": {"precision": 0.95, "recall": 0.9, "f1": 0.92, "support": 100.0},
        "SHY": {"precision": 0.95, "recall": 0.5, "f1": 0.66, "support": 100.0},
        "LOUD": {"precision": 0.5, "recall": 0.95, "f1": 0.66, "support": 100.0},
        "POOR": {"precision": 0.85, "recall": 0.85, "f1": 0.85, "support": 100.0},
        "RARE": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 9.0},
        "NONE": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0.0},
        "FULL": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 12.0},
    }
    ends = {
        name: {
            key: [one[key] - 0.06, min(1.0, one[key] + 0.06)] if one[key] < 1 else [1.0, 1.0] for key in ("precision", "recall")
        }
        for name, one in scores.items()
        if name != "NONE"
    }
    found = {one.name: one for one in trusted_types(scores, ends)}
    assert {name: one.verdict for name, one in found.items()} == {
        "GOOD": "can be trusted",
        "SHY": "right when marked, but often missed",
        "LOUD": "found, but its marks need a check",
        "POOR": "needs a check",
        "RARE": "too few to tell",
        "NONE": "too few to tell",
        "FULL": "needs a check",  # twelve of twelve may be 74 of 100
    }
    assert found["FULL"].recall == share_of(12, 12)
    assert (found["NONE"].precision, found["NONE"].recall) == (None, None)
    assert plain_type("ORDER_ID") == "“order id”"
    assert plain_type("creative-work") == "“creative work”"
    assert plain_type("Person") == "“Person”"


def test_entities_of_training_are_told_apart(told: Callable[..., Path]) -> None:
    same, new = {"form": "same", "unseen": 0}, {"form": "new", "unseen": 1}
    known = [{"id": str(n), "unseen": 0.0, "gold": [same, new], "predicted": [same]} for n in range(20)]
    found = brief(told([([NAME, PLACE], [NAME])] * 20, known))
    assert (
        "It finds 100 of 100 entities whose words it learned with that type and 0 of 100 that it never met in training."
        in found.weak
    )
    assert "A mere list of the entities that it learned from would find at most 50 of 100." in found.quality
    assert found.checks[0].startswith("It does not say how sure it is of a mark")
    assert found.checking is None
    assert not any("did not record" in text for text in found.unmeasured)


@pytest.mark.parametrize(
    ("pair", "headline"),
    [
        (([], []), "marks nothing"),
        (([NAME], []), "marks nothing"),
        (([], [NAME]), "was tested on texts without an entity"),
        (([NAME], [NAME]), "finds 100 of 100 entities, and 100 of 100 that it marks are right"),
    ],
)
def test_extremes_make_a_page(
    told: Callable[..., Path], tmp_path: Path, pair: tuple[list[Span], list[Span]], headline: str
) -> None:
    page = Page(write_briefing(told([pair] * 3), tmp_path / "out").read_text("utf-8"))
    assert page.faults == []
    assert f"m {headline}" in page.text
    assert ("There was no error on the test texts." in page.text) == (pair[0] == pair[1])


def test_the_program_writes_both_pages_of_a_real_run(
    real_runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["nlpref report", f"run={real_runs / 'crf'}", "currency=USD"])
    main()
    assert capsys.readouterr().out == "summary: reports/crf/summary.html\nreport: reports/crf/index.html\n"
    html = (tmp_path / "reports/crf/summary.html").read_text("utf-8")
    page = Page(html)
    assert page.faults == []
    assert "<script" not in html
    for part in ("A finder of entities, in plain words", "Which types can be trusted", "What people must still check", "1 USD"):
        assert part in page.text


def test_what_cannot_be_told_is_refused(told: Callable[..., Path], real_runs: Path, tmp_path: Path, write_rows: Write) -> None:
    with pytest.raises(InputError, match="not of a tagger"):
        brief(real_runs / "bm25")
    folder = told([([NAME], [NAME])])
    write_rows(folder / "predictions.jsonl", [])
    with pytest.raises(InputError, match="scored no text"):
        write_briefing(folder, tmp_path)
    write_rows(folder / "predictions.jsonl", [{"id": "0", "tokens": ["a"], "gold": "none", "predicted": []}])
    with pytest.raises(StorageError, match="do not have the expected form"):
        write_briefing(folder, tmp_path)
