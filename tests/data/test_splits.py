"""Splits: deterministic, stratified, disjoint, with duplicates on one side, nothing lost unaccounted."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpref.data.dataset import content_key
from nlpref.data.splits import carve, check_labels, deduplicate, labels_in, prepare, remove_leakage
from nlpref.errors import DataError, InputError
from nlpref.types import JudgedQuery, LabelledText, Span, TaggedTokens

texts = st.sampled_from(["a", "A ", "b", "c", "d", "e", "f f", "F  f", "g", "h", "i", "j"])
labelled = st.lists(st.builds(LabelledText, texts, st.sampled_from("xyz")), max_size=30).map(
    lambda found: [LabelledText(example.text, example.label, str(place)) for place, example in enumerate(found)]
)
fractions = st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.9])


@st.composite
def tagged(draw: st.DrawFn) -> list[TaggedTokens]:
    """Sentences of several types, some shared, some rare."""
    kinds = draw(st.lists(st.lists(st.sampled_from("PQRS"), max_size=3), max_size=12))
    return [
        TaggedTokens(
            (f"s{place}", *kind), tuple(Span(index, index + 1, label) for index, label in enumerate(kind, 1)), str(place)
        )
        for place, kind in enumerate(kinds)
    ]


def ids(examples: list[LabelledText] | list[TaggedTokens]) -> list[str]:
    return [example.id for example in examples]


@given(labelled, fractions, st.integers(0, 3))
def test_nothing_is_lost_and_order_kept(examples: list[LabelledText], fraction: float, seed: int) -> None:
    rest, carved = carve(examples, fraction, seed)
    assert sorted([*ids(rest), *ids(carved)], key=int) == ids(examples)
    assert ids(rest) == sorted(ids(rest), key=int)
    assert ids(carved) == sorted(ids(carved), key=int)


@given(labelled, fractions, st.integers(0, 3))
def test_duplicates_stay_together(examples: list[LabelledText], fraction: float, seed: int) -> None:
    rest, carved = carve(examples, fraction, seed)
    assert not {content_key(example) for example in rest} & {content_key(example) for example in carved}


@given(labelled, fractions, st.integers(0, 3), st.randoms(use_true_random=False))
def test_order_makes_no_difference(examples: list[LabelledText], fraction: float, seed: int, chance: random.Random) -> None:
    shuffled = chance.sample(examples, len(examples))
    assert set(ids(carve(examples, fraction, seed)[1])) == set(ids(carve(shuffled, fraction, seed)[1]))


@given(st.one_of(labelled, tagged()), fractions, st.integers(0, 3))
def test_no_label_is_carved_whole(examples: list[LabelledText] | list[TaggedTokens], fraction: float, seed: int) -> None:
    rest, _ = carve(examples, fraction, seed)  # type: ignore[type-var]
    assert labels_in(rest) == labels_in(examples)


@pytest.mark.parametrize("seed", range(10))
def test_a_label_that_is_never_the_rarest_is_not_carved_whole(seed: int) -> None:
    kinds = ["ZA", "ZB", "A", "B"]  # all equally frequent, and Z comes last among equals
    sentences = [
        TaggedTokens((kind, *kind), tuple(Span(index, index + 1, label) for index, label in enumerate(kind, 1))) for kind in kinds
    ]
    rest, carved = carve(sentences, 0.5, seed)
    assert labels_in(rest) == ("A", "B", "Z")
    assert carved


def test_something_is_left_to_train_on() -> None:
    queries = [JudgedQuery("1", "why"), JudgedQuery("2", "Why")]
    assert carve(queries, 0.9) == (queries, [])
    assert carve([], 0.9) == ([], [])


@given(st.lists(st.sampled_from("xyz"), min_size=1, max_size=120), fractions, st.integers(0, 3))
def test_shares_are_right_within_one_example(labels: list[str], fraction: float, seed: int) -> None:
    examples = [LabelledText(f"text {place}", label, str(place)) for place, label in enumerate(labels)]
    _, carved = carve(examples, fraction, seed)
    found = Counter(example.label for example in carved)
    for label, count in Counter(labels).items():
        assert found[label] <= count - 1
        if count > 5:
            assert abs(found[label] - fraction * count) <= 2  # rounding, and what smaller labels still owe
    if min(Counter(labels).values()) > 10:
        assert abs(len(carved) - fraction * len(labels)) <= 1


def test_shares_by_hand() -> None:
    examples = [LabelledText(f"text {place}", "common" if place < 80 else "rare", str(place)) for place in range(100)]
    rest, carved = carve(examples, 0.1)
    assert Counter(example.label for example in carved) == {"common": 8, "rare": 2}
    assert Counter(example.label for example in rest) == {"common": 72, "rare": 18}
    assert ids(carve(examples, 0.1)[1]) == ids(carved)
    assert ids(carve(examples, 0.1, seed=1)[1]) != ids(carved)


def test_the_choice_is_spread_over_the_data() -> None:
    examples = [LabelledText(f"text {place}", "x", str(place)) for place in range(1000)]
    chosen = [int(id) for id in ids(carve(examples, 0.2)[1])]
    assert len(chosen) == 200
    assert all(30 <= sum(start <= place < start + 200 for place in chosen) <= 50 for start in range(0, 1000, 200))


def test_more_data_moves_few_examples() -> None:
    examples = [LabelledText(f"text {place}", "x", str(place)) for place in range(1000)]
    before, after = (set(ids(carve(part, 0.2)[1])) for part in (examples[:900], examples))
    assert len(before - after) < 30


def test_another_key_keeps_others_together() -> None:
    queries = [JudgedQuery(str(place), f"q {place}", {f"d{place % 7}": 1}) for place in range(70)]
    rest, carved = carve(queries, 0.3, key=lambda query: min(query.relevance))
    documents = [{document for query in part for document in query.relevance} for part in (rest, carved)]
    assert not documents[0] & documents[1]
    assert len(carved) == 20


@pytest.mark.parametrize("fraction", [-0.1, 1, 1.5])
def test_fractions_out_of_range(fraction: float) -> None:
    with pytest.raises(InputError, match=r"must be in \[0, 1\), got"):
        carve([LabelledText("a", "x")], fraction)
    with pytest.raises(InputError, match=r"must be in \[0, 1\), got"):
        prepare([LabelledText("a", "x")], validation_fraction=fraction)


def test_leakage_and_duplicates_are_counted() -> None:
    train = [LabelledText("a", "x"), LabelledText("b", "x"), LabelledText("B ", "y"), LabelledText("c", "x")]
    assert remove_leakage(train, [LabelledText(" A", "z")], [LabelledText("b", "x")]) == ([train[3]], 3)
    assert remove_leakage(train) == (train, 0)
    assert deduplicate(train) == ([train[0], train[1], train[3]], 1)
    assert deduplicate([]) == ([], 0)


@given(labelled, labelled, labelled, st.sampled_from([None, 0.0, 0.3]), st.sampled_from([0.0, 0.3, 1]), st.integers(0, 2))
def test_prepared_splits_are_disjoint_and_accounted_for(
    train: list[LabelledText],
    validation: list[LabelledText],
    test: list[LabelledText],
    validation_fraction: float | None,
    test_fraction: float,
    seed: int,
) -> None:
    splits, notes = prepare(
        train, test=test, validation=validation, validation_fraction=validation_fraction, test_fraction=test_fraction, seed=seed
    )
    keys = {name: {content_key(example) for example in examples} for name, examples in splits.items()}
    assert sum(map(len, keys.values())) == len(set().union(*keys.values()))
    assert notes["sizes"] == {name: len(examples) for name, examples in splits.items()}
    assert all(splits.values())
    if test:
        assert splits["test"] == test
        assert "test" not in notes["carved"]
    given_validation = validation if validation_fraction is None else []
    removed = notes["removed"]
    assert removed["validation_in_test"] == remove_leakage(given_validation, splits.get("test", []))[1]
    if test:
        assert removed["train_in_test"] == remove_leakage(train, test)[1]
    assert sum(map(len, splits.values())) == len(train) + len(given_validation) + len(test) - sum(removed.values())
    kept = {id(example) for examples in splits.values() for example in examples}
    later = keys.get("validation", set()) | keys.get("test", set())
    assert all(content_key(example) in later for example in [*train, *given_validation] if id(example) not in kept)


def test_notes_by_hand() -> None:
    train = [LabelledText(text, "x") for text in ("in test", "in validation", "in both", "kept", "KEPT")]
    validation = [LabelledText(text, "x") for text in ("In Validation", "in both", "only here")]
    test = [LabelledText(text, "x") for text in ("in  test", "in both")]
    splits, notes = prepare(train, test=test, validation=validation, validation_fraction=None)
    assert {name: [example.text for example in found] for name, found in splits.items()} == {
        "train": ["kept", "KEPT"],
        "validation": ["In Validation", "only here"],
        "test": ["in  test", "in both"],
    }
    assert notes == {
        "sizes": {"train": 2, "validation": 2, "test": 2},
        "removed": {"validation_in_test": 1, "train_in_test": 2, "train_in_validation": 1},
        "carved": {},
    }


def test_what_was_carved_is_noted() -> None:
    train = [LabelledText(f"text {place}", "x") for place in range(50)]
    splits, notes = prepare(train, test_fraction=0.2, validation_fraction=0.1, seed=3)
    assert notes["sizes"] == {"train": 36, "validation": 4, "test": 10}
    assert notes["carved"] == {"test": {"fraction": 0.2, "seed": 3}, "validation": {"fraction": 0.1, "seed": 3}}
    assert prepare(train[::-1], test_fraction=0.2, validation_fraction=0.1, seed=3)[0]["test"] == splits["test"][::-1]
    assert prepare(train[:1], test_fraction=0.2, validation_fraction=0.1)[1]["carved"] == {}
    assert set(prepare(train, test_fraction=1)[0]) == {"test"}


def test_questions_of_one_paragraph_that_share_a_text() -> None:
    queries = [JudgedQuery(str(place), f"same {place % 5}", {f"d{place}": 1}) for place in range(40)]
    splits, notes = prepare(queries, test_fraction=0.3, validation_fraction=0.3, key=lambda query: min(query.relevance))
    keys = [{content_key(query) for query in found} for found in splits.values()]
    assert sum(map(len, keys)) == len(set().union(*keys))
    assert notes["removed"]["train_in_test"] + notes["removed"]["train_in_validation"] == 40 - sum(map(len, splits.values()))


def test_labels_that_train_lacks() -> None:
    check_labels(["x"], [LabelledText("a", "x")])
    with pytest.raises(DataError, match="test, example 9: found the label 'y', which train lacks, expected one of 'x'"):
        check_labels(["x"], [LabelledText("a", "x"), LabelledText("b", "y", "9")])
    with pytest.raises(DataError, match="validation, example 0: found the label 'LOC', which train lacks"):
        check_labels(["PER"], [TaggedTokens(("a",), (Span(0, 1, "LOC"),))], "validation")
    assert labels_in([TaggedTokens(("a", "b"), (Span(0, 1, "Q"), Span(1, 2, "P")))]) == ("P", "Q")
