"""Reviewers have time for so many texts a day: which ones they are given, and what error remains."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nlpref import storage
from nlpref.decisions.cost_sensitive import check_costs, label_decision
from nlpref.decisions.costs import PERSON, CostMatrix, Costs, FlatCosts
from nlpref.decisions.review_plan import CurvePoint, ReviewPlan, Triage, review_curve
from nlpref.decisions.wrapper import ClassifierWrapper
from nlpref.errors import InputError
from nlpref.probabilities import check_probabilities
from nlpref.protocols import TextClassifier
from nlpref.text.checks import check_training, labelled
from nlpref.types import Decision, LabelledText

__all__ = ["ReviewPolicy"]

FILE = "review.json"


class ReviewPolicy(ClassifierWrapper):
    """Gives people the texts with which they save the most, as many as they have time for; the rest is answered.

    What a person saves on a text is the expected cost of the best answer less that of a person. ``plan`` takes a whole day
    and fills the capacity exactly. ``decide`` takes texts as they come: a text goes to a person if the saving is above a
    threshold that was chosen on held-out examples so that ``capacity`` of ``daily`` texts are.

    Args:
        classifier: Any classifier; its probabilities should be calibrated.
        capacity: Texts that people can take in a day.
        daily: Texts that come in a day.
        costs: What a wrong answer and a person cost; None: 1 and 0, so that those go to people which are likeliest wrong.
            A ``CostMatrix`` needs the action "person".
        fit_classifier: Whether ``fit`` fits the classifier. False for one that is fitted already: a clone shares it then,
            and whoever gives it sees to it that it has not learnt from the validation examples.
        use_validation: Choose the threshold on the validation split, if there is one; False holds a fifth of train out in
            any case, such as for a score on validation.
        seed: Fixes which fifth of train is held out.

    After ``fit``: ``threshold_``, in the unit of the costs, and ``matrix_``.

    Source: Chow 1970 (error against the share passed on); Elkan 2001 (least expected cost).

    Example:
        >>> from nlpref.classification import TfidfClassifier
        >>> train = [LabelledText(f"{word} {number}", label) for number in range(10)
        ...          for word, label in (("card", "card"), ("money", "transfer"))]
        >>> policy = ReviewPolicy(TfidfClassifier(C=1.0), capacity=1, daily=3).fit(train[:14], train[14:])
        >>> policy.plan(["card 1", "card money", "money 2"]).people
        (1,)
    """

    _learnt = "threshold_"

    def __init__(
        self,
        classifier: TextClassifier,
        capacity: int,
        daily: int,
        costs: Costs | None = None,
        fit_classifier: bool = True,
        use_validation: bool = True,
        seed: int = 0,
    ) -> None:
        self.classifier = classifier
        self.capacity = capacity
        self.daily = daily
        self.costs = costs
        self.fit_classifier = fit_classifier
        self.use_validation = use_validation
        self.seed = seed

    def fit(self, train: Sequence[LabelledText], validation: Sequence[LabelledText] = ()) -> Self:
        """Fit the classifier on train, then choose the threshold on what it has not learnt from.

        Raises:
            InputError: if examples or settings do not fit, or there is nothing to choose the threshold on.
        """
        labels = check_training(labelled(train), validation)
        self.__dict__.pop(self._learnt, None)
        self._check_settings()
        if self.fit_classifier:
            self._matrix(labels)  # costs that do not fit are told of before the training
        held = self._fit_inside(train, validation, "review thresholds")
        self.matrix_ = self._matrix(self.classifier.labels)
        saved = np.sort(Triage.of(self.matrix_, held.probabilities).savings)[::-1]
        taken = min(len(saved), round(len(saved) * self.capacity / self.daily))
        ends = [*saved.tolist(), min(0.0, float(saved[-1]))]
        between = (ends[taken - 1] + ends[taken]) / 2 if taken else float(saved[0])
        self.threshold_ = max(0.0, between)
        return self

    def decide(self, texts: Sequence[str]) -> list[Decision]:
        """A person, or the best answer, for each text by itself."""
        return self.decisions(self.predict_proba(texts))

    def decisions(self, probabilities: NDArray[Any]) -> list[Decision]:
        """The same from probabilities, (n_texts, n_labels).

        Raises:
            NotFittedError: before ``fit``.
            InputError: if they are no rows of one probability for each label that sum to 1.
        """
        self._check_fitted()
        table = check_probabilities(probabilities, len(self.labels))
        triage = Triage.of(self.matrix_, table)
        return self._made(triage, table, triage.savings > self.threshold_)

    def plan(self, texts: Sequence[str]) -> ReviewPlan:
        """One whole day: the ``capacity`` texts on which people save most, and the error that is expected to remain."""
        probabilities = self.predict_proba(texts)
        triage = Triage.of(self.matrix_, probabilities)
        order = [row for row in np.argsort(-triage.savings, kind="stable").tolist() if triage.savings[row] > 0][: self.capacity]
        taken = np.zeros(len(texts), dtype=np.bool_)
        taken[order] = True
        return ReviewPlan(
            people=tuple(order),
            decisions=tuple(self._made(triage, probabilities, taken)),
            expected_errors=float(triage.errors[~taken].sum()),
            expected_cost=float(np.where(taken, triage.person_costs, triage.answer_costs).sum()),
        )

    def curve(self, examples: Sequence[LabelledText], points: int = 21) -> list[CurvePoint]:
        """Error that remains against the share of texts that people take, expected and observed; people are taken to be right.

        Raises:
            NotFittedError: before ``fit``.
            InputError: if the examples are no ``LabelledText``, there is none, or ``points`` is below 2.
        """
        judged = self._judge(examples)
        return review_curve(Triage.of(self.matrix_, judged.probabilities), judged.targets, points)

    def describe(self, examples: Sequence[LabelledText]) -> dict[str, Any]:
        """What goes to people of some examples, and what error remains, as ``{"review": {...}}`` with the curve.

        Raises:
            NotFittedError: before ``fit``.
            InputError: if the examples are no ``LabelledText``, or there is none.
        """
        judged = self._judge(examples)
        triage = Triage.of(self.matrix_, judged.probabilities)
        left = triage.savings <= self.threshold_
        wrong = triage.wrong(judged.targets)
        found = {
            "capacity": self.capacity,
            "daily": self.daily,
            "threshold": self.threshold_,
            "share_reviewed": float((~left).mean()),
            "expected_error": float((triage.errors * left).mean()),
            "observed_error": float((wrong & left).mean()),
            "error_without_review": float(wrong.mean()),
            "curve": review_curve(triage, judged.targets),
        }
        return {**self._describe_inside(examples), "review": found}

    def save(self, folder: Path) -> None:
        """Write the classifier and the threshold."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            storage.write_json(made / FILE, {"threshold": self.threshold_})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        model = storage.restore(cls, folder)
        model.matrix_ = model._matrix(model.classifier.labels)
        model.threshold_ = float(storage.read_json(Path(folder) / FILE)["threshold"])
        return model

    def _made(self, triage: Triage, probabilities: NDArray[Any], people: NDArray[np.bool_]) -> list[Decision]:
        unit = f" {self.matrix_.currency}" if self.matrix_.currency else ""
        place, made = {label: column for column, label in enumerate(self.labels)}, []
        for position, row in enumerate(np.asarray(probabilities, dtype=np.float64)):
            saved, taken = float(triage.savings[position]), bool(people[position])
            action = PERSON if taken else triage.actions[int(triage.answers[position])]
            reason = f"a person is expected to save {saved:.4g}{unit}, {'among' if taken else 'not among'} the most"
            made.append(label_decision(action, row, place, reason))
        return made

    def _matrix(self, labels: Sequence[str]) -> CostMatrix:
        matrix = (FlatCosts(wrong=1.0, person=0.0) if self.costs is None else self.costs).matrix(tuple(labels))
        if PERSON not in matrix.actions or len(matrix.actions) < 2:
            raise InputError(f"a review needs costs of {PERSON!r} and of another action; there are {list(matrix.actions)[:5]}")
        return matrix

    def _check_settings(self) -> None:
        for name, value, least in (("capacity", self.capacity, 0), ("daily", self.daily, 1)):
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise InputError(f"{name} must be a whole number of at least {least}, got {value!r}")
        if self.costs is not None:
            check_costs(self.costs)
