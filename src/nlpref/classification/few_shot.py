"""A classifier for a few labelled texts of each label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from nlpref.classification.few_shot_training import FewShotTraining
from nlpref.classification.label_texts import LabelTexts, label_texts, tell
from nlpref.classification.transformer import TransformerClassifier
from nlpref.errors import InputError
from nlpref.neural.long_texts import shared
from nlpref.neural.subwords import Subwords
from nlpref.pretrained import MINILM, resolve
from nlpref.types import LabelledText

__all__ = ["FewShotClassifier"]


class FewShotClassifier(TransformerClassifier):
    """Tunes the upper layers of a pretrained encoder and a head, for some five to fifty texts of each label.

    What contrastive tuning by pairs gains, such as SetFit's, without its cost: every text of a batch is compared with all
    others at once, the lower layers are computed once, and training begins where the frozen classifier ends. Names of
    labels that tell something are one more text of each. Validation examples are checked and not used: a few labels are
    worth more in training.

    Args:
        name: Pretrained model, see ``nlpref.pretrained.resolve``; its layers must be where those of BERT are.
        training: Epochs, rates, layers that stay as they are, contrast.
        label_texts: ``names`` reads a text off each label, such as ``card arrival`` off ``card_arrival``, and learns from
            them if on the training texts they tell more than chance; a mapping gives a text for some or all labels,
            which is always learnt from; None learns from none.
        head_start: Inverse regularisation strength C of the logistic regression that starts the head.
        max_length: Longest text in sub-words.
        batch_size: Texts in one forward pass when predicting.
        long_texts: As for ``TransformerClassifier``.
        overlap: Sub-words that neighbouring windows share.
        seed: Fixes order and dropout.

    Source: Khosla et al. 2020, equation 2 (supervised contrastive loss); Gunel et al. 2021 (beside cross-entropy);
    Tunstall et al. 2022, SetFit (tuning a sentence encoder on a few labels); Kumar et al. 2022 (the head first).

    Example:
        >>> from nlpref.types import LabelledText
        >>> train = [LabelledText("lost my card", "card"), LabelledText("card is gone", "card"),
        ...          LabelledText("send money abroad", "transfer"), LabelledText("money never arrived", "transfer")]
        >>> model = FewShotClassifier(training=FewShotTraining(epochs=2)).fit(train)  # doctest: +SKIP
        >>> model.labels[model.predict_proba(["my purse was stolen"])[0].argmax()]  # doctest: +SKIP
        'card'
    """

    training: FewShotTraining  # type: ignore[assignment]  # settings of its own

    def __init__(
        self,
        name: str = MINILM,
        training: FewShotTraining = FewShotTraining(),
        label_texts: LabelTexts = "names",
        head_start: float = 30.0,
        max_length: int = 128,
        batch_size: int = 32,
        long_texts: Literal["cut", "windows"] = "cut",
        overlap: int = 32,
        seed: int = 0,
    ) -> None:
        self.name = name
        self.training = training
        self.label_texts = label_texts
        self.head_start = head_start
        self.max_length = max_length
        self.batch_size = batch_size
        self.long_texts = long_texts
        self.overlap = overlap
        self.seed = seed

    def _fit(
        self,
        labels: tuple[str, ...],
        train: Sequence[LabelledText],
        validation: Sequence[LabelledText],
        weights: NDArray[np.floating] | None,
    ) -> Self:
        """Tune on the training texts.

        Raises:
            InputError: if the labels are uncertain.
        """
        import torch
        from sklearn.linear_model import LogisticRegression

        from nlpref.classification.few_shot_learning import tune
        from nlpref.classification.transformer_training import set_head
        from nlpref.neural.backbone import open_backbone
        from nlpref.neural.network import EncoderNetwork
        from nlpref.neural.torch_engine import TorchEngine
        from nlpref.neural.upper_layers import UpperLayers

        if weights is not None:
            raise InputError("FewShotClassifier learns from certain labels; for probabilities: classifier=transformer, frozen")
        self.labels_ = labels
        called = label_texts(self.labels_, self.label_texts)
        texts = [*(example.text for example in train), *called.values()]
        targets = np.searchsorted(self.labels_, [*(example.label for example in train), *called])
        self._subwords = Subwords(resolve(self.name), self.max_length, shared(self.long_texts, self.overlap, self.max_length))
        with torch.random.fork_rng(devices=[]):  # the head is drawn, and fitted below
            network = EncoderNetwork(open_backbone(self.name), len(self.labels_)).eval()
        upper = UpperLayers(network, self.training.frozen_layers)
        states = upper.lower_states(self._subwords.texts(texts), self._subwords)
        with torch.inference_mode():
            vectors = upper(states).numpy()
        n = len(train)
        told = self.label_texts != "names" or tell(vectors[n:], targets[n:], vectors[:n], targets[:n])
        self.label_texts_ = called if told else {}
        rows = slice(n + len(self.label_texts_))
        regression = LogisticRegression(C=self.head_start, max_iter=1000)
        set_head(network, regression.fit(vectors[rows], targets[rows]))
        self.history_ = tune(network, upper, states[rows], targets[rows], self.training, self.seed)
        self._engine = TorchEngine(network)
        return self
