"""A conditional random field over hand-made features."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
import pycrfsuite
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.chain import Chain
from nlpref.errors import NotFittedError
from nlpref.metrics.spans import span_scores
from nlpref.protocols import Encoder
from nlpref.tagging.bio import OUTSIDE, from_bio, legal_starts, legal_transitions, tag_set, to_bio, viterbi
from nlpref.tagging.checks import check_training
from nlpref.tagging.clusters import WordClusters
from nlpref.tagging.crf_weights import CrfWeights
from nlpref.tagging.features import cluster_features, normalise, sentence_features
from nlpref.tagging.gazetteer import FOLDS, learn_names, name_features
from nlpref.text.checks import check_sentences
from nlpref.types import Span, TaggedTokens

__all__ = ["CrfTagger"]

MODEL = "model.crfsuite"
FITTED = "fitted.json"
UNTOLD = dict.fromkeys(map(ord, "\0\n\r"), " ")
PENALTIES = tuple(step / 4 for step in range(13))


class CrfTagger(BaseEstimator):
    """A linear-chain CRF on word forms, neighbours and, with an encoder, clusters of word vectors.

    Decoding takes the best legal tag sequence under the tags' marginal probabilities, with ``O`` made
    ``exp(outside_penalty)`` times less likely: maximum likelihood on text where few words are entities
    finds too few of them. So decoded, WNUT-17's validation split has an F1 of .368 (without clusters), the best sequence of the
    chain, with any penalty in it, one of .324 at most.

    A span's score is its exact probability in the chain. The chain has a penalty on ``O`` of its own, the one under which
    validation is most likely: that of decoding would make almost every word an entity.

    Args:
        c1: Strength of the L1 penalty on the weights.
        c2: Strength of the L2 penalty on the weights.
        max_iterations: Most steps of L-BFGS.
        window: Neighbours that a token sees to either side.
        min_frequency: Features that occur less often in train are dropped.
        encoder: Gives the vectors of single words that are clustered; None does without clusters.
        clusters: Sizes of the clusterings; not used without an encoder.
        gazetteer: Look tokens up among the entities of train (train itself by cross-fitting).
        outside_penalty: Nats taken from the log-probability of ``O`` in decoding; None takes the value from 0 to 3
            with the best entity F1 on validation, or 0 without a validation split.
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
        outside_penalty: float | None = None,
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
        self.outside_penalty = outside_penalty
        self.seed = seed

    @property
    def labels(self) -> tuple[str, ...]:
        """Entity types that the tagger knows."""
        self._check_fitted()
        return self.labels_

    def fit(self, train: Sequence[TaggedTokens], validation: Sequence[TaggedTokens] = ()) -> Self:
        """Train; validation only sets the penalties on ``O``: that of the chain, and that of decoding if it is not given.

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
        self.penalty_ = self.outside_penalty or 0.0
        self.model_ = self._train(self._features(sentences, _names_of_others(train) if self.gazetteer else []), train)
        self.weights_ = CrfWeights.read(self.model_, self.labels_)
        self.chain_penalty_ = 0.0
        if validation:
            self._choose_penalties(validation)
        return self

    def predict(self, sentences: Sequence[Sequence[str]]) -> list[list[Span]]:
        """Find spans in token lists; offsets count tokens."""
        self._check_fitted()
        features = self._features(check_sentences(sentences))
        found = _decode(*self._marginals(features), self.penalty_)
        chains = self.weights_.chains(features, self.chain_penalty_)
        return [chain.scored(spans) for chain, spans in zip(chains, found, strict=True)]

    def chains(self, sentences: Sequence[Sequence[str]]) -> list[Chain]:
        """The scores behind the probabilities of the spans, one chain for each sentence.

        Other than those of ``predict``, the best spans of a chain are few.
        """
        self._check_fitted()
        return self.weights_.chains(self._features(check_sentences(sentences)), self.chain_penalty_)

    def save(self, folder: Path) -> None:
        """Write the crfsuite model, its weights, the penalties, the learned names and the clusters."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            (made / MODEL).write_bytes(self.model_)
            self.weights_.save(made)
            penalties = {"penalty": self.penalty_, "chain_penalty": self.chain_penalty_}
            storage.write_json(made / FITTED, {"labels": self.labels_, **penalties, "names": self.names_})
            if self.clusters_ is not None:
                self.clusters_.save(made)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        tagger, folder = storage.restore(cls, folder), Path(folder)
        fitted = storage.read_json(folder / FITTED)
        tagger.labels_ = tuple(fitted["labels"])
        tagger.penalty_, tagger.chain_penalty_ = fitted["penalty"], fitted["chain_penalty"]
        tagger.weights_ = CrfWeights.load(folder, tagger.labels_)
        tagger.names_ = fitted["names"]
        tagger.clusters_ = WordClusters.load(folder) if tagger.encoder is not None and tagger.clusters else None
        tagger.model_ = (folder / MODEL).read_bytes()
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

    def _train(self, features: Sequence[Sequence[Sequence[str]]], train: Sequence[TaggedTokens]) -> bytes:
        trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
        trainer.set_params(
            {"c1": self.c1, "c2": self.c2, "max_iterations": self.max_iterations, "feature.minfreq": self.min_frequency}
        )
        for seen, example in zip(features, train, strict=True):
            if seen:
                trainer.append(seen, to_bio(example.spans, len(example.tokens)))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / MODEL
            trainer.train(str(path))
            return path.read_bytes()

    def _marginals(self, features: Sequence[Sequence[Sequence[str]]]) -> tuple[list[str], list[NDArray[np.float64]]]:
        """The model's tags, and their probability for each token of each sentence, (n_tokens, n_tags)."""
        chain = pycrfsuite.Tagger()
        chain.open_inmemory(self.model_)
        tags = list(chain.labels())
        found = []
        for seen in features:
            if seen:
                chain.set(seen)
            rows = [[chain.marginal(tag, position) for tag in tags] for position in range(len(seen))]
            found.append(np.array(rows, dtype=np.float64).reshape(len(seen), len(tags)))
        return tags, found

    def _choose_penalties(self, validation: Sequence[TaggedTokens]) -> None:
        """The penalty of decoding with the best F1, unless it is given, and that of the chain with the highest likelihood."""
        gold = [example.spans for example in validation]
        features = self._features([example.tokens for example in validation])
        if self.outside_penalty is None:
            tags, marginals = self._marginals(features)
            scores = {penalty: span_scores(gold, _decode(tags, marginals, penalty))["f1_micro"] for penalty in PENALTIES}
            self.penalty_ = max(PENALTIES, key=lambda penalty: scores[penalty])
        number = {tag: column for column, tag in enumerate(tag_set(self.labels_))}
        tags_of = [to_bio(spans, len(example.tokens)) for spans, example in zip(gold, validation, strict=True)]
        known = [row for row, tags in enumerate(tags_of) if tags and number.keys() >= set(tags)]
        paths = [np.array([number[tag] for tag in tags_of[row]]) for row in known]
        seen = [features[row] for row in known]

        def likelihood(penalty: float) -> float:
            chains = self.weights_.chains(seen, penalty)
            logs = np.array([_log_probability(chain, path) for chain, path in zip(chains, paths, strict=True)])
            return float(logs[np.isfinite(logs)].sum())  # a tag that train never had is impossible under any penalty

        self.chain_penalty_ = max(PENALTIES, key=likelihood)

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


def _log_probability(chain: Chain, path: NDArray[np.int64]) -> float:
    """Log-probability of one sequence of tags."""
    steps, own = chain.steps, float(chain.scores[np.arange(len(path)), path].sum())
    onward = float(steps.between[path[:-1], path[1:]].sum())
    return own + onward + float(steps.first[path[0]] + steps.last[path[-1]]) - chain.log_partition


def _decode(tags: Sequence[str], marginals: Sequence[NDArray[np.float64]], penalty: float) -> list[list[Span]]:
    allowed, start = legal_transitions(tags), legal_starts(tags)
    cost = np.array([penalty if tag == OUTSIDE else 0.0 for tag in tags])
    found = []
    for probabilities in marginals:
        path = viterbi(np.log(probabilities + 1e-12) - cost, allowed, start)
        found.append(from_bio([tags[tag] for tag in path], probabilities[np.arange(len(path)), path]))
    return found
