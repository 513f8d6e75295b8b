"""Other names in the place of entities: same labels, same places, same style; and a tagger trained on such copies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.contracts.examples import TRAIN_TAGGED
from tests.data.sentences import sentences

from nlpref.errors import InputError
from nlpref.tagging import AugmentedTagger, CrfTagger
from nlpref.tagging.replacement import Replacement, disguise, in_style, names_of, read_names
from nlpref.types import Span, TaggedTokens

chances = st.sampled_from([(1.0, 0.0), (0.0, 1.0), (0.5, 0.5), (0.3, 0.2)])


def outside(example: TaggedTokens) -> list[tuple[str, ...]]:
    """The tokens before, between and after the entities."""
    bounds = [0, *(place for span in example.spans for place in (span.start, span.end)), len(example.tokens)]
    return [example.tokens[start:end] for start, end in zip(bounds[::2], bounds[1::2], strict=True)]


@given(st.lists(sentences(), max_size=6), chances, st.integers(0, 5))
def test_labels_and_what_stands_around_them_stay(examples: list[TaggedTokens], chance: tuple[float, float], seed: int) -> None:
    names = names_of(examples)
    said = Replacement(names, *chance, seed)(examples)
    assert [[span.label for span in one.spans] for one in said] == [[span.label for span in one.spans] for one in examples]
    assert [outside(one) for one in said] == [outside(one) for one in examples]
    assert Replacement(names, *chance, seed)(examples) == said
    assert [(one.id, one.annotated) for one in said] == [(one.id, one.annotated) for one in examples]


def test_names_are_those_of_the_same_type() -> None:
    names = names_of(TRAIN_TAGGED)
    known = {label: {" ".join(name) for name in listed} for label, listed in names.items()}
    said = Replacement(names, 1.0)(TRAIN_TAGGED)
    found = [(span.label, " ".join(one.tokens[span.start : span.end])) for one in said for span in one.spans]
    assert all(name in known[label] for label, name in found)
    assert {name for _, name in found} == known["city"] | known["person"]
    changed = np.mean([one.tokens != other.tokens for one, other in zip(said, TRAIN_TAGGED, strict=True)])
    assert 0.8 < changed < 1


def test_half_the_entities_are_replaced_where_the_chance_is_half() -> None:
    many = [TaggedTokens((f"Name{n}",), (Span(0, 1, "x"),)) for n in range(1000)]
    said = Replacement({"x": [("Other",)]}, 0.5)(many)
    assert 440 < sum(one.tokens == ("Other",) for one in said) < 560
    said = Replacement({"x": [("Other",)]}, 0.25, 0.25)(many)
    assert 200 < sum(one.tokens == ("Other",) for one in said) < 300
    assert 200 < sum(one.tokens != other.tokens and one.tokens != ("Other",) for one, other in zip(said, many, strict=True)) < 300


def test_a_handle_becomes_a_handle_and_a_label_without_names_stays() -> None:
    given = TaggedTokens(("@ann", "#win", "Zed"), (Span(0, 1, "x"), Span(1, 2, "x"), Span(2, 3, "y")))
    (said,) = Replacement({"x": [("@bob",), ("Carla",)]}, 1.0)([given])
    assert said.tokens == ("@bob", "#win", "Zed")


@pytest.mark.parametrize(
    ("name", "original", "expected"),
    [
        ("New York", "rome", "new york"),
        ("New York", "ROME", "NEW YORK"),
        ("new york", "Rome", "New York"),
        ("UK", "Rome", "UK"),
        ("iPhone", "Galaxy", "iPhone"),
        ("Rome", "X", "Rome"),
        ("Rome", "東京", "Rome"),
        ("straße", "ROME", "STRASSE"),
        ("Rome", "4U2", "Rome"),
    ],
)
def test_style(name: str, original: str, expected: str) -> None:
    assert in_style(name.split(), original.split()) == tuple(expected.split())


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9), min_size=1, max_size=3))
def test_made_up_words_have_the_same_shape(tokens: list[str]) -> None:
    made = disguise(tokens, np.random.default_rng(0))
    assert [len(token) for token in made] == [len(token) for token in tokens]
    for one, other in zip("".join(made), "".join(tokens), strict=True):
        assert one.isalpha() == other.isalpha()
        assert one.isdigit() == other.isdigit()
        assert one == other or other.isalpha() or other.isdigit()
        if other.isascii():
            assert one.isupper() == other.isupper()


def test_a_gazetteer(tmp_path: Path) -> None:
    path = tmp_path / "names.tsv"
    path.write_text("\ufeffcity\tSão Paulo\ncity\tBonn\n\nperson\tIda B. Wells\n", "utf-8")
    assert read_names(path) == {"city": [("Bonn",), ("São", "Paulo")], "person": [("Ida", "B.", "Wells")]}
    tagger = AugmentedTagger(CrfTagger(c2=0.1, max_iterations=40), copies=2, replace=1.0, gazetteer=path).fit(TRAIN_TAGGED)
    assert tagger.predict([["Ida", "B.", "Wells", "lives", "in", "Bonn", "now"]])[0] == [Span(0, 3, "person"), Span(5, 6, "city")]
    assert tagger.learnt_ == {"sentences": len(TRAIN_TAGGED), "copies": 2 * len(TRAIN_TAGGED), "changed": 2 * len(TRAIN_TAGGED)}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("city Bonn\n", r"line 1: found 'city Bonn', expected a type, a tab and a name"),
        ("city\tBonn\ncity\t \n", "line 2: found"),
        ("\n", "has no names"),
        ("club\tBonn\n", r"has names of \['club'\], but train has the types \['city', 'person'\]"),
    ],
)
def test_gazetteers_that_do_not_fit(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "names.tsv"
    path.write_text(content, "utf-8")
    with pytest.raises(InputError, match=message):
        AugmentedTagger(CrfTagger(), gazetteer=path).fit(TRAIN_TAGGED)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist; give a text file"):
        read_names(tmp_path / "gone.tsv")
    (tmp_path / "bad.tsv").write_bytes(b"city\tJos\xe9\n")
    with pytest.raises(InputError, match="is not UTF-8"):
        read_names(tmp_path / "bad.tsv")


@pytest.mark.parametrize(
    "wrong", [{"copies": 0}, {"copies": True}, {"replace": 1.5}, {"replace": 0.7, "mask": 0.7}, {"replace": 0.0}, {"mask": -0.1}]
)
def test_numbers_out_of_range(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match="expected"):
        AugmentedTagger(CrfTagger(), **wrong).fit(TRAIN_TAGGED)  # type: ignore[arg-type]


def test_what_holds_no_tagger() -> None:
    with pytest.raises(InputError, match="AugmentedTagger needs a tagger with fit, predict and labels, got 'crf'"):
        AugmentedTagger("crf").fit(TRAIN_TAGGED)  # type: ignore[arg-type]


def test_unknown_names_are_told_by_what_stands_around_them() -> None:
    """A tagger that has learned two names by heart finds others once it has seen made-up ones."""
    few = [one for one in TRAIN_TAGGED if one.tokens[:1] == ("Ann",) or "Ann" in one.tokens][:6]
    unknown = [["Xiq", "lives", "in", "Ylow", "now"], ["in", "Ylow", "you", "can", "meet", "Xiq", "."]]
    made = AugmentedTagger(CrfTagger(c2=0.1, max_iterations=60), copies=8, replace=0.0, mask=1.0).fit(few)
    assert [[span.label for span in found] for found in made.predict(unknown)] == [["person", "city"], ["city", "person"]]
