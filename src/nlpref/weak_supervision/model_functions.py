"""Labelling functions that ask a model: a classifier trained elsewhere, or an encoder that knows what labels mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import numpy as np
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.errors import InputError
from nlpref.probabilities import check_probabilities
from nlpref.protocols import Encoder, TextClassifier

__all__ = ["LabelNameFunction", "ModelFunction"]


class ModelFunction(BaseEstimator):
    """Votes for what a trained classifier predicts, where it is sure enough.

    Args:
        name: Of the function, for tables and messages.
        classifier: Trained already.
        threshold: The least probability at which it votes, in [0, 1].
        answers: What to vote for each label of the classifier; it abstains on those that are left out. None votes
            for the classifier's own labels.

    Example:
        >>> from nlpref.classification import TfidfClassifier
        >>> from nlpref.types import LabelledText
        >>> moods = [LabelledText(f"{word} {n}", word) for n in range(5) for word in ("good", "bad")]
        >>> function = ModelFunction("mood", TfidfClassifier(C=1.0).fit(moods), 0.6, {"good": "ham"})
        >>> function.vote(["good 7", "bad 7"])
        ['ham', None]
    """

    def __init__(
        self, name: str, classifier: TextClassifier, threshold: float = 0.8, answers: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.classifier = classifier
        self.threshold = threshold
        self.answers = answers

    @property
    def labels(self) -> tuple[str, ...]:
        """All that it may vote for.

        Raises:
            InputError: if an answer is given for a label that the classifier does not have, or for none.
        """
        known = tuple(self.classifier.labels)
        if self.answers is None:
            return known
        if not self.answers or set(self.answers) - set(known):
            raise InputError(
                f"labelling function {self.name!r} has answers for {sorted(self.answers)}; its classifier has the labels "
                f"{list(known)}"
            )
        return tuple(sorted(set(self.answers.values())))

    def vote(self, texts: Sequence[str]) -> list[str | None]:
        """What the classifier predicts where its probability is at least the threshold, else None.

        Raises:
            InputError: if the threshold is no probability, or the classifier gives no rows that sum to 1.
        """
        if not 0 <= self.threshold <= 1:
            raise InputError(f"labelling function {self.name!r}: threshold must lie in [0, 1], got {self.threshold!r}")
        known, name = self.classifier.labels, f"{type(self.classifier).__name__}.predict_proba"
        probabilities = check_probabilities(self.classifier.predict_proba(list(texts)), len(known), len(texts), name)
        answers = dict(zip(known, known, strict=True)) if self.answers is None else self.answers
        return [answers.get(known[row.argmax()]) if row.max() >= self.threshold else None for row in probabilities]

    def save(self, folder: Path) -> None:
        """Write the classifier and the settings."""
        with storage.draft(self, folder):
            pass

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        return storage.restore(cls, folder)

    def __sklearn_clone__(self) -> Self:
        return self  # what it asks is trained already, and its vote never changes


class LabelNameFunction(BaseEstimator):
    """Votes for the label whose description is nearest to the text, where the next one is clearly farther.

    Args:
        name: Of the function, for tables and messages.
        encoder: Makes the vectors of texts and descriptions.
        descriptions: What each label means, in a few words; two labels at least.
        margin: By how much the highest cosine similarity must exceed the second, 0 or more.

    Source: Chang et al. 2008 (dataless classification), with sentence embeddings in the place of explicit concepts.

    Example:
        >>> from nlpref.neural.encoder import SentenceEncoder
        >>> function = LabelNameFunction("names", SentenceEncoder(), {"card": "a bank card", "post": "a parcel"}, 0.1)
        >>> function.vote(["where is my package", "debit card", "hello"])
        ['post', 'card', None]
    """

    def __init__(self, name: str, encoder: Encoder, descriptions: Mapping[str, str], margin: float = 0.1) -> None:
        self.name = name
        self.encoder = encoder
        self.descriptions = descriptions
        self.margin = margin

    @property
    def labels(self) -> tuple[str, ...]:
        """All that it may vote for."""
        return tuple(sorted(self.descriptions))

    def vote(self, texts: Sequence[str]) -> list[str | None]:
        """The label of the nearest description, or None.

        Raises:
            InputError: if there are fewer than two descriptions, or the margin is negative.
        """
        if len(self.descriptions) < 2 or not self.margin >= 0:
            raise InputError(
                f"labelling function {self.name!r} needs descriptions of two labels at least, and a margin of 0 or more; got "
                f"{dict(self.descriptions)!r:.80} and {self.margin!r}"
            )
        meanings = self.encoder.encode([self.descriptions[label] for label in self.labels])
        nearness = self.encoder.encode(list(texts)) @ meanings.T
        second, first = np.sort(nearness, axis=1)[:, -2:].T
        clear = first - second >= self.margin
        return [self.labels[best] if sure else None for best, sure in zip(nearness.argmax(axis=1), clear, strict=True)]

    def save(self, folder: Path) -> None:
        """Write the encoder and the settings."""
        with storage.draft(self, folder):
            pass

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        return storage.restore(cls, folder)
