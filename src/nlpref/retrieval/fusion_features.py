"""What is known of a document that several rankings of one query found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlpref.retrieval.document_words import DocumentWords
from nlpref.retrieval.fusion import RANK_CONSTANT, align
from nlpref.types import Hit

__all__ = ["Found", "GradedList", "describe", "feature_names"]

Floats = NDArray[np.float64]
OF_A_STAGE = ("scaled", "deviation", "reciprocal", "score", "present")
OF_THE_PAIR = ("stages", "document_length", "query_length", "overlap", "rare_overlap")


@dataclass(frozen=True)
class Found:
    """The documents found for one query, and what is known of each.

    Args:
        ids: Documents that any stage found, sorted.
        features: Shape (n_ids, n_features), columns as ``feature_names`` tells.
    """

    ids: tuple[str, ...]
    features: Floats


@dataclass(frozen=True)
class GradedList:
    """Documents of one query to learn from.

    Args:
        features: Shape (n_documents, n_features).
        grades: Relevance, 0 and above, (n_documents,).
    """

    features: Floats
    grades: Floats


def feature_names(stages: int) -> tuple[str, ...]:
    """Names of the columns; the scaled scores of all stages come first, as ``weighted_fusion`` adds them.

    For each stage: its scores scaled to [0, 1] and as standard deviations from their mean, 61 / (60 + rank), the score as it
    is, and whether it found the document; then how many stages did, the logarithms of both lengths in words, and the share of
    the query's words that the document holds, plainly and with rare words counted for more.
    """
    return (*(f"{name}_{stage}" for name in OF_A_STAGE for stage in range(stages)), *OF_THE_PAIR)


def describe(query: str, rankings: Sequence[Sequence[Hit]], words: DocumentWords, rows: Mapping[str, int]) -> Found:
    """Features of all documents in some rankings of a query.

    Args:
        query: Its text.
        rankings: One list of hits for each stage, best first.
        words: Words of all documents.
        rows: Place of each document in ``words`` by id.
    """
    scaled, deviations = (align(rankings, method) for method in ("minmax", "zscore"))
    reciprocal = align(rankings, "rrf").scores * (RANK_CONSTANT + 1)
    plain = [{hit.id: hit.score for hit in ranking} for ranking in rankings]
    scores = np.array([[found.get(id_, 0.0) for id_ in scaled.ids] for found in plain]).reshape(reciprocal.shape)
    present = (reciprocal > 0).astype(np.float64)
    places = [rows[id_] for id_ in scaled.ids]
    shared, rare = words.overlap(query, places)
    asked = DocumentWords.of([query]).lengths[0]
    pair = [
        present.sum(axis=0),
        np.log1p(words.lengths[places].astype(np.float64)),
        np.full(len(places), np.log1p(float(asked))),
        shared,
        rare,
    ]
    columns = np.concatenate([scaled.scores, deviations.scores, reciprocal, scores, present, np.stack(pair)])
    return Found(scaled.ids, np.ascontiguousarray(columns.T))
