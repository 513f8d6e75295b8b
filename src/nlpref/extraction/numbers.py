"""Whole numbers in English words."""

from __future__ import annotations

__all__ = ["read_number_words"]

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL = {
    **{word: number for number, word in enumerate(_ONES.split())},
    **{word: 10 * number for number, word in enumerate(_TENS.split(), start=2)},
    "a": 1,
    "an": 1,
}
_LARGE = {"thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000}


def read_number_words(text: str) -> int | None:
    """The number; None if the words are none.

    >>> read_number_words("two thousand five hundred and twenty-one"), read_number_words("a hundred"), read_number_words("the")
    (2521, 100, None)
    """
    total, group, last = 0, 0, 0
    ceiling = 10**12
    words = [word for word in text.casefold().replace("-", " ").split() if word != "and"]
    if not words:
        return None
    for word in words:
        if word in _LARGE:
            if not group or _LARGE[word] >= ceiling:
                return None
            ceiling = _LARGE[word]
            total, group, last = total + group * ceiling, 0, 0
        elif word == "hundred":
            if not 0 < group < 100 or last == 100:
                return None
            group, last = group * 100, 100
        elif word in _SMALL:
            value = _SMALL[word]
            if group and not _may_follow(value, last):
                return None
            group, last = group + value, value
        else:
            return None
    return total + group


def _may_follow(value: int, last: int) -> bool:
    """Whether a small number may stand behind another one: a unit behind tens, anything below 100 behind a hundred."""
    return 0 < value < 100 if last == 100 else 20 <= last < 100 and 0 < value < 10
