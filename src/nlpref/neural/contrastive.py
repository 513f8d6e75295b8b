"""What an encoder of queries and documents learns by: the relevant document nearer than all others of the batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nlpref.errors import InputError

__all__ = ["Contrastive", "info_nce", "margin_mse"]


@dataclass(frozen=True)
class Contrastive:
    """How vectors of queries and documents are compared in training.

    Args:
        temperature: Divides the cosines; the smaller, the more the hardest negatives count.
        dims: Besides the whole vectors, the first so many components of them learn too (Matryoshka).
        distilled: Share of the teacher's margins in the loss, 0 to 1, where there is a teacher.
        chunk: Texts that go through the network at once. Their activations are computed twice instead of kept, so that the
            batch, and with it the number of negatives, can be as large as one likes. None keeps those of the whole batch.

    Raises:
        InputError: if a value is out of range.

    Source: van den Oord et al. 2018 (InfoNCE); Kusupati et al. 2022 (Matryoshka); Gao et al. 2021, Scaling Deep Contrastive
    Learning Batch Size under Memory Limited Setup (gradient cache).
    """

    temperature: float = 0.05
    dims: Sequence[int] = ()
    distilled: float = 0.5
    chunk: int | None = None

    def __post_init__(self) -> None:
        fits = self.temperature > 0 and 0 <= self.distilled <= 1 and (self.chunk is None or self.chunk >= 1)
        if not fits or not all(isinstance(dim, int) and dim >= 1 for dim in self.dims):
            raise InputError(
                f"expected temperature > 0, dims of at least 1, distilled from 0 to 1 and chunk >= 1 or None; got {self}"
            )
        object.__setattr__(self, "dims", tuple(self.dims))  # a list from a file is the same

    def scores(self, queries: Tensor, documents: Tensor) -> list[Tensor]:
        """Cosines over the temperature, (n_queries, n_documents): of the whole vectors, then of each of ``dims``.

        Raises:
            InputError: if vectors are shorter than one of ``dims``.
        """
        if too_long := [dim for dim in self.dims if dim > queries.shape[1]]:
            raise InputError(f"dims={list(self.dims)}: the vectors have {queries.shape[1]} components, fewer than {too_long[0]}")
        parts = [(queries[:, :dim], documents[:, :dim]) for dim in (queries.shape[1], *self.dims)]
        unit = nn.functional.normalize
        return [unit(one, dim=-1) @ unit(other, dim=-1).T / self.temperature for one, other in parts]


def info_nce(scores: Tensor, positives: Tensor, ignored: Tensor) -> Tensor:
    """Cross-entropy of finding each query's document among all of the batch, averaged over queries.

    Args:
        scores: (n_queries, n_documents).
        positives: The column of each query's document, (n_queries,).
        ignored: True where a document may be relevant to the query too, so that it is no negative of it; shape of scores.
    """
    return nn.functional.cross_entropy(scores.masked_fill(ignored, -torch.inf), positives)


def margin_mse(scores: Tensor, positives: Tensor, taught: Tensor) -> Tensor:
    """Mean squared difference between the margins of the scores and those of a teacher's; 0 where the teacher says nothing.

    A margin is the score of a query's document less that of another.

    Args:
        scores: (n_queries, n_documents).
        positives: The column of each query's document, (n_queries,).
        taught: The teacher's scores, NaN where it gave none; shape of scores.

    Source: Hofstätter et al. 2020, Improving Efficient Neural Ranking Models with Cross-Architecture Knowledge Distillation,
    equation (2).
    """
    columns = positives.unsqueeze(1)
    wanted = taught.gather(1, columns) - taught
    known = wanted.isfinite().scatter(1, columns, False)
    if not known.any():
        return scores.sum() * 0.0
    made = scores.gather(1, columns) - scores
    return nn.functional.mse_loss(made[known], wanted[known])
