"""A classifier whose probabilities can be taken at their word."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from nlpref import storage
from nlpref.decisions.calibrator import Calibrator
from nlpref.decisions.dirichlet import DirichletCalibrator
from nlpref.decisions.isotonic import IsotonicCalibrator
from nlpref.decisions.temperature import TemperatureCalibrator
from nlpref.decisions.vector import VectorCalibrator
from nlpref.decisions.wrapper import ClassifierWrapper, Floats, Judged
from nlpref.errors import InputError
from nlpref.metrics.reliability import expected_calibration_error, reliability_bins
from nlpref.protocols import TextClassifier
from nlpref.text.checks import check_texts
from nlpref.types import LabelledText

__all__ = ["CALIBRATORS", "CalibratedClassifier"]

CALIBRATORS: Mapping[str, type[Calibrator]] = {
    "temperature": TemperatureCalibrator,
    "vector": VectorCalibrator,
    "isotonic": IsotonicCalibrator,
    "dirichlet": DirichletCalibrator,
}
FILE, ARRAYS = "calibration.json", "calibrator.npz"
log = logging.getLogger(__name__)


class CalibratedClassifier(ClassifierWrapper):
    """Of the answers it gives with probability 0.8, about 80 % are right.

    ``fit`` fits the classifier on train alone and the calibrator on validation, or on a held-out fifth of train where there
    is none. So the classifier chooses its own settings by cross-validation, if at all, and does not stop early.

    Args:
        classifier: Any classifier.
        method: "temperature" changes no answer and needs few examples; "vector" also mends labels that are told too often;
            "dirichlet" also labels that are taken for one another; "isotonic" assumes no form and needs the most examples.
        fit_classifier: Whether ``fit`` fits the classifier. False for one that is fitted already: a clone shares it then,
            and whoever gives it sees to it that it has not learnt from the validation examples.
        use_validation: Learn from the validation split, if there is one; False holds a fifth of train out in any case,
            such as for a score on validation.
        seed: Fixes which fifth of train is held out, and folds inside a calibrator.

    After ``fit``: ``calibrator_``, and ``held_``, the number of examples that it learnt from.

    Source: Guo et al. 2017 (temperature, vector); Kull et al. 2019 (Dirichlet); Zadrozny & Elkan 2002 (isotonic).

    Example:
        >>> from nlpref.classification import TfidfClassifier
        >>> train = [LabelledText(f"{word} {number}", label) for number in range(10)
        ...          for word, label in (("card", "card"), ("money", "transfer"))]
        >>> model = CalibratedClassifier(TfidfClassifier(C=1.0, calibrate=False)).fit(train[:14], train[14:])
        >>> model.labels[model.predict_proba(["card 12"])[0].argmax()]
        'card'
    """

    _learnt = "calibrator_"

    def __init__(
        self,
        classifier: TextClassifier,
        method: Literal["temperature", "vector", "isotonic", "dirichlet"] = "temperature",
        fit_classifier: bool = True,
        use_validation: bool = True,
        seed: int = 0,
    ) -> None:
        self.classifier = classifier
        self.method = method
        self.fit_classifier = fit_classifier
        self.use_validation = use_validation
        self.seed = seed

    def fit(self, train: Sequence[LabelledText], validation: Sequence[LabelledText] = ()) -> Self:
        """Fit the classifier on train, then the calibrator on what it has not learnt from.

        Raises:
            InputError: if examples or settings do not fit, or there is nothing to calibrate on.
        """
        self.__dict__.pop(self._learnt, None)
        if self.method not in CALIBRATORS:
            raise InputError(f"method is {self.method!r}, expected one of {', '.join(map(repr, CALIBRATORS))}")
        held = self._fit_inside(train, validation, "calibrators")
        if absent := [label for column, label in enumerate(self.classifier.labels) if not (held.targets == column).any()]:
            log.warning("none of the %d held-out examples has the label %s", len(held.targets), ", ".join(absent[:5]))
        self.held_ = len(held.targets)
        self.calibrator_ = CALIBRATORS[self.method].fit(held.probabilities, held.targets, self.seed)
        return self

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Calibrated label probabilities, float32, (n_texts, n_labels)."""
        self._check_fitted()
        texts = check_texts(texts)
        if not texts:
            return np.zeros((0, len(self.labels)), dtype=np.float32)
        return self._calibrated(self._told(texts)).astype(np.float32)

    def describe(self, examples: Sequence[LabelledText]) -> dict[str, Any]:
        """What calibration did on some examples, as ``{"calibration": {...}}``: errors and reliability before and after.

        Raises:
            NotFittedError: before ``fit``.
            InputError: if the examples are no ``LabelledText``, or there is none.
        """
        before = self._judge(examples)
        after = Judged(self._calibrated(before.probabilities), before.targets)
        found = {"method": self.method, "held_out": self.held_, "before": _account(before), "after": _account(after)}
        return {**self._describe_inside(examples), "calibration": found}

    def save(self, folder: Path) -> None:
        """Write the classifier and the calibrator."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            storage.write_json(made / FILE, {"held_out": self.held_})
            np.savez(made / ARRAYS, **{name: getattr(self.calibrator_, name) for name in self.calibrator_.__dataclass_fields__})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        model = storage.restore(cls, folder)
        kind: Any = CALIBRATORS[model.method]
        model.held_ = storage.read_json(Path(folder) / FILE)["held_out"]
        with np.load(Path(folder) / ARRAYS, allow_pickle=False) as arrays:
            model.calibrator_ = kind(**{field.name: arrays[field.name] for field in dataclasses.fields(kind)})
        return model

    def _calibrated(self, probabilities: Floats) -> Floats:
        return self.calibrator_(probabilities)


def _account(judged: Judged) -> dict[str, Any]:
    """Errors of probabilities in a record; the log loss is in nats."""
    bins = reliability_bins(np.minimum(judged.scores, 1.0), judged.right)
    known = judged.targets >= 0
    chance = np.where(known, judged.probabilities[np.arange(len(known)), np.where(known, judged.targets, 0)], 0.0)
    return {
        "ece": expected_calibration_error(bins),
        "log_loss": float(-np.log(np.maximum(chance, np.finfo(np.float64).eps)).mean()),
        "accuracy": float(judged.right.mean()),
        "bins": bins,
    }
