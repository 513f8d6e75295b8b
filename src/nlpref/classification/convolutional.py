"""Word embeddings and convolutions over runs of words, trained on the task alone."""

from __future__ import annotations

from collections.abc import Sequence

from nlpref.classification.word_classifier import WordClassifier
from nlpref.classification.word_networks import Convolutions
from nlpref.classification.word_training import WordTraining
from nlpref.errors import InputError
from nlpref.text.preparation import Preparation

__all__ = ["ConvolutionalClassifier"]


class ConvolutionalClassifier(WordClassifier):
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

    def _network(self, n_words: int, n_labels: int) -> Convolutions:
        if self.dim < 1 or self.filters < 1 or not self.widths or min(self.widths) < 1:
            raise InputError(
                f"expected dim >= 1, filters >= 1 and widths of 1 or more, got dim={self.dim}, filters={self.filters}, "
                f"widths={list(self.widths)}"
            )
        return Convolutions(n_words, self.dim, self.filters, self.widths, n_labels, self.training.dropout)
