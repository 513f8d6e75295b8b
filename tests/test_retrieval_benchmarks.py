"""The benchmarks of reranking, deadlines and answers: what they refuse, and one of them on the bundled corpus."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "benchmarks" / f"{script}.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_answers_are_measured_where_documents_are_taken_out() -> None:
    done = run(
        "answerability", "sets=supportdesk", "precisions=0.3", "retriever.encoder=null", "retriever@retriever.retriever=bm25"
    )
    assert done.returncode == 0, done.stderr
    record = json.loads((ROOT / "runs" / "answerability" / "record.json").read_text("utf-8"))
    found = record["sets"]["supportdesk"]
    assert found["queries"]["unanswerable"] == found["queries"]["answerable"] >= 50
    assert 0.5 < found["auroc"]["value"] <= 1
    told = found["promises"]["0.3"]
    assert told["answered_of_answerable"] >= told["answered_of_unanswerable"]
    assert "promised 0.3: precision" in done.stdout


@pytest.mark.parametrize(
    ("script", "argument", "message"),
    [
        ("answerability", "precisions=1", "precisions=1: expected numbers between 0 and 1"),
        ("deadline", "deadlines=0", "deadlines=0: expected milliseconds above 0"),
        ("retrieval_stages", "rrf.depth=3", "rrf.depth=3: the stages are bm25, hybrid, guarded"),
        ("reranking_never_hurts", "queries=none", "queries=none: expected a whole number"),
    ],
)
def test_arguments_that_do_not_fit_are_named(script: str, argument: str, message: str) -> None:
    done = run(script, argument)
    assert done.returncode == 1
    assert message in done.stderr
