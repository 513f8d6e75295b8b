"""Dates as people write them in English, read as ISO 8601."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

from nlpref.errors import InputError
from nlpref.extraction.normaliser import plain_text
from nlpref.extraction.numbers import read_number_words

__all__ = ["DateNormaliser", "Prefer"]

Prefer = Literal["past", "nearest", "future"]

_MONTHS = "january february march april may june july august september october november december"
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday"
_MONTH_OF = {short: number for number, name in enumerate(_MONTHS.split(), 1) for short in (name, name[:3])} | {"sept": 9}
_WEEKDAY_OF = {short: number for number, name in enumerate(_WEEKDAYS.split()) for short in (name, name[:3])}
_WEEKDAY_OF |= {"tues": 1, "weds": 2, "thur": 3, "thurs": 3}
_UNITS = {"day": 1, "week": 7, "fortnight": 14}


def _any(names: dict[str, int]) -> str:
    return "|".join(sorted(names, key=len, reverse=True))


_M, _W = rf"(?:{_any(_MONTH_OF)})\.?", rf"(?:{_any(_WEEKDAY_OF)})\.?"
_YEAR = r"(?:\d{4}|'?\d{2})"
_WITH_WEEKDAY = re.compile(rf"({_W}) (?=.*\d)(.+)")
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[t ]\d.*)?|(\d{4})(\d\d)(\d\d)")
_NUMERIC = re.compile(r"(\d{1,2})([-/.])(\d{1,2})(?:\2(\d{4}|\d{2}))?\.?")
_DAY_MONTH = re.compile(rf"(\d{{1,2}})(?:st|nd|rd|th|\.)?[ -]?({_M})(?:[ -]?({_YEAR}))?")
_MONTH_DAY = re.compile(rf"({_M})[ -]?(\d{{1,2}})(?:st|nd|rd|th)?(?: ({_YEAR}))?")
_MONTH = re.compile(rf"(?:(last|this|next) )?({_M})(?: (\d{{4}}))?")
_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th)")
_WEEKDAY = re.compile(rf"(?:(last|past|this|next|coming) )?({_W})")
_AGO = re.compile(r"(.+) (day|week|fortnight|month|year)s? ago")
_AHEAD = re.compile(r"in (.+) (day|week|fortnight|month|year)s?")
_PERIOD = re.compile(r"(last|this|next) (week|month|year)")
_NAMED_DAYS = {
    "the day before yesterday": -2, "day before yesterday": -2, "yesterday": -1, "today": 0, "tomorrow": 1, "tonight": 0,
    "day after tomorrow": 2,
}  # fmt: skip


@dataclass(frozen=True)
class DateNormaliser:
    """The common English forms, relative ones against a reference date.

    Gives ``2025-06-05``, or for what is less than a day ``2025-06`` and ``2025``, for weeks ``2025-W23``. None where something
    is missing (a year without a reference), contradicts itself (a Monday that is none) or is no date.

    Args:
        reference: The day the text was written, ISO 8601; None leaves all dates unread that do not name their year.
        prefer: Which day is meant where the year, the month or the week is left out: the last one up to the reference, the
            nearest, or the next one from it on.
        day_first: Read 5/6 as the fifth of June; the other order is taken where this one cannot be.

    Raises:
        InputError: if the reference is no date, or ``prefer`` is unknown.

    Source: ISO 8601:2004; Easter by the algorithm of Butcher 1876; two digits of a year as POSIX has them (69 is 1969).

    >>> read = DateNormaliser("2025-06-05")
    >>> [read(text) for text in ("3rd of May", "yesterday", "Tuesday", "25/12/2024", "last month", "soon")]
    ['2025-05-03', '2025-06-04', '2025-06-03', '2024-12-25', '2025-05', None]
    """

    reference: str | None = None
    prefer: Prefer = "nearest"
    day_first: bool = True

    def __post_init__(self) -> None:
        if self.prefer not in get_args(Prefer):
            raise InputError(f"prefer is {self.prefer!r}, expected one of {', '.join(get_args(Prefer))}")
        if self.reference is not None:
            try:
                date.fromisoformat(self.reference)
            except (TypeError, ValueError):
                raise InputError(f"reference is {self.reference!r}, expected an ISO date such as '2025-06-05'") from None

    def __call__(self, text: str) -> str | None:
        given = plain_text(text).casefold().replace(",", " ")
        words = [word for word in given.split() if word not in ("the", "of", "on")]
        try:
            return self._read(" ".join(words))
        except (ValueError, OverflowError):  # no such day, or beyond the calendar
            return None

    def _read(self, given: str) -> str | None:
        weekday = None
        if match := _WITH_WEEKDAY.fullmatch(given):
            weekday, given = _weekday(match[1]), match[2]
        if match := _YEAR_FIRST.fullmatch(given):
            return self._checked(weekday, *(int(part) for part in (match[1], match[3], match[4], *match.groups()[4:]) if part))
        if match := _NUMERIC.fullmatch(given):
            day, month = self._order(int(match[1]), int(match[3]))
            return self._dated(weekday, day, month, match[4])
        if match := _DAY_MONTH.fullmatch(given):
            return self._dated(weekday, int(match[1]), _month(match[2]), match[3])
        if match := _MONTH_DAY.fullmatch(given):
            return self._dated(weekday, int(match[2]), _month(match[1]), match[3])
        if match := _DAY.fullmatch(given):
            return self._chosen(lambda months: _month_day(self._today, months, int(match[1])), 60, weekday)
        return self._without_day(given) if weekday is None else None

    def _without_day(self, given: str) -> str | None:
        if match := _MONTH.fullmatch(given):
            return self._month(match[1], _month(match[2]), match[3])
        if re.fullmatch(r"[12]\d{3}", given):
            return str(int(given))
        if self.reference is None:
            return None
        if given in _NAMED_DAYS:
            return (self._today + timedelta(_NAMED_DAYS[given])).isoformat()
        if match := _WEEKDAY.fullmatch(given):
            return self._weekday(match[1], _weekday(match[2]))
        if match := _PERIOD.fullmatch(given):
            return self._period({"last": -1, "this": 0, "next": 1}[match[1]], match[2])
        if match := _AGO.fullmatch(given) or _AHEAD.fullmatch(given):
            return self._away(match[1], match[2], 1 if given.startswith("in ") else -1)
        return self._holiday(given.replace("'", "").replace("\u2019", ""))

    @property
    def _today(self) -> date:
        return date.fromisoformat(self.reference or "")

    def _order(self, one: int, other: int) -> tuple[int, int]:
        """Day and month."""
        swapped = (one > 12) if not self.day_first else (other > 12)
        return (one, other) if self.day_first != swapped else (other, one)

    def _dated(self, weekday: int | None, day: int, month: int, year: str | None) -> str | None:
        if year is not None:
            return self._checked(weekday, _full_year(year), month, day)
        if self.reference is None:
            return None
        return self._chosen(lambda years: date(self._today.year + years, month, day), 8, weekday)

    def _checked(self, weekday: int | None, year: int, month: int, day: int) -> str | None:
        found = date(year, month, day)
        return found.isoformat() if weekday in (None, found.weekday()) else None

    def _chosen(self, nth: Callable[[int], date], most: int, weekday: int | None = None) -> str | None:
        """Of the days ``nth(-most)`` to ``nth(most)`` the one that is meant."""
        if self.reference is None:
            return None
        days = [day for day in _days(nth, most) if weekday in (None, day.weekday())]
        if weekday is None and self.prefer != "nearest":
            days = [day for day in days if (day <= self._today) == (self.prefer == "past") or day == self._today]
        return min(days, key=lambda day: (abs(day - self._today), day)).isoformat() if days else None

    def _month(self, which: str | None, month: int, year: str | None) -> str | None:
        if year is not None:
            return f"{int(year):04}-{month:02}"
        if self.reference is None:
            return None
        away = (month - self._today.month) % 12  # months until the next one
        if which == "next":
            away = away or 12
        elif which == "last" or (away and which is None and self._looks_back(away)):
            away -= 12
        return f"{_month_day(self._today, away, 1):%Y-%m}"

    def _looks_back(self, months: int) -> bool:
        """Whether the month so many months ahead is the one of the year before."""
        return self.prefer == "past" or (self.prefer == "nearest" and months >= 6)

    def _weekday(self, which: str | None, weekday: int) -> str | None:
        if which is None:
            return self._chosen(lambda weeks: self._today + timedelta(7 * weeks + weekday - self._today.weekday()), 1)
        away = (weekday - self._today.weekday()) % 7  # days until the next one
        if which in ("last", "past"):
            return (self._today + timedelta(away - 7)).isoformat()
        return (self._today + timedelta(away or (0 if which == "this" else 7))).isoformat()

    def _period(self, away: int, unit: str) -> str:
        if unit == "week":
            year, week, _ = (self._today + timedelta(7 * away)).isocalendar()
            return f"{year:04}-W{week:02}"
        return f"{_month_day(self._today, away, 1):%Y-%m}" if unit == "month" else f"{self._today.year + away:04}"

    def _away(self, count: str, unit: str, sign: int) -> str | None:
        number = int(count) if count.isdecimal() else read_number_words(count)
        if number is None:
            return None
        if unit in _UNITS:
            return (self._today + timedelta(sign * number * _UNITS[unit])).isoformat()
        months = sign * number * (12 if unit == "year" else 1)
        first = _month_day(self._today, months, 1)
        last = (_month_day(first, 1, 1) - timedelta(1)).day  # a month after 31 January is the last of February
        return first.replace(day=min(self._today.day, last)).isoformat()

    def _holiday(self, name: str) -> str | None:
        name, _, year = name.partition(" 2") if re.search(r" 2\d{3}$", name) else (name, "", "")
        if name not in _HOLIDAYS:
            return None
        if year:
            return _HOLIDAYS[name](int("2" + year)).isoformat()
        return self._chosen(lambda years: _HOLIDAYS[name](self._today.year + years), 2)


def _easter(year: int) -> date:
    """Source: Butcher 1876, as in Meeus 1991, chapter 8."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    h = (19 * a + b - d - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    i, k = divmod(c, 4)
    rest = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * rest) // 451
    month, day = divmod(h + rest - 7 * m + 114, 31)
    return date(year, month, day + 1)


