"""Texts that a command is given: lines of a file, or the train split of a data set."""

from __future__ import annotations

from collections.abc import Sequence

from nlpref.config import build, check, plain
from nlpref.data.faults import Faults
from nlpref.data.lines import existing, read_lines
from nlpref.errors import ConfigError
from nlpref.overrides import check_overrides
from nlpref.types import TaggedTokens

__all__ = ["given_texts"]


def given_texts(file: str, overrides: Sequence[str]) -> list[str]:
    """The texts, labels left out; of tagged tokens, the tokens with a space between.

    Args:
        file: UTF-8, one text a line; empty for none.
        overrides: ``dataset=...`` and its settings, as for ``nlpref.train``.

    Raises:
        ConfigError: if both or none of them are given.
        InputError: if the file does not exist.
        DataError: if it is not UTF-8.
    """
    if bool(file) == bool(overrides):
        raise ConfigError("give either texts=FILE or dataset=..., and not both")
    if overrides:
        dataset = plain(check_overrides("train", ["task=classification", "name=texts", *overrides]))["dataset"]
        check({"dataset": dataset})
        examples = build(dataset).split("train")
        return [" ".join(one.tokens) if isinstance(one, TaggedTokens) else one.text for one in examples]
    faults = Faults()
    lines = [line.text for line in read_lines(existing(file), faults)]
    faults.raise_if_any()
    return lines
