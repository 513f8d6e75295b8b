"""Truncated vectors, by hand and against the whole ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.contracts.small_model import small_minilm

from nlpref.errors import InputError
from nlpref.neural.encoder import SentenceEncoder
from nlpref.neural.truncated import TruncatedEncoder

VECTORS = {"a": [0.6, 0.0, 0.8], "b": [0.48, 0.64, 0.6], "c": [0.0, 0.0, 1.0]}


class Known:
    """Gives vectors that are written down; a query's are the negative of a document's."""

    dim = 3

    def encode(self, texts: Sequence[str], *, role: Literal["query", "document"] = "document") -> NDArray[np.float32]:
        return np.array([VECTORS[text] for text in texts], dtype=np.float32).reshape(-1, 3) * (1 if role == "document" else -1)


def test_by_hand() -> None:
    encoder = TruncatedEncoder(Known(), dim=2)
    assert encoder.encode(["a", "b", "c"]).tolist() == [[1.0, 0.0], pytest.approx([0.6, 0.8]), [0.0, 1.0]]
    assert encoder.encode(["b"], role="query").tolist() == [pytest.approx([-0.6, -0.8])]
    assert encoder.encode([]).shape == (0, 2)
    assert TruncatedEncoder(Known(), dim=3).encode(["b"]).tolist() == [pytest.approx(VECTORS["b"])]


def test_keeps_the_direction_of_the_first_components() -> None:
    whole = SentenceEncoder(small_minilm(), layers=1)
    first = whole.encode(["where is my parcel"])[0, :50]
    assert TruncatedEncoder(whole, dim=50).encode(["where is my parcel"])[0] == pytest.approx(first / np.linalg.norm(first))


@pytest.mark.parametrize("dim", [0, 4, 1.5])
def test_dimensions_that_the_encoder_has_not(dim: Any) -> None:
    with pytest.raises(InputError, match=f"dim is {dim}, expected 1 to 3"):
        TruncatedEncoder(Known(), dim=dim).encode(["a"])
