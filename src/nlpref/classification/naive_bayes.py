"""Which words a text has, and naive Bayes: counted in one pass, the baseline of all baselines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.classification.bayes import Event, LinearNaiveBayes
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

__all__ = ["NaiveBayesClassifier"]


class NaiveBayesClassifier(BaseEstimator):
    """One-hot words, naive Bayes, and temperature scaling.

    Words are taken to be independent given the label, which makes the probabilities far too sure; one temperature fitted on
    held-out examples mends that.

    Args:
        event: ``multinomial`` or ``bernoulli``, which counts missing words too; see ``LinearNaiveBayes``.
        min_df: Texts in which a word must occur.
        alpha: What is added to each count; None chooses the one of ``grid`` that is most accurate on the held-out examples:
            the validation split if there is one, else by cross-validation.
        grid: The values to choose from.
        folds: Folds of the cross-validation by which ``alpha`` and the temperature are fitted without a validation split.
        refit: Train on train and validation together once ``alpha`` and the temperature are known; if False, on train alone.
        seed: Fixes the folds.
        preparation: What is done to a text before its words are counted, in training and in prediction alike; None takes
            lower-case words of ``WordTokeniser``.

    Source: McCallum and Nigam 1998; Guo et al. 2017 (temperature scaling).

    Example:
        >>> from nlpref.types import LabelledText
        >>> train = [LabelledText("lost my card", "card"), LabelledText("card is gone", "card"),
        ...          LabelledText("send money abroad", "transfer"), LabelledText("money never arrived", "transfer")]
        >>> model = NaiveBayesClassifier(alpha=1.0).fit(train)
        >>> model.labels[model.predict_proba(["where is my card"])[0].argmax()]
        'card'
    """

    def __init__(
        self,
        event: Event = "multinomial",
        min_df: int = 1,
        alpha: float | None = None,
        grid: Sequence[float] = (0.01, 0.03, 0.1, 0.3, 1.0),
        folds: int = 5,
        refit: bool = True,
        seed: int = 0,
        preparation: Preparation | None = None,
    ) -> None:
        self.event = event
        self.min_df = min_df
        self.alpha = alpha
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
        """Choose ``alpha`` and temperature on held-out examples, then train.

        Raises:
            InputError: if the examples or a parameter do not fit; see ``check_training``.
        """
        labels = check_training(train, validation)
        held = Held(strengths(self.alpha, self.grid, "alpha"), self.folds, self.refit, True, self.seed)
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

    def _machine(self, alpha: float) -> LinearNaiveBayes:
        return LinearNaiveBayes(alpha, self.event)

    def _check_fitted(self) -> None:
        if not hasattr(self, "head_"):
            raise NotFittedError("NaiveBayesClassifier is not fitted yet; call fit(train, validation) or load(folder)")
