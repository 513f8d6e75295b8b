"""A fine-tuned transformer tagger with word shapes, windows for long texts, and legal BIO decoding."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.chain import Chain, Steps
from nlpref.errors import InputError, NotFittedError
from nlpref.neural.engine import Engine, forward, load_engine
from nlpref.neural.settings import FineTuning
from nlpref.neural.subwords import Batch, Subwords, stack
from nlpref.pretrained import MINILM, resolve
from nlpref.tagging.checks import check_training
from nlpref.tagging.lattice import allowed_tags, cut
from nlpref.tagging.pieces import Piece, log_softmax, merged, pieces_of
from nlpref.tagging.shapes import SHAPES
from nlpref.tagging.threshold import best_threshold, micro_f1
from nlpref.text.checks import check_sentences
from nlpref.types import Span, TaggedTokens

if TYPE_CHECKING:  # torch is imported only where it trains or runs the network
    from nlpref.neural.chain_loss import ChainLoss, TokenLoss
    from nlpref.neural.network import EncoderNetwork

__all__ = ["TransformerTagger"]

FITTED = "fitted.json"
STEPS = "steps.npz"
SEEDS = 1000
"""From the seed of one training of a soup to that of the next."""


class TransformerTagger(BaseEstimator):
    """Fine-tunes a pretrained encoder to tag words; a span's score is its probability under the chain of tags.

    A word is tagged at its first sub-word. Word shapes (capitals, digits, handles) are embedded and added
    to the input, since the default weights are uncased. Texts longer than the model are read in
    overlapping windows, and each word is taken from the window that shows most of its context.
    Sentences in which only some types were looked for may be among those of train.

    Args:
        name: Pretrained model, see ``nlpref.pretrained.resolve``.
        training: Epochs, learning rate, batch size, early stopping.
        max_length: Sub-words in a window, special tokens included.
        overlap: Sub-words that neighbouring windows share.
        shapes: Add embeddings of word shapes to the input.
        head: ``linear`` scores each word by itself and leaves only illegal tags out; ``crf`` learns which tag follows which.
        threshold: ``sequence`` finds the spans of the best sequence of tags; a number, all of at least this probability, of
            overlapping ones the most probable; None takes the number of the best entity F1 on validation, or a half
            without a validation split.
        mask: Share of the entities' words that are hidden in training, so that the rest of the sentence has to tell.
        start: Folder of a saved ``TransformerTagger`` whose encoder training starts from, instead of the pretrained one;
            its entity types may be others.
        soup: Trainings of which the mean of the weights is kept; they differ in order and dropout.
        dropout: Share of features dropped before the tag layer in training.
        layers: Keep only the first so many transformer layers.
        batch_size: Windows in one forward pass when predicting.
        seed: Fixes order, dropout and initial weights.

    Source: Devlin et al. 2019, section 5.3 (first sub-word of each word, linear layer); Lample et al. 2016 (CRF on top).
    """

    def __init__(
        self,
        name: str = MINILM,
        training: FineTuning = FineTuning(epochs=3, learning_rate=1e-4, batch_size=16),
        max_length: int = 256,
        overlap: int = 64,
        shapes: bool = True,
        head: Literal["linear", "crf"] = "linear",
        threshold: float | Literal["sequence"] | None = "sequence",
        mask: float = 0.0,
        start: str | None = None,
        soup: int = 1,
        dropout: float = 0.1,
        layers: int | None = None,
        batch_size: int = 32,
        seed: int = 0,
    ) -> None:
        self.name = name
        self.training = training
        self.max_length = max_length
        self.overlap = overlap
        self.shapes = shapes
        self.head = head
        self.threshold = threshold
        self.mask = mask
        self.start = start
        self.soup = soup
        self.dropout = dropout
        self.layers = layers
        self.batch_size = batch_size
        self.seed = seed

    @property
    def labels(self) -> tuple[str, ...]:
        """Entity types that the tagger knows."""
        self._check_fitted()
        return self.labels_

    def fit(self, train: Sequence[TaggedTokens], validation: Sequence[TaggedTokens] = ()) -> Self:
        """Fine-tune; with a validation split the epoch of best entity F1 on it is kept.

        Raises:
            InputError: if the sentences do not fit, train has no entity at all, or the windows would not move on.
        """
        self._check_parameters()
        import torch

        from nlpref.neural.backbone import open_backbone
        from nlpref.neural.finetuning import finetune
        from nlpref.neural.masked_language_model import mask_of
        from nlpref.neural.soup import soup
        from nlpref.neural.torch_engine import TorchEngine
        from nlpref.tagging.transformer_training import Learner, collator

        self.labels_ = check_training(train, validation, partial=True)
        torch.manual_seed(self.seed)
        self._subwords = Subwords(resolve(self.name), self.max_length)
        learner = Learner(self._begin(open_backbone(self.name, self.layers)).eval(), self._loss())
        pieces = self._pieces([sentence.tokens for sentence in train])
        allowed = [allowed_tags(sentence, self.labels_) for sentence in train]
        examples = [
            {"input_ids": p.encoding.ids, "piece": p, "allowed": cut(allowed[p.sentence], p.start, p.end)}
            for p in pieces
            if p.first
        ]
        gold = [sentence.spans for sentence in validation]
        held_out = [sentence.tokens for sentence in validation]

        def use(learner: Learner) -> None:
            self._engine: Engine = TorchEngine(learner.network)
            self.steps_, self.threshold_ = learner.loss.steps(), self._threshold()
            if held_out and self.threshold is None:
                self.threshold_ = best_threshold(self.chains(held_out), gold)

        def train_one(learner: Learner, number: int) -> list[dict[str, float]]:
            def score() -> Mapping[str, float]:
                use(learner)
                return {"f1": micro_f1(gold, self.predict(held_out))}

            return finetune(
                learner,
                examples,
                collator(self._batch, mask_of(self._subwords) if self.mask else None, self.mask),
                self.training,
                seed=self.seed + SEEDS * number,
                score=score if held_out else None,
                metric="f1",
            )

        self.history_ = [entry for history in soup(learner, self.soup, train_one) for entry in history]
        use(learner)  # with the weights that were kept
        return self

    def predict(self, sentences: Sequence[Sequence[str]]) -> list[list[Span]]:
        """Find spans in token lists; offsets count tokens."""
        return self.decode(self.chains(sentences))

    def decode(self, chains: Sequence[Chain]) -> list[list[Span]]:
        """The spans of the best sequence of each chain, or all that are probable enough."""
        self._check_fitted()
        if self.threshold_ is None:
            return [chain.best() for chain in chains]
        return [chain.confident(self.threshold_) for chain in chains]

    def chains(self, sentences: Sequence[Sequence[str]]) -> list[Chain]:
        """The scores behind the spans, one chain for each sentence."""
        self._check_fitted()
        sentences = check_sentences(sentences)
        pieces = self._pieces(sentences)
        scores = self._piece_scores(pieces)
        by_sentence: list[list[int]] = [[] for _ in sentences]
        for row, piece in enumerate(pieces):
            by_sentence[piece.sentence].append(row)
        width = 1 + 2 * len(self.labels_)
        found: list[Chain] = []
        for words, rows in zip(sentences, by_sentence, strict=True):
            parts = [(pieces[row], scores[row]) for row in rows]
            found.append(Chain(merged(parts, len(words), width), self.steps_))
        return found

    @property
    def engine(self) -> Engine:
        """What runs the network."""
        self._check_fitted()
        return self._engine

    def with_engine(self, engine: Engine) -> Self:
        """The same trained tagger, run by something else."""
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
            storage.write_json(made / FITTED, {"labels": list(self.labels_), "threshold": self.threshold_})
            self.steps_.save(made / STEPS)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        folder = Path(folder)
        tagger = storage.restore(cls, folder)
        fitted = storage.read_json(folder / FITTED)
        tagger.labels_, tagger.threshold_ = tuple(fitted["labels"]), fitted["threshold"]
        tagger.steps_ = Steps.load(folder / STEPS, tagger.labels_)
        tagger._subwords = Subwords(folder, tagger.max_length)
        tagger._engine = load_engine(folder, lambda: tagger._built(folder))
        return tagger

    def _begin(self, backbone: Any) -> EncoderNetwork:
        """The network that training begins with."""
        from nlpref.tagging.transformer_training import start_from

        network = self._build(backbone)
        if self.start is not None:
            start_from(Path(self.start), network)
        return network

    def _threshold(self) -> float | None:
        """Before validation has been looked at."""
        return None if self.threshold == "sequence" else 0.5 if self.threshold is None else float(self.threshold)

    def _loss(self) -> TokenLoss | ChainLoss:
        from nlpref.neural.chain_loss import tag_loss

        return tag_loss(self.labels_, chain=self.head == "crf")

    def _built(self, folder: Path) -> EncoderNetwork:
        from nlpref.neural.backbone import build_backbone

        return self._build(build_backbone(folder))

    def _build(self, backbone: Any) -> EncoderNetwork:
        from nlpref.neural.network import EncoderNetwork

        shapes = len(SHAPES) if self.shapes else 0
        return EncoderNetwork(backbone, 1 + 2 * len(self.labels_), pooled=False, shapes=shapes, dropout=self.dropout)

    def _pieces(self, sentences: Sequence[Sequence[str]]) -> list[Piece]:
        return pieces_of(sentences, self._subwords, self.max_length, self.overlap)

    def _piece_scores(self, pieces: Sequence[Piece]) -> list[NDArray[np.float64]]:
        """Log-probabilities of the tags at each piece's first sub-words, (n_words_seen, n_tags)."""
        scores: list[NDArray[np.float64]] = [np.zeros((0, 0))] * len(pieces)
        lengths = [len(piece.encoding.ids) for piece in pieces]
        for rows, output in forward(self._engine, lengths, self.batch_size, lambda rows: self._batch([pieces[r] for r in rows])):
            for position, row in enumerate(rows):
                scores[row] = log_softmax(output[position, list(pieces[row].first.values())].astype(np.float64))
        return scores

    def _batch(self, pieces: Sequence[Piece]) -> Batch:
        batch = self._subwords.pad([piece.encoding for piece in pieces])
        if self.shapes:
            batch["shapes"] = stack([piece.shapes for piece in pieces], batch["input_ids"].shape[1], 0)
        return batch

    def _check_parameters(self) -> None:
        if not 0 <= self.overlap < self.max_length - 2:
            raise InputError(
                f"overlap={self.overlap} must be at least 0 and less than max_length - 2 = {self.max_length - 2}: "
                "two places of a window are for special tokens"
            )
        if self.head not in ("linear", "crf") or not 0 <= self.mask < 1 or self.soup < 1:
            raise InputError(
                f"expected head='linear' or 'crf', 0 <= mask < 1 and soup of at least 1; got head={self.head!r}, "
                f"mask={self.mask}, soup={self.soup}"
            )
        if (isinstance(self.threshold, str) and self.threshold != "sequence") or self._threshold() == 0:
            raise InputError(f"threshold={self.threshold!r}: expected 'sequence', a probability above 0, or None")

    def _check_fitted(self) -> None:
        if not hasattr(self, "_engine"):
            raise NotFittedError("TransformerTagger is not fitted yet; call fit(train, validation) or load(folder)")
