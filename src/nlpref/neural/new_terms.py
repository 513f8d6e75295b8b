"""Terms of a domain added to a pretrained vocabulary, so that a text has fewer tokens and a term a vector of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from tokenizers import AddedToken, Tokenizer
from torch import Tensor
from transformers import PreTrainedModel

from nlpref.errors import InputError
from nlpref.text.checks import check_texts

__all__ = ["add_terms"]


def add_terms(backbone: PreTrainedModel, tokenizer: Tokenizer, terms: Sequence[str]) -> list[str]:
    """Make each term one token whose embedding starts as the mean of those of the pieces it was read as.

    Tokenizer and backbone are changed in place, and belong together from then on. A term is found as a whole word only, and
    after the tokenizer's normalisation: for an uncased model, in any case.

    Args:
        backbone: A pretrained encoder.
        tokenizer: Its tokenizer.
        terms: Words or phrases; what is one token already is left as it is.

    Returns:
        The terms that were added, in order.

    Raises:
        InputError: if a term is blank, or has a piece that the vocabulary does not know, so that it has nothing to start from.

    Source: Gee et al. 2022, Fast Vocabulary Transfer (a new token starts from the mean of the old ones it is made of).
    """
    terms = check_texts(terms)
    encodings = {term: tokenizer.encode(term, add_special_tokens=False) for term in terms}
    pieces = {
        term: [id_ for id_, real in zip(one.ids, one.attention_mask, strict=True) if real] for term, one in encodings.items()
    }
    unknown = tokenizer.token_to_id("[UNK]")
    for term, ids in pieces.items():
        if not ids or unknown in ids:
            raise InputError(f"the new term {term!r} has no pieces that the vocabulary knows; leave it out")
    added = [term for term, ids in pieces.items() if len(ids) > 1]
    if not added:
        return []
    tokenizer.add_tokens([AddedToken(term, single_word=True, normalized=True) for term in added])
    old = _embeddings(backbone).detach().clone()
    backbone.resize_token_embeddings(max(len(old), tokenizer.get_vocab_size()), mean_resizing=False)
    with torch.no_grad():
        weights = _embeddings(backbone)
        for term in added:
            weights[tokenizer.token_to_id(term)] = old[pieces[term]].mean(dim=0)
    return added


def _embeddings(backbone: Any) -> Tensor:
    weights: Tensor = backbone.get_input_embeddings().weight
    return weights
