"""A tag layer that reads what entity types are called."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from nlpref import storage
from nlpref.errors import InputError
from nlpref.neural.backbone import WEIGHTS
from nlpref.tagging.transformer import FITTED

__all__ = ["NamedHead", "carry_over"]


class NamedHead(nn.Linear):
    """Scores the tags of a word by what their types are called, and by what the types' own examples add.

    The weights of ``B-x`` are a learned map of the vector of x's name plus weights of its own; so are those of ``I-x``, by a
    second map. The maps know no labels, so that what they learned about some types is of use to others. Nothing is
    known at first: all scores are 0.

    Args:
        width: Features of a word.
        n_types: Entity types.
        dim: Length of the vector of a name.
        rate: How many times faster the layer learns than the encoder beneath it. AdamW moves every weight by about the
            learning rate in a step, so a factor on the layer's output is one on its learning rate.

    Shape:
        (..., width) to (..., 1 + 2 * n_types), columns as in ``nlpref.chain``.

    Source: Aly et al. 2021, Ma et al. 2022 (types by their descriptions, as in GLiNER, Zaratiana et al. 2024).
    """

    def __init__(self, width: int, n_types: int, dim: int, rate: float = 1.0) -> None:
        super().__init__(width, 1 + 2 * n_types)
        self.rate = rate
        self.maps = nn.Parameter(torch.zeros(2, width, dim))
        self.outside = nn.Parameter(torch.zeros(width))
        self.names: Tensor
        self.register_buffer("names", torch.zeros(n_types, dim))
        nn.init.zeros_(self.weight)
        nn.init.zeros_(self.bias)

    def read(self, vectors: Tensor) -> None:
        """Take the vectors of the names, of unit length, (n_types, dim)."""
        # all of a map's columns move at once: without the factor they would learn sqrt(dim) times faster than the own weights
        self.names.copy_(vectors / vectors.shape[1] ** 0.5)

    def forward(self, features: Tensor) -> Tensor:
        """Scores of the tags."""
        return nn.functional.linear(features, *self._whole())

    def plain(self) -> nn.Linear:
        """A linear layer that gives the same scores."""
        made = nn.Linear(self.in_features, self.out_features)
        with torch.no_grad():
            for parameter, value in zip((made.weight, made.bias), self._whole(), strict=True):
                parameter.copy_(value)
        return made

    def _whole(self) -> tuple[Tensor, Tensor]:
        """Weights and biases with the rate and the names in them."""
        by_name = torch.einsum("nd,twd->ntw", self.names, self.maps).flatten(0, 1)
        weight = self.weight + torch.cat([self.outside.unsqueeze(0), by_name])
        return weight * self.rate, self.bias * self.rate


def carry_over(folder: Path, head: NamedHead, labels: Sequence[str]) -> None:
    """Give a head what the head of a saved tagger learned: of names, and of the types that both know.

    Args:
        folder: Of the saved tagger.
        head: Changed in place.
        labels: Its entity types.

    Raises:
        InputError: if the saved tagger reads no names.
    """
    saved = load_file(folder / WEIGHTS)
    if "head.maps" not in saved:
        raise InputError(f"start={str(folder)!r}: expected a saved FewShotTagger; this tagger reads no names of types")
    known: list[str] = storage.read_json(folder / FITTED)["labels"]
    rows = {label: 1 + 2 * row for row, label in enumerate(known)}
    shared = [(1 + 2 * row, rows[label]) for row, label in enumerate(labels) if label in rows]
    own = [0, *(place for new, _ in shared for place in (new, new + 1))]
    old = [0, *(place for _, before in shared for place in (before, before + 1))]
    with torch.no_grad():
        head.maps.copy_(saved["head.maps"])
        head.outside.copy_(saved["head.outside"])
        head.weight[own] = saved["head.weight"][old]
        head.bias[own] = saved["head.bias"][old]
