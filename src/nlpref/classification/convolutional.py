"""Word embeddings and convolutions over runs of words, trained on the task alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.classification.word_learning import fit_words
from nlpref.classification.word_model import Reader, WordModel, saved_sizes
from nlpref.classification.word_networks import Convolutions
from nlpref.classification.word_training import WordTraining
from nlpref.errors import InputError, NotFittedError
from nlpref.text.checks import check_texts
from nlpref.text.preparation import Preparation
from nlpref.types import LabelledText

__all__ = ["ConvolutionalClassifier"]


class ConvolutionalClassifier(BaseEstimator):
    """Word embeddings, filters over runs of words, each filter's largest value, and a linear head.

    Nothing is pretrained, so what it knows of language is what the training texts show.

    Args:
        dim: Components of a word embedding.
        filters: Filters of each width.
        widths: Words that a filter sees.
        training: Epochs, rates, dropout, early stopping.
        min_df: Texts in which a word must occur; rarer ones are the unknown word.
        max_length: Words of a text that are read; ``exceeds`` tells which texts are cut.
        batch_size: Texts in one forward pass when predicting.
        seed: Fixes order, dropout and initial weights.
        preparation: What is done to a text before its words are read, in training and in prediction alike; None takes
            lower-case words of ``WordTokeniser``.

    Source: Kim 2014, CNN-rand.

    Example:
        >>> from nlpref.types import LabelledText
        >>> train = [LabelledText("lost my card", "card"), LabelledText("card is gone", "card"),
        ...          LabelledText("send money abroad", "transfer"), LabelledText("money never arrived", "transfer")]
        >>> model = ConvolutionalClassifier(dim=16, filters=8, training=WordTraining(learning_rate=0.01, dropout=0)).fit(train)
        >>> model.labels[model.predict_proba(["where is my card"])[0].argmax()]
        'card'
    """

    long_texts = "cut"

    def __init__(
        self,
        dim: int = 200,
        filters: int = 100,
        widths: Sequence[int] = (2, 3, 4),
        training: WordTraining = WordTraining(),
        min_df: int = 1,
        max_length: int = 256,
        batch_size: int = 64,
        seed: int = 0,
        preparation: Preparation | None = None,
    ) -> None:
        self.dim = dim
        self.filters = filters
        self.widths = widths
        self.training = training
        self.min_df = min_df
        self.max_length = max_length
        self.batch_size = batch_size
        self.seed = seed
        self.preparation = preparation

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

    def _network(self, n_words: int, n_labels: int) -> Convolutions:
        if self.dim < 1 or self.filters < 1 or not self.widths or min(self.widths) < 1:
            raise InputError(
                f"expected dim >= 1, filters >= 1 and widths of 1 or more, got dim={self.dim}, filters={self.filters}, "
                f"widths={list(self.widths)}"
            )
        return Convolutions(n_words, self.dim, self.filters, self.widths, n_labels, self.training.dropout)

    def _check_fitted(self) -> None:
        if not hasattr(self, "model_"):
            raise NotFittedError("ConvolutionalClassifier is not fitted yet; call fit(train, validation) or load(folder)")
