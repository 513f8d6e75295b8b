"""The upper layers of a network by themselves, for training that leaves the lower ones as they are."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import torch
from tokenizers import Encoding
from torch import Tensor, nn

from nlpref.errors import InputError
from nlpref.neural.batching import padded
from nlpref.neural.network import EncoderNetwork, mean_pool
from nlpref.neural.subwords import Subwords
from nlpref.neural.torch_engine import tensors

__all__ = ["UpperLayers"]


class UpperLayers(nn.Module):
    """A pretrained encoder from some layer on, which shares its weights with the whole network.

    What the layers below make of a text never changes, so ``lower_states`` computes it once; each step of the training
    then costs the upper layers alone, forwards and backwards.

    Args:
        network: The whole of it, pooled; its backbone keeps its layers where BERT does.
        below: Layers that are left as they are, from the first.
        size: Most texts in one forward pass.

    Raises:
        InputError: if the backbone is of another kind, or would have no layer left.
    """

    def __init__(self, network: EncoderNetwork, below: int, size: int = 32) -> None:
        super().__init__()
        backbone: Any = network.backbone
        if not hasattr(getattr(backbone, "encoder", None), "layer"):
            raise InputError(f"the model is a {type(backbone).__name__}, whose layers are not where those of BERT are")
        depth = len(backbone.encoder.layer)
        if not isinstance(below, int) or not 0 <= below < depth:
            raise InputError(f"{below!r} layers are to stay as they are, expected 0 to {depth - 1}: the model has {depth}")
        self.size = size
        self.upper = _part(backbone.encoder, slice(below, None))
        self._below = (backbone.embeddings, _part(backbone.encoder, slice(0, below)))  # in a tuple: not to be trained

    @torch.no_grad()
    def lower_states(self, encodings: Sequence[Encoding], subwords: Subwords) -> list[Tensor]:
        """What the upper layers are given for each text: float32, (n_tokens, width), without dropout."""
        embeddings, lower = self._below
        found: list[Tensor] = [torch.empty(0)] * len(encodings)
        for rows in padded([len(encoding.ids) for encoding in encodings], self.size):
            batch = tensors(subwords.pad([encodings[row] for row in rows]))
            mask = batch.pop("attention_mask")
            states = lower(embeddings(**batch), attention_mask=_spread(mask)).last_hidden_state
            for place, row in enumerate(rows):
                found[row] = states[place, : len(encodings[row].ids)].clone()
        return found

    def forward(self, states: Sequence[Tensor]) -> Tensor:
        """Unit-length vectors of some texts, (n_texts, width); texts of like length go through together."""
        plan = padded([len(one) for one in states], self.size)
        parts = [self._vectors([states[row] for row in rows]) for rows in plan]
        return torch.cat(parts)[torch.tensor([row for rows in plan for row in rows]).argsort()]

    def _vectors(self, states: Sequence[Tensor]) -> Tensor:
        mask = nn.utils.rnn.pad_sequence([torch.ones(len(one), dtype=torch.long) for one in states], batch_first=True)
        stacked = nn.utils.rnn.pad_sequence(list(states), batch_first=True)
        return mean_pool(self.upper(stacked, attention_mask=_spread(mask)).last_hidden_state, mask)


def _part(encoder: Any, rows: slice) -> Any:
    """An encoder with some of its layers, the very same ones."""
    part = copy.copy(encoder)
    part._modules = {**encoder._modules, "layer": type(encoder.layer)(encoder.layer[rows])}
    return part


def _spread(mask: Tensor) -> Tensor | None:
    """A mask of tokens, (n_texts, n_tokens), as attention adds it to its scores; None if all tokens are real."""
    if bool(mask.all()):
        return None
    return (1.0 - mask[:, None, None, :].float()) * torch.finfo(torch.float32).min
