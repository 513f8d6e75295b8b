"""A pretrained encoder as it is, and a small network on its embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from nlpref.classification.balancing import Balancing
from nlpref.classification.checks import check_training
from nlpref.classification.embedding_classifier import EmbeddingClassifier
from nlpref.classification.hidden import HiddenLayer
from nlpref.classification.perceptron_training import PerceptronTraining
from nlpref.classification.targets import Targets
from nlpref.errors import InputError
from nlpref.protocols import Encoder
from nlpref.types import LabelledText

__all__ = ["PerceptronClassifier"]


class PerceptronClassifier(EmbeddingClassifier):
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

    def _features(self, texts: Sequence[str], *, remember: bool = False) -> NDArray[np.float32]:
        return self.layer_(super()._features(texts, remember=remember))

    def _write(self, folder: Path) -> None:
        super()._write(folder)
        self.layer_.save(folder)

    def _read(self, folder: Path) -> None:
        super()._read(folder)
        self.layer_ = HiddenLayer.load(folder)
