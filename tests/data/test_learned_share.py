"""A share of what there is to learn from."""

from __future__ import annotations

from typing import Any

import pytest

from nlpref.data.dataset import InMemoryDataset
from nlpref.data.learned_share import learned_share
from nlpref.errors import InputError
from nlpref.types import LabelledText

SPLITS = {split: [LabelledText(f"{split} {number}", "a") for number in range(400)] for split in ("train", "validation", "test")}
GIVEN = InMemoryDataset("given", SPLITS, {"carved": 1})


def test_a_share_of_train_is_drawn_and_nothing_else_changes() -> None:
    made = learned_share(GIVEN, 0.25, seed=3)
    assert made.name == "given_25_percent"
    assert 75 < len(made.split("train")) < 125
    assert [list(made.split(name)) for name in ("validation", "test")] == [SPLITS["validation"], SPLITS["test"]]
    drawn = {"fraction": 0.25, "drawn": len(made.split("train")), "seed": 3}
    assert made.notes == {"carved": 1, "learned_share": drawn}
    assert list(learned_share(GIVEN, 1).split("train")) == SPLITS["train"]


def test_a_smaller_share_is_a_part_of_a_larger_and_another_seed_draws_others() -> None:
    quarter, half = (set(map(str, learned_share(GIVEN, share).split("train"))) for share in (0.25, 0.5))
    assert quarter < half
    assert quarter != set(map(str, learned_share(GIVEN, 0.25, seed=1).split("train")))


@pytest.mark.parametrize("wrong", [0, 1.5, -0.1, True, "half", None])
def test_a_share_out_of_range_is_refused(wrong: Any) -> None:
    with pytest.raises(InputError, match="expected a share above 0, at most 1"):
        learned_share(GIVEN, wrong)


def test_nothing_to_learn_from_is_refused() -> None:
    with pytest.raises(InputError, match="given has no train split; there are: test"):
        learned_share(InMemoryDataset("given", {"test": SPLITS["test"]}), 0.5)
    with pytest.raises(InputError, match="draws none of the 400 examples of given"):
        learned_share(GIVEN, 1e-9)
