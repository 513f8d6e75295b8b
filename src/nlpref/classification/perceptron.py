"""A pretrained encoder as it is, and a small network on its embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.classification.balancing import Balancing
from nlpref.classification.checks import check_training
from nlpref.classification.hidden import HiddenLayer
from nlpref.classification.linear import LinearHead
from nlpref.classification.perceptron_training import PerceptronTraining
from nlpref.classification.targets import Targets
from nlpref.errors import InputError, NotFittedError
from nlpref.neural.cache import CachedEncoder
from nlpref.protocols import Encoder
from nlpref.text.checks import check_texts
from nlpref.types import LabelledText

__all__ = ["PerceptronClassifier"]


class PerceptronClassifier(BaseEstimator):
    """One hidden layer and a linear one on the embeddings of an encoder that is not trained further.

    Training needs torch; prediction is the encoder and numpy. The epochs are fixed, so validation examples are checked and
    not used.

    Args:
        encoder: Makes the embeddings; ``LayeredEncoder`` gives the network the most to choose from.
        hidden: Units of the hidden layer.
        training: Epochs, rates, dropout.
        cache: Remember the embeddings of training texts on disk (``CachedEncoder``). Prediction never does.
        seed: Fixes order, dropout, initial weights, and which examples are repeated.
        balancing: What is done about labels of few examples.

    Source: Müller et al. 2019 (label smoothing); Loshchilov and Hutter 2019 (AdamW); Smith and Topin 2019 (the schedule).

    Example:
        >>> from nlpref.neural.encoder import SentenceEncoder
        >>> from nlpref.types import LabelledText
        >>> train = [LabelledText("lost my card", "card"), LabelledText("card is gone", "card"),
        ...          LabelledText("send money abroad", "transfer"), LabelledText("money never arrived", "transfer")]
        >>> model = PerceptronClassifier(SentenceEncoder(), hidden=32, cache=False).fit(train)
        >>> model.labels[model.predict_proba(["my purse was stolen"])[0].argmax()]
        'card'
    """

    def __init__(
        self,
        encoder: Encoder,
        hidden: int = 512,
        training: PerceptronTraining = PerceptronTraining(),
        cache: bool = True,
        seed: int = 0,
        balancing: Balancing = Balancing(),
    ) -> None:
        self.encoder = encoder
        self.hidden = hidden
        self.training = training
        self.cache = cache
        self.seed = seed
        self.balancing = balancing

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels in the order of the columns of ``predict_proba``."""
        self._check_fitted()
        return self.head_.labels

    def fit(self, train: Sequence[LabelledText], validation: Sequence[LabelledText] = ()) -> Self:
        """Embed the texts and train.

        Raises:
            InputError: if the examples or a parameter do not fit; see ``check_training``.
        """
        labels = check_training(train, validation)
        if not isinstance(self.hidden, int) or self.hidden < 1:
            raise InputError(f"hidden is {self.hidden!r}, expected at least 1 unit")
        from nlpref.classification.perceptron_network import train_perceptron  # torch is imported only where it is needed

        targets = Targets.of([example.label for example in train], labels, None, self.balancing, self.seed)
        features = self._embedded([example.text for example in train], remember=True)
        self.layer_, self.head_ = train_perceptron(features, targets, self.hidden, self.training, self.seed)
        return self

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Label probabilities, float32, (n_texts, n_labels)."""
        self._check_fitted()
        return self.head_.probabilities(self.layer_(self._embedded(texts)))

    def represent(self, texts: Sequence[str], *, remember: bool = False) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """What the hidden units say, float32, (n_texts, hidden), and margins, float64, (n_texts, n_labels).

        Args:
            texts: Any.
            remember: Whether embeddings may come from the cache on disk and go into it.
        """
        self._check_fitted()
        said = self.layer_(self._embedded(texts, remember=remember))
        return said, np.asarray(said @ self.head_.weights, dtype=np.float64) + self.head_.bias

    def exceeds(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Which texts are longer than the encoder, (n_texts,); none if it takes all lengths."""
        texts = check_texts(texts)
        told: NDArray[np.bool_] = (
            self.encoder.exceeds(texts) if hasattr(self.encoder, "exceeds") else np.zeros(len(texts), dtype=bool)
        )
        return told

    @property
    def long_texts(self) -> str:
        """What the encoder does with a text that is longer than it takes."""
        return str(getattr(self.encoder, "long_texts", "cut"))

    def save(self, folder: Path) -> None:
        """Write encoder, weights and labels."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            self.layer_.save(made)
            self.head_.save(made)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        model = storage.restore(cls, folder)
        model.layer_, model.head_ = HiddenLayer.load(Path(folder)), LinearHead.load(Path(folder))
        return model

    def _embedded(self, texts: Sequence[str], *, remember: bool = False) -> NDArray[np.float32]:
        encoder = CachedEncoder(self.encoder) if self.cache and remember else self.encoder
        return encoder.encode(check_texts(texts))

    def _check_fitted(self) -> None:
        if not hasattr(self, "head_"):
            raise NotFittedError("PerceptronClassifier is not fitted yet; call fit(train, validation) or load(folder)")
