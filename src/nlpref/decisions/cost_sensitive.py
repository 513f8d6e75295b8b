"""Decides by least expected cost, not by the highest probability."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nlpref import storage
from nlpref.decisions.costs import CostMatrix, Costs
from nlpref.decisions.wrapper import ClassifierWrapper, Floats
from nlpref.errors import InputError
from nlpref.probabilities import check_probabilities
from nlpref.protocols import TextClassifier
from nlpref.text.checks import check_training, labelled
from nlpref.types import Decision, LabelledText

__all__ = ["CostSensitiveClassifier", "check_costs", "label_decision"]


class CostSensitiveClassifier(ClassifierWrapper):
    """Takes the action of least expected cost: a label, or for instance passing the text to a person.

    ``predict_proba`` gives the probabilities of the classifier inside, ``decide`` what is done. The costs come out as
    expected only if the probabilities are honest, so put a ``CalibratedClassifier`` inside.

    Args:
        classifier: Any classifier. It is fitted on train and validation, as it would be alone.
        costs: What each action costs: ``FlatCosts``, or a ``CostMatrix``.
        fit_classifier: Whether ``fit`` fits the classifier. False for one that is fitted already: a clone shares it then.
        use_validation: Whether the classifier may learn from the validation split, such as to choose its settings.
        seed: Plays no part; as in the other decision components.

    After ``fit``: ``matrix_``, the costs in the order of the labels.

    Source: Elkan 2001, The foundations of cost-sensitive learning, equation 1; Chow 1970 (passing on).

    Example:
        >>> from nlpref.classification import TfidfClassifier
        >>> from nlpref.decisions import CostMatrix
        >>> train = [LabelledText(f"{word} {number}", label) for number in range(10)
        ...          for word, label in (("prize", "spam"), ("meeting", "ham"))]
        >>> costs = CostMatrix({"spam": {"spam": 0, "ham": 1}, "ham": {"spam": 99, "ham": 0}}, currency="EUR")
        >>> model = CostSensitiveClassifier(TfidfClassifier(C=1.0), costs).fit(train)
        >>> model.decide(["prize or meeting?"])[0].label  # to lose a letter costs most
        'ham'
    """

    _learnt = "matrix_"

    def __init__(
        self,
        classifier: TextClassifier,
        costs: Costs,
        fit_classifier: bool = True,
        use_validation: bool = True,
        seed: int = 0,
    ) -> None:
        self.classifier = classifier
        self.costs = costs
        self.fit_classifier = fit_classifier
        self.use_validation = use_validation
        self.seed = seed

    def fit(self, train: Sequence[LabelledText], validation: Sequence[LabelledText] = ()) -> Self:
        """Fit the classifier, and bring the costs into the order of its labels.

        Raises:
            InputError: if examples, classifier or costs do not fit.
        """
        labels = check_training(labelled(train), validation)
        self.__dict__.pop(self._learnt, None)
        self._check_inside()
        check_costs(self.costs)
        if self.fit_classifier:
            self.costs.matrix(labels)  # what does not fit is told of before the training
            self.classifier.fit(train, validation if self.use_validation else ())
        self.matrix_ = self.costs.matrix(self._labels_inside())
        return self

    def decide(self, texts: Sequence[str]) -> list[Decision]:
        """The action of least expected cost for each text; the first one of equals."""
        return self.decisions(self.predict_proba(texts))

    def decisions(self, probabilities: NDArray[Any]) -> list[Decision]:
        """The same from probabilities, (n_texts, n_labels).

        Raises:
            NotFittedError: before ``fit``.
            InputError: if they are no rows of one probability for each label that sum to 1.
        """
        self._check_fitted()
        table = check_probabilities(probabilities, len(self.labels))
        expected = self.matrix_.expected(table)
        labels, place = self.labels, {label: column for column, label in enumerate(self.labels)}
        made = []
        for row, costs in zip(table, expected, strict=True):
            action = self.matrix_.actions[int(costs.argmin())]
            best = labels[int(row.argmax())]
            others = {name: cost for name, cost in zip(self.matrix_.actions, costs.tolist(), strict=True) if name != action}
            made.append(label_decision(action, row, place, _reason(action, float(costs.min()), others, best, self.matrix_)))
        return made

    def describe(self, examples: Sequence[LabelledText]) -> dict[str, Any]:
        """Mean cost of a text, as ``{"costs": {...}}``: expected, observed, and had the likeliest label been given.

        Examples of a label that the classifier does not know have no cost, and are left out.

        Raises:
            NotFittedError: before ``fit``.
            InputError: if the examples are no ``LabelledText``, or there is none.
        """
        judged = self._judge(examples)
        known = np.flatnonzero(judged.targets >= 0)
        expected, costs, actions = self.matrix_.expected(judged.probabilities), self.matrix_.costs, self.matrix_.actions
        chosen = expected.argmin(axis=1)
        found: dict[str, Any] = {
            "currency": self.matrix_.currency,
            "expected": float(expected.min(axis=1).mean()),
            "without_label": float(np.mean([actions[column] not in self.labels for column in chosen.tolist()])),
        }
        if len(known):
            found["observed"] = float(costs[judged.targets[known], chosen[known]].mean())
            found["best_single_action"] = float(costs[judged.targets[known]].mean(axis=0).min())
            if set(self.labels) <= set(actions):
                column = np.array([actions.index(label) for label in self.labels])
                likeliest = column[judged.probabilities[known].argmax(axis=1)]
                found["likeliest_label"] = float(costs[judged.targets[known], likeliest].mean())
        return {**self._describe_inside(examples), "costs": found}

    def save(self, folder: Path) -> None:
        """Write the classifier and the costs."""
        self._check_fitted()
        with storage.draft(self, folder):
            pass

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        model = storage.restore(cls, folder)
        model.matrix_ = model.costs.matrix(tuple(model.classifier.labels))
        return model


def check_costs(costs: Any) -> None:
    """Refuse what gives no cost matrix.

    Raises:
        InputError: naming what was given.
    """
    if not hasattr(costs, "matrix"):
        raise InputError(f"costs must be FlatCosts or a CostMatrix, got {costs!r:.80}")


def label_decision(action: str, row: Floats, place: dict[str, int], reason: str) -> Decision:
    """A decision for an action that may be the name of a label, with the probability of that label."""
    label = action if action in place else None
    confidence = row.max() if label is None else row[place[label]]
    return Decision(label, action, min(1.0, float(confidence)), reason)


def _reason(action: str, cost: float, others: dict[str, float], likeliest: str, matrix: CostMatrix) -> str:
    unit = f" {matrix.currency}" if matrix.currency else ""
    text = f"{action!r} is expected to cost {cost:.4g}{unit}"
    if not others:
        return text
    rival = likeliest if likeliest in others else min(others, key=lambda name: others[name])
    return f"{text}, {rival!r} {others[rival]:.4g}{unit}"
