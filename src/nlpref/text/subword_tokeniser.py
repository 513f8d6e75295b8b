"""Sub-words of a trained vocabulary in the place of words."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from nlpref.errors import InputError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["SubwordTokeniser", "read_subwords"]


@dataclass(frozen=True)
class SubwordTokeniser:
    """Splits a text into the pieces of a vocabulary that ``train_subwords`` learnt, or of a pretrained model.

    A family that reads words reads pieces instead: a word that it has not seen is made of pieces that it has.

    Args:
        definition: What the tokenizer's file holds; kept with the model, so that it needs no other file.

    Raises:
        InputError: if it is no tokenizer.

    Example:
        >>> from nlpref.text.subword_training import train_subwords
        >>> learnt = train_subwords(["the low river", "the low river"], "bpe", 60)  # room for whole words
        >>> SubwordTokeniser(learnt.to_str())("The low river")
        ['▁the', '▁low', '▁river']
    """

    definition: str = field(repr=False)

    def __post_init__(self) -> None:
        _ = self._tokenizer

    def __call__(self, text: str) -> list[str]:
        tokens: list[str] = self._tokenizer.encode(text, add_special_tokens=False).tokens
        return tokens

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        try:
            made = Tokenizer.from_str(self.definition)
        except Exception as error:  # the Rust library raises nothing more exact
            raise InputError(f"this is no tokenizer: {error}; give what a tokenizer.json holds") from error
        made.no_padding()
        made.no_truncation()
        return made


def read_subwords(file: str | Path) -> SubwordTokeniser:
    """The tokeniser of a ``tokenizer.json``, such as ``nlpref subwords`` writes.

    Raises:
        InputError: if the file does not exist or is no tokenizer.
    """
    path = Path(file)
    if not path.is_file():
        raise InputError(f"{path} does not exist; make one by: python -m nlpref.subwords texts=FILE out={path}")
    return SubwordTokeniser(path.read_text("utf-8"))
