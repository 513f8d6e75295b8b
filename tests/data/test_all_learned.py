"""A dataset whose validation split is learned from."""

from __future__ import annotations

import pytest

from nlpref.data.all_learned import all_learned
from nlpref.data.dataset import InMemoryDataset
from nlpref.errors import InputError
from nlpref.types import LabelledText

SPLITS = {split: [LabelledText(f"text of {split}", "a")] for split in ("train", "validation", "test")}


def test_train_and_validation_are_train_and_test_stays() -> None:
    given = InMemoryDataset("given", SPLITS, {"carved": 1})
    made = all_learned(given)
    assert made.name == "given_all_learned"
    assert list(made.splits) == ["train", "test"]
    assert list(made.split("train")) == [*SPLITS["train"], *SPLITS["validation"]]
    assert list(made.split("test")) == SPLITS["test"]
    assert made.notes == {"carved": 1, "learned_from_validation": True}


def test_without_a_validation_split_there_is_nothing_to_add() -> None:
    given = InMemoryDataset("given", {"train": SPLITS["train"], "test": SPLITS["test"]})
    with pytest.raises(InputError, match="given has no validation split; there are: train, test"):
        all_learned(given)
