"""A cross-encoder: query and document read together, one relevance score out."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self, get_args

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.errors import InputError, NotFittedError
from nlpref.neural.engine import Engine, forward, load_engine
from nlpref.neural.long_texts import exceeding
from nlpref.neural.settings import FineTuning
from nlpref.neural.subwords import Subwords
from nlpref.pretrained import MINILM, resolve
from nlpref.retrieval.checks import check_pairs
from nlpref.retrieval.groups import RankingLoss, groups_of, lists_of
from nlpref.text.checks import check_text, check_texts

if TYPE_CHECKING:  # torch is imported only where it trains or runs the network
    from nlpref.neural.network import EncoderNetwork

__all__ = ["CrossEncoder"]


class CrossEncoder(BaseEstimator):
    """Fine-tunes a pretrained encoder to score (query, text) pairs: a ``Reranker``.

    Each training step sees whole groups, a relevant text with the negatives of the same query, and learns by ``loss``:

    - ``contrastive``: put the relevant text first (softmax cross-entropy; one group for each relevant text);
    - ``listwise``: give all texts of a query their share of its grades (softmax cross-entropy; one group for each query);
    - ``margin_mse``: keep the margins between grades, or between a teacher's scores (``fit_soft``).

    A model that was made to score pairs, such as ``cross-encoder/ms-marco-MiniLM-L6-v2``, starts from its own head.

    Args:
        name: Pretrained model, see ``nlpref.pretrained.resolve``.
        training: Epochs, learning rate, batch size (in groups), early stopping; None takes a model with a head as it is, so that
            nothing need be fitted.
        max_length: Longest pair in sub-words; the longer of the two texts is cut.
        layers: Keep only the first so many transformer layers.
        batch_size: Pairs in one forward pass when scoring.
        loss: See above.
        seed: Fixes order, dropout and initial weights.

    Source: Nogueira and Cho 2019 (reading pairs together); for the losses see ``nlpref.retrieval.ranking_losses``.
    """

    def __init__(
        self,
        name: str = MINILM,
        training: FineTuning | None = FineTuning(epochs=1, learning_rate=5e-5, batch_size=8),
        max_length: int = 256,
        layers: int | None = None,
        batch_size: int = 32,
        loss: RankingLoss = "contrastive",
        seed: int = 0,
    ) -> None:
        self.name = name
        self.training = training
        self.max_length = max_length
        self.layers = layers
        self.batch_size = batch_size
        self.loss = loss
        self.seed = seed

    def fit(self, train: Sequence[tuple[str, str, float]], validation: Sequence[tuple[str, str, float]] = ()) -> Self:
        """Learn from (query, text, grade) triples; grades above 0 are relevant, 0 are negatives.

        With a validation part, the epoch of best mean reciprocal rank within its groups is kept.

        Raises:
            InputError: if something is no such triple, no query has both a relevant text and a negative, or the loss is unknown.
        """
        return self._fit(check_pairs(train, "train"), None, check_pairs(validation, "validation"))

    def fit_soft(
        self,
        train: Sequence[tuple[str, str, float]],
        scores: Sequence[float] | NDArray[np.floating],
        validation: Sequence[tuple[str, str, float]] = (),
    ) -> Self:
        """Learn what a teacher says of each triple, in place of its grade; the grade still tells what is relevant.

        Raises:
            InputError: as ``fit``, and if there is not one finite score for each triple.
        """
        triples, told = check_pairs(train, "train"), np.asarray(scores, dtype=np.float64)
        if told.shape != (len(triples),) or not np.isfinite(told).all():
            raise InputError(f"got scores of shape {told.shape} for {len(triples)} pairs, expected one finite number for each")
        return self._fit(triples, told.tolist(), check_pairs(validation, "validation"))

    def _fit(
        self,
        train: Sequence[tuple[str, str, float]],
        scores: Sequence[float] | None,
        validation: Sequence[tuple[str, str, float]],
    ) -> Self:
        if self.loss not in get_args(RankingLoss):
            raise InputError(f"loss is {self.loss!r}, expected one of {', '.join(get_args(RankingLoss))}")
        groups = (lists_of if self.loss == "listwise" else groups_of)(train, scores)
        if not groups:
            raise InputError(f"no query among {len(train)} pairs has both a relevant text (grade > 0) and a negative (grade 0)")
        if self.training is None:
            self._open_ready()
            return self
        import torch

        from nlpref.neural.finetuning import finetune
        from nlpref.neural.torch_engine import TorchEngine
        from nlpref.retrieval.cross_encoder_training import Learner, collator

        torch.manual_seed(self.seed)
        network, self._subwords = self._start()
        self._engine: Engine = TorchEngine(network)
        examples = []
        for group in groups:
            pairs = self._subwords.pairs(group.query, group.texts)
            longest = max((pair.ids for pair in pairs), key=len)
            examples.append({"input_ids": longest, "pairs": pairs, "grades": group.grades})
        held_out = groups_of(validation)

        def score() -> Mapping[str, float]:
            ranks = [1 + int((s[1:] >= s[0]).sum()) for s in (self.score(group.query, group.texts) for group in held_out)]
            return {"mrr": float(np.mean([1 / rank for rank in ranks]))}

        self.history_ = finetune(
            Learner(network, self.loss),
            examples,
            collator(self._subwords),
            self.training,
            seed=self.seed,
            score=score if held_out else None,
            metric="mrr",
        )
        return self

    def _start(self) -> tuple[EncoderNetwork, Subwords]:
        """The network that is trained, and what makes its sub-words."""
        from nlpref.neural.pretrained_head import open_scoring_network

        return open_scoring_network(self.name, self.layers), Subwords(resolve(self.name), self.max_length)

    def _open_ready(self) -> None:
        """Take the pretrained model as it is.

        Raises:
            InputError: if it has no head to score with.
        """
        from nlpref.neural.pretrained_head import has_scoring_head
        from nlpref.neural.torch_engine import TorchEngine

        if not has_scoring_head(resolve(self.name)):
            raise InputError(f"{self.name} has no head to score pairs with; give training, so that it learns one")
        network, self._subwords = self._start()
        self._engine = TorchEngine(network)

    def score(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Relevance of each text to the query, float32, (n_texts,); higher is better."""
        self._check_fitted()
        query, texts = check_text(query, "the query"), check_texts(texts)
        scores = np.zeros(len(texts), dtype=np.float32)
        pairs = self._subwords.pairs(query, texts)
        lengths = [len(pair.ids) for pair in pairs]
        collate = lambda rows: self._subwords.pad([pairs[row] for row in rows])  # noqa: E731
        for rows, output in forward(self._engine, lengths, self.batch_size, collate):
            scores[rows] = output[:, 0]
        return scores

    def exceeds(self, query: str, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Which texts make a pair longer than ``max_length``, so that the longer of the two is cut, (n_texts,)."""
        self._check_fitted()
        return exceeding(self._subwords.pairs(check_text(query, "the query"), check_texts(texts)))

    @property
    def engine(self) -> Engine:
        """What runs the network."""
        self._check_fitted()
        return self._engine

    def with_engine(self, engine: Engine) -> Self:
        """The same trained cross-encoder, run by something else."""
        self._check_fitted()
        made = copy.copy(self)
        made._engine = engine
        return made

    def save(self, folder: Path) -> None:
        """Write weights and tokenizer."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            self._engine.save_in(made)
            self._subwords.save(made)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        folder = Path(folder)
        encoder = storage.restore(cls, folder)
        encoder._subwords = Subwords(folder, encoder.max_length)
        encoder._engine = load_engine(folder, lambda: _built(folder))
        return encoder

    def _check_fitted(self) -> None:
        if not hasattr(self, "_engine") and self.training is None:
            self._open_ready()
        if not hasattr(self, "_engine"):
            raise NotFittedError(f"{type(self).__name__} is not fitted yet; call fit(train, validation) or load(folder)")


def _built(folder: Path) -> EncoderNetwork:
    from nlpref.neural.backbone import build_backbone
    from nlpref.neural.network import EncoderNetwork
    from nlpref.neural.pooling import kept_pooling

    return EncoderNetwork(build_backbone(folder), 1, pooling=kept_pooling(folder))
