"""Which bodies become tickets, how often, and on which day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from chance import stable_random, stable_unit
from intents import intent_counts
from nature import YEAR_END, season
from parts import SLOT, Body
from setting import LAUNCH
from splits import SPLITS, TICKET_SHARES, body_splits
from ticket import Ticket

PLAIN_SHARE = 0.44  # of the tickets of an intent are in ordinary words
MOST_USES = 4
# tickets a month, January to December: bodies of any time, and bodies about the Tumble
VOLUME = (7.6, 7.1, 7.1, 6.9, 6.8, 6.7, 6.9, 6.9, 6.3, 6.8, 9.6, 11.3)
VOLUME_AFTER_LAUNCH = (0, 0, 0, 0, 0, 0, 0, 0, 19, 20, 28, 33)


def planned(bodies: Sequence[Body], seed: int) -> list[Ticket]:
    """All tickets, with body, split and day."""
    tickets = []
    for intent, count in intent_counts().items():
        for kind, wanted in split_counts(count):
            own = [body for body in bodies if (body.intent, body.kind) == (intent, kind)]
            splits = body_splits(own)
            for split, number in wanted.items():
                there = [body for body in own if splits[body.id] == split]
                tickets += [Ticket(body, split, use, ticket_date(body, use, seed)) for body, use in uses(there, number)]
    return tickets


def split_counts(count: int) -> list[tuple[str, dict[str, int]]]:
    """For each kind of body, the number of tickets in every split."""
    in_split = {split: round(count * TICKET_SHARES[split]) for split in SPLITS[:2]}
    in_split["test"] = count - sum(in_split.values())
    simple = {split: round(number * PLAIN_SHARE) for split, number in in_split.items()}
    return [("plain", simple), ("story", {split: in_split[split] - simple[split] for split in SPLITS})]


def capacity(body: Body) -> int:
    """A body without slots says the same thing every time, and is used less."""
    if body.after_launch:
        return MOST_USES
    found = len(SLOT.findall(body.text))
    return MOST_USES if found > 1 or len(body.text) > 150 else 3 if found or len(body.text) > 80 else 2


def uses(bodies: Sequence[Body], wanted: int) -> list[tuple[Body, int]]:
    """Every body once before any is used again; then those about the Tumble, and those with slots before those without."""

    def turn(body: Body, use: int) -> tuple[bool, float, int, float]:
        early = 0.5 * use if body.after_launch else use
        return use >= capacity(body), early, -len(SLOT.findall(body.text)), stable_unit("uses", body.text)

    return sorted(((body, use) for body in bodies for use in range(MOST_USES + 2)), key=lambda pair: turn(*pair))[:wanted]


def ticket_date(body: Body, use: int, seed: int) -> dt.date:
    """A day that fits the body's season; after the launch for what is about the Tumble; never a Sunday in the chat."""
    rng = stable_random(seed, "date", body.intent, body.text, use)
    first, last = season(body)
    days = [first + dt.timedelta(number) for number in range((last - first).days + 1)]
    if body.after_launch:
        days = [day for day in days if day >= LAUNCH] or [YEAR_END]
    volume = VOLUME_AFTER_LAUNCH if body.after_launch else VOLUME
    week = (1.25, 1.15, 1.05, 1.0, 0.95, 0.7, 0.0 if body.channel in ("chat", "any") else 0.6)
    return rng.choices(days, [volume[day.month - 1] * week[day.weekday()] + 1e-9 for day in days])[0]
