"""A few texts of each label: balanced, seeded, recorded, and nothing else is given to a model."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpref.data.dataset import InMemoryDataset, content_key
from nlpref.data.few_shots import REST, draw, few_shots
from nlpref.errors import InputError
from nlpref.types import UNLABELLED, LabelledText

EXAMPLES = [LabelledText(f"text {place}", "abc"[place % 3], f"t{place}") for place in range(30)]
WHOLE = InMemoryDataset(
    "letters",
    {
        "train": EXAMPLES,
        "validation": [LabelledText("held", "a", "v0"), LabelledText("out", "b", "v1")],
        "test": [LabelledText("last", "c", "e0")],
    },
    {"source": "made up"},
)
labelled = st.lists(st.tuples(st.sampled_from(["a", "A ", "b", "c", "d", "e", "f"]), st.sampled_from("xy")), max_size=20).map(
    lambda found: [LabelledText(text, label, str(place)) for place, (text, label) in enumerate(found)]
)


def test_train_is_drawn_and_all_else_stays() -> None:
    few = few_shots(WHOLE, shots=4, seed=1)
    assert (few.name, few.splits) == ("letters_4_shot", ("train", REST, "test"))
    assert Counter(example.label for example in few.split("train")) == {"a": 4, "b": 4, "c": 4}
    assert {*few.split("train"), *few.split(REST)} == {*EXAMPLES, *WHOLE.split("validation")}
    assert few.split("test") == WHOLE.split("test")


def test_what_was_drawn_is_told() -> None:
    few = few_shots(WHOLE, shots=2, seed=5)
    told = few.notes["few_shots"]
    assert (told["shots"], told["seed"], told["fewer"]) == (2, 5, {})
    assert told["ids"] == [example.id for example in few.split("train")]
    assert few.notes["source"] == "made up"


def test_the_others_can_stay_without_their_labels() -> None:
    few, alone = few_shots(WHOLE, shots=2, unlabelled=True, seed=5), few_shots(WHOLE, shots=2, seed=5)
    judged = [example for example in few.split("train") if example.label != UNLABELLED]
    others = [example.text for example in few.split("train") if example.label == UNLABELLED]
    assert few.splits == ("train", "test")
    assert judged == list(alone.split("train"))
    assert others == [example.text for example in alone.split(REST)]
    assert few.notes["few_shots"]["unlabelled"] == len(others) > 0
    assert alone.notes["few_shots"]["unlabelled"] == 0
    assert few.revision != alone.revision


def test_a_label_with_fewer_texts_gives_all_it_has() -> None:
    examples = [*EXAMPLES, LabelledText("once", "rare", "r")]
    few = few_shots(InMemoryDataset("letters", {"train": examples}), shots=3)
    assert few.notes["few_shots"]["fewer"] == {"rare": 1}
    assert Counter(example.label for example in few.split("train")) == {"a": 3, "b": 3, "c": 3, "rare": 1}


def test_without_anything_left_there_is_no_rest() -> None:
    assert few_shots(InMemoryDataset("letters", {"train": EXAMPLES}), shots=10).splits == ("train",)


def test_another_seed_is_another_draw() -> None:
    assert len({tuple(draw(EXAMPLES, 2, seed)) for seed in range(8)}) > 4


@given(labelled, st.integers(1, 4), st.integers(0, 3))
def test_no_text_twice_and_as_many_as_there_are(examples: list[LabelledText], shots: int, seed: int) -> None:
    drawn = draw(examples, shots, seed)
    first = {content_key(example): example for example in reversed(examples)}
    available = Counter(example.label for example in first.values())
    assert Counter(example.label for example in drawn) == {label: min(count, shots) for label, count in available.items()}
    assert len({content_key(example) for example in drawn}) == len(drawn)
    assert drawn == [example for example in examples if example in drawn]


@given(labelled, st.integers(1, 3), st.integers(0, 3))
def test_a_larger_draw_holds_the_smaller(examples: list[LabelledText], shots: int, seed: int) -> None:
    assert set(draw(examples, shots, seed)) <= set(draw(examples, shots + 1, seed))


@pytest.mark.parametrize("shots", [0, -1, 2.5, "10"])
def test_shots_that_are_no_number_of_texts(shots: object) -> None:
    with pytest.raises(InputError, match="at least 1 text of each label"):
        few_shots(WHOLE, shots=shots)  # type: ignore[arg-type]
