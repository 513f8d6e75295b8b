"""How much of a scored text the training texts have shown: words never seen, and for mistakes the nearest training texts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nlpref.storage import write_text
from nlpref.text.words import split_words
from nlpref.types import LabelledText

__all__ = ["NAME", "familiarity", "surest_mistakes", "write_familiarity"]

NAME = "familiarity.jsonl"
"""The record's file in the folder of a run, a line for each line of ``predictions.jsonl``."""
MISTAKES = 50
"""Mistakes that get neighbours, the surest first."""


def surest_mistakes(rows: Sequence[Mapping[str, Any]], most: int) -> list[Mapping[str, Any]]:
    """The rows of ``predictions.jsonl`` that are wrong, those of the highest probability first, so many at most."""
    wrong = [row for row in rows if row["gold"] != row["predicted"]]
    return sorted(wrong, key=lambda row: (-float(row["probability"]), str(row["id"])))[:most]


def familiarity(
    train: Sequence[LabelledText], rows: Sequence[Mapping[str, Any]], mistakes: int = MISTAKES, k: int = 3
) -> list[dict[str, Any]]:
    """What training has to say of each scored text.

    Args:
        train: What the model learned from.
        rows: Of ``predictions.jsonl``.
        mistakes: So many of the surest mistakes get neighbours.
        k: Neighbours of each: the training texts of highest cosine of TF-IDF over words and pairs of words.

    Returns:
        For each row its ``id`` and as ``unseen`` the share of its words that no training text has, left out where it has
        no word; for a mistake ``neighbours`` with text, label and ``similarity`` in [0, 1], the nearest first.
    """
    known = {word for example in train for word in _words(example.text)}
    made: list[dict[str, Any]] = []
    for row in rows:
        words = _words(str(row["text"]))
        made.append({"id": row["id"], **({"unseen": sum(word not in known for word in words) / len(words)} if words else {})})
    wanted = {id(row) for row in surest_mistakes(rows, mistakes)}
    shown = [number for number, row in enumerate(rows) if id(row) in wanted]
    if not shown or not known:
        return made
    from nlpref.classification.ngrams import NgramFeatures  # scikit-learn, which a report that only reads does without

    features = NgramFeatures((1, 2), None)
    learned = features.fit_transform([example.text for example in train])
    cosines = np.asarray((features.transform([str(rows[number]["text"]) for number in shown]) @ learned.T).todense())
    for number, cosine in zip(shown, cosines, strict=True):
        nearest = sorted(np.argpartition(-cosine, min(k, len(train)) - 1)[:k].tolist(), key=lambda one: (-cosine[one], one))
        made[number]["neighbours"] = [
            {"text": train[one].text, "label": train[one].label, "similarity": round(float(cosine[one]), 4)}
            for one in nearest
            if cosine[one] > 0
        ]
    return made


def write_familiarity(
    folder: Path, train: Sequence[LabelledText], rows: Sequence[Mapping[str, Any]], mistakes: int = MISTAKES, k: int = 3
) -> Path:
    """Write the record of a run; the arguments are those of ``familiarity``."""
    made = familiarity(train, rows, mistakes, k)
    write_text(Path(folder) / NAME, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made))
    return Path(folder) / NAME


def _words(text: str) -> list[str]:
    """Words and numbers in lower case, without signs."""
    return [word.text for word in split_words(text.lower()) if any(character.isalnum() for character in word.text)]
