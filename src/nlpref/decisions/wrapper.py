"""What all decision components share: a classifier inside, and examples that it has not learnt from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from nlpref.errors import InputError, NotFittedError
from nlpref.held_out import Indices, hold_out
from nlpref.probabilities import check_probabilities
from nlpref.protocols import TextClassifier
from nlpref.text.checks import check_examples, check_texts, check_training, labelled
from nlpref.types import UNLABELLED, LabelledText

__all__ = ["ClassifierWrapper", "Judged", "columns_of"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """What a fitted classifier says of examples that it has not learnt from.

    Args:
        probabilities: float64, (n_examples, n_labels).
        targets: Column of the gold label, -1 if the classifier does not know it, (n_examples,).
    """

    probabilities: Floats
    targets: Indices

    @property
    def scores(self) -> Floats:
        """Highest probability of each example, (n_examples,)."""
        return np.asarray(self.probabilities.max(axis=1), dtype=np.float64)

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether the most probable label is the gold one, (n_examples,)."""
        return np.asarray(self.probabilities.argmax(axis=1) == self.targets)


def columns_of(examples: Sequence[LabelledText], labels: Sequence[str]) -> Indices:
    """Column of each example's label, -1 for one that is not among the labels, (n_examples,)."""
    place = {label: column for column, label in enumerate(labels)}
    return np.array([place.get(example.label, -1) for example in examples], dtype=np.intp)


class ClassifierWrapper(BaseEstimator):
    """A classifier inside a component that is a classifier itself; the parts that do not differ.

    A subclass has the arguments ``classifier``, ``fit_classifier``, ``use_validation`` and ``seed``, and names in
    ``_learnt`` the attribute that ``fit`` sets last.
    """

    _learnt: ClassVar[str]
    classifier: TextClassifier
    fit_classifier: bool
    use_validation: bool
    seed: int

    @property
    def passes_on(self) -> bool:
        """Whether the probabilities are those of the classifier inside, as they are."""
        return type(self).predict_proba is ClassifierWrapper.predict_proba

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels in the order of the columns of ``predict_proba``: those of the classifier inside."""
        self._check_fitted()
        return tuple(self.classifier.labels)

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Label probabilities by the classifier inside, float32, (n_texts, n_labels).

        Raises:
            NotFittedError: before ``fit``.
            InputError: if the texts are none, or the classifier inside gives no rows that sum to 1.
        """
        self._check_fitted()
        return self._told(check_texts(texts)).astype(np.float32)

    def exceeds(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Which texts are longer than the classifier inside takes, (n_texts,)."""
        inside: Any = self.classifier
        told: NDArray[np.bool_] = inside.exceeds(texts) if hasattr(inside, "exceeds") else np.zeros(len(texts), dtype=bool)
        return told

    @property
    def long_texts(self) -> str:
        """What the classifier inside does with a text that is longer than it takes."""
        return str(getattr(self.classifier, "long_texts", "cut"))

    def _describe_inside(self, examples: Sequence[LabelledText]) -> dict[str, Any]:
        """What the classifier inside has to say of some examples, under the names that a record gives it."""
        inside: Any = self.classifier
        if not hasattr(inside, "describe"):
            return {}
        found = inside.describe(examples)
        return {"stages": found} if isinstance(found, list) else dict(found)

    def _judge(self, examples: Sequence[LabelledText]) -> Judged:
        """What the classifier inside says of some examples.

        Raises:
            NotFittedError: before ``fit``.
            InputError: if the examples are no ``LabelledText``, there is none, or the classifier gives no rows that sum to 1.
        """
        self._check_fitted()
        examples = check_examples(examples, LabelledText, "examples")
        if not examples:
            raise InputError("expected at least one example to tell shares of, got none")
        found = self._told(check_texts([example.text for example in examples]))
        return Judged(found, columns_of(examples, self.labels))

    def _fit_inside(self, train: Sequence[LabelledText], validation: Sequence[LabelledText], purpose: str) -> Judged:
        """Fit the classifier on train alone, and ask it about the examples that are held out.

        Raises:
            InputError: if examples or classifier do not fit, or there is nothing to hold out.
        """
        known = labelled(train)
        check_training(known, validation)
        self.__dict__.pop(self._learnt, None)  # a fit that is refused must not leave what an earlier one learnt
        self._check_inside()
        held_from = validation if self.use_validation else ()
        if not self.fit_classifier and not held_from:
            raise InputError(
                f"{purpose} need examples that the classifier has not learnt from; with fit_classifier=False give a validation "
                "split, and use_validation=True"
            )
        learn, held = hold_out(known, held_from, purpose, self.seed)
        if self.fit_classifier:
            self.classifier.fit([*learn, *(one for one in train if one.label == UNLABELLED)])
        return self._asked(held)

    def _check_inside(self) -> None:
        if not hasattr(self.classifier, "predict_proba"):
            raise InputError(
                f"{type(self).__name__} needs a classifier with fit, predict_proba and labels, got {self.classifier!r:.80}"
            )

    def _asked(self, held: Sequence[LabelledText]) -> Judged:
        labels = self._labels_inside()
        targets = columns_of(held, labels)
        if unknown := sorted({example.label for example, column in zip(held, targets, strict=True) if column < 0}):
            raise InputError(f"validation has labels that the classifier does not know: {unknown[:5]}; fit it on them as well")
        return Judged(self._told([example.text for example in held]), targets)

    def _told(self, texts: Sequence[str]) -> Floats:
        """What the classifier inside says of texts, once it is known to be probabilities, (n_texts, n_labels)."""
        found = self.classifier.predict_proba(texts)
        return check_probabilities(
            found, len(self.classifier.labels), len(texts), f"{type(self.classifier).__name__}.predict_proba"
        )

    def _labels_inside(self) -> tuple[str, ...]:
        try:
            return tuple(self.classifier.labels)
        except NotFittedError as error:
            raise InputError("with fit_classifier=False the classifier must be fitted already, but it is not") from error

    def _check_fitted(self) -> None:
        if not hasattr(self, self._learnt):
            raise NotFittedError(f"{type(self).__name__} is not fitted yet; call fit(train, validation) or load(folder)")

    def __sklearn_clone__(self) -> Any:
        copied = super().__sklearn_clone__()
        if not self.fit_classifier:  # a clone of it would have to be fitted
            copied.classifier = self.classifier
        return copied
