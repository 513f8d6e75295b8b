"""What is picked from a run's predictions, and in which order."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlpref.metrics.classification import confusion_matrix, per_label
from nlpref.metrics.ranking import score_queries
from nlpref.metrics.spans import per_type
from nlpref.report.classification import classification_view
from nlpref.report.retrieval import retrieval_view
from nlpref.report.runs import SavedRun, read_runs
from nlpref.report.tagging import tagging_view
from nlpref.results import Estimate
from nlpref.types import Span

Save = Callable[..., Path]


@pytest.fixture
def run_with(save_run: Save, tmp_path: Path) -> Callable[..., SavedRun]:
    def made(**fields: Any) -> SavedRun:
        save_run("a", **fields)
        return read_runs(tmp_path / "runs").runs[0]

    return made


def classified(gold: str, predicted: str, probability: float, name: str = "x", text: str = "words") -> dict[str, Any]:
    chances = {predicted: probability, "c": 0.01}
    return {"id": name, "text": text, "gold": gold, "predicted": predicted, "probability": probability, "probabilities": chances}


def test_surest_mistakes_come_first(run_with: Callable[..., SavedRun]) -> None:
    rows = [classified("a", "a", 0.99)] + [classified("c", "a", 0.5 + n / 100, f"m{n}") for n in range(20)]
    gold, predicted = [row["gold"] for row in rows], [row["predicted"] for row in rows]
    details = {"confusion_matrix": confusion_matrix(gold, predicted), "per_label": per_label(gold, predicted)}
    view = classification_view(run_with(details=details), rows)
    assert [mistake.id for mistake in view.mistakes] == [f"m{n}" for n in range(19, 4, -1)]
    assert view.wrong == 20
    assert (view.mistakes[0].probability, view.mistakes[0].gold_probability) == ("69 %", "1 %")
    assert view.confidence.endswith("61 % right answers on average; 5 % are right: overconfident.")


@pytest.mark.parametrize(("probability", "verdict"), [(0.5, "underconfident"), (0.99, "well calibrated on average")])
def test_confidence_is_put_into_words(run_with: Callable[..., SavedRun], probability: float, verdict: str) -> None:
    rows = [classified("a", "a", probability)] * 10
    details = {"confusion_matrix": confusion_matrix(["a"], ["a"]), "per_label": per_label(["a"], ["a"])}
    assert classification_view(run_with(details=details), rows).confidence.endswith(f"{verdict}.")


def test_long_texts_are_cut_and_absent_probabilities_said(run_with: Callable[..., SavedRun]) -> None:
    rows = [classified("b", "a", 0.9, text="x" * 2000)]
    details = {"confusion_matrix": confusion_matrix(["b"], ["a"]), "per_label": per_label(["b"], ["a"])}
    (mistake,) = classification_view(run_with(details=details), rows).mistakes
    assert mistake.text == "x" * 700 + " …"
    assert mistake.gold_probability == "not in its top 2"


def test_labels_are_listed_worst_first_and_empty_ones_last(run_with: Callable[..., SavedRun]) -> None:
    gold, predicted = ["a", "a", "b", "b"], ["a", "a", "b", "unseen"]
    details = {"confusion_matrix": confusion_matrix(gold, predicted), "per_label": per_label(gold, predicted)}
    rows = classification_view(run_with(details=details), []).labels.rows
    assert [(row[0].text, row[3].text) for row in rows] == [("b", "0.667"), ("a", "1.000"), ("unseen", "no gold example")]


def tagged(name: str, tokens: list[str], gold: list[Span], predicted: list[Span]) -> dict[str, Any]:
    spans = [[{"start": span.start, "end": span.end, "label": span.label} for span in spans] for spans in (gold, predicted)]
    return {"id": name, "tokens": tokens, "gold": spans[0], "predicted": spans[1]}


def test_sentences_with_most_errors_come_first_with_both_readings(run_with: Callable[..., SavedRun]) -> None:
    names = [Span(0, 1, "PER"), Span(2, 4, "LOC")]
    rows = [
        tagged("right", ["Ann", "in", "New", "York"], names, names),
        tagged("one", ["Ann", "in", "New", "York"], names, [names[0]]),
        tagged("two", ["Ann", "in", "New", "York"], names, [names[0], Span(1, 2, "PER"), Span(3, 4, "LOC")]),
    ]
    details = {"per_type": per_type([names], [names])}
    view = tagging_view(run_with(task="ner", primary="f1_micro", details=details), rows)
    assert ([mistake.id for mistake in view.mistakes], view.wrong) == (["two", "one"], 2)
    worst = view.mistakes[0]
    assert worst.kinds == "1 boundary, 1 spurious"
    assert [(piece.text, piece.label, piece.right) for piece in worst.gold if piece.label] == [
        ("Ann", "PER", True),
        ("New York", "LOC", False),
    ]
    assert [(piece.text, piece.label) for piece in worst.predicted] == [
        ("Ann", "PER"),
        ("in", "PER"),
        ("New", ""),
        ("York", "LOC"),
    ]
    assert [row[1].text for row in view.errors.rows] == ["1", "0", "0", "1", "1"]


def test_long_stretches_without_entities_are_shortened(run_with: Callable[..., SavedRun]) -> None:
    tokens = [f"w{n}" for n in range(100)]
    rows = [tagged("long", tokens, [Span(90, 91, "X")], [])]
    (mistake,) = tagging_view(run_with(task="ner", details={"per_type": {}}), rows).mistakes
    assert "".join(piece.text for piece in mistake.gold if piece.label) == "w90"
    assert mistake.gold[0].text.startswith("w0 w1 ")
    assert " … " in mistake.gold[0].text
    assert mistake.gold[0].text.endswith(" w89")


def test_queries_served_worst_come_first_with_ranks(run_with: Callable[..., SavedRun]) -> None:
    found = {"deep": ["x", "y", *(f"z{n}" for n in range(20)), "d"], "none": ["x"], "good": ["d"], "second": ["x", "d"]}
    grades = {"deep": {"d": 1}, "none": {"d": 2, "e": 1, "bad": -1}, "good": {"d": 1}, "second": {"d": 1}}
    rows = [
        {"id": name, "query": f"query {name}", "relevance": grades[name], "hits": [{"id": hit, "score": 1.0} for hit in hits]}
        for name, hits in found.items()
    ]
    scored = score_queries(list(grades.values()), list(found.values()))
    details = {"scored_queries": list(scored.queries), "skipped_queries": scored.skipped}
    run = run_with(task="retrieval", primary="ndcg@10", n=4, scores=scored.scores, details=details)
    view = retrieval_view(run, rows, "v")
    assert [mistake.id for mistake in view.mistakes] == ["none", "deep", "second"]
    assert view.failed == "2 queries of 4 (50 %) find no relevant document among the first ten."
    missed, deep, second = view.mistakes
    assert [(one.id, one.grade, one.place) for one in missed.relevant] == [
        ("d", 2, "not among the 1 hit"),
        ("e", 1, "not among the 1 hit"),
    ]
    assert (deep.relevant[0].place, len(deep.hits)) == ("rank 23", 5)
    assert [(hit.id, hit.grade) for hit in second.hits] == [("x", 0), ("d", 1)]
    assert second.ndcg == "0.63"


@pytest.mark.parametrize(
    ("details", "said"),
    [
        ({}, ""),
        ({"weight": 0.4}, "The first of the two retrievers has weight 0.40, the second one the rest."),
        ({"blend": 0.0}, "The reranker does not help, so its share is 0 and the order of the first stage is returned as it is."),
        (
            {"blend": 0.45, "tried": [[0.0, 0.7], [0.45, 0.8], [1.0, 0.6]]},
            "The reranker's share of the score is 0.45, the first stage has the rest. On held-out queries, by which it was "
            "chosen, nDCG@10 is 0.700 for the first stage, 0.600 for the reranker, 0.800 for both.",
        ),
        (
            {"blend": 0.0, "tried": [[0.0, 0.7], [1.0, 0.6]]},
            "The reranker does not help, so its share is 0 and the order of the first stage is returned as it is. On held-out "
            "queries, by which it was chosen, nDCG@10 is 0.700 for the first stage, 0.600 for the reranker.",
        ),
    ],
)
def test_what_a_composite_chose_is_told(run_with: Callable[..., SavedRun], details: dict[str, object], said: str) -> None:
    rows = [{"id": "q", "query": "lamp", "relevance": {"d": 1}, "hits": [{"id": "d", "score": 1.0}]}]
    scored = {"scored_queries": [0], "skipped_queries": 0}
    run = run_with(task="retrieval", primary="ndcg@10", n=1, scores={"ndcg@10": [1.0]}, details={**scored, **details})
    assert retrieval_view(run, rows, "v").chosen == said


def test_calibration_error_is_told_with_its_interval(run_with: Callable[..., SavedRun]) -> None:
    details = {"confusion_matrix": confusion_matrix(["a"], ["a"]), "per_label": per_label(["a"], ["a"])}
    run = run_with(details=details)
    result = dataclasses.replace(run.result, metrics={**run.result.metrics, "ece": Estimate(0.05, 0.04, 0.09)})
    view = classification_view(dataclasses.replace(run, result=result), [classified("a", "a", 0.9)])
    assert "Expected calibration error 0.050 (95 % interval 0.040 to 0.090)." in view.confidence
