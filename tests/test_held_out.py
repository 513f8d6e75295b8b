"""What is held out of training."""

from __future__ import annotations

import pytest

from nlpref.errors import InputError
from nlpref.held_out import hold_out
from nlpref.types import LabelledText

TRAIN = [LabelledText(f"{number}", label) for number in range(10) for label in "ab"]


def test_a_fifth_of_each_label_is_held_out_where_there_is_no_validation() -> None:
    learn, held = hold_out(TRAIN, (), "thresholds", 0)
    assert sorted(one.label for one in held) == ["a", "a", "b", "b"]
    assert sorted([*learn, *held], key=TRAIN.index) == TRAIN
    assert hold_out(TRAIN, (), "thresholds", 0) == (learn, held)
    assert hold_out(TRAIN, (), "thresholds", 1) != (learn, held)


def test_a_validation_split_is_what_is_held_out() -> None:
    assert hold_out(TRAIN, TRAIN[:3], "thresholds", 0) == (TRAIN, TRAIN[:3])
    with pytest.raises(InputError, match="thresholds need examples of their own, and 2 are too few"):
        hold_out(TRAIN[:2], (), "thresholds", 0)
