"""How far the fast path is from what the processor can do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from foreign import saved_cross_encoder, sentence_transformer
from integers import integer_products
from pairs import candidates, judged_pairs
from race import Call, Rivals

from nlpref.acceleration import accelerate
from nlpref.data.public import banking77, scifact
from nlpref.experiment import saved_model
from nlpref.neural.encoder import SentenceEncoder

Products = Callable[[Sequence[int]], None]


def limit(runs: Path) -> Iterator[Rivals]:
    """The matrix products of the encoder and nothing else: no exact engine can be faster than the fastest BLAS."""
    encoder = SentenceEncoder()
    texts = [example.text for example in banking77().split("test")]
    lengths = [len(encoding.ids) for encoding in encoder._subwords.texts(texts)]
    batches = _batches(lengths)
    by_torch, by_numpy = _alone(encoder.engine.network, max(batches))
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


def limit_pairs(runs: Path) -> Iterator[Rivals]:
    """The same for the cross-encoder and its thirty candidates, and for the one of three layers."""
    from sentence_transformers import CrossEncoder as Peer

    model = saved_model(runs / "scifact_reranked-seed0").reranker
    small = saved_model(runs / "scifact_reranked_small-seed0").reranker
    collection = scifact()
    asked = candidates(collection)
    encoded = [model._subwords.pairs(query, texts) for query, texts in asked]
    batches = [rows for pairs in encoded for rows in _batches([len(pair.ids) for pair in pairs])]
    by_torch, by_numpy = _alone(model.engine.network, max(batches))
    small_by_torch, _ = _alone(small.engine.network, max(batches))
    made = accelerate(model, judged_pairs(collection), backend="onnx-fp32")
    with saved_cross_encoder(model) as folder:
        peer = Peer(str(folder), max_length=model.max_length, device="cpu")
    calls: dict[str, Call] = {
        "sentence-transformers rank": lambda: [peer.rank(query, texts) for query, texts in asked],
        "matrix products alone, torch": lambda: by_torch(batches),
        "matrix products alone, numpy": lambda: by_numpy(batches),
        "matrix products alone, 3 layers, torch": lambda: small_by_torch(batches),
        "onnx-fp32": lambda: [made.score(query, texts) for query, texts in asked],
    }
    title = "distance to the limit, 30 candidates of 100 words"
    yield Rivals(title, "sentence-transformers rank", calls, {}, "query", len(asked))


def limit_long(runs: Path) -> Iterator[Rivals]:
    """The same for long texts, where attention weighs more: the products with and without it, in floats and in integers."""
    encoder, peer = SentenceEncoder(), sentence_transformer()
    texts = [document.content for document in scifact().documents[:100]]
    lengths = sorted((len(encoding.ids) for encoding in encoder._subwords.texts(texts)), reverse=True)
    network = encoder.engine.network
    multiply, attend = _in_place(network), _attention(lengths[0])
    with integer_products(network) as by_integers:
        calls: dict[str, Call] = {
            "sentence-transformers": lambda: peer.encode(texts, batch_size=8),
            "matrix products alone, torch": lambda: multiply(lengths),
            "matrix products and attention alone, torch": lambda: (multiply(lengths), attend(lengths)),
            "integer products and attention alone, ONNX Runtime": lambda: by_integers(lengths),
        }
        for name, level in (("onnx-fp32", "exact"), ("openvino-fp32", "exact"), ("onnx-int8", "task")):
            made = accelerate(encoder, texts[::4], level, backend=name)  # type: ignore[arg-type]
            calls[name] = lambda m=made: m.encode(texts)
        yield Rivals("distance to the limit, 100 SciFact abstracts", "sentence-transformers", calls, {}, "text", len(texts))


def _in_place(network: Any, rows: int = 2048) -> Products:
    """The matrix products by torch's BLAS as fast as it goes: in blocks that fit the cache, into memory that is there."""
    weights = [_products(layer) for layer in network.backbone.encoder.layer]
    inputs = [torch.randn(rows, width) for width in (384, 384, 384, 1536)]
    outputs = [torch.empty(rows, len(weight)) for weight in weights[0]]

    @torch.inference_mode()
    def multiply(lengths: Sequence[int]) -> None:
        left = sum(lengths)
        while left > 0:
            some = min(rows, left)
            for layer in weights:
                for source, weight, made in zip(inputs, layer, outputs, strict=True):
                    torch.mm(source[:some], weight.T, out=made[:some])
            left -= some

    return multiply


def _attention(longest: int) -> Products:
    """torch's fused attention of six layers and twelve heads, text by text."""
    packed = torch.randn(3, 1, 12, longest, 32)

    @torch.inference_mode()
    def attend(lengths: Sequence[int]) -> None:
        for length in lengths:
            query, key, value = packed[..., :length, :]
            for _ in range(6):
                torch.nn.functional.scaled_dot_product_attention(query, key, value)

    return attend


def _batches(lengths: Sequence[int]) -> list[int]:
    """Sub-words in each batch of 32, none of them padding."""
    order = sorted(lengths, reverse=True)
    return [sum(order[start : start + 32]) for start in range(0, len(order), 32)]


def _alone(network: Any, most: int) -> tuple[Products, Products]:
    """The matrix products of a network for so many sub-words, by torch's BLAS and by numpy's."""
    weights = [_products(layer) for layer in network.backbone.encoder.layer]
    arrays = [tuple(np.ascontiguousarray(weight.numpy().T) for weight in layer) for layer in weights]
    narrow, wide = torch.randn(most, 384), torch.randn(most, 1536)

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

    return by_torch, by_numpy


def _products(layer: Any) -> tuple[torch.Tensor, ...]:
    """The four matrices of a layer, query, key and value as one."""
    own = layer.attention.self
    packed = torch.cat([own.query.weight, own.key.weight, own.value.weight])
    found = (packed, layer.attention.output.dense.weight, layer.intermediate.dense.weight, layer.output.dense.weight)
    return tuple(weight.detach() for weight in found)
