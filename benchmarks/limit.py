"""How far the fast path is from what the processor can do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from foreign import sentence_transformer
from race import Call, Rivals

from nlpref.acceleration import accelerate
from nlpref.data.public import banking77
from nlpref.neural.encoder import SentenceEncoder


def limit(runs: Path) -> Iterator[Rivals]:
    """The matrix products of the encoder and nothing else, by torch's BLAS: no exact engine can be faster."""
    encoder = SentenceEncoder()
    texts = [example.text for example in banking77().split("test")]
    lengths = [len(encoding.ids) for encoding in encoder._subwords.texts(texts)]
    order = sorted(lengths, reverse=True)
    batches = [sum(order[start : start + 32]) for start in range(0, len(order), 32)]
    network = encoder.engine.network
    weights = [_products(layer) for layer in network.backbone.encoder.layer]
    narrow, wide = torch.randn(max(batches), 384), torch.randn(max(batches), 1536)

    arrays = [tuple(np.ascontiguousarray(weight.numpy().T) for weight in layer) for layer in weights]

    @torch.inference_mode()
    def by_torch(sizes: Sequence[int]) -> None:
        for rows in sizes:
            x, y = narrow[:rows], wide[:rows]
            for packed, out, up, down in weights:
                x @ packed.T, x @ out.T, x @ up.T, y @ down.T

    def by_numpy(sizes: Sequence[int]) -> None:
        for rows in sizes:
            x, y = narrow[:rows].numpy(), wide[:rows].numpy()
            for packed, out, up, down in arrays:
                x @ packed, x @ out, x @ up, y @ down

    made, peer = accelerate(encoder, texts[::10], backend="onnx-fp32"), sentence_transformer()
    calls: dict[str, Call] = {
        "matrix products alone, torch": lambda: by_torch(batches),
        "matrix products alone, numpy": lambda: by_numpy(batches),
        "onnx-fp32": lambda: made.encode(texts),
        "torch": lambda: encoder.encode(texts),
    }
    title = "distance to the limit, 3,080 BANKING77 texts"
    yield Rivals(title, "matrix products alone, torch", calls, {"onnx-fp32": 1 / 0.70}, "text", len(texts))
    some = range(60)
    one = {
        "sentence-transformers": [lambda t=texts[row]: peer.encode([t]) for row in some],
        "matrix products alone, torch": [lambda n=lengths[row]: by_torch([n]) for row in some],
        "matrix products alone, numpy": [lambda n=lengths[row]: by_numpy([n]) for row in some],
        "onnx-fp32": [lambda t=texts[row]: made.encode([t]) for row in some],
    }
    yield Rivals("distance to the limit, one BANKING77 text", "sentence-transformers", one, {}, "text", 1)


def _products(layer: Any) -> tuple[torch.Tensor, ...]:
    """The four matrices of a layer, query, key and value as one."""
    own = layer.attention.self
    packed = torch.cat([own.query.weight, own.key.weight, own.value.weight])
    found = (packed, layer.attention.output.dense.weight, layer.intermediate.dense.weight, layer.output.dense.weight)
    return tuple(weight.detach() for weight in found)
