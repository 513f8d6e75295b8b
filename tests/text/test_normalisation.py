"""Steps of normalisation: by hand, and what holds for every text."""

from __future__ import annotations

import hashlib
import unicodedata
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpref.errors import InputError
from nlpref.text import Casing, Emoji, Handles, Hashtags, RepeatedLetters, Slang, Unicode, Urls
from nlpref.text.emoji import EMOJI
from nlpref.text.slang import abbreviations, lexicon

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
STEPS = [Unicode(), Urls(), Handles(), Hashtags(), Emoji(), Emoji("token"), RepeatedLetters(), RepeatedLetters(1), Casing()]


@pytest.mark.parametrize(
    ("step", "text", "expected"),
    [
        (Unicode(), "\uff46\uff55\uff4c\uff4c e\u0301 \u2460", "full \xe9 1"),
        (Unicode("NFD"), "\xe9", "e\u0301"),
        (Urls(), "(http://a.bc/d?e=f#g) HTTPS://X.Y. www.z.org!", "(url) url. url!"),
        (Urls("<link>"), r"\1 http://a.b", r"\1 <link>"),
        (Handles(), "@a: hi @b_c, mail d@e.fg, @ home", "user: hi user, mail d@e.fg, @ home"),
        (Hashtags(), "#MakeItSo! #iPhone12 #all_in_one a#b #2024", "Make It So! i Phone 12 all in one a#b #2024"),
        (Emoji(), "ok \u2764\ufe0f\u2764\ufe0f.", "ok heavy black heart heavy black heart ."),
        (Emoji("token"), "\U0001f1eb\U0001f1f7 \U0001f469\u200d\U0001f680", "flagfr womanrocket"),
        (Emoji(), "caf\xe9  5 * 3 # 1", "caf\xe9  5 * 3 # 1"),
        (RepeatedLetters(), "Sooooo GOOoood!!! 3000", "Soo GOOd!!! 3000"),
        (RepeatedLetters(1), "good", "god"),
        (Slang(), "BRB, u r gr8! surf w/o pics", "be right back, you are great! surf without pictures"),
        (Slang(), "Y\u2019all lols", "you all lols"),
        (Casing("upper"), "stra\xdfe", "STRASSE"),
    ],
)
def test_by_hand(step: object, text: str, expected: str) -> None:
    assert step(text) == expected  # type: ignore[operator]


@pytest.mark.parametrize("step", STEPS, ids=repr)
@given(text=TEXTS)
def test_twice_is_as_good_as_once(step: object, text: str) -> None:
    once = step(text)  # type: ignore[operator]
    if not isinstance(step, Hashtags | Handles | RepeatedLetters | Casing):  # these can bring signs together
        assert step(once) == once  # type: ignore[operator]
    assert isinstance(once, str)


@given(text=TEXTS)
def test_nothing_of_what_a_step_is_for_is_left(text: str) -> None:
    assert not EMOJI.search(Emoji()(text))
    letters = RepeatedLetters()(text)
    assert not any(a.isalpha() and a == b == c for a, b, c in zip(letters, letters[1:], letters[2:], strict=False))
    assert unicodedata.is_normalized("NFKC", Unicode()(text))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Unicode("NFX"),
        lambda: Emoji("name"),
        lambda: Casing("title"),
        lambda: RepeatedLetters(0),
        lambda: RepeatedLetters(True),
        lambda: Slang("klingon"),
    ],
)
def test_settings_that_do_not_fit_are_refused(make: object) -> None:
    with pytest.raises(InputError, match=r"expected|there are: english-1"):
        make()  # type: ignore[operator]


def test_a_published_lexicon_never_changes() -> None:
    """Saved models name it. A better list gets another name, and its own line here."""
    content = (files("nlpref.text") / "slang-english-1.tsv").read_bytes()
    assert hashlib.sha256(content).hexdigest() == "35765e57c76f98060cfa967bf0950f640050034c0fe629b6814164239ba9be90"


def test_the_lexicon_and_its_inverse() -> None:
    known = lexicon()
    assert len(known) > 150
    assert all(short == short.lower() and words == words.lower() for short, words in known.items())
    assert abbreviations()["please"] == ("pls", "plz")
    assert {short for options in abbreviations().values() for short in options} == set(known)
    step = Slang()
    assert [short for short, words in known.items() if step(short) != words] == []
