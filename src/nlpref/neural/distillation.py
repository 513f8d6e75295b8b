"""Static token vectors from a pretrained transformer: what it makes of each token alone."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from nlpref.errors import InputError
from nlpref.neural.backbone import open_backbone
from nlpref.neural.token_table import TokenTable, read_tokenizer

__all__ = ["distil", "principal_components", "zipf_weights"]

UNUSED = re.compile(r"\[unused\d+\]")
"""Places that BERT's vocabulary keeps free; no text holds them."""
BATCH = 512
SIF = 1e-4


def distil(name: str, folder: Path, dim: int) -> TokenTable:
    """Make a token table from a transformer.

    Each token goes through the transformer alone, between the special tokens that frame a text; the mean of its last
    states is reduced to the ``dim`` principal components of all tokens and weighted by the token's rank.

    Args:
        name: Of the model, see ``nlpref.pretrained``.
        folder: Where that name was resolved to; holds the tokenizer.
        dim: Components kept.

    Raises:
        InputError: if ``dim`` is below 1 or above the transformer's own.

    Source: Tulkens and van Dongen 2024, Model2Vec (https://github.com/MinishLab/model2vec), whose package gives the
    same vectors, but asks for an older transformers than nlpref.
    """
    tokenizer = read_tokenizer(folder)
    states, kept = _states(name, tokenizer, dim)
    components = principal_components(states, dim)
    vectors = np.zeros((max(kept) + 1, dim))
    vectors[kept] = components * zipf_weights(len(kept))[:, None]
    return TokenTable(tokenizer, vectors)


def principal_components(rows: NDArray[np.float32], dim: int) -> NDArray[np.float64]:
    """The first ``dim`` principal components of rows, (n_rows, dim), most variance first."""
    centred = rows.astype(np.float64) - rows.mean(axis=0, dtype=np.float64)
    _, axes = np.linalg.eigh(centred.T @ centred)  # least variance first
    found = centred @ axes[:, ::-1][:, :dim]
    signs = np.sign(found[np.abs(found).argmax(axis=0), np.arange(dim)])
    return np.asarray(found * signs, dtype=np.float64)  # an axis may point either way; this fixes it


def zipf_weights(n_tokens: int, sif: float = SIF) -> NDArray[np.float64]:
    """Weights that fall with the frequency of a token, (n_tokens,), where the frequency is that of its rank.

    Vocabularies of sub-words are in order of frequency. By Zipf's law, rank r then has a share proportional to 1 / r.

    Source: Arora et al. 2017, equation (3) of smooth inverse frequency, a / (a + p); its a is ``sif``.
    """
    shares = 1 / np.arange(2, n_tokens + 2)
    return np.asarray(sif / (sif + shares / shares.sum()), dtype=np.float64)


@torch.inference_mode()
def _states(name: str, tokenizer: Tokenizer, dim: int) -> tuple[NDArray[np.float32], list[int]]:
    """Mean state of each token in use, (n_tokens, hidden size), and the ids of these tokens."""
    model = open_backbone(name)
    width = int(model.config.hidden_size)
    if not isinstance(dim, int) or not 1 <= dim <= width:
        raise InputError(f"dim is {dim!r}, expected 1 to {width}, the dimensions of {name}")
    names = sorted(tokenizer.get_vocab(with_added_tokens=True).items(), key=lambda item: item[1])
    kept = [id_ for token, id_ in names if not UNUSED.fullmatch(token)]
    before, after = _frame(tokenizer)
    states = np.zeros((len(kept), width), dtype=np.float32)
    for start in range(0, len(kept), BATCH):
        block = torch.tensor([[*before, id_, *after] for id_ in kept[start : start + BATCH]])
        found = model(input_ids=block, attention_mask=torch.ones_like(block)).last_hidden_state
        states[start : start + BATCH] = found.mean(1).numpy()
    return states, kept


def _frame(tokenizer: Tokenizer) -> tuple[list[int], list[int]]:
    """Ids of the special tokens before and after a text."""
    encoding = tokenizer.encode("a")
    inner = [place for place, special in enumerate(encoding.special_tokens_mask) if not special]
    return encoding.ids[: inner[0]], encoding.ids[inner[-1] + 1 :]
