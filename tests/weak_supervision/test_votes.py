"""Labelling functions and the table of their votes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from nlpref.classification import TfidfClassifier
from nlpref.errors import InputError
from nlpref.types import LabelledText
from nlpref.weak_supervision import (
    ABSTAIN,
    HeuristicFunction,
    KeywordFunction,
    LabelNameFunction,
    ModelFunction,
    RegexFunction,
    Votes,
    apply,
)

TEXTS = ["see http://x.y now", "I LOVE\nit", "glove", ""]


@dataclass(frozen=True)
class Own:
    """A labelling function of a user's own."""

    name: str
    answer: Callable[[Sequence[str]], list[str | None]]
    labels: tuple[str, ...] = ("ham", "spam")

    def vote(self, texts: Sequence[str]) -> list[str | None]:
        return self.answer(texts)


def fails_on_empty(texts: Sequence[str]) -> list[str | None]:
    return ["spam" if text[0] == "s" else None for text in texts]


def test_votes_by_hand() -> None:
    functions = [
        RegexFunction("link", r"https?://", "spam"),
        KeywordFunction("love", ["i love"], "ham"),
        HeuristicFunction("short", "nlpref.weak_supervision.heuristics.is_short", "ham"),
    ]
    votes = apply(functions, TEXTS)
    assert votes.labels == ("ham", "spam")
    assert votes.names == ("link", "love", "short")
    assert votes.table.tolist() == [[1, ABSTAIN, 0], [ABSTAIN, 0, 0], [ABSTAIN, ABSTAIN, 0], [ABSTAIN, ABSTAIN, 0]]
    assert votes.counts().tolist() == [[1, 1], [2, 0], [1, 0], [1, 0]]


def test_keywords_are_whole_words_and_may_end_in_a_sign() -> None:
    found = KeywordFunction("k", ["c++", "♥"], "x").vote(["C++ is fine", "c+ is not", "I♥you", "I ♥ you", "c++x"])
    assert found == ["x", None, None, "x", None]


def test_no_text_gives_no_row() -> None:
    assert apply([RegexFunction("a", "a", "x")], []).table.shape == (0, 1)


def test_a_model_votes_where_it_is_sure_and_has_an_answer() -> None:
    train = [LabelledText(f"{word} {n}", word) for n in range(8) for word in ("good", "bad", "odd")]
    model = TfidfClassifier(C=1.0).fit(train)
    top = model.predict_proba(["good 3"]).max()
    assert ModelFunction("m", model, float(top)).vote(["good 3"]) == ["good"]
    assert ModelFunction("m", model, float(top) + 1e-3).vote(["good 3"]) == [None]
    renamed = ModelFunction("m", model, 0.5, {"good": "ham", "bad": "spam"})
    assert renamed.labels == ("ham", "spam")
    assert renamed.vote(["good 3", "bad 4", "odd 5"]) == ["ham", "spam", None]
    with pytest.raises(InputError, match=r"'m' has answers for .*'fine'.* has the labels"):
        apply([ModelFunction("m", model, 0.5, {"fine": "ham"})], TEXTS)
    with pytest.raises(InputError, match=r"'m': threshold must lie in \[0, 1\], got 2"):
        apply([ModelFunction("m", model, 2)], TEXTS)


def test_a_function_that_raises_is_named_with_its_text() -> None:
    with pytest.raises(InputError, match=r"labelling function 'first' fails on text 3 \(''\) with IndexError: .*abstain"):
        apply([Own("first", fails_on_empty)], TEXTS)
    with pytest.raises(InputError, match=r"'typed' fails on text 0 .* with InputError: expected a sequence of texts"):
        apply([HeuristicFunction("typed", "nlpref.text.checks.check_texts", "x")], TEXTS)


@pytest.mark.parametrize(
    ("functions", "message"),
    [
        ([], "one at least"),
        ("link", "one at least, got 'link'"),
        ([len], r"functions\[0\] is a builtin_function_or_method"),
        ([RegexFunction("a", "a", "x")] * 2, "names of functions must be distinct"),
        ([RegexFunction("a", "(", "x")], r"'a': '\(' is not a regular expression"),
        ([KeywordFunction("a", [], "x")], "'a' needs a list of keywords"),
        ([KeywordFunction("a", "word", "x")], "'a' needs a list of keywords"),
        ([KeywordFunction("a", ["b", " "], "x")], "none of them empty"),
        ([HeuristicFunction("a", "nlpref.nothing.here", "x")], "'a': 'nlpref.nothing.here' is not the import path"),
        ([Own("a", lambda texts: ["ham"])], "'a' gives 1 votes on 4 texts"),
        ([Own("a", lambda texts: ["eggs"] * len(texts))], r"'a' votes 'eggs' on text 0 .*\['ham', 'spam'\]"),
        ([LabelNameFunction("a", None, {"x": "y"})], "'a' needs descriptions of two labels"),  # type: ignore[arg-type]
    ],
)
def test_what_does_not_fit_is_named(functions: list[object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        apply(functions, TEXTS)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("labels", "names", "table", "message"),
    [
        (("a", "a"), ("f",), [[0]], "labels must be distinct"),
        (("a",), (), [[0]], "names of functions must be distinct"),
        (("a",), ("f", "g"), [[0]], r"2 functions, got \(1, 1\)"),
        (("a", "b"), ("f",), [[2]], "got 2 to 2"),
        (("a", "b"), ("f",), [[-2]], "got -2"),
    ],
)
def test_votes_that_do_not_fit(labels: tuple[str, ...], names: tuple[str, ...], table: list[list[int]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Votes(labels, names, np.array(table))
