"""Which words a text has, and logistic regression: every weight can be read off."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression

from nlpref import storage
from nlpref.classification.checks import check_training
from nlpref.classification.linear import LinearHead
from nlpref.classification.linear_training import Held, train_linear
from nlpref.classification.one_hot import OneHotFeatures
from nlpref.classification.selection import strengths
from nlpref.classification.targets import Targets
from nlpref.errors import NotFittedError
from nlpref.text.checks import check_texts
from nlpref.text.preparation import Preparation, words_of
from nlpref.types import LabelledText

__all__ = ["LogisticClassifier"]


class LogisticClassifier(BaseEstimator):
    """One-hot words, multinomial logistic regression, and temperature scaling.

    Args:
        min_df: Texts in which a word must occur.
        C: Inverse regularisation strength; None chooses the one of ``grid`` that is most accurate on the held-out examples:
            the validation split if there is one, else by cross-validation.
        grid: The strengths to choose from.
        folds: Folds of the cross-validation by which ``C`` and the temperature are fitted without a validation split.
        refit: Train on train and validation together once ``C`` and the temperature are known; if False, on train alone.
        seed: Fixes the folds.
        preparation: What is done to a text before its words are counted, in training and in prediction alike; None takes
            lower-case words of ``WordTokeniser``.

    Source: Berger, Della Pietra and Della Pietra 1996 (maximum entropy); Guo et al. 2017 (temperature scaling).

    Example:
        >>> from nlpref.types import LabelledText
        >>> train = [LabelledText("lost my card", "card"), LabelledText("card is gone", "card"),
        ...          LabelledText("send money abroad", "transfer"), LabelledText("money never arrived", "transfer")]
        >>> model = LogisticClassifier(C=1.0).fit(train)
        >>> model.labels[model.predict_proba(["where is my card"])[0].argmax()]
        'card'
    """

    def __init__(
        self,
        min_df: int = 1,
        C: float | None = None,
        grid: Sequence[float] = (0.1, 0.3, 1.0, 3.0, 10.0),
        folds: int = 5,
        refit: bool = True,
        seed: int = 0,
        preparation: Preparation | None = None,
    ) -> None:
        self.min_df = min_df
        self.C = C
        self.grid = grid
        self.folds = folds
        self.refit = refit
        self.seed = seed
        self.preparation = preparation

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels in the order of the columns of ``predict_proba``."""
        self._check_fitted()
        return self.head_.labels

    def fit(self, train: Sequence[LabelledText], validation: Sequence[LabelledText] = ()) -> Self:
        """Choose ``C`` and temperature on held-out examples, then train.

        Raises:
            InputError: if the examples or a parameter do not fit; see ``check_training``.
        """
        labels = check_training(train, validation)
        held = Held(strengths(self.C, self.grid), self.folds, self.refit, True, self.seed)
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

    def _machine(self, C: float) -> LogisticRegression:
        return LogisticRegression(C=C, tol=1e-4, max_iter=1000)

    def _check_fitted(self) -> None:
        if not hasattr(self, "head_"):
            raise NotFittedError("LogisticClassifier is not fitted yet; call fit(train, validation) or load(folder)")
