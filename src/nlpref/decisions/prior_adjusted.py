"""A classifier for a world in which rare labels are not as rare as they were in training."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nlpref import storage
from nlpref.decisions.prior import PriorAdjustment, f1_of_gold_labels
from nlpref.decisions.wrapper import ClassifierWrapper, columns_of
from nlpref.errors import InputError
from nlpref.protocols import TextClassifier
from nlpref.text.checks import check_texts
from nlpref.types import LabelledText

__all__ = ["PriorAdjustedClassifier"]

FILE = "prior.json"
log = logging.getLogger(__name__)


class PriorAdjustedClassifier(ClassifierWrapper):
    """Moves the thresholds between labels, so that those of few training examples are told as readily as the others.

    Probabilities are divided by the share of each label in train, raised to a power, and scaled to sum to 1. The power is
    that of best macro F1 on validation, or on a held-out fifth of train where there is none; ``fit`` fits the classifier on
    train alone. Nothing is trained anew, so it can be put on a classifier that is fitted already. What comes out is as honest
    as what goes in only if labels are as frequent afterwards as the power says, so calibrate outside of it.

    Args:
        classifier: Any classifier.
        power: Of the training shares; None chooses it from the grid, 0 changes nothing, 1 makes up for all of them.
        grid: The powers to choose from.
        fit_classifier: Whether ``fit`` fits the classifier. False for one that is fitted already on train: a clone shares it
            then, and whoever gives it sees to it that it has not learnt from the validation examples.
        use_validation: Choose on the validation split, if there is one; False holds a fifth of train out in any case, such
            as for a score on validation.
        seed: Fixes which fifth of train is held out.

    After ``fit``: ``adjustment_``, and ``held_``, the number of examples that the power was chosen on.

    Source: Menon et al. 2021, Long-tail learning via logit adjustment (post-hoc).

    Example:
        >>> from nlpref.classification import TfidfClassifier
        >>> train = [LabelledText(f"card {number}", "card") for number in range(8)] + [LabelledText("pin 1", "pin")] * 2
        >>> model = PriorAdjustedClassifier(TfidfClassifier(C=1.0), power=1.0).fit(train)
        >>> bool(model.predict_proba(["hello"])[0, 1] > model.classifier.predict_proba(["hello"])[0, 1])
        True
    """

    _learnt = "adjustment_"

    def __init__(
        self,
        classifier: TextClassifier,
        power: float | None = None,
        grid: Sequence[float] = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5),
        fit_classifier: bool = True,
        use_validation: bool = True,
        seed: int = 0,
    ) -> None:
        self.classifier = classifier
        self.power = power
        self.grid = grid
        self.fit_classifier = fit_classifier
        self.use_validation = use_validation
        self.seed = seed

    def fit(self, train: Sequence[LabelledText], validation: Sequence[LabelledText] = ()) -> Self:
        """Fit the classifier on train, then choose the power on what it has not learnt from.

        Raises:
            InputError: if examples or settings do not fit, there is nothing to choose on, or train lacks a label that the
                classifier knows.
        """
        self.__dict__.pop(self._learnt, None)
        powers = tuple(self.grid) if self.power is None else (self.power,)
        if not powers or not all(isinstance(power, int | float) and 0 <= power < float("inf") for power in powers):
            raise InputError(f"power and the values of its grid must be numbers of 0 or more, got power={self.power!r}, {powers}")
        held = self._fit_inside(train, validation, "powers of the training shares")
        labels = tuple(self.classifier.labels)
        columns = columns_of(train, labels)
        counts = np.bincount(columns[columns >= 0], minlength=len(labels))
        if absent := [label for label, count in zip(labels, counts, strict=True) if not count]:
            raise InputError(f"the classifier knows labels that train lacks, so their share is not known: {absent[:5]}")
        if unmet := [label for column, label in enumerate(labels) if not (held.targets == column).any()]:
            log.warning("none of the %d held-out examples has the label %s", len(held.targets), ", ".join(unmet[:5]))
        self.held_ = len(held.targets)
        self.adjustment_ = PriorAdjustment.fit(held.probabilities, held.targets, counts / counts.sum(), powers)
        return self

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Adjusted label probabilities, float32, (n_texts, n_labels)."""
        self._check_fitted()
        texts = check_texts(texts)
        if not texts:
            return np.zeros((0, len(self.labels)), dtype=np.float32)
        return self.adjustment_(self._told(texts)).astype(np.float32)

    def describe(self, examples: Sequence[LabelledText]) -> dict[str, Any]:
        """What moving did on some examples, as ``{"prior": {...}}``: macro F1 over their labels, before and after.

        Raises:
            NotFittedError: before ``fit``.
            InputError: if the examples are no ``LabelledText``, or there is none.
        """
        judged = self._judge(examples)
        after = self.adjustment_(judged.probabilities)
        found = {
            "power": self.adjustment_.power,
            "held_out": self.held_,
            "tried": [[power, score] for power, score in self.adjustment_.tried.items()],
            "before": f1_of_gold_labels(judged.probabilities.argmax(axis=1), judged.targets),
            "after": f1_of_gold_labels(after.argmax(axis=1), judged.targets),
        }
        return {**self._describe_inside(examples), "prior": found}

    def save(self, folder: Path) -> None:
        """Write the classifier, the shares of train and the power."""
        self._check_fitted()
        made_of = self.adjustment_
        with storage.draft(self, folder) as made:
            tried = [[power, score] for power, score in made_of.tried.items()]
            record = {"power": made_of.power, "held_out": self.held_, "tried": tried, "prior": made_of.prior.tolist()}
            storage.write_json(made / FILE, record)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        model = storage.restore(cls, folder)
        record = storage.read_json(Path(folder) / FILE)
        model.held_ = record["held_out"]
        model.adjustment_ = PriorAdjustment(np.array(record["prior"]), record["power"], dict(record["tried"]))
        return model
