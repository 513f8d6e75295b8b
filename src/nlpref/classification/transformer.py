"""A fine-tuned transformer: the whole encoder learns the task."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding

from nlpref import storage
from nlpref.classification.balancing import Balancing
from nlpref.classification.soft_label_classifier import SoftLabelClassifier
from nlpref.classification.targets import Targets
from nlpref.errors import InputError, NotFittedError
from nlpref.neural.engine import Engine, forward, load_engine
from nlpref.neural.long_texts import average, exceeding, pieces, shared
from nlpref.neural.settings import FineTuning, Lora
from nlpref.neural.subwords import Batch, Subwords
from nlpref.pretrained import MINILM, resolve
from nlpref.probabilities import softmax
from nlpref.text.checks import check_texts
from nlpref.text.preparation import Preparation, prepared
from nlpref.types import LabelledText

if TYPE_CHECKING:  # torch is imported only where it trains or runs the network
    from nlpref.neural.network import EncoderNetwork

__all__ = ["TransformerClassifier"]


class TransformerClassifier(SoftLabelClassifier):
    """Fine-tunes a pretrained encoder with a linear head on its mean-pooled, unit-length embedding.

    The head starts from a logistic regression on the frozen embeddings, so training begins where the
    frozen classifier ends.

    Args:
        name: Pretrained model, see ``nlpref.pretrained.resolve``.
        training: Epochs, learning rate, batch size, early stopping.
        max_length: Longest text in sub-words.
        label_smoothing: Share of probability spread over all labels in the training target.
        head_start: Inverse regularisation strength C of the logistic regression that starts the head;
            None starts it at random.
        layers: Keep only the first so many transformer layers.
        batch_size: Texts in one forward pass when predicting.
        long_texts: ``cut`` reads the first ``max_length`` sub-words of a longer text; ``windows`` reads all of it and
            averages the probabilities. ``exceeds`` tells which texts are concerned. Training reads the first.
        overlap: Sub-words that neighbouring windows share.
        seed: Fixes order, dropout, initial weights, and which examples are repeated.
        new_terms: Words of the domain that become one token each; see ``nlpref.neural.new_terms``.
        balancing: What is done about labels of few examples.
        lora: Trains only low-rank adapters and the head, and merges them in the end; None trains all weights.
        preparation: What is done to a text before its sub-words are read, in training and in prediction alike.
        consistency: Weight of the loss by which two passes of a text under dropout must agree; above 0, training costs
            twice as much and predicting no more.

    Source: Devlin et al. 2019 (fine-tuning); Müller et al. 2019 (label smoothing); Kumar et al. 2022
    (a head fitted first distorts the pretrained features less); Liang et al. 2021 (consistency).
    """

    preparation: Preparation | None = None

    def __init__(
        self,
        name: str = MINILM,
        training: FineTuning = FineTuning(epochs=5),
        max_length: int = 128,
        label_smoothing: float = 0.05,
        head_start: float | None = 30.0,
        layers: int | None = None,
        batch_size: int = 32,
        long_texts: Literal["cut", "windows"] = "cut",
        overlap: int = 32,
        seed: int = 0,
        new_terms: Sequence[str] = (),
        balancing: Balancing = Balancing(),
        lora: Lora | None = None,
        preparation: Preparation | None = None,
        consistency: float = 0.0,
    ) -> None:
        self.name = name
        self.training = training
        self.max_length = max_length
        self.label_smoothing = label_smoothing
        self.head_start = head_start
        self.layers = layers
        self.batch_size = batch_size
        self.long_texts = long_texts
        self.overlap = overlap
        self.seed = seed
        self.new_terms = new_terms
        self.balancing = balancing
        self.lora = lora
        self.preparation = preparation
        self.consistency = consistency

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels in the order of the columns of ``predict_proba``."""
        self._check_fitted()
        return self.labels_

    def _fit(
        self,
        labels: tuple[str, ...],
        train: Sequence[LabelledText],
        validation: Sequence[LabelledText],
        weights: NDArray[np.floating] | None,
    ) -> Self:
        """Fine-tune; with a validation split the epoch of best accuracy on it is kept.

        Raises:
            InputError: if ``consistency`` is below 0.
        """
        import torch

        from nlpref.classification.losses import LabelLoss
        from nlpref.classification.transformer_training import Learner, collator, examples_of, start_head
        from nlpref.neural.backbone import open_backbone
        from nlpref.neural.finetuning import finetune
        from nlpref.neural.lora import adapted
        from nlpref.neural.network import EncoderNetwork
        from nlpref.neural.new_terms import add_terms
        from nlpref.neural.torch_engine import TorchEngine

        if self.consistency < 0:
            raise InputError(f"consistency={self.consistency}: expected a weight, 0 (none) or above, such as 1.0")
        targets = Targets.of([example.label for example in train], labels, weights, self.balancing, self.seed)
        drawn = targets.drawn
        label_weights = targets.label_weights(drawn)  # what does not fit is told of before the training
        self.labels_ = labels
        texts = prepared(self.preparation, [example.text for example in train])
        torch.manual_seed(self.seed)
        overlap = shared(self.long_texts, self.overlap, self.max_length)
        self._subwords = Subwords(resolve(self.name), self.max_length, overlap)
        backbone = open_backbone(self.name, self.layers)
        add_terms(backbone, self._subwords.tokenizer, self.new_terms)
        network = EncoderNetwork(backbone, len(labels)).eval()
        self._engine: Engine = TorchEngine(network)
        if self.head_start is not None:
            start_head(network, self._subwords, texts, targets, self.head_start)
        with adapted(backbone, self.lora):
            self.history_ = finetune(
                Learner(network, LabelLoss(self.label_smoothing, self.balancing.focal, label_weights), self.consistency),
                examples_of(self._subwords.texts(texts), targets, drawn),
                collator(self._subwords),
                self.training,
                seed=self.seed,
                score=self._scorer(validation) if validation else None,
                metric="accuracy",
            )
        return self

    def _scorer(self, validation: Sequence[LabelledText]) -> Callable[[], Mapping[str, float]]:
        texts, gold = [example.text for example in validation], np.array([example.label for example in validation])

        def score() -> Mapping[str, float]:
            predicted = np.array(self.labels_)[self.predict_proba(texts).argmax(axis=1)]
            return {"accuracy": float((predicted == gold).mean())}

        return score

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Label probabilities, float32, (n_texts, n_labels)."""
        self._check_fitted()
        parts, owners = pieces(self._encoded(texts), self.long_texts)
        logits = np.zeros((len(parts), len(self.labels_)), dtype=np.float32)
        lengths = [len(part.ids) for part in parts]
        for rows, output in forward(self._engine, lengths, self.batch_size, lambda rows: self._pad(parts, rows)):
            logits[rows] = output
        return average(softmax(logits), owners, len(texts))

    def exceeds(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Which texts are longer than ``max_length``, so that they are cut or read in windows, (n_texts,)."""
        self._check_fitted()
        return exceeding(self._encoded(texts))

    @property
    def engine(self) -> Engine:
        """What runs the network."""
        self._check_fitted()
        return self._engine

    @property
    def subwords(self) -> Subwords:
        """What turns texts into the network's input."""
        self._check_fitted()
        return self._subwords

    def with_engine(self, engine: Engine) -> Self:
        """The same trained classifier, run by something else."""
        self._check_fitted()
        made = copy.copy(self)
        made._engine = engine
        return made

    def save(self, folder: Path) -> None:
        """Write weights, tokenizer and labels."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            self._engine.save_in(made)
            self._subwords.save(made)
            storage.write_json(made / "labels.json", list(self.labels_))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        folder = Path(folder)
        model = storage.restore(cls, folder)
        model.labels_ = tuple(storage.read_json(folder / "labels.json"))
        overlap = shared(model.long_texts, model.overlap, model.max_length)
        model._subwords = Subwords(folder, model.max_length, overlap)
        model._engine = load_engine(folder, lambda: _built(folder, len(model.labels_)))
        return model

    def _encoded(self, texts: Sequence[str]) -> list[Encoding]:
        return self._subwords.texts(prepared(self.preparation, check_texts(texts)))

    def _pad(self, encodings: Sequence[Encoding], rows: Sequence[int]) -> Batch:
        return self._subwords.pad([encodings[row] for row in rows])

    def _check_fitted(self) -> None:
        if not hasattr(self, "_engine"):
            raise NotFittedError("TransformerClassifier is not fitted yet; call fit(train, validation) or load(folder)")


def _built(folder: Path, n_labels: int) -> EncoderNetwork:
    from nlpref.neural.backbone import build_backbone
    from nlpref.neural.network import EncoderNetwork

    return EncoderNetwork(build_backbone(folder), n_labels)
