"""What classifiers over one-hot words share: a strength chosen by held-out examples, a temperature, a linear head."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.classification.additive import contributions_of
from nlpref.classification.checks import check_training
from nlpref.classification.linear import LinearHead
from nlpref.classification.linear_training import Held, train_linear
from nlpref.classification.one_hot import OneHotFeatures
from nlpref.classification.targets import Targets
from nlpref.contributions import Contributions
from nlpref.errors import NotFittedError
from nlpref.text.checks import check_text, check_texts
from nlpref.text.preparation import Preparation, words_of
from nlpref.types import LabelledText

__all__ = ["OneHotClassifier"]


class OneHotClassifier(BaseEstimator):
    """Trains the linear machine that ``_machine`` makes; see the classifiers that derive from it."""

    min_df: int
    folds: int
    refit: bool
    seed: int
    preparation: Preparation | None

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels in the order of the columns of ``predict_proba``."""
        self._check_fitted()
        return self.head_.labels

    def fit(self, train: Sequence[LabelledText], validation: Sequence[LabelledText] = ()) -> Self:
        """Choose strength and temperature on held-out examples, then train.

        Raises:
            InputError: if the examples or a parameter do not fit; see ``check_training``.
        """
        labels = check_training(train, validation)
        held = Held(self._strengths(), self.folds, self.refit, True, self.seed)
        examples = [*train, *validation]
        words = words_of(self.preparation, [example.text for example in examples])
        targets = Targets.of([example.label for example in examples], labels, None)
        fit = train_linear(words, targets, labels, len(train), held, self._features, self._machine)
        self.choice_, self.features_, self.head_ = fit.choice, fit.features, fit.head
        return self

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Label probabilities, float32, (n_texts, n_labels)."""
        self._check_fitted()
        return self.head_.probabilities(self.features_.transform(words_of(self.preparation, check_texts(texts))))

    def contributions(self, text: str) -> Contributions:
        """What each word of one text adds to the logits; the text is that of the words if it does not hold all of them."""
        self._check_fitted()
        (words,) = words_of(self.preparation, [check_text(text, "text")])
        read, placed = self.features_.places(words, text)
        return contributions_of(self.head_, self.features_.transform([words]), read, placed)

    def save(self, folder: Path) -> None:
        """Write words, weights and labels."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            self.features_.save(made)
            self.head_.save(made)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        model = storage.restore(cls, folder)
        model.features_ = model._features().restore(Path(folder))
        model.head_ = LinearHead.load(Path(folder))
        return model

    def _features(self) -> OneHotFeatures:
        return OneHotFeatures(self.min_df)

    def _strengths(self) -> Sequence[float]:
        """The strengths to choose from, ascending."""
        raise NotImplementedError

    def _machine(self, strength: float) -> Any:
        """A linear classifier in scikit-learn's manner, not trained."""
        raise NotImplementedError

    def _check_fitted(self) -> None:
        if not hasattr(self, "head_"):
            raise NotFittedError(f"{type(self).__name__} is not fitted yet; call fit(train, validation) or load(folder)")
