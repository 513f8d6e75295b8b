"""Sub-words hidden for a model to guess, as BERT is trained, one by one or whole words at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding

from nlpref.errors import InputError

__all__ = ["IGNORED", "Hidden", "Masking"]

IGNORED = -100
"""Target of a sub-word that is not to be guessed; torch's cross-entropy leaves it out."""


@dataclass(frozen=True)
class Hidden:
    """A text as a model is to read it, and what stood there.

    Args:
        ids: Sub-words to read, some of them hidden, (n_tokens,).
        targets: Sub-word that is to be guessed at each place, ``IGNORED`` where none is, (n_tokens,).
    """

    ids: NDArray[np.int64]
    targets: NDArray[np.int64]


@dataclass(frozen=True)
class Masking:
    """Which sub-words are to be guessed, and what stands in their place.

    Args:
        share: Of the sub-words of a text that are to be guessed, one at least.
        whole_words: Hide all pieces of a word together, so that none gives away the others.
        masked: Share of these that the mask stands for.
        random: Share of these that a random sub-word stands for; the rest are left as they are.

    Raises:
        InputError: if a share is out of range.

    Source: Devlin et al. 2019, section 3.1 (15 %; 80, 10 and 10 %); whole words as in its authors' later models.
    """

    share: float = 0.15
    whole_words: bool = True
    masked: float = 0.8
    random: float = 0.1

    def __post_init__(self) -> None:
        if not (0 < self.share < 1 and min(self.masked, self.random) >= 0 and self.masked + self.random <= 1):
            raise InputError(f"expected 0 < share < 1, and masked and random whose sum is at most 1; got {self}")

    def hide(self, encoding: Encoding, mask_id: int, vocabulary: int, generator: np.random.Generator) -> Hidden:
        """Draw what is to be guessed of one text; special tokens never are.

        Args:
            encoding: The text.
            mask_id: Id of the mask.
            vocabulary: Number of ids, from which random ones are drawn.
            generator: Draws; moved on.
        """
        ids = np.array(encoding.ids, dtype=np.int64)
        targets = np.full_like(ids, IGNORED)
        units = _units(encoding, self.whole_words)
        wanted = max(1, round(self.share * sum(map(len, units))))
        for unit in generator.permutation(len(units)).tolist():
            if wanted <= 0:
                break
            places = units[unit]
            wanted -= len(places)
            targets[places] = ids[places]
            for place in places:
                chance = generator.random()
                if chance < self.masked:
                    ids[place] = mask_id
                elif chance < self.masked + self.random:
                    ids[place] = generator.integers(vocabulary)
        return Hidden(ids, targets)


def _units(encoding: Encoding, whole_words: bool) -> list[list[int]]:
    """Places that are hidden together."""
    words: dict[int, list[int]] = {}
    owners: Sequence[int | None] = encoding.word_ids if whole_words else range(len(encoding.ids))
    for place, (word, special) in enumerate(zip(owners, encoding.special_tokens_mask, strict=True)):
        if not special and word is not None:
            words.setdefault(word, []).append(place)
    return list(words.values())
