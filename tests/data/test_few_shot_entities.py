"""A few sentences: enough of each type, none that could be spared, seeded, recorded."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.data.sentences import sentences

from nlpref.data.dataset import InMemoryDataset, content_key
from nlpref.data.few_shot_entities import draw_sentences, few_shot_entities
from nlpref.data.few_shots import REST
from nlpref.errors import InputError
from nlpref.types import Span, TaggedTokens


def tweet(number: int, *labels: str) -> TaggedTokens:
    tokens = (f"w{number}", *(f"{label}{number}" for label in labels))
    return TaggedTokens(tokens, tuple(Span(place, place + 1, label) for place, label in enumerate(labels, 1)), f"t{number}")


TRAIN = [tweet(n, *["a", "ab", "", "aab", "b"][n % 5]) for n in range(40)] + [tweet(40, "rare")]
WHOLE = InMemoryDataset(
    "tweets", {"train": TRAIN, "validation": [tweet(50, "a")], "test": [tweet(60, "b")]}, {"source": "made up"}
)


def counts(examples: list[TaggedTokens]) -> Counter[str]:
    return Counter(span.label for one in examples for span in one.spans)


@given(st.lists(sentences(st.sampled_from("xyz")), max_size=12), st.integers(1, 4), st.integers(0, 3))
def test_each_type_often_enough_and_no_sentence_to_spare(examples: list[TaggedTokens], shots: int, seed: int) -> None:
    drawn = draw_sentences(examples, shots, seed)
    first = list({content_key(one): one for one in reversed(examples)}.values())
    total, have = counts(first), counts(drawn)
    assert all(have[label] >= min(shots, count) for label, count in total.items())
    assert len({content_key(one) for one in drawn}) == len(drawn)
    assert drawn == [one for one in examples if any(one is other for other in drawn)]
    for one in drawn:
        assert any(have[label] - count < shots for label, count in counts([one]).items())


def test_train_is_drawn_and_all_else_stays() -> None:
    few = few_shot_entities(WHOLE, shots=3, seed=1)
    assert (few.name, few.splits) == ("tweets_3_shot", ("train", REST, "test"))
    assert {*few.split("train"), *few.split(REST)} == {*TRAIN, *WHOLE.split("validation")}
    told = few.notes["few_shots"]
    assert told["ids"] == [one.id for one in few.split("train")]
    assert told["fewer"] == {"rare": 1}
    assert (told["shots"], told["seed"], told["fraction"], told["unlabelled"]) == (3, 1, None, 0)
    assert told["entities"] == dict(counts(list(few.split("train"))))
    assert few.notes["source"] == "made up"


def test_the_others_can_stay_without_their_entities() -> None:
    few = few_shot_entities(WHOLE, shots=2, unlabelled=True)
    bare = [one for one in few.split("train") if one.annotated == ()]
    assert few.splits == ("train", "test")
    assert few.notes["few_shots"]["unlabelled"] == len(bare) > 20
    assert not counts(bare)


def test_a_share_of_the_sentences() -> None:
    few = few_shot_entities(WHOLE, shots=None, fraction=0.5)
    assert few.name == "tweets_0.5"
    assert 17 <= len(few.split("train")) <= 23
    assert few.notes["few_shots"]["fewer"] == {}
    assert few_shot_entities(WHOLE, None, 0.5, seed=1).split("train") != few.split("train")


def test_another_seed_is_another_draw() -> None:
    assert len({tuple(draw_sentences(TRAIN, 2, seed)) for seed in range(8)}) > 4


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"shots": 0}, "at least 1 entity of each type"),
        ({"shots": True}, "at least 1 entity of each type"),
        ({"shots": 2.5}, "at least 1 entity of each type"),
        ({"shots": None}, "give either shots or fraction"),
        ({"shots": 2, "fraction": 0.5}, "give either shots or fraction"),
        ({"shots": None, "fraction": 1.0}, "expected a share between 0 and 1"),
    ],
)
def test_what_is_no_number_of_entities(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        few_shot_entities(WHOLE, **wrong)  # type: ignore[arg-type]


def test_only_whole_sentences_are_drawn() -> None:
    part = TaggedTokens(("a",), (), "p", ("x",))
    with pytest.raises(InputError, match="1 sentences of tweets are partially annotated, such as 'p'"):
        few_shot_entities(InMemoryDataset("tweets", {"train": [*TRAIN, part]}))
    with pytest.raises(InputError, match="nothing would be drawn of the 1 training sentences"):
        few_shot_entities(InMemoryDataset("tweets", {"train": [tweet(1)]}))
