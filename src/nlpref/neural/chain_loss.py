"""What taggers learn by: the likelihood of the tags that a sentence may have, one by one or as a chain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from nlpref.chain import Steps

__all__ = ["ChainLoss", "TokenLoss", "tag_loss"]

FORBIDDEN = -1e4
"""In place of minus infinity, whose gradient is no number."""


class TokenLoss(nn.Module):
    """Minus the log-probability of the allowed tags of each token by itself, the mean over all tokens.

    With one tag allowed this is cross-entropy.

    Args:
        labels: Entity types.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        super().__init__()
        self.labels = tuple(labels)

    def forward(self, scores: Tensor, allowed: Tensor, real: Tensor) -> Tensor:
        """``scores`` and ``allowed`` are (n_sentences, n_tokens, n_tags), ``real`` tells tokens from padding."""
        kept = scores[real]
        possible = kept.masked_fill(~allowed[real], FORBIDDEN)
        return (kept.logsumexp(-1) - possible.logsumexp(-1)).mean()

    def steps(self) -> Steps:
        """The grammar of BIO."""
        return Steps.legal(self.labels)


class ChainLoss(nn.Module):
    """Minus the log-probability that a linear-chain CRF gives to all allowed tag sequences together, a mean over tokens.

    Args:
        labels: Entity types.
        rate: How many times faster the scores of the steps are learned than other weights. AdamW moves every weight by
            about the learning rate in a step, so a factor on the weights is one on their learning rate.

    Source: Lafferty et al. 2001; Tsuboi et al. 2008 (partially annotated sentences).
    """

    def __init__(self, labels: Sequence[str], rate: float = 1.0) -> None:
        super().__init__()
        self.labels = tuple(labels)
        self.rate = rate
        legal = Steps.legal(labels)
        self.between = nn.Parameter(torch.zeros(legal.between.shape))
        self.first = nn.Parameter(torch.zeros(legal.first.shape))
        self.last = nn.Parameter(torch.zeros(legal.last.shape))
        self.barrier: Tensor
        self.threshold: Tensor
        self.register_buffer("barrier", _finite(legal.between), persistent=False)
        self.register_buffer("threshold", _finite(legal.first), persistent=False)

    def forward(self, scores: Tensor, allowed: Tensor, real: Tensor) -> Tensor:
        """``scores`` and ``allowed`` are (n_sentences, n_tokens, n_tags), ``real`` tells tokens from padding.

        Real tokens come first in each sentence, and there is at least one.
        """
        both = torch.cat([scores, scores.masked_fill(~allowed, FORBIDDEN)])  # one pass over the tokens instead of two
        every, possible = self._log_sum(both, torch.cat([real, real])).chunk(2)
        return (every - possible).sum() / real.sum()

    def steps(self) -> Steps:
        """The grammar of BIO with what was learned."""
        learned: list[Any] = [self.rate * part.detach().cpu().double().numpy() for part in (self.between, self.first, self.last)]
        return Steps.legal(self.labels).learned(*learned)

    def _log_sum(self, scores: Tensor, real: Tensor) -> Tensor:
        """Log-sum over all legal sequences, (n_sentences,)."""
        between = self.rate * self.between + self.barrier
        reached = self.rate * self.first + self.threshold + scores[:, 0]
        for position in range(1, scores.shape[1]):
            onward = (reached.unsqueeze(2) + between).logsumexp(1) + scores[:, position]
            reached = torch.where(real[:, position].unsqueeze(1), onward, reached)
        return (reached + self.rate * self.last).logsumexp(1)


def tag_loss(labels: Sequence[str], chain: bool, rate: float = 1.0) -> TokenLoss | ChainLoss:
    """The loss of a linear layer, or of a CRF on top of it, whose steps are learned ``rate`` times faster than the rest."""
    return ChainLoss(labels, rate) if chain else TokenLoss(labels)


def _finite(scores: np.ndarray[Any, Any]) -> Tensor:
    return torch.from_numpy(np.where(np.isfinite(scores), 0.0, FORBIDDEN)).float()
