"""Values of {DATE} slots: a day that fits the words around it, and the many ways to write one."""

from __future__ import annotations

import datetime as dt
import re

from chance import weighted
from parts import has
from setting import Setting

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
FUTURE = (
    r"\b(by|before|until|till|due|deadline is|estimate says|moved to|back to|only do|delivery to|trial ends|ends|to go out"
    r"|supposed to go out|effect from"
    r"|sale for|this will be|going to be|it on from|then from|weeks from|payment from|weeks? away from|postpone \w+ to"
    r"|possible to move delivery to)\s*$"
    r"|\b(will|won't|ends|closes|closed|closing|leaves|reopens|opens|open|\w+'ll|comes up|runs|renews|renewal|finishes"
    r"|expires|stops|roll over|wedding|party|birthday"
    r"|anniversary|moving|flying|shut|going|is|are|back|starts|begins|renew me|stop the renewal|stocktaking|travel\w*"
    r"|due)( \w+){0,4} on\s*$"
)
PAST = (
    r"\b(came|was|were|had|bought|ordered|paid|placed|arrived|sent|stolen|got|told|sold|took|went|signed)\b[^.?!]*$"
    r"|since \w*\s*$|about\s*$"
)
# ways to write a day, and how usual they are
FORMS: tuple[tuple[str, float], ...] = (
    ("{d} {month}", 17), ("{month} {nth}", 6), ("{nth} {month}", 7), ("{d} {mon}", 7), ("{nth} of {month}", 4),
    ("{nth} of {mon}", 2), ("the {nth} of {month}", 3), ("{day} {d} {mon}", 4), ("{weekday} {d} {month}", 3), ("{mon} {d}", 2),
    ("{d}/{m}", 4), ("{dd}/{mm}", 5), ("{year}-{mm}-{dd}", 2), ("{dd}/{mm}/{year}", 2), ("{d} {month} {year}", 2),
)  # fmt: skip
REGIONAL_FORMS: dict[str, tuple[tuple[str, float], ...]] = {
    "de": (("{d}.{m}.", 6), ("{dd}.{mm}.{year}", 7), ("{d}. {month}", 6)),
    "nl": (("{dd}-{mm}-{year}", 7), ("{d}-{m}", 6)),
}
SPOKEN: tuple[tuple[str, float], ...] = (("{weekday}", 30), ("{day}", 4))  # of days in the week around
NTH: tuple[tuple[str, float], ...] = (("the {nth}", 13),)  # of days in the weeks around
AFTER_THE: tuple[tuple[str, float], ...] = (("{nth}", 5), ("{nth} of {month}", 3), ("{d} {month}", 2))


def date_text(key: tuple[str, str, str], left: str, right: str, text: str, setting: Setting) -> str:
    stored = setting.values.get(("WHEN", key[1], ""))
    if stored is None:
        day = choose_day(key, left, right, setting)
        setting.values["WHEN", key[1], ""] = day.isoformat()
    else:
        day = dt.date.fromisoformat(stored)
    return date_form(day, left, right, setting)


def choose_day(key: tuple[str, str, str], left: str, right: str, setting: Setting) -> dt.date:
    """Up to three weeks before the ticket, or after it where the words before look ahead; a second date is the later one."""
    if has(r"that very day", right[:40]):
        return setting.when
    ahead = bool(has(FUTURE, left[-70:])) and not has(PAST, left[-28:])
    first = setting.values.get(("WHEN", "", "")) if key[1] else None
    if first:
        start = dt.date.fromisoformat(first)
        if start < setting.when and not ahead:
            room = (setting.when - start).days - 1
            return start + dt.timedelta(max(1, min(room, setting.rng.randint(2, 9))))
        return max(start, setting.when) + dt.timedelta(setting.rng.randint(2, 9))
    if ahead:
        return setting.when + dt.timedelta(setting.rng.randint(2, 14))
    least = 6 if key[1] == "" and "{DATE2" in left + right else 2
    return setting.when - dt.timedelta(min(21, least + int(setting.rng.expovariate(1 / 5.5))))


def date_form(day: dt.date, left: str, right: str, setting: Setting) -> str:
    """The day as this writer writes dates, or as the words around it ask for."""
    if has(r"\b(this|next|last|every|coming|following) $", left) or re.match(
        r" (morning|afternoon|evening|night|at|before)\b", right
    ):
        return DAYS[day.weekday()]
    if has(r"\b(in|end of|early|mid) $", left):
        return MONTHS[day.month - 1]
    if has(r"\bthe $", left):
        return written(day, weighted(setting.rng, AFTER_THE))
    distance = abs((day - setting.when).days)
    forms = [
        *FORMS,
        *REGIONAL_FORMS.get(setting.region, ()),
        *(SPOKEN if distance <= 6 else ()),
        *(NTH if distance <= 20 else ()),
    ]
    if setting.date_style not in dict(forms):
        setting.date_style = weighted(setting.rng, forms)
    return written(day, setting.date_style)


def written(day: dt.date, form: str) -> str:
    """The day in one of the forms."""
    month, weekday = MONTHS[day.month - 1], DAYS[day.weekday()]
    return form.format(
        d=day.day, dd=f"{day.day:02}", nth=ordinal(day.day), m=day.month, mm=f"{day.month:02}", month=month, mon=month[:3],
        weekday=weekday, day=weekday[:3], year=day.year,
    )  # fmt: skip


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th ..."""
    suffix = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"
