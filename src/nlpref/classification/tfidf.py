"""Words and characters, counted, and a linear model: quick, small, hard to beat on short texts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.svm import LinearSVC

from nlpref import storage
from nlpref.classification.additive import contributions_of
from nlpref.classification.balancing import Balancing
from nlpref.classification.linear import LinearHead
from nlpref.classification.linear_training import Held, train_linear
from nlpref.classification.ngrams import BLANKS, WORD, NgramFeatures
from nlpref.classification.selection import strengths
from nlpref.classification.soft_label_classifier import SoftLabelClassifier
from nlpref.classification.targets import Targets
from nlpref.contributions import Contributions
from nlpref.errors import NotFittedError
from nlpref.text.checks import check_text, check_texts
from nlpref.text.preparation import Preparation, prepared
from nlpref.types import LabelledText

__all__ = ["TfidfClassifier"]


class TfidfClassifier(SoftLabelClassifier):
    """TF-IDF of word and character n-grams, a linear support vector machine, and temperature scaling.

    The machine is trained one label against the rest with squared hinge loss; the softmax of its margins,
    scaled by one temperature fitted on held-out examples, gives calibrated probabilities.

    Args:
        word_ngrams: Shortest and longest run of words; None leaves words out.
        char_ngrams: Shortest and longest run of characters within a word; None leaves characters out.
        min_df: Texts in which an n-gram must occur.
        C: Inverse regularisation strength; None chooses the one of ``grid`` that is most accurate on the
            held-out examples: the validation split if there is one, else by cross-validation.
        grid: The strengths to choose from.
        folds: Folds of the cross-validation by which ``C`` and the temperature are fitted without a
            validation split.
        refit: Train on train and validation together once ``C`` and the temperature are known; if False,
            on train alone.
        calibrate: Scale the margins by the temperature; False leaves them as the machine gives them, such as for a
            calibration of another kind.
        seed: Fixes folds, solver, and which examples are repeated.
        preparation: What is done to a text before it is counted, in training and in prediction alike, and nothing else is:
            case then matters unless a step drops it, and words are those of its tokeniser. None counts lower-case words.
        balancing: What is done about labels of few examples.

    Source: Fan et al. 2008 (LIBLINEAR); Guo et al. 2017 (temperature scaling).

    Example:
        >>> from nlpref.types import LabelledText
        >>> train = [LabelledText("lost my card", "card"), LabelledText("card is gone", "card"),
        ...          LabelledText("send money abroad", "transfer"), LabelledText("money never arrived", "transfer")]
        >>> model = TfidfClassifier(C=1.0).fit(train)
        >>> model.labels[model.predict_proba(["where is my card"])[0].argmax()]
        'card'
    """

    def __init__(
        self,
        word_ngrams: Sequence[int] | None = (1, 2),
        char_ngrams: Sequence[int] | None = (2, 5),
        min_df: int = 1,
        C: float | None = None,
        grid: Sequence[float] = (0.1, 0.3, 1.0, 3.0),
        folds: int = 5,
        refit: bool = True,
        calibrate: bool = True,
        seed: int = 0,
        preparation: Preparation | None = None,
        balancing: Balancing = Balancing(),
    ) -> None:
        self.word_ngrams = word_ngrams
        self.char_ngrams = char_ngrams
        self.min_df = min_df
        self.C = C
        self.grid = grid
        self.folds = folds
        self.refit = refit
        self.calibrate = calibrate
        self.seed = seed
        self.preparation = preparation
        self.balancing = balancing

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels in the order of the columns of ``predict_proba``."""
        self._check_fitted()
        return self.head_.labels

    def _fit(
        self,
        labels: tuple[str, ...],
        train: Sequence[LabelledText],
        validation: Sequence[LabelledText],
        weights: NDArray[np.floating] | None,
    ) -> Self:
        self.balancing.check_linear()
        held = Held(strengths(self.C, self.grid), self.folds, self.refit, self.calibrate, self.seed)
        examples = [*train, *validation]
        texts = prepared(self.preparation, [example.text for example in examples])
        targets = Targets.of([example.label for example in examples], labels, weights, self.balancing, self.seed)
        fit = train_linear(texts, targets, labels, len(train), held, self._features, self._machine)
        self.choice_, self.features_, self.head_ = fit.choice, fit.features, fit.head
        return self

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Label probabilities, float32, (n_texts, n_labels)."""
        self._check_fitted()
        texts = check_texts(texts)
        if not texts:
            return np.zeros((0, len(self.head_.labels)), dtype=np.float32)
        return self.head_.probabilities(self.features_.transform(prepared(self.preparation, texts)))

    def contributions(self, text: str) -> Contributions:
        """What each n-gram of one text adds to the logits; the text is the prepared one."""
        self._check_fitted()
        (read,) = prepared(self.preparation, [check_text(text, "text")])
        return contributions_of(self.head_, self.features_.transform([read]), read, self.features_.places(read))

    def save(self, folder: Path) -> None:
        """Write n-grams, idf, weights and labels."""
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

    def _features(self) -> NgramFeatures:
        given = self.preparation
        word = BLANKS if given is not None and given.splits else WORD
        return NgramFeatures(self.word_ngrams, self.char_ngrams, self.min_df, lowercase=given is None, word=word)

    def _machine(self, C: float) -> LinearSVC:
        return LinearSVC(C=C, random_state=self.seed, max_iter=10_000)

    def _check_fitted(self) -> None:
        if not hasattr(self, "head_"):
            raise NotFittedError("TfidfClassifier is not fitted yet; call fit(train, validation) or load(folder)")
