"""Sentences as a transformer tagger takes them: windows of sub-words, and what was found in them put together again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding

from nlpref.neural.subwords import Subwords
from nlpref.tagging.shapes import shape_id
from nlpref.tagging.windows import owners, windows

__all__ = ["Piece", "log_softmax", "merged", "pieces_of"]


@dataclass(frozen=True)
class Piece:
    """A window of a sentence: words ``[start, end)``, their sub-words, and where each word begins."""

    sentence: int
    start: int
    end: int
    encoding: Encoding
    first: Mapping[int, int]
    shapes: Sequence[int]


def pieces_of(sentences: Sequence[Sequence[str]], subwords: Subwords, max_length: int, overlap: int) -> list[Piece]:
    """All sentences of a word or more, cut into windows that fit the model.

    Args:
        sentences: Lists of words.
        subwords: The tokenizer.
        max_length: Sub-words in a window, special tokens included.
        overlap: Sub-words that neighbouring windows share.
    """
    pieces: list[Piece] = []
    full = subwords.words(sentences)
    for number, (words, encoding) in enumerate(zip(sentences, full, strict=True)):
        if not words:
            continue
        if len(encoding.ids) < max_length:
            pieces.append(Piece(number, 0, len(words), encoding, _first(encoding), _shapes(encoding, words)))
            continue
        sizes = [max(1, len(one.ids) - 2) for one in subwords.words([[word] for word in words])]
        ranges = windows(sizes, max_length - 2, overlap)
        cut = subwords.words([words[start:end] for start, end in ranges])
        for (start, end), part in zip(ranges, cut, strict=True):
            pieces.append(Piece(number, start, end, part, _first(part), _shapes(part, words[start:end])))
    return pieces


def _first(encoding: Encoding) -> dict[int, int]:
    """Word within the window -> position of its first sub-word; words without sub-words are absent."""
    found: dict[int, int] = {}
    for position, word in enumerate(encoding.word_ids):
        if word is not None and word not in found:
            found[word] = position
    return found


def _shapes(encoding: Encoding, words: Sequence[str]) -> list[int]:
    return [0 if word is None else shape_id(words[word]) for word in encoding.word_ids]


def merged(parts: Sequence[tuple[Piece, NDArray[np.float64]]], n_words: int, n_tags: int) -> NDArray[np.float64]:
    """One row of scores for each word; a word that the tokenizer drops is surely outside."""
    rows = np.full((n_words, n_tags), -50.0)
    rows[:, 0] = 0.0
    best = owners([(piece.start, piece.end) for piece, _ in parts], n_words)
    for number, (piece, scores) in enumerate(parts):
        for row, word in enumerate(piece.first):
            if best[piece.start + word] == number:
                rows[piece.start + word] = scores[row]
    return rows


def log_softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-probabilities of each row."""
    lowered = logits - logits.max(axis=1, keepdims=True)
    logs: NDArray[np.float64] = lowered - np.log(np.exp(lowered).sum(axis=1, keepdims=True))
    return logs
