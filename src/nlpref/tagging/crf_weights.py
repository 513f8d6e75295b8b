"""The weights of a trained CRF as arrays, from which the chain of a sentence is built."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
import pycrfsuite
from numpy.typing import NDArray
from scipy import sparse

from nlpref import storage
from nlpref.chain import Chain, Steps
from nlpref.tagging.bio import tag_set

__all__ = ["CrfWeights"]

Floats = NDArray[np.float64]
ARRAYS = "weights.npz"
FEATURES = "features.json"


class CrfWeights:
    """What each feature adds to each tag, and what each step between tags adds.

    crfsuite tells its weights with six digits after the point, so scores agree with its own to about that.

    Args:
        labels: Entity types; columns follow ``O``, then ``B-`` and ``I-`` of each.
        features: Known features, in the order of the rows.
        state: Weight of each feature for each tag, sparse, (n_features, n_tags).
        between: Weight of each step, minus infinity where a tag never occurred in training, (n_tags, n_tags).
    """

    def __init__(self, labels: Sequence[str], features: Sequence[str], state: sparse.csr_array, between: Floats) -> None:
        self.labels = tuple(labels)
        self.features = tuple(features)
        self.state = state
        self.between = between
        self._rows = {feature: row for row, feature in enumerate(features)}

    @classmethod
    def read(cls, model: bytes, labels: Sequence[str]) -> Self:
        """The weights of a trained crfsuite model."""
        tagger = pycrfsuite.Tagger()
        tagger.open_inmemory(model)
        told = tagger.info()
        column = {tag: number for number, tag in enumerate(tag_set(labels))}
        features = sorted(told.attributes, key=lambda name: int(told.attributes[name]))
        row = {feature: number for number, feature in enumerate(features)}
        between = np.zeros((len(column), len(column)))
        between[:, [number for tag, number in column.items() if tag not in told.labels]] = -np.inf
        for (before, after), weight in told.transitions.items():
            between[column[before], column[after]] = weight
        places = np.array([(row[feature], column[tag]) for feature, tag in told.state_features], dtype=np.int64).reshape(-1, 2)
        weights = np.array(list(told.state_features.values()), dtype=np.float64)
        state = sparse.csr_array((weights, (places[:, 0], places[:, 1])), shape=(len(features), len(column)))
        return cls(labels, features, state, between)

    def chains(self, features: Sequence[Sequence[Sequence[str]]]) -> list[Chain]:
        """One chain for each sentence, given the features of each of its tokens."""
        steps = self._steps()
        scores = self._scores([token for tokens in features for token in tokens])
        ends = np.cumsum([len(tokens) for tokens in features], dtype=np.int64)
        return [Chain(part, steps) for part in np.split(scores, ends[:-1])] if len(ends) else []

    def save(self, folder: Path) -> None:
        """Write ``weights.npz`` and ``features.json`` into an existing folder."""
        state = self.state
        arrays = {"data": state.data, "indices": state.indices, "indptr": state.indptr, "between": self.between}
        np.savez_compressed(folder / ARRAYS, **arrays)
        storage.write_json(folder / FEATURES, self.features)

    @classmethod
    def load(cls, folder: Path, labels: Sequence[str]) -> Self:
        """Read what ``save`` wrote."""
        features = storage.read_json(folder / FEATURES)
        with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
            between, parts = arrays["between"], (arrays["data"], arrays["indices"], arrays["indptr"])
        return cls(labels, features, sparse.csr_array(parts, shape=(len(features), len(between))), between)

    def _steps(self) -> Steps:
        """What was learned, where BIO allows it; crfsuite knows nothing of BIO and has no weight for a step it never saw."""
        first = np.where(np.isneginf(self.between).all(axis=0), -np.inf, 0.0)
        return Steps.legal(self.labels).learned(self.between, first, np.zeros(len(first)))

    def _scores(self, tokens: Sequence[Sequence[str]]) -> Floats:
        """Sum of the weights of a token's features for each tag, (n_tokens, n_tags)."""
        known = [[row for feature in token if (row := self._rows.get(feature)) is not None] for token in tokens]
        ends = np.cumsum([0, *map(len, known)])
        indices = np.array([row for rows in known for row in rows], dtype=np.int64)
        seen = sparse.csr_array((np.ones(len(indices)), indices, ends), shape=(len(tokens), len(self.features)))
        return np.asarray((seen @ self.state).toarray(), dtype=np.float64)
