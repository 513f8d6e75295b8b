"""TweetEval: irony, offensive language and sentiment in tweets."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

from nlpref.data.catalogue import entry, fetch
from nlpref.data.dataset import InMemoryDataset
from nlpref.data.faults import Faults, one_of
from nlpref.data.splits import deduplicate, prepare
from nlpref.errors import InputError
from nlpref.types import LabelledText

__all__ = ["tweeteval"]

_SUBSETS = ("irony", "offensive", "sentiment")
_YEARS = (
    *("2013train", "2013dev", "2013test", "2014test", "2014sarcasm", "2015train", "2015test"),
    *("2016train", "2016dev", "2016devtest", "2016test"),
)
_ESCAPE = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
_HANDLE = re.compile(r"(?<!\w)@\w+")
_ADDRESS = re.compile(r"https?://\S+")
_NO_LETTER = re.compile(r"@\S+|http\S*|[\W_]")


def tweeteval(
    subset: str = "sentiment", validation_fraction: float | None = None, seed: int = 0
) -> InMemoryDataset[LabelledText]:
    """A task of TweetEval, with its official splits.

    The train split of ``sentiment`` is made of the SemEval 2013 to 2016 tweets, which TweetEval cut it from: with handles
    masked and addresses left out as TweetEval does, and without the tweets that share their letters and digits with one
    of the validation or test split, where punctuation often differs. Printed escapes (``\\u2019``) become characters.

    Args:
        subset: ``irony``, ``offensive`` or ``sentiment``.
        validation_fraction: None for the official validation split, else the share of train to carve (0 for none).
        seed: Of the carving.

    Raises:
        InputError: if there is no such subset.
        DataError: if texts and labels do not match.

    Source: Barbieri et al. 2020, https://arxiv.org/abs/2010.12421.
    """
    if subset not in _SUBSETS:
        raise InputError(f"no subset {subset!r}; expected {one_of(_SUBSETS, subset)}")
    parts = ("val", "test") if subset == "sentiment" else ("train", "val", "test")
    files = [f"{subset}/{part}_{kind}.txt" for part in parts for kind in ("text", "labels")]
    folder = fetch("tweeteval", [*files, f"{subset}/mapping.txt"]) / subset
    names = dict(line.split("\t") for line in _lines(folder / "mapping.txt"))
    found = {part: _tweets(folder, part, names) for part in parts}
    extra: dict[str, Any] = {}
    if subset == "sentiment":
        tweets = _semeval()
        taken = {_letters(tweet.text) for part in parts for tweet in found[part]}
        found["train"] = [tweet for tweet in tweets if _letters(tweet.text) not in taken]
        extra = {"source_of_train": entry("semeval_twitter_sentiment").credit}
        extra["train_with_letters_of_another_split"] = len(tweets) - len(found["train"])
    splits, notes = prepare(
        found["train"], test=found["test"], validation=found["val"], validation_fraction=validation_fraction, seed=seed
    )
    return InMemoryDataset(f"tweeteval_{subset}", splits, {**notes, **extra, "source": entry("tweeteval").credit})


def _tweets(folder: Path, part: str, names: dict[str, str]) -> list[LabelledText]:
    texts, labels = _lines(folder / f"{part}_text.txt"), _lines(folder / f"{part}_labels.txt")
    faults = Faults()
    if len(texts) != len(labels):
        faults.add(folder / f"{part}_labels.txt", None, "", f"{len(labels)} labels", f"{len(texts)}, one for each text")
    faults.raise_if_any()
    return [
        LabelledText(_unescape(text).strip(), names[label.strip()].strip(), f"{part}-{index}")
        for index, (text, label) in enumerate(zip(texts, labels, strict=True))
    ]


def _semeval() -> list[LabelledText]:
    """The tweets of all years, each once, as TweetEval writes them."""
    files = {year: f"twitter-{year}-A.tsv" for year in _YEARS}
    folder = fetch("semeval_twitter_sentiment", list(files.values()))
    tweets: dict[str, LabelledText] = {}
    for year, file in files.items():
        for line in _lines(folder / file):
            id, label, text, *_ = line.split("\t")
            text = _ADDRESS.sub("", _HANDLE.sub("@user", _unescape(text))).strip()
            tweets.setdefault(id, LabelledText(text, label, id, {"year": year[:4]}))
    return deduplicate(list(tweets.values()))[0]


def _unescape(text: str) -> str:
    """Characters for their printed escapes; a lone half of a pair becomes the replacement character."""
    return _ESCAPE.sub(lambda match: bytes.fromhex(match.group().replace("\\u", "")).decode("utf-16-be", "replace"), text)


def _letters(text: str) -> str:
    return _NO_LETTER.sub("", html.unescape(text)).casefold()


def _lines(path: Path) -> list[str]:
    """Lines parted by the line feed only: the texts hold other characters that ``str.splitlines`` splits on."""
    return path.read_bytes().decode("utf-8").removesuffix("\n").split("\n")
