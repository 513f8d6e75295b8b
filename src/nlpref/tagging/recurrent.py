"""Word embeddings, letters and a bidirectional LSTM under a CRF: what there was before transformers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.chain import Chain
from nlpref.errors import InputError, NotFittedError, StorageError
from nlpref.neural.batching import padded
from nlpref.neural.settings import FineTuning
from nlpref.protocols import Encoder
from nlpref.tagging.checks import check_training
from nlpref.tagging.lattice import allowed_tags
from nlpref.tagging.threshold import micro_f1
from nlpref.text.checks import check_sentences
from nlpref.text.vocabulary import Vocabulary
from nlpref.types import Span, TaggedTokens

if TYPE_CHECKING:  # torch is imported only where it trains or runs the network
    from nlpref.tagging.recurrent_training import Learner

__all__ = ["RecurrentTagger"]

FITTED = "fitted.json"
WEIGHTS = "network.safetensors"


class RecurrentTagger(BaseEstimator):
    """A BiLSTM-CRF over words, their letters and their shapes; a span's score is its exact probability.

    Nothing is pretrained, unless an encoder is given: then its vector of each word by itself is mapped to the width of the
    word embeddings and added to them, so that words never seen in training still say something. It learns from partially
    annotated sentences too.

    Args:
        dim: Components of a word embedding.
        filters: Filters over the letters of a word; 0 reads no letters.
        hidden: Units of each direction.
        training: Epochs, learning rate, batch size, early stopping.
        dropout: Share of components left out in training, before and after the LSTM.
        word_dropout: Share of words that are the unknown one in training, from which its embedding learns.
        encoder: Gives the vectors of single words; None starts from nothing.
        crf: Score tags together, as a chain, and not each word's by themselves.
        min_df: Sentences in which a word must occur; rarer ones are the unknown word.
        batch_size: Sentences in one forward pass when predicting.
        seed: Fixes order, dropout and initial weights.

    Source: Lample et al. 2016; Ma and Hovy 2016 (letters by convolution).

    Example:
        >>> ann = TaggedTokens(("Ann", "lives", "in", "Rome"), (Span(0, 1, "person"), Span(3, 4, "city")))
        >>> training = FineTuning(epochs=20, learning_rate=0.01)
        >>> tagger = RecurrentTagger(16, 8, 16, training, dropout=0.0).fit([ann] * 8)
        >>> tagger.predict([["Ann", "lives", "in", "Rome"]])[0][1]
        Span(start=3, end=4, label='city', score=...)
    """

    def __init__(
        self,
        dim: int = 100,
        filters: int = 32,
        hidden: int = 128,
        training: FineTuning = FineTuning(epochs=30, learning_rate=3e-3, batch_size=16, patience=5),
        dropout: float = 0.5,
        word_dropout: float = 0.1,
        encoder: Encoder | None = None,
        crf: bool = True,
        min_df: int = 1,
        batch_size: int = 64,
        seed: int = 0,
    ) -> None:
        self.dim = dim
        self.filters = filters
        self.hidden = hidden
        self.training = training
        self.dropout = dropout
        self.word_dropout = word_dropout
        self.encoder = encoder
        self.crf = crf
        self.min_df = min_df
        self.batch_size = batch_size
        self.seed = seed

    @property
    def labels(self) -> tuple[str, ...]:
        """Entity types that the tagger knows."""
        self._check_fitted()
        return self.labels_

    def fit(self, train: Sequence[TaggedTokens], validation: Sequence[TaggedTokens] = ()) -> Self:
        """Train; with a validation split the epoch of best entity F1 on it is kept.

        Raises:
            InputError: if the sentences or a size do not fit, or train has no entity at all.
        """
        import torch

        from nlpref.neural.finetuning import finetune
        from nlpref.tagging.recurrent_reader import Reader
        from nlpref.tagging.recurrent_training import collate

        self.__dict__.pop("_learner", None)  # a fit that is refused must not leave what an earlier one learnt
        labels = check_training(train, validation, partial=True)
        self._check_settings()
        filled = [example for example in train if example.tokens]
        self._reader = Reader.learn([example.tokens for example in filled], self.min_df)
        self.labels_ = labels
        torch.manual_seed(self.seed)
        self._learner = self._built().eval()
        read = self._reader([example.tokens for example in filled], self.encoder)
        examples = [
            {"input_ids": sentence.words, "sentence": sentence, "allowed": allowed_tags(example, labels)}
            for sentence, example in zip(read, filled, strict=True)
        ]
        gold = [sentence.spans for sentence in validation]
        held_out = [sentence.tokens for sentence in validation]

        def score() -> Mapping[str, float]:
            return {"f1": micro_f1(gold, self.predict(held_out))}

        self.history_ = finetune(
            self._learner,
            examples,
            collate,
            self.training,
            seed=self.seed,
            score=score if held_out else None,
            metric="f1",
        )
        return self

    def predict(self, sentences: Sequence[Sequence[str]]) -> list[list[Span]]:
        """Find spans in token lists; offsets count tokens."""
        return self.decode(self.chains(sentences))

    def decode(self, chains: Sequence[Chain]) -> list[list[Span]]:
        """The best spans of each chain."""
        return [chain.best() for chain in chains]

    def chains(self, sentences: Sequence[Sequence[str]]) -> list[Chain]:
        """The scores behind the spans, one chain for each sentence."""
        self._check_fitted()
        sentences = check_sentences(sentences)
        steps = self._learner.loss.steps()
        scores = [np.zeros((0, len(steps.first)))] * len(sentences)
        filled = [row for row, tokens in enumerate(sentences) if tokens]
        read = self._reader([sentences[row] for row in filled], self.encoder)
        for places in padded([len(one) for one in read], self.batch_size):
            for place, found in zip(places, self._learner.scores([read[place] for place in places]), strict=True):
                scores[filled[place]] = found
        return [Chain(found, steps) for found in scores]

    def save(self, folder: Path) -> None:
        """Write weights, words, letters and labels."""
        from safetensors.torch import save_file

        self._check_fitted()
        with storage.draft(self, folder) as made:
            save_file({name: tensor.contiguous() for name, tensor in self._learner.state_dict().items()}, made / WEIGHTS)
            known = {"labels": self.labels_, "words": self._reader.words.words, "letters": self._reader.letters.words}
            storage.write_json(made / FITTED, known)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        from safetensors.torch import load_file

        from nlpref.tagging.recurrent_reader import Reader

        tagger, folder = storage.restore(cls, folder), Path(folder)
        known = storage.read_json(folder / FITTED)
        tagger.labels_ = tuple(known["labels"])
        tagger._reader = Reader(Vocabulary(tuple(known["words"])), Vocabulary(tuple(known["letters"])))
        learner = tagger._built().eval()
        try:
            learner.load_state_dict(load_file(folder / WEIGHTS))
        except RuntimeError as error:
            raise StorageError(f"{folder / WEIGHTS} does not fit the words, labels or arguments beside it: {error}") from None
        tagger._learner = learner
        return tagger

    def _built(self) -> Learner:
        """Network and loss, not trained."""
        from nlpref.neural.chain_loss import tag_loss
        from nlpref.tagging.recurrent_network import RecurrentNetwork
        from nlpref.tagging.recurrent_training import Learner

        n_words, n_letters = self._reader.sizes
        sizes: dict[str, Any] = {"dim": self.dim, "filters": self.filters, "hidden": self.hidden}
        shares: dict[str, Any] = {"dropout": self.dropout, "word_dropout": self.word_dropout}
        vectors = self.encoder.dim if self.encoder is not None else 0
        network = RecurrentNetwork(n_words, n_letters, n_tags=1 + 2 * len(self.labels_), vectors=vectors, **sizes, **shares)
        return Learner(network, tag_loss(self.labels_, chain=self.crf))

    def _check_settings(self) -> None:
        if min(self.dim, self.hidden, self.batch_size) < 1 or self.filters < 0:
            raise InputError(
                "expected dim, hidden and batch_size of 1 or more and filters of 0 or more, got "
                f"dim={self.dim}, hidden={self.hidden}, batch_size={self.batch_size}, filters={self.filters}"
            )
        if not (0 <= self.dropout < 1 and 0 <= self.word_dropout < 1):
            raise InputError(f"dropout={self.dropout} and word_dropout={self.word_dropout} must be from 0 to below 1")

    def _check_fitted(self) -> None:
        if not hasattr(self, "_learner"):
            raise NotFittedError("RecurrentTagger is not fitted yet; call fit(train, validation) or load(folder)")
