"""An encoder of which only the upper layers learn; word shapes come in where learning begins."""

from __future__ import annotations

import copy
from typing import Any, Self

from torch import Tensor, nn
from transformers import PreTrainedModel

from nlpref.errors import InputError
from nlpref.neural.network import EncoderNetwork
from nlpref.tagging.named_head import NamedHead
from nlpref.tagging.shapes import SHAPES

__all__ = ["UpperNetwork"]


class UpperNetwork(EncoderNetwork):
    """Word embeddings and lower layers stay as they were pretrained; the layers above them and the tag layer learn.

    Where few sentences are learned from, the lower layers have little to gain and much to lose. They run without dropout, and
    nothing goes back through them, so that a step costs less. Shapes are added to the input of the first layer that learns.

    Args:
        backbone: The encoder.
        head: The tag layer.
        frozen: Lower layers that do not learn.
        shapes: Whether word shapes are read.
        dropout: Share of features dropped before the tag layer in training.
        rate: How many times faster the shapes are learned than the layers.

    Raises:
        InputError: if no layer would learn.
    """

    def __init__(
        self, backbone: PreTrainedModel, head: NamedHead, *, frozen: int, shapes: bool, dropout: float, rate: float = 1.0
    ) -> None:
        super().__init__(backbone, pooled=False, shapes=len(SHAPES) if shapes else 0, dropout=dropout)
        self.head = head
        self.rate = rate
        count = len(self._layers())
        if not 0 <= frozen < count:
            raise InputError(f"frozen={frozen}: of {count} layers 0 to {count - 1} can be frozen, so that one learns")
        self.frozen = frozen
        for part in self._still():
            part.requires_grad_(False)

    @property
    def shapes_before(self) -> int:  # type: ignore[override]
        """The first layer that learns."""
        return self.frozen

    def states(self, input_ids: Tensor, attention_mask: Tensor, shapes: Tensor | None = None, **batch: Tensor) -> Tensor:
        """What the encoder makes of the tokens, (n_texts, n_tokens, width)."""
        if self.shape_embedding is None:
            return super().states(input_ids, attention_mask, **batch)
        seen = self.rate * self.shape_embedding(shapes)
        first: nn.Module = self._layers()[self.frozen]
        handle = first.register_forward_pre_hook(lambda _, given: (given[0] + seen, *given[1:]))
        try:
            states: Tensor = self.backbone(input_ids=input_ids, attention_mask=attention_mask, **batch).last_hidden_state
        finally:
            handle.remove()
        return states

    def plain(self) -> Self:
        """The rates and the names are worked into the weights."""
        made = copy.deepcopy(self)
        made.head = self.head.plain() if isinstance(self.head, NamedHead) else made.head
        if made.shape_embedding is not None:
            made.shape_embedding.weight.data.mul_(self.rate)
        made.rate = 1.0
        return made

    def train(self, mode: bool = True) -> Self:
        """As for every module, but what does not learn has no dropout."""
        super().train(mode)
        for part in self._still():
            part.eval()
        return self

    def _layers(self) -> Any:
        encoder: Any = self.backbone.encoder
        return encoder.layer

    def _still(self) -> list[nn.Module]:
        embeddings: Any = self.backbone.embeddings
        return [embeddings, *self._layers()[: self.frozen]]
