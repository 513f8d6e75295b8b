"""What classifiers over words share that train a network on the task alone, whichever network it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from torch import nn

from nlpref import storage
from nlpref.classification.word_learning import fit_words
from nlpref.classification.word_model import Reader, WordModel, saved_sizes
from nlpref.classification.word_training import WordTraining
from nlpref.errors import NotFittedError
from nlpref.text.checks import check_texts
from nlpref.text.preparation import Preparation
from nlpref.types import LabelledText

__all__ = ["WordClassifier"]


class WordClassifier(BaseEstimator):
    """Reads texts as words and trains the network that ``_network`` makes; see the classifiers that derive from it."""

    long_texts = "cut"
    training: WordTraining
    min_df: int
    max_length: int
    batch_size: int
    seed: int
    preparation: Preparation | None

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels in the order of the columns of ``predict_proba``."""
        self._check_fitted()
        return self.model_.labels

    def fit(self, train: Sequence[LabelledText], validation: Sequence[LabelledText] = ()) -> Self:
        """Train; with a validation split the epoch of best accuracy on it is kept, the first of equals.

        Raises:
            InputError: if the examples or a parameter do not fit; see ``check_training``.
        """
        self.model_, self.history_ = fit_words(
            train,
            validation,
            self._network,
            self.training,
            preparation=self.preparation,
            min_df=self.min_df,
            max_length=self.max_length,
            batch_size=self.batch_size,
            seed=self.seed,
        )
        return self

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Label probabilities, float32, (n_texts, n_labels)."""
        self._check_fitted()
        return self.model_.probabilities(check_texts(texts))

    def exceeds(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Which texts have more than ``max_length`` words, so that they are cut, (n_texts,)."""
        self._check_fitted()
        return self.model_.reader.exceeds(check_texts(texts))

    def save(self, folder: Path) -> None:
        """Write words, weights and labels."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            self.model_.save(made)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        model, folder = storage.restore(cls, folder), Path(folder)
        vocabulary, labels = saved_sizes(folder)
        reader = Reader(vocabulary, model.preparation, model.max_length)
        network = model._network(len(reader), len(labels))
        model.model_ = WordModel(reader, network, labels, model.batch_size).restore(folder)
        return model

    def _network(self, n_words: int, n_labels: int) -> nn.Module:
        """The network, not trained.

        Raises:
            InputError: if its sizes are no sizes.
        """
        raise NotImplementedError

    def _check_fitted(self) -> None:
        if not hasattr(self, "model_"):
            raise NotFittedError(f"{type(self).__name__} is not fitted yet; call fit(train, validation) or load(folder)")
