"""A small cross-encoder that learns to score as a large one does."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from nlpref import storage
from nlpref.errors import InputError
from nlpref.neural.settings import FineTuning
from nlpref.neural.subwords import Subwords
from nlpref.retrieval.cross_encoder import CrossEncoder
from nlpref.retrieval.groups import RankingLoss, groups_of

if TYPE_CHECKING:  # torch is imported only where it trains or runs the network
    from nlpref.neural.network import EncoderNetwork

__all__ = ["DistilledCrossEncoder"]


class DistilledCrossEncoder(CrossEncoder):
    """Keeps some layers of a trained cross-encoder and teaches them its margins.

    Args:
        teacher: Folder of a saved ``CrossEncoder``, such as ``RUN_FOLDER/model/reranker``.
        keep: Layers of the teacher that the student starts from, counted from 0.
        training: Epochs, learning rate, batch size (in groups), early stopping.
        max_length: Longest pair in sub-words; the longer of the two texts is cut.
        batch_size: Pairs in one forward pass when scoring.
        loss: ``margin_mse``; the others learn from the grades, and have only their first layers from the teacher.
        seed: Fixes order and dropout.

    Source: Hofstätter et al. 2020 (margins of a teacher); Sanh et al. 2019, DistilBERT (starting from the teacher's layers).
    """

    def __init__(
        self,
        teacher: str = "",
        keep: Sequence[int] = (1, 3, 5),
        training: FineTuning = FineTuning(epochs=3, learning_rate=1e-4, batch_size=8),
        max_length: int = 256,
        batch_size: int = 32,
        loss: RankingLoss = "margin_mse",
        seed: int = 0,
    ) -> None:
        self.teacher = teacher
        self.keep = keep
        self.training = training
        self.max_length = max_length
        self.batch_size = batch_size
        self.loss = loss
        self.seed = seed

    def _fit(
        self,
        train: Sequence[tuple[str, str, float]],
        scores: Sequence[float] | None,
        validation: Sequence[tuple[str, str, float]],
    ) -> Self:
        if scores is None and self.loss == "margin_mse" and groups_of(train):
            scores = self._told(train)
        return super()._fit(train, scores, validation)

    def _told(self, train: Sequence[tuple[str, str, float]]) -> list[float]:
        """What the teacher says of each triple."""
        teacher = self._open_teacher()
        rows: dict[str, list[int]] = {}
        for row, (query, _, _) in enumerate(train):
            rows.setdefault(query, []).append(row)
        told = [0.0] * len(train)
        for query, places in rows.items():
            for row, score in zip(places, teacher.score(query, [train[row][1] for row in places]).tolist(), strict=True):
                told[row] = score
        return told

    def _open_teacher(self) -> CrossEncoder:
        if not self.teacher:
            raise InputError("teacher= must name the folder of a saved CrossEncoder, such as RUN_FOLDER/model/reranker")
        teacher = storage.load_component(Path(self.teacher))
        if not isinstance(teacher, CrossEncoder) or not hasattr(teacher.engine, "network"):
            raise InputError(f"{self.teacher} holds a {type(teacher).__name__}; a teacher is a CrossEncoder run by torch")
        return teacher

    def _start(self) -> tuple[EncoderNetwork, Subwords]:
        """A copy of the teacher's network with the layers that are kept."""
        teacher: Any = self._open_teacher()
        student: EncoderNetwork = copy.deepcopy(teacher.engine.network)
        backbone: Any = student.backbone
        if not hasattr(getattr(backbone, "encoder", None), "layer"):
            raise InputError(f"the teacher is a {type(backbone).__name__}, whose layers are not where those of BERT are")
        depth = backbone.config.num_hidden_layers
        if not self.keep or not all(isinstance(layer, int) and 0 <= layer < depth for layer in self.keep):
            raise InputError(f"keep={list(self.keep)}: the teacher has the layers 0 to {depth - 1}")
        backbone.encoder.layer = type(backbone.encoder.layer)(backbone.encoder.layer[layer] for layer in self.keep)
        backbone.config.num_hidden_layers = len(self.keep)
        return student, Subwords(Path(self.teacher), self.max_length)
