"""A selective tagger: what it keeps, what it leaves, and why it may keep nothing."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from tests.decisions.spans.told import ToldTagger, drawn, sentence

from nlpref.decisions.spans import CalibratedTagger, SelectiveTagger
from nlpref.decisions.spans.reading import read
from nlpref.errors import InputError, NotFittedError
from nlpref.storage import load_component
from nlpref.tasks import task_named
from nlpref.types import Span

TRAIN, HELD, NEW = drawn(30, 0), drawn(900, 1), drawn(900, 2)


def test_keeps_and_leaves_as_promised(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="nlpref")
    model = SelectiveTagger(ToldTagger(), precision=0.8).fit(TRAIN, HELD)
    made = model.promise_
    assert 0 < made.threshold < 0.9
    assert f"{made.threshold:.4f}, {made.kept} of {made.spans} held out, {made.wrong} wrong" in caplog.text
    sentences = [["a:0.99", "x", "b:0.02"], [], ["b:0.99"]]
    assert model.predict(sentences) == [[Span(0, 1, "a")], [], [Span(0, 1, "b")]]
    assert model.abstained(sentences) == [[Span(2, 3, "b")], [], []]
    assert [one.left for one in read(model, sentences, 0.01)] == [(Span(2, 3, "b"),), (), ()]
    model.save(tmp_path / "model")
    loaded = load_component(tmp_path / "model", ("nlpref", "tests"))
    assert (loaded.promise_, loaded.abstained(sentences)) == (made, model.abstained(sentences))


def test_the_record_tells_what_was_kept_and_how_much_of_it_is_right() -> None:
    model = SelectiveTagger(CalibratedTagger(ToldTagger(), folds=2), precision=0.8).fit(HELD, NEW)
    evaluation = task_named("ner").evaluate(model, NEW)
    found = evaluation.details["span_selection"]
    kept = [(span, row["gold"]) for row in evaluation.rows for span in row["predicted"]]
    right = [any(all(span[key] == gold[key] for key in ("start", "end", "label")) for gold in golds) for span, golds in kept]
    assert found["observed"] == pytest.approx(sum(right) / len(right)) == evaluation.metrics["precision_micro"].value
    assert found["observed"] >= 0.8 > found["precision_of_all"]
    assert found["coverage"] == pytest.approx(len(kept) / found["spans"]) == found["kept"] / found["spans"]
    assert 0.8 < found["observed_by_sentence"] < 1
    assert (found["promised"], found["confidence"], found["sentences"]) == (0.8, 0.95, 900)
    assert evaluation.details["span_calibration"]["held_out"] == 900


def test_without_enough_sentences_nothing_is_kept_and_the_log_says_how_many_are_needed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    model = SelectiveTagger(ToldTagger()).fit(TRAIN, HELD[:12])
    assert "too few for precision=0.9 with confidence=0.95, so nothing is kept; at least 29 are needed" in caplog.text
    assert model.predict([["a:1.0"]]) == [[]]
    assert model.abstained([["a:1.0"]]) == [[Span(0, 1, "a")]]
    told = model.describe(NEW)["span_selection"]
    assert told["coverage"] == 0.0
    assert "observed" not in told
    SelectiveTagger(ToldTagger()).fit(TRAIN, [sentence([("a", 0.5)], [number % 2 == 0]) for number in range(300)])
    assert "the tagger is not good enough for precision=0.9" in caplog.text


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"precision": 1.0}, "precision must lie between 0 and 1, both excluded, since nothing is certain; got 1.0"),
        ({"confidence": 0}, "confidence must lie between 0 and 1, both excluded, since nothing is certain; got 0"),
        ({"precision": "90 %"}, "got '90 %'"),
        ({"confidence": True}, "got True"),
    ],
)
def test_settings_that_do_not_fit_are_named(settings: dict[str, Any], named: str) -> None:
    model = SelectiveTagger(ToldTagger()).fit(TRAIN, HELD).set_params(**settings)
    with pytest.raises(InputError, match=named):
        model.fit(TRAIN, HELD)
    with pytest.raises(NotFittedError):
        model.abstained([["a:0.5"]])


def test_a_fitted_tagger_is_shared_by_clones() -> None:
    from sklearn.base import clone

    inside = ToldTagger().fit(TRAIN)
    model = SelectiveTagger(inside, precision=0.8, fit_tagger=False).fit(TRAIN, HELD)
    assert inside.learnt is not None
    assert clone(model).tagger is inside
    assert clone(SelectiveTagger(inside)).tagger is not inside