def _black_friday(year: int) -> date:
    """The day after the fourth Thursday of November."""
    return date(year, 11, 23 + (3 - date(year, 11, 1).weekday()) % 7)


_HOLIDAYS: dict[str, Callable[[int], date]] = {
    "christmas": lambda year: date(year, 12, 25),
    "christmas day": lambda year: date(year, 12, 25),
    "xmas": lambda year: date(year, 12, 25),
    "christmas eve": lambda year: date(year, 12, 24),
    "boxing day": lambda year: date(year, 12, 26),
    "new years day": lambda year: date(year, 1, 1),
    "new years eve": lambda year: date(year, 12, 31),
    "halloween": lambda year: date(year, 10, 31),
    "valentines day": lambda year: date(year, 2, 14),
    "good friday": lambda year: _easter(year) - timedelta(2),
    "easter": _easter,
    "easter sunday": _easter,
    "easter monday": lambda year: _easter(year) + timedelta(1),
    "black friday": _black_friday,
}


def _days(nth: Callable[[int], date], most: int) -> Iterator[date]:
    for away in range(-most, most + 1):
        try:
            yield nth(away)
        except ValueError:  # no 31 June, no 29 February in most years
            continue


def _month_day(start: date, months: int, day: int) -> date:
    years, month = divmod(start.month - 1 + months, 12)
    return date(start.year + years, month + 1, day)


def _month(name: str) -> int:
    return _MONTH_OF[name.rstrip(".")]


def _weekday(name: str) -> int:
    return _WEEKDAY_OF[name.rstrip(".")]


def _full_year(year: str) -> int:
    number = int(year.lstrip("'"))
    return number if len(year.lstrip("'")) == 4 else number + (2000 if number < 69 else 1900)
