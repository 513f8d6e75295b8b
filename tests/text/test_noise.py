"""Noise: by hand, and what holds for every text, seed and strength."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpref.errors import InputError
from nlpref.text import NOISES, add_noise
from nlpref.text.slang import abbreviations, lexicon

KINDS = st.sampled_from(sorted(NOISES))
TEXTS = st.lists(
    st.one_of(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
        st.lists(st.sampled_from(["Please", "tell", "you", "by the way", "great", "a", "Stra\xdfe", "I"])).map(" ".join),
    ),
    max_size=4,
)
SEEDS = st.integers(0, 2**32)


@given(texts=TEXTS, kind=KINDS, seed=SEEDS)
def test_no_strength_is_the_identity(texts: list[str], kind: str, seed: int) -> None:
    assert add_noise(texts, kind, 0, seed) == texts


@given(texts=TEXTS, kind=KINDS, seed=SEEDS, strength=st.floats(0, 1))
def test_a_seed_fixes_it_and_a_text_is_not_touched_by_those_after_it(
    texts: list[str], kind: str, seed: int, strength: float
) -> None:
    found = add_noise(texts, kind, strength, seed)
    assert found == add_noise(texts, kind, strength, seed)
    assert found[:1] == add_noise(texts[:1], kind, strength, seed)
    assert len(found) == len(texts)


@given(words=st.lists(st.sampled_from(["please", "cancel", "my", "order", "I"]), min_size=1), seed=SEEDS, weak=st.floats(0, 1))
def test_what_is_noisy_stays_so_when_it_grows_stronger(words: list[str], seed: int, weak: float) -> None:
    for kind in ("typos", "casing"):
        [little], [much], [clean] = (add_noise([" ".join(words)], kind, strength, seed) for strength in (weak, 1.0, 0.0))
        for one, strong, before in zip(little.split(), much.split(), clean.split(), strict=True):
            assert one in (before, strong)


@given(texts=TEXTS, seed=SEEDS, strength=st.floats(0, 1))
def test_each_kind_keeps_what_it_does_not_concern(texts: list[str], seed: int, strength: float) -> None:
    for text, cased in zip(texts, add_noise(texts, "casing", strength, seed), strict=True):
        assert cased.upper().casefold() == text.upper().casefold()
    for text, cut in zip(texts, add_noise(texts, "truncation", strength, seed), strict=True):
        assert text.startswith(cut)
        assert bool(cut.split()) == bool(text.split())
    for text, typed in zip(texts, add_noise(texts, "typos", strength, seed), strict=True):
        assert re.sub(r"[^\W\d_]+", "w", typed) == re.sub(r"[^\W\d_]+", "w", text)


def test_at_full_strength_every_word_is_hit_once() -> None:
    words = ["cancel", "order", "Monday", "phrase"] * 50
    for before, after in zip(words, add_noise([" ".join(words)], "typos", 1.0, seed=5)[0].split(), strict=True):
        changed = sum(a != b for a, b in zip(before, after, strict=False))
        assert before != after
        dropped = len(after) == len(before) - 1 and any(before[:i] + before[i + 1 :] == after for i in range(len(before)))
        swapped = sorted(before) == sorted(after) and changed == 2
        replaced = len(before) == len(after) and changed == 1
        assert dropped or swapped or replaced
    assert all(word != word.lower() for word in add_noise([" ".join(words[:40]).lower()], "casing", 1.0)[0].split())


def test_the_share_of_words_hit_is_the_strength() -> None:
    text = " ".join(["word"] * 4000)
    [noisy] = add_noise([text], "typos", 0.3, seed=1)
    assert sum(word != "word" for word in noisy.split()) / 4000 == pytest.approx(0.3, abs=0.03)


def test_slang_by_hand() -> None:
    [found] = add_noise(["By the way, I don't know. You are great, please!"], "slang", 1.0, seed=3)
    assert re.fullmatch(r"btw, idk\. (u|ya) r gr8, (pls|plz)!", found)
    for words, options in abbreviations().items():
        assert add_noise([words], "slang", 1.0)[0] in options
    assert add_noise(["thousand yourself"], "slang", 1.0) == ["thousand yourself"]
    assert all(lexicon()[short] == words for words, options in abbreviations().items() for short in options)


def test_truncation_by_hand() -> None:
    text = "one two  three four five"
    cuts = {0.2: "one two  three four", 0.5: "one two  three", 0.9: "one", 1.0: "one"}
    assert {strength: add_noise([text], "truncation", strength)[0] for strength in cuts} == cuts


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan"), True, "0.5", None])
def test_strengths_that_are_none_are_refused(strength: object) -> None:
    with pytest.raises(InputError, match="expected a number from 0 to 1"):
        add_noise(["a"], "typos", strength)  # type: ignore[arg-type]


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(InputError, match="kind is 'tpyos', expected one of typos, slang, casing, truncation"):
        add_noise(["a"], "tpyos", 0.1)
    with pytest.raises(InputError, match="one string"):
        add_noise("abc", "typos", 0.1)
