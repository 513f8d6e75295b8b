"""A tagger whose tokens tell it what to say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.errors import NotFittedError
from nlpref.types import Span, TaggedTokens

__all__ = ["ToldTagger", "drawn", "sentence"]


class ToldTagger(BaseEstimator):
    """Finds "city:0.75" as a span of one token with this label and score."""

    def __init__(self, remark: str = "") -> None:
        self.remark = remark

    @property
    def labels(self) -> tuple[str, ...]:
        if not hasattr(self, "labels_"):
            raise NotFittedError("ToldTagger is not fitted yet; call fit")
        return self.labels_

    def fit(self, train: Sequence[TaggedTokens], validation: Sequence[TaggedTokens] = ()) -> Self:
        self.learnt, self.validation = list(train), list(validation)
        self.labels_ = tuple(sorted({span.label for one in train for span in one.spans}))
        return self

    def predict(self, sentences: Sequence[Sequence[str]]) -> list[list[Span]]:
        found = []
        for tokens in sentences:
            parts = [(place, *token.split(":")) for place, token in enumerate(tokens) if ":" in token]
            found.append([Span(place, place + 1, label, float(score)) for place, label, score in parts])
        return found

    def save(self, folder: Path) -> None:
        with storage.draft(self, folder) as made:
            storage.write_json(made / "labels.json", self.labels)

    @classmethod
    def load(cls, folder: Path) -> Self:
        model = storage.restore(cls, folder)
        model.labels_ = tuple(storage.read_json(folder / "labels.json"))
        return model


def sentence(told: Sequence[tuple[str, float]], right: Sequence[bool], id: str = "") -> TaggedTokens:
    """A sentence in which these spans are found with these scores, of which some are gold."""
    tokens = [f"{label}:{score:.6f}" for label, score in told]
    gold = [Span(place, place + 1, label) for place, ((label, _), true) in enumerate(zip(told, right, strict=True)) if true]
    return TaggedTokens((*tokens, "end"), tuple(gold), id)


def drawn(n: int, seed: int, sharpness: float = 1.0, most: int = 3, labels: str = "ab") -> list[TaggedTokens]:
    """Sentences of 0 to ``most`` spans, right as often as told; then log-odds are told ``sharpness`` times too large."""
    random, made = np.random.default_rng(seed), []
    for number in range(n):
        size = int(random.integers(0, most + 1))
        odds = random.normal(1.0, 1.5, size)
        right = random.random(size) < 1 / (1 + np.exp(-odds))
        told = [(labels[int(random.integers(len(labels)))], float(1 / (1 + np.exp(-sharpness * one)))) for one in odds]
        made.append(sentence(told, right.tolist(), str(number)))
    return made
