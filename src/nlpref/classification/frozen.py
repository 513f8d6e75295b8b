"""A pretrained encoder as it is, and a linear model on its embeddings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from nlpref.classification.balancing import Balancing
from nlpref.classification.embedding_classifier import EmbeddingClassifier
from nlpref.classification.linear import LinearHead, margins_of
from nlpref.classification.selection import Indices, choose, held_out_splits, strengths
from nlpref.classification.soft_label_classifier import SoftLabelClassifier
from nlpref.classification.targets import Targets
from nlpref.protocols import Encoder
from nlpref.types import LabelledText

__all__ = ["FrozenEncoderClassifier"]


class FrozenEncoderClassifier(EmbeddingClassifier, SoftLabelClassifier):
    """Multinomial logistic regression on the embeddings of an encoder that is not trained further.

    Args:
        encoder: Makes the embeddings.
        C: Inverse regularisation strength; None chooses the one of ``grid`` that is most accurate on the
            held-out examples: the validation split if there is one, else by cross-validation.
        grid: The strengths to choose from.
        folds: Folds of the cross-validation by which ``C`` and the temperature are fitted without a
            validation split.
        refit: Train on train and validation together once ``C`` and the temperature are known; if False,
            on train alone.
        cache: Remember the embeddings of training texts on disk (``CachedEncoder``). Prediction never does.
        calibrate: Scale the margins by the temperature; False leaves them as the regression gives them, such as for
            a calibration of another kind.
        seed: Fixes the folds, and which examples are repeated.
        balancing: What is done about labels of few examples.

    Source: Reimers and Gurevych 2019, section 5 (logistic regression on sentence embeddings); Guo et al.
    2017 (temperature scaling).

    Example:
        >>> from nlpref.neural.encoder import SentenceEncoder
        >>> from nlpref.types import LabelledText
        >>> train = [LabelledText("lost my card", "card"), LabelledText("card is gone", "card"),
        ...          LabelledText("send money abroad", "transfer"), LabelledText("money never arrived", "transfer")]
        >>> model = FrozenEncoderClassifier(SentenceEncoder(), C=10.0, cache=False).fit(train)
        >>> model.labels[model.predict_proba(["my purse was stolen"])[0].argmax()]
        'card'
    """

    def __init__(
        self,
        encoder: Encoder,
        C: float | None = None,
        grid: Sequence[float] = (1.0, 3.0, 10.0, 30.0, 100.0),
        folds: int = 5,
        refit: bool = True,
        cache: bool = True,
        calibrate: bool = True,
        seed: int = 0,
        balancing: Balancing = Balancing(),
    ) -> None:
        self.encoder = encoder
        self.C = C
        self.grid = grid
        self.folds = folds
        self.refit = refit
        self.cache = cache
        self.calibrate = calibrate
        self.seed = seed
        self.balancing = balancing

    def _fit(
        self,
        labels: tuple[str, ...],
        train: Sequence[LabelledText],
        validation: Sequence[LabelledText],
        weights: NDArray[np.floating] | None,
    ) -> Self:
        self.balancing.check_linear()
        tried = strengths(self.C, self.grid)
        examples = [*train, *validation]
        targets = Targets.of([example.label for example in examples], labels, weights, self.balancing, self.seed)
        nothing_to_choose = self.C is not None and not self.calibrate
        splits = [] if nothing_to_choose else held_out_splits(targets.codes, len(train), self.folds, self.seed)
        vectors = self._embedded([example.text for example in examples], remember=True)

        def path(learn: Indices, held: Indices, values: Sequence[float]) -> Iterator[NDArray[np.float64]]:
            regression = _regression(warm_start=True)  # each strength starts from the solution of the one before
            for value in values:
                fitted = targets.train(regression.set_params(C=value), vectors[learn], learn)
                yield margins_of(fitted, vectors[held])

        self.choice_ = choose(targets.codes, splits, tried, path)
        rows = np.arange(len(examples) if self.refit else len(train))
        fitted = targets.train(_regression().set_params(C=self.choice_.C), vectors[rows], rows)
        self.head_ = LinearHead.of(fitted, labels, self.choice_.scale if self.calibrate else 1.0)
        return self


def _regression(*, warm_start: bool = False) -> LogisticRegression:
    return LogisticRegression(tol=1e-5, max_iter=2000, warm_start=warm_start)
