"""The one network behind every neural component: a pretrained encoder, perhaps pooled, perhaps with a head."""

from __future__ import annotations

from typing import Self

from torch import Tensor, nn
from transformers import PreTrainedModel

from nlpref.neural.pooling import Pooling

__all__ = ["EncoderNetwork", "mean_pool"]


class EncoderNetwork(nn.Module):
    """A pretrained encoder and what is put on top of it.

    Args:
        backbone: The encoder.
        outputs: Width of a linear head; None for none, so that the features are the output.
        pooled: One feature vector for each text; else one for each token.
        pooling: Where that vector comes from: ``mean`` of the tokens or the first one, ``cls``, scaled to unit length, or
            ``pooler``, a layer on the first one, as BERT's own heads read it.
        shapes: Number of word shapes that are embedded and added to the embeddings of the sub-words; 0 for none.
        dropout: Share of features dropped before the head in training.
    """

    shapes_before: int | None = None
    """Layer to whose input the shapes are added; None for the embeddings of the sub-words."""

    def __init__(
        self,
        backbone: PreTrainedModel,
        outputs: int | None = None,
        *,
        pooled: bool = True,
        pooling: Pooling = "mean",
        shapes: int = 0,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.backbone = backbone
        width = backbone.config.hidden_size
        self.pooled = pooled
        self.pooling: Pooling = pooling
        self.pooler = nn.Linear(width, width) if pooled and pooling == "pooler" else None
        self.shape_embedding = nn.Embedding(shapes, width) if shapes else None
        if self.shape_embedding is not None:
            nn.init.zeros_(self.shape_embedding.weight)  # training starts from the pretrained behaviour
        self.dropout = nn.Dropout(dropout)
        # The head reads features of variance one: on a vector of unit length its weights would have to grow large,
        # and AdamW moves every weight by about the learning rate in a step.
        self.scale = width**0.5 if pooled and self.pooler is None else 1.0
        self.head = nn.Linear(width, outputs) if outputs else None

    def states(self, input_ids: Tensor, attention_mask: Tensor, shapes: Tensor | None = None, **batch: Tensor) -> Tensor:
        """What the encoder makes of the tokens, (n_texts, n_tokens, width)."""
        if self.shape_embedding is None:
            given = {"input_ids": input_ids}
        else:
            given = {"inputs_embeds": self.backbone.get_input_embeddings()(input_ids) + self.shape_embedding(shapes)}
        made: Tensor = self.backbone(**given, attention_mask=attention_mask, **batch).last_hidden_state
        return made

    def features(self, attention_mask: Tensor, **batch: Tensor) -> Tensor:
        """Vectors, (n_texts, width), or states of the tokens, (n_texts, n_tokens, width)."""
        states = self.states(attention_mask=attention_mask, **batch)
        return self.pool(states, attention_mask) if self.pooled else states

    def pool(self, states: Tensor, attention_mask: Tensor) -> Tensor:
        """One vector for each text, (n_texts, width), of unit length unless it is the pooler's."""
        if self.pooling == "mean":
            return mean_pool(states, attention_mask)
        first = states[:, 0]
        return nn.functional.normalize(first, dim=-1) if self.pooler is None else self.pooler(first).tanh()

    def plain(self) -> Self:
        """A network of the same answers in which the head is no more than a linear layer; what is exported."""
        return self

    def forward(self, **batch: Tensor) -> Tensor:
        """The features, or what the head makes of them: (n_texts, outputs), or (n_texts, n_tokens, outputs)."""
        features = self.features(**batch)
        if self.head is None:
            return features
        made: Tensor = self.head(self.dropout(features * self.scale))
        return made


def mean_pool(states: Tensor, attention_mask: Tensor) -> Tensor:
    """Mean of the states of real tokens, scaled to unit length.

    Args:
        states: Hidden states, (n_texts, n_tokens, dim).
        attention_mask: 1 for real tokens, (n_texts, n_tokens).

    Source: Reimers and Gurevych 2019, section 3, and the pooling of all-MiniLM-L6-v2.
    """
    mask = attention_mask.unsqueeze(-1).to(states.dtype)
    pooled = (states * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
    return nn.functional.normalize(pooled, dim=-1)
