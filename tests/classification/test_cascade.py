"""A cascade: who answers what, who learns from what, and what it says of itself."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone

from nlpref import storage
from nlpref.classification import CascadeClassifier, TfidfClassifier
from nlpref.classification.stages import lead
from nlpref.errors import InputError, NotFittedError
from nlpref.neural.session import current_session, training_session
from nlpref.storage import load_component
from nlpref.tasks import task_named
from nlpref.types import LabelledText

Examples = Sequence[LabelledText]
TRAIN = [LabelledText("x", "no"), LabelledText("y", "yes")]
# Four texts, all of them "yes", and the probability of "yes" that two stages give.
QUICK = {"a": 0.9, "b": 0.8, "c": 0.3, "d": 0.4}
FINE = {"a": 0.6, "b": 0.7, "c": 0.75, "d": 0.2}
HALFWAY = (3 / 4 + 4 / 7) / 2  # between the leads of b and c
VALIDATION = [LabelledText(text, "yes") for text in QUICK]


class Table(BaseEstimator):
    """Knows the answers by heart; keeps a list of what it was fitted on and of what it was asked."""

    def __init__(self, chances: Mapping[str, float], names: Sequence[str] = ("no", "yes"), of: str = "yes") -> None:
        self.chances = chances
        self.of = of
        self.names = names

    @property
    def labels(self) -> tuple[str, ...]:
        if not hasattr(self, "learnt"):
            raise NotFittedError("Table is not fitted yet; call fit")
        return tuple(self.names)

    def fit(self, train: Examples, validation: Examples = ()) -> Self:
        self.learnt, self.validation, self.session = list(train), list(validation), current_session()
        self.checkpoints = self.session.next_checkpoints()
        self.asked: list[str] = []
        return self

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        yes = np.array([self.chances[text] for text in texts], dtype=np.float32)
        return np.stack([yes if name == self.of else 1 - yes for name in self.names], axis=1)

    def save(self, folder: Path) -> None:
        with storage.draft(self, folder) as made:
            storage.write_json(made / "learnt.json", [[example.text, example.label] for example in self.learnt])

    @classmethod
    def load(cls, folder: Path) -> Self:
        return storage.restore(cls, folder).fit([LabelledText(*pair) for pair in storage.read_json(folder / "learnt.json")])


def cascade(quick: Table | None = None, **settings: Any) -> CascadeClassifier:
    given = {"target_accuracy": 0.5, "costs_ms": [1.0, 4.0], **settings}
    return CascadeClassifier([quick or Table(QUICK), Table(FINE)], **given)


def test_thresholds_and_answers_worked_out_by_hand() -> None:
    """Leads of a, b, c, d: 8/9, 3/4, 4/7, 1/3. Of c, stage 1 says "no" and the last one is right, so c can be lost; d cannot,
    since both are wrong."""
    model = cascade(confidence=0.9).fit(TRAIN, VALIDATION)
    assert model.thresholds_ == pytest.approx((HALFWAY,))  # no loss of 4 has p = 1/16, one has 5/16
    assert model.predict_proba(list("abcd"))[:, 1] == pytest.approx([0.9, 0.8, 0.75, 0.2])
    model.stages[1].asked.clear()
    model.predict_proba(["a", "c", "b", "a"])
    assert model.stages[1].asked == ["c"]
    assert cascade(confidence=0.6).fit(TRAIN, VALIDATION).thresholds_ == pytest.approx((1 / 6,))


def test_columns_follow_the_last_stage_whatever_the_order_of_the_others() -> None:
    model = cascade(Table(QUICK, names=("yes", "no"))).fit(TRAIN, VALIDATION)
    assert model.labels == ("no", "yes")
    assert model.predict_proba(list("abcd"))[:, 1] == pytest.approx([0.9, 0.8, 0.75, 0.2])


def test_a_budget_is_kept_to() -> None:
    model = cascade(target_accuracy=None, budget_ms=3.0).fit(TRAIN, VALIDATION)
    assert model.thresholds_ == pytest.approx((HALFWAY,))
    records = model.describe(VALIDATION)
    assert sum(record["reached"] * record["ms"] for record in records) == pytest.approx(1 + 0.5 * 4)


def test_records_of_the_stages() -> None:
    first, last = cascade().fit(TRAIN, VALIDATION).describe([*VALIDATION, LabelledText("a", "no")])
    assert first == {
        "stage": 1,
        "model": "Table",
        "threshold": pytest.approx(HALFWAY),
        "reached": 1.0,
        "answered": 0.6,
        "error": pytest.approx(1 / 3),
        "ms": 1.0,
    }
    assert last == {"stage": 2, "model": "Table", "reached": 0.4, "answered": 0.4, "error": 0.5, "ms": 4.0}


def test_too_few_examples_promise_nothing_and_the_log_says_how_many_are_needed(caplog: pytest.LogCaptureFixture) -> None:
    model = cascade(target_accuracy=0.99, costs_ms=None).fit(TRAIN, VALIDATION)
    assert "4 validation examples are too few for target_accuracy=0.99 with confidence=0.9" in caplog.text
    assert "at least 230 are needed" in caplog.text
    assert model.thresholds_ == (1.0,)
    model.stages[0].asked.clear()
    assert model.predict_proba(list("abcd"))[:, 1] == pytest.approx(list(FINE.values()))
    assert model.stages[0].asked == []  # it could not answer, so it is not asked
    first, last = model.describe(VALIDATION)
    assert (first["reached"], first["answered"], last["reached"]) == (0.0, 0.0, 1.0)
    assert "error" not in first
    assert min(model.costs_ms_) > 0


def test_stages_learn_from_train_alone_and_each_has_checkpoints_of_its_own(tmp_path: Path) -> None:
    model = cascade()
    with training_session(tmp_path, progress=True):
        model.fit(TRAIN, VALIDATION)
    for stage, folder in zip(model.stages, (tmp_path, tmp_path / "training-2"), strict=True):
        assert (stage.learnt, stage.validation) == (TRAIN, [])
        assert (stage.checkpoints, stage.session.progress) == (folder, True)


def test_without_validation_a_fifth_of_train_is_held_out(two_labels: Examples) -> None:
    chances = {example.text: 0.9 for example in two_labels}
    quick, fine = (Table(chances, ("card", "transfer"), of="card") for _ in range(2))
    CascadeClassifier([quick, fine], target_accuracy=0.5).fit(two_labels)
    assert quick.learnt == fine.learnt
    held = [example for example in two_labels if example not in quick.learnt]
    assert (len(held), len(quick.learnt)) == (8, 32)
    assert {example.label for example in held} == {"card", "transfer"}
    assert set(quick.asked) == {example.text for example in held}
    with pytest.raises(InputError, match="2 are too few to spare any"):
        cascade().fit(TRAIN)


def test_fitted_stages_are_taken_as_they_are(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    stages = [Table(chances).fit(TRAIN[:1]) for chances in (QUICK, FINE)]
    model = CascadeClassifier(stages, target_accuracy=0.5, costs_ms=[1, 4], fit_stages=False).fit(TRAIN, VALIDATION)
    assert [stage.learnt for stage in stages] == [TRAIN[:1]] * 2
    assert model.thresholds_ == pytest.approx((HALFWAY,))
    with pytest.raises(NotFittedError):
        clone(model).predict_proba(["a"])
    assert clone(model).fit(TRAIN, VALIDATION).thresholds_ == model.thresholds_
    with pytest.raises(InputError, match="need a validation split"):
        model.fit(TRAIN)
    unfitted = CascadeClassifier([stages[0], Table(FINE)], target_accuracy=0.5, fit_stages=False)
    with pytest.raises(InputError, match="stage 2 is not"):
        unfitted.fit(TRAIN, VALIDATION)
    assert "refit" not in caplog.text


def test_the_lead_of_the_best_label() -> None:
    given = np.array([[0.5, 0.25, 0.25], [0.4, 0.4, 0.2], [0.0, 0.0, 1.0]], dtype=np.float32)
    assert lead(given) == pytest.approx([0.5, 0.0, 1.0])
    assert lead(np.ones((1, 1), dtype=np.float32)) == pytest.approx([1.0])


def test_real_stages_from_saved_runs(
    train: Examples, validation: Examples, held_out: Examples, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name, known in (("quick", train[:9]), ("fine", train)):
        TfidfClassifier(C=1.0).fit(known).save(tmp_path / name)
    stages = [load_component(tmp_path / name) for name in ("quick", "fine")]
    model = CascadeClassifier(stages, target_accuracy=0.9, fit_stages=False).fit(train, validation)
    assert "a stage has refit=True" in caplog.text
    model.save(tmp_path / "cascade")
    loaded = load_component(tmp_path / "cascade")
    texts = [example.text for example in held_out]
    assert (loaded.predict_proba(texts) == model.predict_proba(texts)).all()
    assert (loaded.thresholds_, loaded.costs_ms_) == (model.thresholds_, model.costs_ms_)
    quick, fine = (stage.predict_proba(texts) for stage in stages)
    sure = lead(quick) > model.thresholds_[0]
    assert 0 < sure.sum() < len(texts)
    assert (model.predict_proba(texts) == np.where(sure[:, None], quick, fine)).all()
    details = task_named("classification").evaluate(model, held_out).details
    assert details["stages"] == model.describe(held_out)
    assert [record["answered"] for record in details["stages"]] == pytest.approx([sure.mean(), 1 - sure.mean()])


def test_stages_out_of_order_are_told_of(caplog: pytest.LogCaptureFixture, train: Examples, validation: Examples) -> None:
    quick = TfidfClassifier(char_ngrams=None, C=1.0)
    slow = CascadeClassifier([quick, TfidfClassifier(C=1.0)], target_accuracy=0.9, costs_ms=[1, 2])  # asks one like the other
    CascadeClassifier([slow, quick], target_accuracy=0.9).fit(train, validation)
    assert "the cheapest first; they take" in caplog.text


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"target_accuracy": None}, "target_accuracy or budget_ms, one of the two; got None and None"),
        ({"budget_ms": 3.0}, "one of the two; got 0.5 and 3.0"),
        ({"target_accuracy": 1.0}, "nothing is certain; got 1.0"),
        ({"confidence": 1.0}, "got 0.5 and 1.0"),
        ({"target_accuracy": None, "budget_ms": -1.0}, "above 0, got -1.0"),
        ({"target_accuracy": None, "budget_ms": 0.5}, "they take 1, 4 ms"),
        ({"costs_ms": [1.0]}, "each of the 2 stages"),
        ({"costs_ms": [1.0, 0.0]}, "each of the 2 stages"),
    ],
)
def test_settings_that_do_not_fit_are_named(settings: dict[str, Any], named: str) -> None:
    model = cascade(**settings)
    with pytest.raises(InputError, match=named):
        model.fit(TRAIN, VALIDATION)
    with pytest.raises(NotFittedError):
        model.predict_proba(["a"])


@pytest.mark.parametrize("stages", [[], [Table(QUICK)], "tfidf", ["tfidf", "frozen"]])
def test_what_is_no_list_of_classifiers_is_refused(stages: Any) -> None:
    with pytest.raises(InputError, match="two classifiers or more"):
        CascadeClassifier(stages, target_accuracy=0.5).fit(TRAIN, VALIDATION)


def test_labels_that_differ_are_named_and_nothing_old_is_left() -> None:
    model = cascade().fit(TRAIN, VALIDATION)
    model.stages[0].names = ("no", "yes", "perhaps")
    with pytest.raises(InputError, match=r"stage 1 and the last one differ in \['perhaps'\]"):
        model.fit(TRAIN, VALIDATION)
    with pytest.raises(NotFittedError):
        model.predict_proba(["a"])
    stages = [Table(chances).fit(TRAIN) for chances in (QUICK, FINE)]
    more = [*TRAIN, LabelledText("z", "perhaps")]
    with pytest.raises(InputError, match=r"no stage knows: \['perhaps'\]"):
        CascadeClassifier(stages, target_accuracy=0.5, fit_stages=False).fit(more, [*VALIDATION, LabelledText("a", "perhaps")])


def test_nothing_cannot_be_described() -> None:
    model = cascade()
    with pytest.raises(NotFittedError):
        model.describe(VALIDATION)
    model.fit(TRAIN, VALIDATION)
    with pytest.raises(InputError, match="at least one example"):
        model.describe([])


@pytest.fixture(autouse=True)
def all_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="nlpref")
