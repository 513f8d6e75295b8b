"""Tagged tokens from your own files, by format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from nlpref.data.alignment import Cut, Overlaps, tokenise
from nlpref.data.conll import Scheme, read_conll
from nlpref.data.dataset import InMemoryDataset
from nlpref.data.entity_records import read_entities
from nlpref.data.faults import Faults
from nlpref.data.given_files import from_files
from nlpref.data.lines import existing, read_lines
from nlpref.data.standoff import Discontinuous, Unit, read_standoff
from nlpref.types import TaggedTokens

__all__ = ["conll", "jsonl_entities", "sentences", "standoff"]


def conll(
    train: str | Path | None,
    test: str | Path | None = None,
    validation: str | Path | None = None,
    *,
    scheme: Scheme = "auto",
    validation_fraction: float = 0.1,
    test_fraction: float = 0.2,
    seed: int = 0,
    name: str | None = None,
) -> InMemoryDataset[TaggedTokens]:
    """Tagged tokens from CoNLL files; ``scheme`` is that of ``read_conll``, the other arguments are those of ``csv``.

    Raises:
        InputError: if a file does not exist or a fraction is out of range.
        DataError: if a file has faults, among them an entity type that train lacks.
    """

    def read(path: str | Path, labels: Sequence[str] | None = None) -> Iterator[TaggedTokens]:
        return read_conll(path, labels=labels, scheme=scheme)

    return from_files(read, train, test, validation, validation_fraction, test_fraction, seed, name)


def standoff(
    train: str | Path | None,
    test: str | Path | None = None,
    validation: str | Path | None = None,
    *,
    overlaps: Overlaps = "error",
    cut: Cut = "outward",
    discontinuous: Discontinuous = "error",
    unit: Unit = "line",
    tokens: Literal["spacy", "spaces"] = "spacy",
    language: str = "en",
    validation_fraction: float = 0.1,
    test_fraction: float = 0.2,
    seed: int = 0,
    name: str | None = None,
) -> InMemoryDataset[TaggedTokens]:
    """Tagged tokens from folders in brat's standoff format; the arguments are those of ``read_standoff`` and of ``csv``.

    The notes have, under ``spans``, how many there were, and how many were moved, dropped or repeated.

    Raises:
        InputError: if a folder does not exist, a choice is unknown, or a fraction is out of range.
        DataError: if a file has faults, among them an entity type that train lacks.
    """
    counts: Counter[str] = Counter()

    def read(path: str | Path, labels: Sequence[str] | None = None) -> Iterator[TaggedTokens]:
        return read_standoff(
            path,
            labels=labels,
            overlaps=overlaps,
            cut=cut,
            discontinuous=discontinuous,
            unit=unit,
            tokens=tokens,
            language=language,
            counts=counts,
        )

    found = from_files(read, train, test, validation, validation_fraction, test_fraction, seed, name)
    return _with_notes(found, {"spans": dict(counts)})


def jsonl_entities(
    train: str | Path | None,
    test: str | Path | None = None,
    validation: str | Path | None = None,
    *,
    overlaps: Overlaps = "error",
    cut: Cut = "outward",
    language: str = "en",
    validation_fraction: float = 0.1,
    test_fraction: float = 0.2,
    seed: int = 0,
    name: str | None = None,
) -> InMemoryDataset[TaggedTokens]:
    """Tagged tokens from JSON lines with spans; the arguments are those of ``read_entities`` and of ``csv``.

    Sentences in which only some types were looked for (``annotated``) stay in train; nothing is scored on them. The notes
    have, under ``spans``, how many there were, and how many were moved, dropped or repeated.

    Raises:
        InputError: if a file does not exist, a choice is unknown, a fraction is out of range, or a sentence of the test or
            validation file is partially annotated.
        DataError: if a file has faults, among them an entity type that train lacks.
    """
    counts: Counter[str] = Counter()

    def read(path: str | Path, labels: Sequence[str] | None = None) -> Iterator[TaggedTokens]:
        return read_entities(path, labels=labels, overlaps=overlaps, cut=cut, language=language, counts=counts)

    found = from_files(read, train, test, validation, validation_fraction, test_fraction, seed, name)
    return _with_notes(found, {"spans": dict(counts)})


def sentences(path: str | Path, language: str = "en", name: str | None = None) -> InMemoryDataset[TaggedTokens]:
    """Sentences of which nothing is known, from a text file with one on each line; all of them are train.

    Args:
        path: The file; lines without a token are passed over.
        language: Of spaCy's rules, by which lines are split into tokens.
        name: What to call the dataset; default: the name of the file.

    Raises:
        InputError: if the file does not exist.
        DataError: if it is no UTF-8 text, or has no sentence.
    """
    path, faults = existing(path), Faults()
    split = [(line.number, [word.text for word in tokenise(line.text, language)]) for line in read_lines(path, faults)]
    found = [TaggedTokens(tuple(tokens), (), str(number), ()) for number, tokens in split if tokens]
    if not found:
        faults.add(path, None, "", "no sentences", "one on each line")
    faults.raise_if_any()
    return InMemoryDataset(name or path.stem, {"train": found})


def _with_notes(dataset: InMemoryDataset[Any], notes: Mapping[str, Any]) -> InMemoryDataset[Any]:
    splits = {name: dataset.split(name) for name in dataset.splits}
    return InMemoryDataset(dataset.name, splits, {**dataset.notes, **notes})
