"""Batches larger than memory: texts go through the network in chunks, whose activations are computed again for the gradient.

The loss sees all vectors of the batch at once. On the way back each chunk runs a second time, from the same random numbers, and
takes up its part of the gradient; so the gradient is that of the whole batch, at the memory of one chunk and a third more time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

__all__ = ["in_chunks"]


def in_chunks(encode: Callable[..., Tensor], batch: Mapping[str, Tensor], size: int | None) -> Tensor:
    """What a network makes of a padded batch, (n_texts, dim), computed chunk by chunk.

    Texts of like length go together, so that less is padding.

    Args:
        encode: The network; takes the tensors of the batch by name.
        batch: ``input_ids``, ``attention_mask`` and what else there is, each (n_texts, longest).
        size: Texts in a chunk; None for one chunk whose activations are kept.

    Source: Gao et al. 2021, Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup, section 3.
    """
    if size is None:
        return encode(**batch)
    lengths = batch["attention_mask"].sum(1)
    order = lengths.argsort(descending=True, stable=True)
    made = []
    for rows in order.split(size):
        part = {name: tensor[rows, : max(1, int(lengths[rows[0]]))] for name, tensor in batch.items()}
        run = lambda names, *tensors: encode(**dict(zip(names, tensors, strict=True)))  # noqa: E731
        made.append(checkpoint(run, tuple(part), *part.values(), use_reentrant=False, preserve_rng_state=True))
    return torch.cat(made)[order.argsort()]
