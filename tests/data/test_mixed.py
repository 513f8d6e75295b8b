"""Two domains in one data set: which labels are seen, and that nothing of the later splits is learned from."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpref.data import InMemoryDataset
from nlpref.data.mixed import mixed
from nlpref.errors import InputError
from nlpref.types import UNLABELLED, LabelledText


def texts(prefix: str, positive: int, negative: int) -> list[LabelledText]:
    return [LabelledText(f"{prefix} {n}", "+" if n < positive else "-", str(n)) for n in range(positive + negative)]


BOOKS = InMemoryDataset("books", {"train": texts("b", 3, 3), "validation": texts("bv", 1, 0), "test": texts("bt", 1, 1)})
TOOLS = InMemoryDataset("tools", {"train": texts("t", 9, 3), "test": [*texts("tt", 2, 1), LabelledText("b 0", "-")]})


@given(st.integers(0, 12), st.booleans(), st.integers(1, 3), st.integers(0, 5))
def test_only_drawn_labels_are_seen(labels: int, unlabelled: bool, copies: int, seed: int) -> None:
    made = mixed(BOOKS, TOOLS, labels, unlabelled, copies, seed)
    train = made.split("train")
    source = [one for one in train if one.facts["domain"] == "source"]
    target = [one for one in train if one.facts["domain"] == "target"]
    assert {one.text for one in source} == {f"b {n}" for n in range(1, 6)} | {"bv 0"}  # "b 0" is in the target's test
    known = Counter(one.text for one in target if one.label != UNLABELLED)
    assert set(known.values()) <= {copies}
    assert len(known) == labels
    truth = {one.text: one.label for one in TOOLS.split("train")}
    assert all(truth[one.text] == one.label for one in target if one.label != UNLABELLED)
    others = {one.text for one in target if one.label == UNLABELLED}
    assert others == (truth.keys() - known.keys() if unlabelled else set())
    drawn = Counter(truth[text] for text in known)
    assert drawn["-"] == min(3, labels - labels // 2 if drawn["-"] > drawn["+"] else labels // 2)
    assert made.split("test") == TOOLS.split("test")
    assert made.notes["removed"] == {"source_in_target": 1}


def test_draws_are_nested_and_follow_the_seed() -> None:
    def known(labels: int, seed: int) -> set[str]:
        train = mixed(BOOKS, TOOLS, labels, seed=seed).split("train")
        return {one.text for one in train if one.facts["domain"] == "target" and one.label != UNLABELLED}

    assert known(4, 0) < known(8, 0)
    assert known(4, 0) == known(4, 0)
    assert len({frozenset(known(4, seed)) for seed in range(5)}) > 1


def test_without_a_source_it_is_the_target() -> None:
    made = mixed(None, TOOLS, labels=-1)
    assert made.name == "tools"
    assert [one.label for one in made.split("train")] == [one.label for one in TOOLS.split("train")]
    assert mixed(BOOKS, TOOLS).name == "books_to_tools"


@pytest.mark.parametrize("wrong", [{"labels": 13}, {"labels": -2}, {"labels": True}, {"copies": 0}])
def test_numbers_out_of_range_are_named(wrong: dict[str, int]) -> None:
    with pytest.raises(InputError, match=r"to the 12 training texts of tools.*got labels="):
        mixed(BOOKS, TOOLS, **wrong)


def test_nothing_to_learn_from_is_said() -> None:
    with pytest.raises(InputError, match="give a source, or labels above 0"):
        mixed(None, TOOLS, labels=0, unlabelled=False)
