"""The documents that a record speaks of."""

from __future__ import annotations

import json
from pathlib import Path

from nlpref.found_documents import NAME, found_documents, write_found_documents
from nlpref.types import Document


def row(hits: list[str], relevance: dict[str, int]) -> dict[str, object]:
    return {"id": "q", "query": "q", "relevance": relevance, "hits": [{"id": name, "score": 1.0} for name in hits]}


def test_first_hits_and_relevant_documents_once_each() -> None:
    documents = [Document(f"d{n}", f"text {n}", "T" * (n == 3)) for n in range(40)]
    rows = [row([f"d{n}" for n in range(12, 0, -1)], {"d30": 1, "d31": 0, "d12": 2}), row(["d3"], {"d30": 1})]
    found = found_documents(documents, rows)
    assert [one["id"] for one in found] == [*(f"d{n}" for n in range(12, 2, -1)), "d30"]
    assert found[9] == {"id": "d3", "title": "T", "text": "text 3"}


def test_long_texts_are_cut_and_say_so(tmp_path: Path) -> None:
    write_found_documents(tmp_path, [Document("a", "x\u2028\ud800" * 10_000)], [row(["a"], {"a": 1})])
    (line,) = (tmp_path / NAME).read_text("utf-8").splitlines()
    assert len(json.loads(line)["text"]) == 10_000
    assert json.loads(line)["cut"] is True
