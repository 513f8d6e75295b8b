"""Deletion curves by hand, and methods that are right, wrong and random."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from tests.explanation.counting import Counting

from nlpref.errors import InputError, StorageError
from nlpref.explanation import Explanation, Faithfulness, Occlusion, measure_faithfulness
from nlpref.explanation.deletion import deletion_drops, random_rankings, removed_count
from nlpref.explanation.explanation import words_to_explain
from nlpref.explanation.record import FaithfulnessRecord
from nlpref.results import Estimate

MODEL = Counting({"good": 3.0, "fine": 1.0, "bad": -0.5})
TEXTS = ["good a b c d e f g h fine", "a fine good b c bad d e f g", "good good fine a b c d e f g"]


class Backwards:
    """Names the least important words first."""

    method = "backwards"

    def explain(self, text: str, label: str | None = None) -> Explanation:
        found = Occlusion(MODEL).explain(text, label)
        return dataclasses.replace(found, scores=tuple(-score for score in found.scores), method=self.method)


def chance(odds: float) -> float:
    return float(1 / (1 + np.exp(-odds)))


def test_a_curve_by_hand() -> None:
    (found,) = deletion_drops(MODEL, [Occlusion(MODEL).explain(TEXTS[0])], shares=(0.1, 0.11, 1.0))
    whole = chance(4.0)
    assert found == pytest.approx([whole - chance(1.0), whole - chance(0.0), whole - 0.5])
    (given,) = deletion_drops(MODEL, [Occlusion(MODEL).explain(TEXTS[0])], [range(10)], (0.2, 1.0))
    assert given == pytest.approx([whole - chance(1.0), whole - 0.5])


@pytest.mark.parametrize(("share", "words", "count"), [(0.1, 10, 1), (0.1, 11, 2), (0.5, 1, 1), (0.3, 10, 3), (1.0, 7, 7)])
def test_how_many_words_are_left_out(share: float, words: int, count: int) -> None:
    assert removed_count(share, words) == count


def test_methods_are_held_against_random_words() -> None:
    found = measure_faithfulness(MODEL, [Occlusion(MODEL), Backwards()], TEXTS)
    assert list(found) == ["occlusion", "backwards", "random"]
    right, wrong, random = found.values()
    assert right.area.value > random.area.value > wrong.area.value
    assert right.over_random is not None
    assert wrong.over_random is not None
    assert right.over_random.low > 0 > wrong.over_random.high
    assert right.over_random.value == pytest.approx(right.area.value - random.area.value)
    assert right.area.value == pytest.approx(np.mean([drop.value for drop in right.drops]))
    assert random.over_random is None
    assert right.gap is None
    assert right.seconds is not None
    again = measure_faithfulness(MODEL, [Occlusion(MODEL)], TEXTS)["random"]
    assert again == random
    other = measure_faithfulness(MODEL, [Occlusion(MODEL)], TEXTS, seed=99)["random"]
    assert other != random


def test_random_orders_hold_every_word_once() -> None:
    explained = [Occlusion(MODEL).explain(text) for text in TEXTS]
    assert [sorted(order) for order in random_rankings(explained, 0)] == [list(range(10))] * 3


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(InputError, match="above 0 and at most 1"):
        deletion_drops(MODEL, [], shares=(0.0, 0.5))
    with pytest.raises(InputError, match="got 0 methods and 3 texts"):
        measure_faithfulness(MODEL, [], TEXTS)
    with pytest.raises(InputError, match="got 1 methods and 0 texts"):
        measure_faithfulness(MODEL, [Occlusion(MODEL)], [])


def test_a_record_comes_back_and_a_broken_one_is_told_of(tmp_path: Path) -> None:
    area = Estimate(0.3, 0.2, 0.4)
    methods = {
        "linear": Faithfulness(drops=(area, area), area=area, over_random=area, gap=0.0, seconds=0.1),
        "random": Faithfulness(drops=(area, area), area=area),
    }
    record = FaithfulnessRecord(model="m", dataset={"name": "d"}, split="test", n=3, seed=0, shares=(0.1, 0.5), methods=methods)
    path = tmp_path / "faithfulness.json"
    record.save(path)
    assert FaithfulnessRecord.load(path) == record
    values = json.loads(path.read_text("utf-8"))
    for broken in ({}, [1], {**values, "more": 1}, {**values, "methods": {}}, {**values, "shares": [0.1]}, {**values, "n": "3"}):
        path.write_text(json.dumps(broken), "utf-8")
        with pytest.raises(StorageError, match="is not a record of faithfulness"):
            FaithfulnessRecord.load(path)


def test_words_to_explain_are_those_of_the_text() -> None:
    assert [word.text for word in words_to_explain("I'm ok")] == ["I", "'m", "ok"]
