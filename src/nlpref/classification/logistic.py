"""Which words a text has, and logistic regression: every weight can be read off."""

from __future__ import annotations

from collections.abc import Sequence

from sklearn.linear_model import LogisticRegression

from nlpref.classification.one_hot_classifier import OneHotClassifier
from nlpref.classification.selection import strengths
from nlpref.text.preparation import Preparation

__all__ = ["LogisticClassifier"]


class LogisticClassifier(OneHotClassifier):
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

    def _strengths(self) -> tuple[float, ...]:
        return strengths(self.C, self.grid)

    def _machine(self, strength: float) -> LogisticRegression:
        return LogisticRegression(C=strength, tol=1e-4, max_iter=1000)
