"""Groups of words of like meaning, so that a word never seen in training is seen as one of a known group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import MiniBatchKMeans

from nlpref import storage
from nlpref.protocols import Encoder

__all__ = ["WordClusters"]

CENTRES = "clusters.npz"
WORDS = "clusters.json"


class WordClusters:
    """K-means over the vectors of single words, at several sizes.

    The words of training keep the clusters they got, so that only new words need the encoder.

    Args:
        words: Cluster numbers of known words, one for each size.
        centres: The means of each size, (size, dim).

    Source: Turian et al. 2010 (word clusters of several sizes as features); Sculley 2010 (k-means in mini-batches).
    """

    def __init__(self, words: dict[str, list[int]], centres: Sequence[NDArray[np.float32]]) -> None:
        self.words = words
        self.centres = centres

    @classmethod
    def fit(cls, encoder: Encoder, words: Iterable[str], sizes: Sequence[int], seed: int) -> Self:
        """Encode the distinct words and cluster them once for each size (at most as many clusters as words)."""
        distinct = sorted(set(words))
        vectors = encoder.encode(distinct)
        centres = [_cluster(vectors, min(size, len(distinct)), seed) for size in sizes]
        return cls(dict(zip(distinct, _nearest(vectors, centres), strict=True)), centres)

    def lookup(self, encoder: Encoder, words: Iterable[str]) -> dict[str, list[int]]:
        """Cluster numbers of each distinct word, one for each size; new words go to the nearest mean."""
        distinct = set(words)
        new = sorted(distinct - self.words.keys())
        found = dict(zip(new, _nearest(encoder.encode(new), self.centres), strict=True)) if new else {}
        return found | {word: self.words[word] for word in distinct & self.words.keys()}

    def save(self, folder: Path) -> None:
        """Write ``clusters.npz`` and ``clusters.json``."""
        np.savez_compressed(folder / CENTRES, *self.centres)
        storage.write_json(folder / WORDS, {word: " ".join(map(str, numbers)) for word, numbers in self.words.items()})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        with np.load(folder / CENTRES, allow_pickle=False) as arrays:
            centres = [arrays[name] for name in arrays.files]
        saved = storage.read_json(folder / WORDS)
        return cls({word: [int(number) for number in numbers.split()] for word, numbers in saved.items()}, centres)


def _cluster(vectors: NDArray[np.float32], size: int, seed: int) -> NDArray[np.float32]:
    means = MiniBatchKMeans(size, random_state=seed, n_init=3).fit(vectors).cluster_centers_
    return np.asarray(means, dtype=np.float32)


def _nearest(vectors: NDArray[np.float32], centres: Sequence[NDArray[np.float32]]) -> list[list[int]]:
    columns = [((means**2).sum(1) - 2 * vectors @ means.T).argmin(1) for means in centres]
    return [[int(number) for number in row] for row in zip(*columns, strict=True)]
