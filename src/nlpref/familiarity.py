"""How much of a scored text training has shown: words never seen, the nearest texts of mistakes, entities met before."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nlpref.storage import write_text
from nlpref.text.words import split_words
from nlpref.types import EITHER, LabelledText, TaggedTokens

__all__ = [
    "FORMS",
    "NAME",
    "entity_familiarity",
    "familiarity",
    "surest_mistakes",
    "write_entity_familiarity",
    "write_familiarity",
]

NAME = "familiarity.jsonl"
"""The record's file in the folder of a run, a line for each line of ``predictions.jsonl``."""
FORMS = ("same", "other", "new")
"""How training has shown the words of an entity: as one of the same type, as one of other types only, or as none."""
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
    return _write(folder, familiarity(train, rows, mistakes, k))


def entity_familiarity(train: Sequence[TaggedTokens], rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What training has to say of each scored sentence and its entities. Words are compared in lower case.

    Args:
        train: What the tagger learned from. An entity labelled ``a|b`` counts as one of either type.
        rows: Of ``predictions.jsonl``.

    Returns:
        For each row its ``id`` and as ``unseen`` the share of its words, signs left aside, that no training sentence has, left
        out where it has no word; as ``gold`` and ``predicted`` for each of these spans ``form``, one of ``FORMS``, and
        ``unseen``, how many of its tokens no training sentence has.

    Source: Augenstein, Derczynski and Bontcheva 2017, Generalisation in named entity recognition (unseen surface forms).

    Example:
        >>> from nlpref.types import Span
        >>> train = [TaggedTokens(("in", "Paris"), (Span(1, 2, "LOC"),))]
        >>> row = {"id": "0", "tokens": ["Paris", "Hilton"], "gold": [{"start": 0, "end": 2, "label": "PER"}], "predicted": []}
        >>> entity_familiarity(train, [row])
        [{'id': '0', 'unseen': 0.5, 'gold': [{'form': 'new', 'unseen': 1}], 'predicted': []}]
    """
    known = {token.lower() for sentence in train for token in sentence.tokens}
    types: dict[tuple[str, ...], set[str]] = {}
    for sentence in train:
        for span in sentence.spans:
            types.setdefault(_form(sentence.tokens, span.start, span.end), set()).update(span.label.split(EITHER))

    def told(tokens: Sequence[str], span: Mapping[str, Any]) -> dict[str, Any]:
        form = _form(tokens, span["start"], span["end"])
        shown = types.get(form, set())
        unseen = sum(token not in known for token in form)
        return {"form": FORMS[0] if span["label"] in shown else FORMS[1] if shown else FORMS[2], "unseen": unseen}

    made: list[dict[str, Any]] = []
    for row in rows:
        words = [token.lower() for token in row["tokens"] if any(character.isalnum() for character in token)]
        share = {"unseen": sum(word not in known for word in words) / len(words)} if words else {}
        spans = {part: [told(row["tokens"], span) for span in row[part]] for part in ("gold", "predicted")}
        made.append({"id": row["id"], **share, **spans})
    return made


def write_entity_familiarity(folder: Path, train: Sequence[TaggedTokens], rows: Sequence[Mapping[str, Any]]) -> Path:
    """Write the record of a tagger's run; the arguments are those of ``entity_familiarity``."""
    return _write(folder, entity_familiarity(train, rows))


def _write(folder: Path, made: Sequence[Mapping[str, Any]]) -> Path:
    write_text(Path(folder) / NAME, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made))
    return Path(folder) / NAME


def _form(tokens: Sequence[str], start: int, end: int) -> tuple[str, ...]:
    """The words of an entity, as they are compared."""
    return tuple(token.lower() for token in tokens[start:end])


def _words(text: str) -> list[str]:
    """Words and numbers in lower case, without signs."""
    return [word.text for word in split_words(text.lower()) if any(character.isalnum() for character in word.text)]
