"""Retrieval collections from your own files, by format."""

from __future__ import annotations

from pathlib import Path

from nlpref.data.beir import read_corpus, read_judgements, read_queries
from nlpref.data.dataset import RetrievalDataset
from nlpref.data.given_files import check_made
from nlpref.data.splits import prepare
from nlpref.data.squad import read_squad
from nlpref.errors import InputError
from nlpref.types import JudgedQuery

__all__ = ["beir", "squad"]


def beir(
    path: str | Path,
    *,
    keep_empty: bool = False,
    validation_fraction: float = 0.2,
    test_fraction: float = 0.2,
    seed: int = 0,
    name: str | None = None,
) -> RetrievalDataset:
    """A retrieval collection from a folder in the BEIR layout.

    Args:
        path: Folder with ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/train.tsv``, ``dev.tsv``, ``test.tsv``; those of
            the last three that are missing are carved from train, where there is a train. Grades are kept as they are.
        keep_empty: Whether documents with neither text nor title stay, instead of being faults.
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
    documents = list(read_corpus(folder / "corpus.jsonl", keep_empty))
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
    check_made(f"{folder}/qrels/train.tsv", len(train), splits, test_fraction)
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
    check_made(str(path), len(found.queries), splits, test_fraction)
    return RetrievalDataset(name or Path(path).stem, found.documents, splits, notes)


def _paragraph(query: JudgedQuery) -> str:
    return min(query.relevance)
