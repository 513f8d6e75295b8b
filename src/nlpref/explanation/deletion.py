"""The deletion curve: how far the probability of a label falls as the words that are said to matter most are left out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError
from nlpref.explanation.explanation import Explanation
from nlpref.protocols import TextClassifier

__all__ = ["SHARES", "deletion_drops", "random_rankings", "removed_count"]

SHARES = (0.1, 0.2, 0.3, 0.4, 0.5)
"""Shares of the words that are left out."""


def removed_count(share: float, n_words: int) -> int:
    """Words left out at a share of them: rounded up, so that it is at least one."""
    return int(np.ceil(share * n_words - 1e-9))


def deletion_drops(
    classifier: TextClassifier,
    explanations: Sequence[Explanation],
    rankings: Sequence[Sequence[int]] | None = None,
    shares: Sequence[float] = SHARES,
) -> NDArray[np.float64]:
    """Probability of the label for the text, less that for the text without its first words, (n_texts, n_shares).

    The mean over the shares is the area over the perturbation curve.

    Args:
        classifier: What is explained.
        explanations: One for each text.
        rankings: Order in which the words of each text are left out; None: that of the explanation.
        shares: Shares of the words that are left out, above 0 and at most 1.

    Raises:
        InputError: if a share does not fit.

    Source: Samek et al. 2017, Evaluating the Visualization of What a Deep Neural Network Has Learned, equation 12.
    """
    if not shares or not all(0 < share <= 1 for share in shares):
        raise InputError(f"expected shares of words above 0 and at most 1, got {list(shares)}")
    orders = [one.ranking for one in explanations] if rankings is None else rankings
    texts: list[str] = []
    for one, order in zip(explanations, orders, strict=True):
        texts += [one.text, *(one.without(set(order[: removed_count(share, len(order))])) for share in shares)]
    columns = [classifier.labels.index(one.label) for one in explanations]
    table = classifier.predict_proba(texts).astype(np.float64).reshape(len(explanations), 1 + len(shares), -1)
    chances = table[np.arange(len(columns)), :, columns]
    return np.asarray(chances[:, :1] - chances[:, 1:], dtype=np.float64)


def random_rankings(explanations: Sequence[Explanation], seed: int) -> list[list[int]]:
    """The words of each text in random order."""
    random = np.random.default_rng(seed)
    return [random.permutation(len(one.words)).tolist() for one in explanations]
