"""Word embeddings and a bidirectional LSTM, trained on the task alone: what there was before transformers."""

from __future__ import annotations

from nlpref.classification.word_classifier import WordClassifier
from nlpref.classification.word_networks import BiLstm
from nlpref.classification.word_training import WordTraining
from nlpref.errors import InputError
from nlpref.text.preparation import Preparation

__all__ = ["RecurrentClassifier"]


class RecurrentClassifier(WordClassifier):
    """Word embeddings, a bidirectional LSTM, the largest state over all words, and a linear head.

    Nothing is pretrained, so what it knows of language is what the training texts show.

    Args:
        dim: Components of a word embedding.
        hidden: Units of each direction.
        training: Epochs, rates, dropout, early stopping.
        min_df: Texts in which a word must occur; rarer ones are the unknown word.
        max_length: Words of a text that are read; ``exceeds`` tells which texts are cut.
        batch_size: Texts in one forward pass when predicting.
        seed: Fixes order, dropout and initial weights.
        preparation: What is done to a text before its words are read, in training and in prediction alike; None takes
            lower-case words of ``WordTokeniser``.

    Source: Hochreiter and Schmidhuber 1997; Conneau et al. 2017, section 3.2.2.

    Example:
        >>> from nlpref.types import LabelledText
        >>> train = [LabelledText("lost my card", "card"), LabelledText("card is gone", "card"),
        ...          LabelledText("send money abroad", "transfer"), LabelledText("money never arrived", "transfer")]
        >>> model = RecurrentClassifier(dim=16, hidden=16, training=WordTraining(learning_rate=0.01, dropout=0)).fit(train)
        >>> model.labels[model.predict_proba(["where is my card"])[0].argmax()]
        'card'
    """

    def __init__(
        self,
        dim: int = 200,
        hidden: int = 200,
        training: WordTraining = WordTraining(),
        min_df: int = 1,
        max_length: int = 256,
        batch_size: int = 64,
        seed: int = 0,
        preparation: Preparation | None = None,
    ) -> None:
        self.dim = dim
        self.hidden = hidden
        self.training = training
        self.min_df = min_df
        self.max_length = max_length
        self.batch_size = batch_size
        self.seed = seed
        self.preparation = preparation

    def _network(self, n_words: int, n_labels: int) -> BiLstm:
        if self.dim < 1 or self.hidden < 1:
            raise InputError(f"expected dim >= 1 and hidden >= 1, got dim={self.dim}, hidden={self.hidden}")
        return BiLstm(n_words, self.dim, self.hidden, n_labels, self.training.dropout)
