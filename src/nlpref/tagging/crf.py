"""A conditional random field over hand-made features."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import pycrfsuite
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.chain import Chain
from nlpref.errors import NotFittedError
from nlpref.protocols import Encoder
from nlpref.tagging.bio import to_bio
from nlpref.tagging.checks import check_training
from nlpref.tagging.clusters import WordClusters
from nlpref.tagging.crf_weights import CrfWeights
from nlpref.tagging.features import cluster_features, normalise, sentence_features
from nlpref.tagging.gazetteer import FOLDS, learn_names, name_features
from nlpref.tagging.threshold import best_threshold
from nlpref.text.checks import check_sentences
from nlpref.types import Span, TaggedTokens

__all__ = ["CrfTagger"]

FITTED = "fitted.json"
UNTOLD = dict.fromkeys(map(ord, "\0\n\r"), " ")


class CrfTagger(BaseEstimator):
    """A linear-chain CRF on word forms, neighbours and, with an encoder, clusters of word vectors.

    Found is what has an exact probability of at least ``threshold``, of overlapping spans the most probable; it is the span's
    score. The best tag sequence would find too little: maximum likelihood on text where few words are entities is careful.

    Args:
        c1: Strength of the L1 penalty on the weights.
        c2: Strength of the L2 penalty on the weights.
        max_iterations: Most steps of L-BFGS.
        window: Neighbours that a token sees to either side.
        min_frequency: Features that occur less often in train are dropped.
        encoder: Gives the vectors of single words that are clustered; None does without clusters.
        clusters: Sizes of the clusterings; not used without an encoder.
        gazetteer: Look tokens up among the entities of train (train itself by cross-fitting).
        threshold: Least probability of what is found; None takes the value with the best entity F1 on validation, or a half
            without a validation split.
        seed: Fixes the clusters; training itself is deterministic.

    Source: Lafferty et al. 2001; crfsuite (Okazaki 2007), whose L-BFGS trains it.

    Example:
        >>> ann = TaggedTokens(("Ann", "lives", "in", "Rome"), (Span(0, 1, "person"), Span(3, 4, "city")))
        >>> CrfTagger(c2=0.01).fit([ann] * 4).predict([["Bob", "lives", "in", "Oslo"]])[0][1]
        Span(start=3, end=4, label='city', score=...)
    """

    def __init__(
        self,
        c1: float = 0.0,
        c2: float = 1.0,
        max_iterations: int = 100,
        window: int = 2,
        min_frequency: int = 0,
        encoder: Encoder | None = None,
        clusters: Sequence[int] = (50, 200, 800),
        gazetteer: bool = False,
        threshold: float | None = None,
        seed: int = 0,
    ) -> None:
        self.c1 = c1
        self.c2 = c2
        self.max_iterations = max_iterations
        self.window = window
        self.min_frequency = min_frequency
        self.encoder = encoder
        self.clusters = clusters
        self.gazetteer = gazetteer
        self.threshold = threshold
        self.seed = seed

    @property
    def labels(self) -> tuple[str, ...]:
        """Entity types that the tagger knows."""
        self._check_fitted()
        return self.labels_

    def fit(self, train: Sequence[TaggedTokens], validation: Sequence[TaggedTokens] = ()) -> Self:
        """Train; validation only sets the threshold, if it is not given.

        Raises:
            InputError: if the sentences do not fit, or train has no entity at all.
        """
        self.labels_ = check_training(train, validation)
        sentences = [list(example.tokens) for example in train]
        self.clusters_ = None
        if self.encoder is not None and self.clusters:
            words = (normalise(token) for tokens in sentences for token in tokens)
            self.clusters_ = WordClusters.fit(self.encoder, words, self.clusters, self.seed)
        self.names_ = learn_names(train) if self.gazetteer else {}
        self.weights_ = self._train(self._features(sentences, _names_of_others(train) if self.gazetteer else []), train)
        self.threshold_ = 0.5 if self.threshold is None else self.threshold
        if self.threshold is None and validation:
            chains = self.chains([example.tokens for example in validation])
            self.threshold_ = best_threshold(chains, [example.spans for example in validation])
        return self

    def predict(self, sentences: Sequence[Sequence[str]]) -> list[list[Span]]:
        """Find spans in token lists; offsets count tokens."""
        return self.decode(self.chains(sentences))

    def chains(self, sentences: Sequence[Sequence[str]]) -> list[Chain]:
        """The scores behind the probabilities of the spans, one chain for each sentence."""
        self._check_fitted()
        return self.weights_.chains(self._features(check_sentences(sentences)))

    def decode(self, chains: Sequence[Chain]) -> list[list[Span]]:
        """The spans of each chain that are probable enough."""
        self._check_fitted()
        return [chain.confident(self.threshold_) for chain in chains]

    def save(self, folder: Path) -> None:
        """Write the weights, the threshold, the learned names and the clusters."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            self.weights_.save(made)
            storage.write_json(made / FITTED, {"labels": self.labels_, "threshold": self.threshold_, "names": self.names_})
            if self.clusters_ is not None:
                self.clusters_.save(made)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        tagger, folder = storage.restore(cls, folder), Path(folder)
        fitted = storage.read_json(folder / FITTED)
        tagger.labels_, tagger.threshold_, tagger.names_ = tuple(fitted["labels"]), fitted["threshold"], fitted["names"]
        tagger.weights_ = CrfWeights.load(folder, tagger.labels_)
        tagger.clusters_ = WordClusters.load(folder) if tagger.encoder is not None and tagger.clusters else None
        return tagger

    def _features(self, sentences: Sequence[Sequence[str]], names: Sequence[Names] = ()) -> list[list[list[str]]]:
        """The features of each token of each sentence; ``names`` are those a sentence is looked up in, if not all."""
        # crfsuite ends a feature at a NUL, and tells of its weights in lines
        sentences = [[token.translate(UNTOLD) for token in tokens] for tokens in sentences]
        features = [sentence_features(tokens, self.window) for tokens in sentences]
        if self.clusters_ is not None and self.encoder is not None:
            words = (normalise(token) for tokens in sentences for token in tokens)
            known = self.clusters_.lookup(self.encoder, words)
            features = _joined(features, [cluster_features(tokens, known) for tokens in sentences])
        if self.gazetteer:
            listed = names or [self.names_] * len(sentences)
            features = _joined(features, [name_features(tokens, own) for tokens, own in zip(sentences, listed, strict=True)])
        return features

    def _train(self, features: Sequence[Sequence[Sequence[str]]], train: Sequence[TaggedTokens]) -> CrfWeights:
        trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
        trainer.set_params(
            {"c1": self.c1, "c2": self.c2, "max_iterations": self.max_iterations, "feature.minfreq": self.min_frequency}
        )
        for seen, example in zip(features, train, strict=True):
            if seen:
                trainer.append(seen, to_bio(example.spans, len(example.tokens)))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.crfsuite"
            trainer.train(str(path))
            return CrfWeights.read(path.read_bytes(), self.labels_)

    def _check_fitted(self) -> None:
        if not hasattr(self, "weights_"):
            raise NotFittedError("CrfTagger is not fitted yet; call fit(train, validation) or load(folder)")


Names = dict[str, list[str]]


def _names_of_others(train: Sequence[TaggedTokens]) -> list[Names]:
    """For each sentence of train the names learned from the other folds."""
    folds = [learn_names([one for row, one in enumerate(train) if row % FOLDS != fold]) for fold in range(FOLDS)]
    return [folds[row % FOLDS] for row in range(len(train))]


def _joined(one: list[list[list[str]]], other: list[list[list[str]]]) -> list[list[list[str]]]:
    return [[[*a, *b] for a, b in zip(x, y, strict=True)] for x, y in zip(one, other, strict=True)]
