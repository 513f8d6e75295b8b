"""A classifier for a few labelled texts of each label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from nlpref.classification.checks import check_training
from nlpref.classification.embedding_classifier import EmbeddingClassifier
from nlpref.classification.kernel_head import KernelHead
from nlpref.classification.kernel_training import fit_kernel
from nlpref.classification.label_texts import LabelTexts, label_texts, tell
from nlpref.classification.selection import Indices
from nlpref.errors import InputError
from nlpref.protocols import Encoder
from nlpref.text.checks import check_texts, labelled
from nlpref.types import UNLABELLED, LabelledText

__all__ = ["FewShotClassifier"]

MOST = 10_000
"""Texts to learn from; the likeness of all to all is held in memory, and the time grows with their third power."""


class FewShotClassifier(EmbeddingClassifier):
    """Least squares on likeness to a few labelled texts, by the embeddings of an encoder that is not trained further.

    A linear model has one direction for each label; here each text speaks for itself, to the texts that are like it, and so
    do the names of the labels, if they tell anything. Texts without a label (``UNLABELLED``) may help: they are taken for
    examples of what they seem to be, with doubt. Validation examples are checked and not used.

    Args:
        encoder: Makes the embeddings.
        label_texts: ``names`` reads a text off each label, such as ``card arrival`` off ``card_arrival``, and learns from
            them if on the training texts they tell more than chance; a mapping gives a text for some or all labels,
            which is always learnt from; None learns from none.
        width: Of the likeness exp((cosine - 1) / width); the smaller, the less do texts speak to those not very like them.
        penalty: Of the least squares; the more, the smoother.
        taken: Texts without a label that are taken for examples of each label, at most; the surest.
        doubt: Multiplies the penalty of a text that is taken for an example.
        cache: Remember the embeddings of training texts on disk (``CachedEncoder``). Prediction never does.

    Source: Rifkin, Yeo and Poggio 2003 (regularised least squares as a classifier); Guo et al. 2017 (temperature, here by
    leaving out); Yarowsky 1995 (self-training).

    Example:
        >>> from nlpref.neural.encoder import SentenceEncoder
        >>> from nlpref.types import LabelledText
        >>> train = [LabelledText("lost my card", "card"), LabelledText("card is gone", "card"),
        ...          LabelledText("send money abroad", "transfer"), LabelledText("money never arrived", "transfer")]
        >>> model = FewShotClassifier(SentenceEncoder(), cache=False).fit(train)
        >>> model.labels[model.predict_proba(["my purse was stolen"])[0].argmax()]
        'card'
    """

    head_: KernelHead
    _head = KernelHead

    def __init__(
        self,
        encoder: Encoder,
        label_texts: LabelTexts = "names",
        width: float = 0.45,
        penalty: float = 0.03,
        taken: int = 100,
        doubt: float = 10.0,
        cache: bool = True,
    ) -> None:
        self.encoder = encoder
        self.label_texts = label_texts
        self.width = width
        self.penalty = penalty
        self.taken = taken
        self.doubt = doubt
        self.cache = cache

    def fit(self, train: Sequence[LabelledText], validation: Sequence[LabelledText] = ()) -> Self:
        """Embed the texts and solve.

        Args:
            train: Examples; where the label is ``UNLABELLED``, only the text is known.
            validation: Checked, and not used.

        Raises:
            InputError: if the examples or a parameter do not fit; see ``check_training``.
        """
        judged = labelled(train)
        more = check_texts([example.text for example in train if example.label == UNLABELLED])
        labels = check_training(judged, validation)
        self._check_parameters()
        called = label_texts(labels, self.label_texts)
        vectors = self._embedded([*(example.text for example in judged), *called.values(), *more], remember=True)
        targets = np.searchsorted(labels, [*(example.label for example in judged), *called])
        n, known, guessed = len(judged), vectors[: len(targets)], vectors[len(targets) :]
        told = self.label_texts != "names" or tell(known[n:], targets[n:], known[:n], targets[:n])
        self.label_texts_ = called if told else {}
        rows = slice(n + len(self.label_texts_))
        self.head_ = self._solved(known[rows], targets[rows], labels, n, guessed[:0], targets[:0])
        if more:
            sure, guesses = surest(self.head_.probabilities(guessed), self.taken)
            self.head_ = self._solved(known[rows], targets[rows], labels, n, guessed[sure], guesses)
        return self

    def _solved(
        self,
        known: NDArray[np.float32],
        targets: Indices,
        labels: tuple[str, ...],
        n_judged: int,
        taken: NDArray[np.float32],
        guesses: Indices,
    ) -> KernelHead:
        penalties = np.repeat([self.penalty, self.penalty * self.doubt], [len(known), len(taken)])
        if len(penalties) > MOST:
            raise InputError(
                f"{len(penalties)} texts to learn from, at most {MOST} can be: with so many labels, classifier=frozen or "
                "transformer does better; of texts without labels, take fewer"
            )
        vectors, codes = np.concatenate([known, taken]), np.concatenate([targets, guesses])
        return fit_kernel(vectors, codes, labels, penalties, n_judged, self.width)

    def _check_parameters(self) -> None:
        taken_fits = isinstance(self.taken, int) and self.taken > 0
        if not taken_fits or min(self.width, self.penalty, self.doubt) <= 0:
            raise InputError(
                "expected width, penalty and doubt > 0, taken a whole number from 1; got "
                f"width={self.width}, penalty={self.penalty}, doubt={self.doubt}, taken={self.taken}"
            )


def surest(probabilities: NDArray[np.float32], most: int) -> tuple[Indices, Indices]:
    """The texts that are surest of each label, and the label of each.

    Args:
        probabilities: Of labels, (n_texts, n_labels).
        most: Texts of each label, at most; only those whose most probable label it is count.
    """
    best, sureness = probabilities.argmax(axis=1), probabilities.max(axis=1)
    order = np.argsort(-sureness, kind="stable")
    rows = [order[best[order] == label][:most] for label in range(probabilities.shape[1])]
    return np.concatenate(rows), np.repeat(np.arange(len(rows)), [len(found) for found in rows])
