"""Sub-words trained on the user's own text, and how well they cover it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from nlpref.errors import InputError
from nlpref.text.checks import check_texts
from nlpref.text.words import split_words

__all__ = ["SPECIAL", "SubwordReport", "subword_report", "train_subwords"]

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
"""The first ids, in BERT's order of meaning; ``nlpref.neural.subwords`` reads the tokenizer's file."""

Kind = Literal["bpe", "wordpiece", "unigram"]
_CONTINUED = "##"


def train_subwords(
    texts: Sequence[str], kind: Kind = "wordpiece", size: int = 8000, *, lowercase: bool = True, min_frequency: int = 2
) -> Tokenizer:
    """Learn a vocabulary of sub-words from texts.

    Args:
        texts: What to learn from.
        kind: ``bpe`` merges the most frequent neighbours; ``wordpiece`` writes the pieces as BERT does; ``unigram`` drops from a
            large vocabulary what costs the least likelihood.
        size: Pieces at most, the five special tokens included; few texts may give fewer.
        lowercase: Whether case is dropped, as in uncased models.
        min_frequency: How often two pieces must meet to be merged; Unigram knows no such bound.

    The WordPiece trainer breaks ties by the order of a hash table, so that ids, and pieces of equal frequency, may differ from
    one training to the next: save what was trained.

    Returns:
        A tokenizer; ``save(path)`` writes the ``tokenizer.json`` that the libraries of Hugging Face read.

    Raises:
        InputError: if there is no such kind, the size leaves no room for characters, or the texts hold none.

    Source: Sennrich, Haddow and Birch 2016 (BPE); Schuster and Nakajima 2012 (WordPiece; the Rust trainer merges as for BPE);
    Kudo 2018 (Unigram).
    """
    texts = check_texts(texts)
    if size <= len(SPECIAL):
        raise InputError(f"size is {size}, expected more than the {len(SPECIAL)} special tokens")
    if not any(text.strip() for text in texts):
        raise InputError(f"{len(texts)} texts hold no character to learn from")
    made, trainer = _blank(kind, size, min_frequency)
    steps = [normalizers.NFKC(), *([normalizers.Lowercase()] if lowercase else [])]
    made.normalizer = normalizers.Sequence(steps)
    made.train_from_iterator(texts, trainer, length=len(texts))
    cls, sep = (made.token_to_id(token) for token in ("[CLS]", "[SEP]"))
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", cls), ("[SEP]", sep)]
    )
    return made


@dataclass(frozen=True)
class SubwordReport:
    """How a tokenizer covers texts.

    Args:
        words: Words of ``nlpref.text.words`` in the texts.
        pieces: Sub-words of those words, special tokens not counted.
        unknown: How many of the pieces are the unknown token.
        split: How many of the words have more than one piece.
    """

    words: int
    pieces: int
    unknown: int
    split: int

    @property
    def fertility(self) -> float:
        """Pieces for each word, 1 at best. Source: Ács 2019; Rust et al. 2021."""
        return self.pieces / self.words

    @property
    def unknown_rate(self) -> float:
        """Share of pieces that are unknown, 0 to 1."""
        return self.unknown / self.pieces

    @property
    def split_rate(self) -> float:
        """Share of words with more than one piece, 0 to 1."""
        return self.split / self.words


def subword_report(tokenizer: Tokenizer, texts: Sequence[str], unknown: str = "[UNK]") -> SubwordReport:
    """Count pieces over the words of texts; give texts that the tokenizer was not trained on.

    Args:
        tokenizer: From ``train_subwords``, or ``Tokenizer.from_file`` of a pretrained model.
        texts: What to cover.
        unknown: The tokenizer's unknown token.

    Raises:
        InputError: if the texts have no word, or none that leaves a piece.
    """
    words = [[word.text for word in split_words(text)] for text in check_texts(texts)]
    plain = Tokenizer.from_str(tokenizer.to_str())  # a pretrained one may pad and cut
    plain.no_padding()
    plain.no_truncation()
    encodings = plain.encode_batch([row for row in words if row], is_pretokenized=True, add_special_tokens=False)
    lengths: list[int] = []
    n_unknown, number = 0, plain.token_to_id(unknown)
    for row, encoding in zip((row for row in words if row), encodings, strict=True):
        counted = [0] * len(row)
        for piece, word in zip(encoding.ids, encoding.word_ids, strict=True):  # a token may be called by what it stands for
            counted[word or 0] += 1
            n_unknown += piece == number
        lengths += counted
    if not sum(lengths):
        raise InputError(f"{len(texts)} texts have no word that leaves a piece; give texts with words")
    return SubwordReport(len(lengths), sum(lengths), n_unknown, sum(length > 1 for length in lengths))


def _blank(kind: Kind, size: int, min_frequency: int) -> tuple[Tokenizer, Any]:
    shared: dict[str, Any] = {"vocab_size": size, "special_tokens": list(SPECIAL), "show_progress": False}
    if kind == "wordpiece":
        made = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=100))
        made.pre_tokenizer, made.decoder = pre_tokenizers.BertPreTokenizer(), decoders.WordPiece()
        return made, trainers.WordPieceTrainer(min_frequency=min_frequency, continuing_subword_prefix=_CONTINUED, **shared)
    if kind == "bpe":
        made = Tokenizer(models.BPE(unk_token="[UNK]"))
        made.pre_tokenizer, made.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
        return made, trainers.BpeTrainer(min_frequency=min_frequency, **shared)
    if kind == "unigram":
        made = Tokenizer(models.Unigram())
        made.pre_tokenizer, made.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
        return made, trainers.UnigramTrainer(unk_token="[UNK]", **shared)
    raise InputError(f"kind is {kind!r}, expected one of bpe, wordpiece, unigram")
