"""A cross-encoder: query and document read together, one relevance score out."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

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
from nlpref.text.checks import check_text, check_texts

if TYPE_CHECKING:  # torch is imported only where it trains or runs the network
    from nlpref.neural.network import EncoderNetwork

__all__ = ["CrossEncoder"]


class CrossEncoder(BaseEstimator):
    """Fine-tunes a pretrained encoder to score (query, text) pairs: a ``Reranker``.

    Each training step sees whole groups, one relevant text with the negatives of the same query, and
    learns to put the relevant one first (softmax cross-entropy over the group).

    Args:
        name: Pretrained model, see ``nlpref.pretrained.resolve``.
        training: Epochs, learning rate, batch size (in groups), early stopping.
        max_length: Longest pair in sub-words; the longer of the two texts is cut.
        layers: Keep only the first so many transformer layers.
        batch_size: Pairs in one forward pass when scoring.
        seed: Fixes order, dropout and initial weights.

    Source: Nogueira and Cho 2019 (reading pairs together); Gao, Dai and Callan 2021 (localised
    contrastive loss over mined negatives).
    """

    def __init__(
        self,
        name: str = MINILM,
        training: FineTuning = FineTuning(epochs=1, learning_rate=5e-5, batch_size=8),
        max_length: int = 256,
        layers: int | None = None,
        batch_size: int = 32,
        seed: int = 0,
    ) -> None:
        self.name = name
        self.training = training
        self.max_length = max_length
        self.layers = layers
        self.batch_size = batch_size
        self.seed = seed

    def fit(self, train: Sequence[tuple[str, str, float]], validation: Sequence[tuple[str, str, float]] = ()) -> Self:
        """Learn from (query, text, grade) triples; grades above 0 are relevant, 0 are negatives.

        With a validation part, the epoch of best mean reciprocal rank within its groups is kept.

        Raises:
            InputError: if something is no such triple, or no query has both a relevant text and a negative.
        """
        import torch

        from nlpref.neural.backbone import open_backbone
        from nlpref.neural.finetuning import finetune
        from nlpref.neural.network import EncoderNetwork
        from nlpref.neural.torch_engine import TorchEngine
        from nlpref.retrieval.cross_encoder_training import Learner, collator

        groups, held_out = _groups(check_pairs(train, "train")), _groups(check_pairs(validation, "validation"))
        if not groups:
            raise InputError(f"no query among {len(train)} pairs has both a relevant text (grade > 0) and a negative (grade 0)")
        torch.manual_seed(self.seed)
        self._subwords = Subwords(resolve(self.name), self.max_length)
        network = EncoderNetwork(open_backbone(self.name, self.layers), 1).eval()
        self._engine: Engine = TorchEngine(network)
        examples = []
        for query, texts in groups:
            pairs = self._subwords.pairs(query, texts)
            longest = max((pair.ids for pair in pairs), key=len)
            examples.append({"input_ids": longest, "pairs": pairs})

        def score() -> Mapping[str, float]:
            ranks = [1 + int((s[1:] >= s[0]).sum()) for s in (self.score(query, texts) for query, texts in held_out)]
            return {"mrr": float(np.mean([1 / rank for rank in ranks]))}

        self.history_ = finetune(
            Learner(network),
            examples,
            collator(self._subwords),
            self.training,
            seed=self.seed,
            score=score if held_out else None,
            metric="mrr",
        )
        return self

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
        if not hasattr(self, "_engine"):
            raise NotFittedError("CrossEncoder is not fitted yet; call fit(train, validation) or load(folder)")


def _groups(triples: Sequence[tuple[str, str, float]]) -> list[tuple[str, list[str]]]:
    """One group for each relevant pair: the query, and its relevant text followed by the query's negatives."""
    by_query: dict[str, list[tuple[str, float]]] = {}
    for query, text, grade in triples:
        by_query.setdefault(query, []).append((text, grade))
    groups = []
    for query, judged in by_query.items():
        negatives = [text for text, grade in judged if grade <= 0]
        if negatives:
            groups += [(query, [text, *negatives]) for text, grade in judged if grade > 0]
    return groups


def _built(folder: Path) -> EncoderNetwork:
    from nlpref.neural.backbone import build_backbone
    from nlpref.neural.network import EncoderNetwork

    return EncoderNetwork(build_backbone(folder), 1)
