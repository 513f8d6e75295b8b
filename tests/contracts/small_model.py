"""The bundled MiniLM, cut down until it trains and saves in a blink: real weights, a real tokenizer, two layers."""

from __future__ import annotations

import json
from functools import cache

from safetensors.torch import load_file, save_file
from tests.contracts.line import scratch

from nlpref.pretrained import MINILM, resolve

__all__ = ["small_minilm"]

WORDS = 4000
"""Ids kept: special tokens and single letters come first in BERT's vocabulary, then words by their frequency."""
LAYERS = 2


@cache
def small_minilm() -> str:
    """Folder of the model, made once."""
    source, made = resolve(MINILM), scratch()
    config = json.loads((source / "config.json").read_text("utf-8"))
    config |= {"vocab_size": WORDS, "num_hidden_layers": LAYERS}
    (made / "config.json").write_text(json.dumps(config), "utf-8")
    tokenizer = json.loads((source / "tokenizer.json").read_text("utf-8"))
    tokenizer["model"]["vocab"] = {piece: id_ for piece, id_ in tokenizer["model"]["vocab"].items() if id_ < WORDS}
    (made / "tokenizer.json").write_text(json.dumps(tokenizer), "utf-8")
    weights = load_file(source / "model.safetensors")
    kept = {name: tensor for name, tensor in weights.items() if "layer." not in name or int(name.split(".")[2]) < LAYERS}
    kept["embeddings.word_embeddings.weight"] = kept["embeddings.word_embeddings.weight"][:WORDS].clone()
    save_file(kept, made / "model.safetensors", metadata={"format": "pt"})
    return str(made)
