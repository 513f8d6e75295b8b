"""Which split a part belongs to: phrasings of test never occur in train."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from chance import stable_unit
from parts import Ask, Body

SPLITS = ("train", "validation", "test")
TICKET_SHARES = {"train": 0.60, "validation": 0.12, "test": 0.28}

Key = TypeVar("Key")


def apportion(items: Sequence[tuple[Key, float]], shares: dict[str, float], start: str) -> dict[Key, str]:
    """Every item to the split that is furthest behind its share; neighbours in the order are spread over the splits."""
    given = {split: stable_unit("start", start, split) * 0.5 for split in shares}
    result: dict[Key, str] = {}
    done = 0.0
    for item, size in items:
        done += size
        result[item] = max(shares, key=lambda split: (shares[split] * done - given[split]) / shares[split] ** 0.5)
        given[result[item]] += size
    return result


def body_splits(bodies: Sequence[Body]) -> dict[str, str]:
    """The split of every body of one intent and kind, in proportion within channels and within old and new ones."""
    order = sorted(bodies, key=lambda body: (body.after_launch, body.channel, stable_unit("body", body.intent, body.text)))
    return apportion([(body.id, 1.0) for body in order], TICKET_SHARES, f"{bodies[0].intent} {bodies[0].kind}")


def ask_splits(asks: Sequence[Ask]) -> dict[str, str]:
    """The split of every ask of one intent, in proportion within its kinds."""
    order = sorted(asks, key=lambda ask: (ask.kinds, stable_unit("ask", ask.intent, ask.text)))
    return apportion([(ask.id, 1.0) for ask in order], TICKET_SHARES, f"{asks[0].intent} asks")
