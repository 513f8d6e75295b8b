"""Reviewed sentences as a data set: they replace what train said, keep out of the later splits, and say what was looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlpref.data.answers import SKIPPED, Answer
from nlpref.data.dataset import InMemoryDataset
from nlpref.data.reviewed import reviewed
from nlpref.errors import DataError, InputError
from nlpref.types import Span, TaggedTokens

ANN, ROME = Span(0, 1, "person"), Span(3, 4, "city")
OLD = TaggedTokens(("Ann", "lives", "in", "Rome"), (ANN,), "old")
BASE = InMemoryDataset(
    "towns",
    {
        "train": [OLD, TaggedTokens(("Bob", "sings"), (Span(0, 1, "person"),), "kept")],
        "validation": [TaggedTokens(("Eve", "left"), (Span(0, 1, "person"),), "v")],
        "test": [TaggedTokens(("Bob", "left"), (Span(0, 1, "person"),), "t")],
    },
)


def written(path: Path, *answers: Answer) -> Path:
    path.write_text("".join(one.line() + "\n" for one in answers), "utf-8")
    return path


def said(tokens: str, *spans: Span, labels: tuple[str, ...] = ("city", "person"), **more: str) -> Answer:
    return Answer("r", tuple(tokens.split()), spans, labels=labels, model="crf 1", **more)


def test_what_was_reviewed_replaces_and_joins_train(tmp_path: Path) -> None:
    answers = [
        said("Ann lives in Rome", ANN),
        said("Ann lives in Rome", ANN, ROME, verdict="corrected"),
        said("nobody here", verdict="rejected"),
        said("too hard", verdict=SKIPPED),
        said("Bob left"),
    ]
    data = reviewed(written(tmp_path / "r.jsonl", *answers), BASE)
    assert (data.name, data.splits) == ("towns_reviewed", ("train", "validation", "test"))
    assert [(one.tokens[0], one.spans, one.annotated) for one in data.split("train")] == [
        ("Bob", (Span(0, 1, "person"),), None),
        ("Ann", (ANN, ROME), None),
        ("nobody", (), None),
    ]
    assert data.split("test") == BASE.split("test")
    assert data.notes["reviewed"] == {
        "sentences": 2, "of_base": 1, "replaced": 1, "models": ["crf 1"],
        "verdicts": {"accepted": 1, "corrected": 1, "rejected": 1},
    }  # fmt: skip
    assert data.notes["removed"] == {"train_in_test": 1}
    alone = reviewed(tmp_path / "r.jsonl", BASE, keep=False)
    assert [one.tokens[0] for one in alone.split("train")] == ["Ann", "nobody"]


def test_a_reviewer_who_knew_fewer_types_says_which(tmp_path: Path) -> None:
    data = reviewed(written(tmp_path / "r.jsonl", said("in Rome", Span(1, 2, "city"), labels=("city",))), BASE)
    assert data.split("train")[-1].annotated == ("city",)


def test_nothing_to_learn_from_and_types_that_nobody_taught(tmp_path: Path) -> None:
    path = written(tmp_path / "r.jsonl", said("too hard", verdict=SKIPPED))
    with pytest.raises(InputError, match="no answer to learn from"):
        reviewed(path, BASE, keep=False)
    with pytest.raises(DataError, match="'person', which train lacks"):
        reviewed(written(path, said("in Rome", Span(1, 2, "city"))), BASE, keep=False)
