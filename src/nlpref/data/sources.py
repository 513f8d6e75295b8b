"""Datasets from your own files: one function for each format, to be named in a configuration or called.

Without a validation file one is carved from train; without a test file, 20 % of train become the test split. What was
carved and what was removed because it leaked is in the ``notes`` of the dataset.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from nlpref.data.alignment import Cut, Overlaps, tokenise
from nlpref.data.beir import read_corpus, read_judgements, read_queries
from nlpref.data.conll import Scheme, read_conll
from nlpref.data.dataset import InMemoryDataset, RetrievalDataset
from nlpref.data.delimited import read_csv, read_jsonl
from nlpref.data.entity_records import read_entities
from nlpref.data.faults import Faults
from nlpref.data.lines import existing, read_lines
from nlpref.data.splits import check_labels, labels_in, prepare, remove_leakage
from nlpref.data.squad import read_squad
from nlpref.data.standoff import Discontinuous, Unit, read_standoff
from nlpref.errors import InputError
from nlpref.types import UNLABELLED, JudgedQuery, LabelledText, TaggedTokens

__all__ = ["beir", "conll", "csv", "jsonl", "jsonl_entities", "sentences", "squad", "standoff"]


def csv(
    train: str | Path | None,
    test: str | Path | None = None,
    validation: str | Path | None = None,
    *,
    text: str = "text",
    label: str = "label",
    id: str | None = None,
    facts: Sequence[str] = (),
    unlabelled: bool = False,
    out_of_scope: str | None = None,
    delimiter: str | None = None,
    validation_fraction: float = 0.1,
    test_fraction: float = 0.2,
    seed: int = 0,
    name: str | None = None,
) -> InMemoryDataset[LabelledText]:
    """Labelled texts from CSV files with a header.

    Args:
        train: File to train on; None for data to evaluate on, which then need a test file.
        test: File to evaluate on.
        validation: File to choose on.
        text: Column of the text.
        label: Column of the label.
        id: Column of the id; without one, line numbers are the ids.
        facts: Further columns to keep.
        unlabelled: Whether labels of train may be empty: of such a text only the text is known (``UNLABELLED``), and it is
            never carved out of train.
        out_of_scope: Label of texts that are none of train's, which the other files may have although train lacks it; for
            ``classifier=out_of_scope``.
        delimiter: Default: a tab for ``.tsv``, else a comma.
        validation_fraction: Share of train to carve if no validation file is given; 0 for no validation split.
        test_fraction: Share of train to carve if no test file is given; 0 for no test split, 1 for a test split alone.
        seed: Of the carving.
        name: What to call the dataset; default: the name of the train file, or without one of the test file.

    Raises:
        InputError: if a file does not exist, a fraction is out of range, no test split can be carved, or all of train is in
            another split too.
        DataError: if a file has faults, among them a label that train lacks.
    """

    def read(path: str | Path, labels: Sequence[str] | None = None) -> Iterator[LabelledText]:
        bare = unlabelled and path == train
        return read_csv(path, text=text, label=label, id=id, facts=facts, delimiter=delimiter, labels=labels, unlabelled=bare)

    return _labelled(read, train, test, validation, validation_fraction, test_fraction, seed, name, out_of_scope)


def jsonl(
    train: str | Path | None,
    test: str | Path | None = None,
    validation: str | Path | None = None,
    *,
    text: str = "text",
    label: str = "label",
    id: str | None = None,
    facts: Sequence[str] = (),
    unlabelled: bool = False,
    out_of_scope: str | None = None,
    validation_fraction: float = 0.1,
    test_fraction: float = 0.2,
    seed: int = 0,
    name: str | None = None,
) -> InMemoryDataset[LabelledText]:
    """Labelled texts from JSON lines; the arguments are those of ``csv``.

    Raises:
        InputError: if a file does not exist or a fraction is out of range.
        DataError: if a file has faults, among them a label that train lacks.
    """

    def read(path: str | Path, labels: Sequence[str] | None = None) -> Iterator[LabelledText]:
        bare = unlabelled and path == train
        return read_jsonl(path, text=text, label=label, id=id, facts=facts, labels=labels, unlabelled=bare)

    return _labelled(read, train, test, validation, validation_fraction, test_fraction, seed, name, out_of_scope)


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

    return _labelled(read, train, test, validation, validation_fraction, test_fraction, seed, name)


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

    found = _labelled(read, train, test, validation, validation_fraction, test_fraction, seed, name)
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

    found = _labelled(read, train, test, validation, validation_fraction, test_fraction, seed, name)
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


def beir(
    path: str | Path,
    *,
    validation_fraction: float = 0.2,
    test_fraction: float = 0.2,
    seed: int = 0,
    name: str | None = None,
) -> RetrievalDataset:
    """A retrieval collection from a folder in the BEIR layout.

    Args:
        path: Folder with ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/train.tsv``, ``dev.tsv``, ``test.tsv``; those of
            the last three that are missing are carved from train, where there is a train.
        validation_fraction: Share of the train queries to carve if there is no ``dev.tsv``; 0 for no validation split.
        test_fraction: Share of the train queries to carve if there is no ``test.tsv``.
        seed: Of the carving.
        name: What to call the dataset; default: the name of the folder.

    Raises:
        InputError: if a file does not exist or a fraction is out of range.
        DataError: if a file has faults, among them a judgement on an unknown document or query.
    """
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder; expected one with corpus.jsonl, queries.jsonl and qrels/test.tsv")
    documents = list(read_corpus(folder / "corpus.jsonl"))
    judged = read_judgements(folder, {document.id for document in documents}, read_queries(folder / "queries.jsonl"))
    if not judged.get("train") and not judged.get("test"):
        raise InputError(f"{folder}/qrels has neither train.tsv nor test.tsv, only {', '.join(f'{name}.tsv' for name in judged)}")
    given, train = judged.get("validation", []), judged.get("train", [])
    splits, notes = prepare(
        train,
        test=judged.get("test", []),
        validation=given,
        test_fraction=test_fraction,
        validation_fraction=None if given else validation_fraction,
        seed=seed,
    )
    _check_made(f"{folder}/qrels/train.tsv", len(train), splits, test_fraction)
    return RetrievalDataset(name or folder.resolve().name, documents, splits, notes)


def squad(
    path: str | Path,
    *,
    titles: bool = True,
    validation_fraction: float = 0.1,
    test_fraction: float = 0.2,
    seed: int = 0,
    name: str | None = None,
) -> RetrievalDataset:
    """Question-to-paragraph retrieval from a SQuAD v1.1 file; the questions on one paragraph stay in one split.

    Args:
        path: The file.
        titles: Whether documents carry the title of their article.
        validation_fraction: Share of the train questions to carve; 0 for no validation split.
        test_fraction: Share of all questions to carve for the test split; 1 for all of them.
        seed: Of the carving.
        name: What to call the dataset; default: the name of the file.

    Raises:
        InputError: if the file does not exist or a fraction is out of range.
        DataError: if it has faults.
    """
    found = read_squad(path, titles=titles)
    splits, notes = prepare(
        found.queries, test_fraction=test_fraction, validation_fraction=validation_fraction, seed=seed, key=_paragraph
    )
    _check_made(str(path), len(found.queries), splits, test_fraction)
    return RetrievalDataset(name or Path(path).stem, found.documents, splits, notes)


def _paragraph(query: JudgedQuery) -> str:
    return min(query.relevance)


def _labelled(
    read: Callable[..., Iterator[Any]],
    train: str | Path | None,
    test: str | Path | None,
    validation: str | Path | None,
    validation_fraction: float,
    test_fraction: float,
    seed: int,
    name: str | None,
    out_of_scope: str | None = None,
) -> InMemoryDataset[Any]:
    if train is None:
        if test is None:
            raise InputError("neither a train file nor a test file was given; give at least one of them")
        alone, notes = prepare(
            (),
            test=_whole(read(test), test),
            validation=_whole(read(validation), validation) if validation else (),
            validation_fraction=None,
        )
        return InMemoryDataset(name or Path(test).stem, alone, notes)
    given = list(read(train))
    examples = [example for example in given if not _unfinished(example)]
    known = [label for label in labels_in(given) if label != UNLABELLED]
    outside = [out_of_scope] if known and out_of_scope else []
    labels = [*known, *outside] or None  # of texts without labels, those of the other files are not known beforehand
    splits, notes = prepare(
        examples,
        test=_whole(read(test, labels), test) if test else (),
        validation=_whole(read(validation, labels), validation) if validation else (),
        test_fraction=test_fraction,
        validation_fraction=None if validation else validation_fraction,
        seed=seed,
    )
    if len(examples) < len(given):
        bare = [example for example in given if _unfinished(example)]
        kept, removed = remove_leakage(bare, *splits.values())
        splits = {"train": [*splits.get("train", ()), *kept], **{name: splits[name] for name in splits if name != "train"}}
        notes = {**notes, "unlabelled": {"kept": len(kept), "labelled_too": removed}}
    _check_made(str(train), len(given), splits, test_fraction)
    for split in ("validation", "test") if "train" in splits and labels else ():
        where = f"{split} (texts it shares with train were removed from train)" if any(notes["removed"].values()) else split
        check_labels([*labels_in(splits["train"]), *outside], splits.get(split, []), where)
    return InMemoryDataset(name or Path(train).stem, splits, notes)


def _unfinished(example: Any) -> bool:
    """Whether something is unknown that a score needs: the label, or entities of some type."""
    return example.partial if isinstance(example, TaggedTokens) else getattr(example, "label", None) == UNLABELLED


def _whole(examples: Iterator[Any], path: str | Path) -> list[Any]:
    """Examples to be scored on, of which everything is known."""
    found = list(examples)
    for example in found:
        if isinstance(example, TaggedTokens) and example.partial:
            raise InputError(
                f"sentence {example.id!r} of {path} is partially annotated ({', '.join(example.annotated or ()) or 'nothing'}); "
                "a score needs all types, so it can only be learned from"
            )
    return found


def _with_notes(dataset: InMemoryDataset[Any], notes: Mapping[str, Any]) -> InMemoryDataset[Any]:
    splits = {name: dataset.split(name) for name in dataset.splits}
    return InMemoryDataset(dataset.name, splits, {**dataset.notes, **notes})


def _check_made(source: str, given: int, splits: Mapping[str, Sequence[Any]], test_fraction: float) -> None:
    """Refuse train data that are all test data, or too few to be divided."""
    if "test" not in splits and test_fraction:
        raise InputError(
            f"no test split can be carved from the {given} train examples of {source}: every label must stay in train; "
            "give more examples or a test file, or test_fraction=0"
        )
    if given and "train" not in splits and test_fraction != 1:
        raise InputError(
            f"none of the {given} train examples of {source} is left to train on, each is in the test or validation split too; "
            "give other files"
        )
