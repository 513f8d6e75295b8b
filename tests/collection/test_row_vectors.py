"""Vectors that were made apart are those that the collection would have made, and others are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.contracts.honest import ToyEncoder

from nlpref.collection import Collection, CollectionSettings
from nlpref.collection.row_vectors import RowVectors, row_documents
from nlpref.errors import InputError
from nlpref.retrieval import LocalEmbedding
from nlpref.types import Document

PAGES = [Document(f"p{number}", "parcel lost " * number + f"word{number}", "Title" * (number % 2)) for number in range(1, 12)]
QUERIES = ["parcel lost", "word3 title", ""]


@pytest.mark.parametrize("chunk", [None, 4])
@pytest.mark.parametrize("block", [1, 3, 100])
def test_built_of_vectors_made_apart_as_of_its_own(tmp_path: Path, chunk: int | None, block: int) -> None:
    settings = CollectionSettings(chunk=chunk, overlap=1)
    with (
        Collection.create(tmp_path / "own", settings, encoder=ToyEncoder()) as own,
        Collection.create(tmp_path / "apart", settings, encoder=ToyEncoder()) as apart,
    ):
        own.add(PAGES)
        rows = row_documents(PAGES, settings)
        embeddings = LocalEmbedding(block).embed(rows, apart.folder / "encoder", tmp_path / "made", ("nlpref", "tests"))
        vectors = RowVectors(embeddings, settings)
        for start in range(0, len(PAGES), 4):
            part = PAGES[start : start + 4]
            apart.add(part, vectors.take(part), made_by=vectors.made_by)
        for expected, found in zip(own.search(QUERIES, by="vectors"), apart.search(QUERIES, by="vectors"), strict=True):
            assert [hit.id for hit in found] == [hit.id for hit in expected]
            assert np.allclose([hit.score for hit in found], [hit.score for hit in expected], atol=1e-6)
        assert len(vectors.take([])) == 0
        with pytest.raises(InputError, match="vectors of 1 rows are missing"):
            vectors.take([Document("more", "text")])
        with pytest.raises(InputError, match="made by the encoder 000000000000, not by that of this collection"):
            apart.add([Document("more", "text")], np.ones((1, apart.dim or 0), dtype=np.float32), made_by="0" * 64)
