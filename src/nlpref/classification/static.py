"""A bag of static token vectors, trained for the task: fast, because nothing but a sum and a small head is left."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.classification.bag import Bag
from nlpref.classification.bag_training import BagTraining
from nlpref.classification.checks import check_training
from nlpref.classification.epochs import best_epoch
from nlpref.errors import InputError, NotFittedError
from nlpref.neural.static import StaticEncoder
from nlpref.pretrained import MINILM
from nlpref.text.checks import check_texts
from nlpref.types import LabelledText

__all__ = ["StaticClassifier"]


class StaticClassifier(BaseEstimator):
    """Trains token vectors, a weight for each token, and a head on the unit-length weighted sum of a text's tokens.

    Training starts from the vectors of ``StaticEncoder`` and needs torch; prediction is a tokenizer and numpy. The order
    of words is not seen. A text without a known token has a sum of zero, which leaves what the head says of nothing.

    Args:
        name: Pretrained model whose vectors are distilled, see ``nlpref.pretrained.resolve``.
        dim: Components of a token vector, at most those of the model.
        hidden: Units of the head's hidden layer; None for a linear head.
        training: Epochs, rates, dropout, early stopping.
        max_length: Longest text in tokens; longer texts are cut. None cuts none.
        seed: Fixes order, dropout and initial weights.

    Source: Tulkens and van Dongen 2024, Model2Vec (the vectors, and training them with a head); Joulin et al. 2017
    (fastText: a bag of trained vectors); Iyyer et al. 2015, section 3 (dropping tokens of a bag); Li et al. 2018
    (decay towards the starting point); Müller et al. 2019 (label smoothing).

    Example:
        >>> from nlpref.types import LabelledText
        >>> train = [LabelledText("lost my card", "card"), LabelledText("card is gone", "card"),
        ...          LabelledText("send money abroad", "transfer"), LabelledText("money never arrived", "transfer")]
        >>> model = StaticClassifier(hidden=None).fit(train)  # doctest: +SKIP
        >>> model.labels[model.predict_proba(["where is my card"])[0].argmax()]  # doctest: +SKIP
        'card'
    """

    def __init__(
        self,
        name: str = MINILM,
        dim: int = 256,
        hidden: int | None = 1024,
        training: BagTraining = BagTraining(),
        max_length: int | None = None,
        seed: int = 0,
    ) -> None:
        self.name = name
        self.dim = dim
        self.hidden = hidden
        self.training = training
        self.max_length = max_length
        self.seed = seed

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels in the order of the columns of ``predict_proba``."""
        self._check_fitted()
        return self.bag_.head.labels

    def fit(self, train: Sequence[LabelledText], validation: Sequence[LabelledText] = ()) -> Self:
        """Train; with a validation split the epoch of best accuracy on it is kept, the first of equals.

        Raises:
            InputError: if the examples or a parameter do not fit; see ``check_training``.
        """
        labels = check_training(train, validation)
        if self.hidden is not None and self.hidden < 1:
            raise InputError(f"hidden is {self.hidden}, expected at least 1 unit, or None for a linear head")
        from nlpref.classification.bag_network import train_bag  # torch is imported only where it is needed

        table = StaticEncoder(self.name, self.dim, self.max_length).table
        texts, gold = [example.text for example in train], [example.label for example in train]
        epochs = train_bag(table, texts, gold, labels, self.hidden, self.training, self.seed)
        self.bag_, self.history_ = best_epoch(epochs, validation, self.training.patience)
        return self

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Label probabilities, float32, (n_texts, n_labels)."""
        self._check_fitted()
        return self.bag_.probabilities(check_texts(texts))

    def save(self, folder: Path) -> None:
        """Write token vectors, tokenizer, head and labels."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            self.bag_.save(made)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        model = storage.restore(cls, folder)
        model.bag_ = Bag.load(Path(folder), model.max_length, linear=model.hidden is None)
        return model

    def _check_fitted(self) -> None:
        if not hasattr(self, "bag_"):
            raise NotFittedError("StaticClassifier is not fitted yet; call fit(train, validation) or load(folder)")
