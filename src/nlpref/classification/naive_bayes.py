"""Which words a text has, and naive Bayes: counted in one pass, the baseline of all baselines."""

from __future__ import annotations

from collections.abc import Sequence

from nlpref.classification.bayes import Event, LinearNaiveBayes
from nlpref.classification.one_hot_classifier import OneHotClassifier
from nlpref.classification.selection import strengths
from nlpref.text.preparation import Preparation

__all__ = ["NaiveBayesClassifier"]


class NaiveBayesClassifier(OneHotClassifier):
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

    def _strengths(self) -> tuple[float, ...]:
        return strengths(self.alpha, self.grid, "alpha")

    def _machine(self, strength: float) -> LinearNaiveBayes:
        return LinearNaiveBayes(strength, self.event)
