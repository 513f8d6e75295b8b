"""Public retrieval collections."""

from __future__ import annotations

import ast
import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from nlpref.data.catalogue import entry, fetch
from nlpref.data.collection_sources import squad
from nlpref.data.dataset import RetrievalDataset
from nlpref.data.faults import one_of
from nlpref.data.smart import read_smart
from nlpref.data.splits import prepare
from nlpref.errors import InputError
from nlpref.types import Document, JudgedQuery

__all__ = ["cisi", "cranfield", "scifact", "squadshifts"]

_SHIFTS = ("new_wiki", "reddit")
_SEAM = re.compile(r"(['\"])\s*\n\s*(['\"])")
_CRANFIELD_GRADES = {"1": 4, "2": 3, "3": 2, "4": 1, "-1": 0}


def scifact(validation_fraction: float = 0.2, seed: int = 0) -> RetrievalDataset:
    """SciFact: claims, and the abstracts they cite.

    Test is the 300 claims of the official validation split, as in BEIR; train is the 809 official train claims, of which
    a validation split is carved. Documents are titles and abstracts; relevance is binary.

    Args:
        validation_fraction: Share of the train claims to carve; 0 for no validation split.
        seed: Of the carving.

    Source: Wadden et al. 2020, https://arxiv.org/abs/2004.14974; Thakur et al. 2021 (BEIR), https://arxiv.org/abs/2104.08663.
    """
    archive = fetch("scifact", ["scifact.zip"]) / "scifact.zip"
    documents = [
        Document(row["doc_id"], " ".join(_printed_texts(row["abstract"])), row["title"].strip())
        for row in _rows(archive, "corpus_train.csv")
    ]
    train, test = _claims(archive, "claims_train.csv"), _claims(archive, "claims_validation.csv")
    splits, notes = prepare(train, test=test, validation_fraction=validation_fraction, seed=seed)
    return RetrievalDataset("scifact", documents, splits, {**notes, "source": entry("scifact").credit})


def cranfield(validation_fraction: float = 0.2, test_fraction: float = 0.5, seed: int = 0) -> RetrievalDataset:
    """Cranfield 1400: 225 queries on abstracts of aerodynamics, in no official splits.

    Published figures are on all queries: ``test_fraction=1``. The published grades 1 (best) to 4 become 4 to 1, and -1
    becomes 0. Judgements name a query by its place in the file, not by its number there.

    Args:
        validation_fraction: Share of the train queries to carve; 0 for no validation split.
        test_fraction: Share of all queries to carve for the test split.
        seed: Of the carving.

    Source: Cleverdon 1967, https://doi.org/10.1108/eb050097.
    """
    folder = fetch("cranfield", ["cran.all.1400", "cran.qry", "cranqrel"])
    documents = [
        Document(id, fields.get("W", "").removeprefix(fields.get("T", "")).strip(), fields.get("T", ""))
        for id, fields in read_smart(folder / "cran.all.1400")
    ]
    relevance: dict[str, dict[str, int]] = {}
    for line in (folder / "cranqrel").read_text("latin-1").split("\n"):
        if line.strip():
            query, document, grade = line.split()
            known = relevance.setdefault(query, {})
            known[document] = max(_CRANFIELD_GRADES[grade], known.get(document, 0))
    queries = [
        JudgedQuery(str(place), fields["W"], relevance[str(place)])
        for place, (_, fields) in enumerate(read_smart(folder / "cran.qry"), 1)
    ]
    return _carved("cranfield", documents, queries, validation_fraction, test_fraction, seed)


def cisi(validation_fraction: float = 0.2, test_fraction: float = 0.5, seed: int = 0) -> RetrievalDataset:
    """CISI: the 76 judged queries on abstracts of library science, in no official splits; relevance is binary.

    Args:
        validation_fraction: Share of the train queries to carve; 0 for no validation split.
        test_fraction: Share of all queries to carve for the test split; published figures are on all: 1.
        seed: Of the carving.

    Source: Fox 1983, https://hdl.handle.net/1813/6401.
    """
    folder = fetch("cisi", ["CISI.ALL", "CISI.QRY", "CISI.REL"])
    documents = [Document(id, fields.get("W", ""), fields.get("T", "")) for id, fields in read_smart(folder / "CISI.ALL")]
    relevance: dict[str, dict[str, int]] = {}
    for line in (folder / "CISI.REL").read_text("latin-1").split("\n"):
        if line.strip():
            query, document, *_ = line.split()
            relevance.setdefault(query, {})[document] = 1
    queries = [JudgedQuery(id, fields["W"], relevance[id]) for id, fields in read_smart(folder / "CISI.QRY") if id in relevance]
    return _carved("cisi", documents, queries, validation_fraction, test_fraction, seed)


def squadshifts(
    domain: str = "new_wiki", validation_fraction: float = 0.2, test_fraction: float = 0.5, seed: int = 0
) -> RetrievalDataset:
    """SQuADShifts: from a question to its paragraph; the questions on one paragraph stay in one split.

    Args:
        domain: ``new_wiki`` or ``reddit``.
        validation_fraction: Share of the train questions to carve; 0 for no validation split.
        test_fraction: Share of all questions to carve for the test split; 1 for all, as published.
        seed: Of the carving.

    Raises:
        InputError: if there is no such domain.

    Source: Miller et al. 2020, https://arxiv.org/abs/2004.14444.
    """
    if domain not in _SHIFTS:
        raise InputError(f"no domain {domain!r}; expected {one_of(_SHIFTS, domain)}")
    file = f"{domain}_v1.0.json"
    data = squad(
        fetch("squadshifts", [file]) / file,
        titles=False,
        validation_fraction=validation_fraction,
        test_fraction=test_fraction,
        seed=seed,
        name=f"squadshifts_{domain}",
    )
    splits = {name: data.split(name) for name in data.splits}
    return RetrievalDataset(data.name, data.documents, splits, {**data.notes, "source": entry("squadshifts").credit})


def _carved(
    name: str,
    documents: list[Document],
    queries: list[JudgedQuery],
    validation_fraction: float,
    test_fraction: float,
    seed: int,
) -> RetrievalDataset:
    splits, notes = prepare(queries, test_fraction=test_fraction, validation_fraction=validation_fraction, seed=seed)
    return RetrievalDataset(name, documents, splits, {**notes, "source": entry(name).credit})


def _rows(archive: Path, member: str) -> Iterator[Mapping[str, str]]:
    with zipfile.ZipFile(archive) as bundle, bundle.open(member) as stream:
        yield from csv.DictReader(io.TextIOWrapper(stream, "utf-8", newline=""))


def _claims(archive: Path, member: str) -> list[JudgedQuery]:
    """Claims in order; a claim has a row for each piece of evidence, all with the same cited documents."""
    rows = {row["id"]: row for row in _rows(archive, member)}
    return [JudgedQuery(id, row["claim"], dict.fromkeys(re.findall(r"\d+", row["cited_doc_ids"]), 1)) for id, row in rows.items()]


def _printed_texts(printed: str) -> list[str]:
    """The strings of a numpy array as it was printed: one a line, without commas between them."""
    return [text.strip() for text in ast.literal_eval(_SEAM.sub(r"\1, \2", printed))]
