"""A bag of tokens as it predicts: token vectors and a head, by numpy alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from nlpref.classification.hidden import HiddenLayer
from nlpref.classification.linear import LinearHead
from nlpref.neural.token_table import TokenTable
from nlpref.neural.unit import unit_or_zero_rows

__all__ = ["Bag"]


@dataclass(frozen=True)
class Bag:
    """The sum of a text's token vectors, scaled to unit length, goes through the hidden layer, if any, and a linear one.

    Args:
        table: Tokenizer and vectors; the length of a vector is the token's weight.
        hidden: The hidden layer, None for a linear head.
        head: The linear layer and its labels.
    """

    table: TokenTable
    hidden: HiddenLayer | None
    head: LinearHead

    @property
    def labels(self) -> tuple[str, ...]:
        """Those of the head."""
        return self.head.labels

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Label probabilities, float32, (n_texts, n_labels)."""
        features = unit_or_zero_rows(self.table.sums(texts))
        return self.head.probabilities(features if self.hidden is None else self.hidden(features))

    def save(self, folder: Path) -> None:
        """Write table and head into an existing folder."""
        self.table.save(folder)
        self.head.save(folder)
        if self.hidden is not None:
            self.hidden.save(folder)

    @classmethod
    def load(cls, folder: Path, max_length: int | None, *, linear: bool) -> Self:
        """Read what ``save`` wrote.

        Raises:
            StorageError: if the parts do not fit in themselves.
        """
        hidden = None if linear else HiddenLayer.load(folder)
        return cls(TokenTable.load(folder, max_length), hidden, LinearHead.load(folder))
