"""What a network of labels is trained to make small."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

__all__ = ["LabelLoss"]


class LabelLoss(nn.Module):
    """Mean cross-entropy or focal loss of a batch, where labels are certain or not.

    With targets ``t`` of an example, which are smoothed and weighted, it is ``sum_k -t_k * (1 - p_k) ** focal * log p_k``.
    The sum over the batch is divided by the number of examples and not by their weights, so that a rare label counts for as
    much in a batch with few of it as in another.

    Args:
        label_smoothing: Share of probability spread over all labels.
        focal: Focussing exponent; 0 is cross-entropy.
        label_weights: Of an example of each label, (n_labels,); None weighs all alike.

    Source: Lin et al. 2017, equations 4 and 5 (focal, weighted); Müller et al. 2019 (smoothing).
    """

    label_weights: Tensor | None

    def __init__(
        self, label_smoothing: float = 0.0, focal: float = 0.0, label_weights: NDArray[np.floating] | None = None
    ) -> None:
        super().__init__()
        self.label_smoothing = label_smoothing
        self.focal = focal
        weights = None if label_weights is None else torch.from_numpy(np.asarray(label_weights, dtype=np.float32))
        self.register_buffer("label_weights", weights, persistent=False)

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        """The loss, ().

        Args:
            logits: (n_texts, n_labels).
            labels: Number of the label of each text, (n_texts,), or weights of all labels, (n_texts, n_labels).
        """
        if not labels.is_floating_point():
            if self.label_weights is None and not self.focal:
                return nn.functional.cross_entropy(logits, labels, label_smoothing=self.label_smoothing)
            labels = nn.functional.one_hot(labels, logits.shape[-1]).to(logits.dtype)
        if self.label_weights is not None:
            labels = labels * self.label_weights
        spread = self.label_smoothing / logits.shape[-1] * labels.sum(-1, keepdim=True)
        terms = ((1 - self.label_smoothing) * labels + spread) * logits.log_softmax(-1)
        if self.focal:
            terms = terms * (1 - logits.softmax(-1)).clamp(min=1e-7) ** self.focal  # at 0 the slope may have no value
        return -terms.sum(-1).mean()
