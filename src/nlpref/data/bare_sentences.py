"""Sentences of which nothing is known, out of the texts of other datasets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from nlpref.data.dataset import InMemoryDataset, RetrievalDataset, content_key
from nlpref.errors import InputError
from nlpref.text.tokenisers import TweetTokeniser
from nlpref.types import TaggedTokens

__all__ = ["bare_sentences"]

_END = re.compile(r"(?<=[.!?])\s+|\n+")


def bare_sentences(of: Mapping[str, Any], longest: int = 60, name: str = "bare_sentences") -> InMemoryDataset[TaggedTokens]:
    """The texts of datasets as tokens without annotation, all of them train; labels are not looked at.

    Texts of more than ``longest`` words are split where sentences end, and what is longer still is left out. Each text comes
    once. Of a collection the documents are read.

    Args:
        of: Datasets by name; of each all splits are read.
        longest: Most words of a sentence.
        name: What to call the dataset.

    Raises:
        InputError: if ``longest`` is not positive, or no sentence is left.

    Example:
        >>> from nlpref.types import LabelledText
        >>> mood = InMemoryDataset("mood", {"train": [LabelledText("@ann loves Rome :-)", "good")]})
        >>> bare_sentences({"mood": mood}).split("train")[0].tokens
        ('@ann', 'loves', 'Rome', ':-)')
    """
    if longest < 1:
        raise InputError(f"longest={longest}: expected a number of words from 1")
    tokeniser, seen, found = TweetTokeniser(), set[str](), list[TaggedTokens]()
    for source, dataset in of.items():
        for number, text in enumerate(_texts(dataset)):
            words = tokeniser(text)
            parts = [words] if len(words) <= longest else [tokeniser(part) for part in _END.split(text)]
            for place, tokens in enumerate(part for part in parts if 0 < len(part) <= longest):
                sentence = TaggedTokens(tuple(tokens), (), f"{source}:{number}.{place}", ())
                key = content_key(sentence)
                if key not in seen:
                    seen.add(key)
                    found.append(sentence)
    if not found:
        raise InputError(f"no text of at most {longest} words among {', '.join(of) or 'no datasets'}")
    return InMemoryDataset(name, {"train": found}, {"of": {source: dataset.revision for source, dataset in of.items()}})


def _texts(dataset: Any) -> Iterator[str]:
    if isinstance(dataset, RetrievalDataset):
        for document in dataset.documents:
            yield document.text
    else:
        for split in dataset.splits:
            for example in dataset.split(split):
                yield example.text
