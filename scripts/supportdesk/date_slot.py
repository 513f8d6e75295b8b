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
    rng, weekday = setting.rng, DAYS[day.weekday()]
    if has(r"\b(this|next|last|every|coming|following) $", left) or re.match(
        r" (morning|afternoon|evening|night|at|before)\b", right
    ):
        return weekday
    if has(r"\b(in|end of|early|mid) $", left):
        return MONTHS[day.month - 1]
    forms = full_forms(day, setting.region)
    distance = abs((day - setting.when).days)
    article = has(r"\bthe $", left)
    if article:
        forms = [
            (ordinal(day.day), 5),
            (f"{ordinal(day.day)} of {MONTHS[day.month - 1]}", 3),
            (f"{day.day} {MONTHS[day.month - 1]}", 2),
        ]
    elif distance <= 6:
        forms += [("weekday", 30), ("short weekday", 4)]
    if not article and distance <= 20:
        forms.append(("the nth", 13))
    style = setting.date_style if setting.date_style in dict(forms) else weighted(rng, forms)
    spoken = {"weekday": weekday, "short weekday": weekday[:3], "the nth": f"the {ordinal(day.day)}"}
    return spoken.get(style, style)


def ordinal(number: int) -> str:
    suffix = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def full_forms(day: dt.date, region: str) -> list[tuple[str, float]]:
    month, short = MONTHS[day.month - 1], MONTHS[day.month - 1][:3]
    forms: list[tuple[str, float]] = [
        (f"{day.day} {month}", 17), (f"{month} {ordinal(day.day)}", 6), (f"{ordinal(day.day)} {month}", 7),
        (f"{day.day} {short}", 7),
        (f"{ordinal(day.day)} of {month}", 4), (f"{ordinal(day.day)} of {short}", 2), (f"the {ordinal(day.day)} of {month}", 3),
        (f"{DAYS[day.weekday()][:3]} {day.day} {short}", 4), (f"{DAYS[day.weekday()]} {day.day} {month}", 3),
        (f"{short} {day.day}", 2),
        (f"{day.day}/{day.month}", 4), (f"{day:%d/%m}", 5), (day.isoformat(), 2), (f"{day:%d/%m/%Y}", 2),
        (f"{day.day} {month} 2025", 2),
    ]  # fmt: skip
    if region == "de":
        forms += [(f"{day.day}.{day.month}.", 6), (f"{day:%d.%m.%Y}", 7), (f"{day.day}. {month}", 6)]
    if region == "nl":
        forms += [(f"{day:%d-%m-%Y}", 7), (f"{day.day}-{day.month}", 6)]
    return forms
