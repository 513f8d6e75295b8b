"""Losses over the scores that a cross-encoder gives to the texts of one query."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import Tensor, nn

__all__ = ["LOSSES", "contrastive", "listwise", "margin_mse"]


def contrastive(scores: Tensor, grades: Tensor) -> Tensor:
    """Cross-entropy of putting the first text, the relevant one, before all others.

    Args:
        scores: Of one query's texts, (n_texts,).
        grades: Not used; the order says it.

    Source: Gao, Dai and Callan 2021, Rethink Training of BERT Rerankers (localised contrastive estimation).
    """
    return -scores.log_softmax(0)[0]


def listwise(scores: Tensor, grades: Tensor) -> Tensor:
    """Cross-entropy of the softmax of the scores to the grades as shares of their sum.

    Args:
        scores: Of one query's texts, (n_texts,).
        grades: At least one above 0; those below count as 0; shape of scores.

    Source: Bruch et al. 2019, An Analysis of the Softmax Cross Entropy Loss for Learning-to-Rank, equation (4).
    """
    shares = grades.clamp(min=0)
    return -(shares / shares.sum() * scores.log_softmax(0)).sum()


def margin_mse(scores: Tensor, grades: Tensor) -> Tensor:
    """Mean squared difference between the score's margins and the grades', the first text's over each of the others.

    Args:
        scores: Of one query's texts, at least two, (n_texts,).
        grades: A teacher's scores, or what people gave; shape of scores.

    Source: Hofstätter et al. 2020, equation (2).
    """
    return nn.functional.mse_loss(scores[0] - scores[1:], grades[0] - grades[1:])


LOSSES: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    "contrastive": contrastive,
    "listwise": listwise,
    "margin_mse": margin_mse,
}
"""By name."""
