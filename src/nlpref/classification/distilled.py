"""A small transformer that learns to answer as a large one does."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from nlpref import storage
from nlpref.classification.targets import Targets
from nlpref.classification.transformer import TransformerClassifier
from nlpref.classification.unlabelled import read_unlabelled
from nlpref.errors import InputError
from nlpref.neural.long_texts import shared
from nlpref.neural.settings import FineTuning
from nlpref.neural.subwords import Subwords
from nlpref.types import LabelledText

if TYPE_CHECKING:  # torch is imported only where it trains or runs the network
    from nlpref.neural.network import EncoderNetwork

__all__ = ["DistilledClassifier"]


class DistilledClassifier(TransformerClassifier):
    """Keeps some layers of a fine-tuned classifier and teaches them its probabilities.

    The student learns from the training texts, from copies of them with words left out, and from texts without labels if
    there are any: the teacher says what each of them is.

    Args:
        teacher: Folder of a saved ``TransformerClassifier`` with the same labels.
        keep: Layers of the teacher that the student starts from, counted from 0.
        training: Epochs, learning rate, batch size, early stopping.
        temperature: Flattens both sides' probabilities, so that small ones are learnt too.
        hard: Share of the true label in the loss of a training text; the rest is the teacher's.
        copies: Copies of each training text, each word of which is left out with the chance ``dropped``.
        dropped: That chance.
        unlabelled: A UTF-8 file with one text a line.
        max_length: Longest text in sub-words.
        batch_size: Texts in one forward pass when predicting.
        long_texts: As for ``TransformerClassifier``.
        overlap: Sub-words that neighbouring windows share.
        seed: Fixes order, dropout and the copies.

    Source: Hinton, Vinyals and Dean 2015 (distillation); Sanh et al. 2019, DistilBERT (starting from the teacher's
    layers); Jiao et al. 2020, TinyBERT (augmented texts).
    """

    def __init__(
        self,
        teacher: str = "",
        keep: Sequence[int] = (1, 3, 5),
        training: FineTuning = FineTuning(epochs=4, learning_rate=2e-4),
        temperature: float = 2.0,
        hard: float = 0.2,
        copies: int = 1,
        dropped: float = 0.15,
        unlabelled: str | None = None,
        max_length: int = 128,
        batch_size: int = 32,
        long_texts: Literal["cut", "windows"] = "cut",
        overlap: int = 32,
        seed: int = 0,
    ) -> None:
        self.teacher = teacher
        self.keep = keep
        self.training = training
        self.temperature = temperature
        self.hard = hard
        self.copies = copies
        self.dropped = dropped
        self.unlabelled = unlabelled
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
        """Learn from the teacher; with a validation split the epoch of best accuracy on it is kept.

        Raises:
            InputError: if the teacher has other labels, or lacks a layer.
            StorageError: if the teacher cannot be read.
        """
        from nlpref.classification.transformer_training import Student, collator, examples_of
        from nlpref.neural.finetuning import finetune
        from nlpref.neural.torch_engine import TorchEngine

        targets = Targets.of([example.label for example in train], labels, weights)
        if self.temperature <= 0 or not 0 <= self.hard <= 1 or not 0 <= self.dropped < 1 or self.copies < 0:
            raise InputError(
                "expected temperature > 0, 0 <= hard <= 1, 0 <= dropped < 1 and copies >= 0; got "
                f"temperature={self.temperature}, hard={self.hard}, dropped={self.dropped}, copies={self.copies}"
            )
        teacher = self._open_teacher(labels)
        texts = [example.text for example in train]
        more = [*self._copies(texts), *read_unlabelled(self.unlabelled)]
        soft = np.log(np.maximum(teacher.predict_proba([*texts, *more]), 1e-9))
        network = self._student(teacher.engine.network)  # type: ignore[attr-defined]
        self.labels_ = labels
        self._subwords = Subwords(Path(self.teacher), self.max_length, shared(self.long_texts, self.overlap, self.max_length))
        self._engine = TorchEngine(network)
        examples = examples_of(self._subwords.texts([*texts, *more]), targets, np.arange(len(texts) + len(more)), soft)
        self.history_ = finetune(
            Student(network, self.temperature, self.hard),
            examples,
            collator(self._subwords),
            self.training,
            seed=self.seed,
            score=self._scorer(validation) if validation else None,
            metric="accuracy",
        )
        return self

    def _open_teacher(self, labels: Sequence[str]) -> TransformerClassifier:
        if not self.teacher:
            raise InputError("teacher= must name the folder of a saved TransformerClassifier, such as RUN_FOLDER/model")
        teacher = storage.load_component(Path(self.teacher))
        if not isinstance(teacher, TransformerClassifier) or not hasattr(teacher.engine, "network"):
            raise InputError(
                f"{self.teacher} holds a {type(teacher).__name__}; a teacher is a TransformerClassifier run by torch"
            )
        if tuple(teacher.labels) != tuple(labels):
            only = sorted(set(teacher.labels) ^ set(labels))[:3]
            raise InputError(
                f"the teacher in {self.teacher} has other labels than train: {', '.join(map(repr, only))} in one only"
            )
        return teacher

    def _student(self, network: EncoderNetwork) -> EncoderNetwork:
        """A copy of the teacher's network with the layers that are kept."""
        student = copy.deepcopy(network)
        backbone: Any = student.backbone
        if not hasattr(getattr(backbone, "encoder", None), "layer"):
            raise InputError(f"the teacher is a {type(backbone).__name__}, whose layers are not where those of BERT are")
        depth = backbone.config.num_hidden_layers
        if not self.keep or not all(isinstance(layer, int) and 0 <= layer < depth for layer in self.keep):
            raise InputError(f"keep={list(self.keep)}: the teacher has the layers 0 to {depth - 1}")
        backbone.encoder.layer = type(backbone.encoder.layer)(backbone.encoder.layer[layer] for layer in self.keep)
        backbone.config.num_hidden_layers = len(self.keep)
        return student

    def _copies(self, texts: Sequence[str]) -> list[str]:
        random = np.random.default_rng(self.seed)
        made = []
        for text in list(texts) * self.copies:
            words = text.split()
            kept = [word for word, chance in zip(words, random.random(len(words)), strict=True) if chance >= self.dropped]
            made.append(" ".join(kept or words))
        return made
