"""Which tickets name their wish in an ask or in a subject line, and in which one."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nature import register
from parts import Ask, Asks, Body, has
from splits import ask_splits

# how often a body gets one: (it does not name the wish itself, it does)
SUBJECT_RATE = {True: 0.36, False: 0.18}
ASK_RATE = {True: 0.48, False: 0.0}
ASK_RATE_WITH_SUBJECT = 0.2
POINTING = r"\b(it|its|that|this|these|they|them|one|so|accordingly|there|then|either|other|not|after all)\b"
SINGULAR = r"\b(it|this|item|device|one)\b"
PLURAL = (
    r"\b(bulbs|lamps|lights|valves|sensors|speakers|cameras|locks|filters|units|both|(two|three|four|five|six) (of|{PRODUCT))"
)


@dataclass
class Wishes:
    """Hands out the asks of a split, the least used ones first."""

    asks: Mapping[str, Asks]
    homes: dict[str, str] = field(default_factory=dict)
    used: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        for own in self.asks.values():
            self.homes |= ask_splits(own.asks)

    def silent(self, body: Body) -> bool:
        """Whether a body does not name its wish."""
        return body.kind == "story" and not has(self.asks[body.intent].words, body.text)

    def choose(self, body: Body, channel: str, split: str, rng: random.Random) -> tuple[Ask | None, Ask | None]:
        """A subject line and an ask for this body, or None for either."""
        silent = self.silent(body)
        subject = None
        if channel == "email" and rng.random() < SUBJECT_RATE[silent]:
            subject = self._least_used(body, split, "s", rng)
        rate = ASK_RATE_WITH_SUBJECT if subject and silent else ASK_RATE[silent]
        sound = register(body) if channel != "social" or register(body) != "f" else "n"
        return subject, self._least_used(body, split, sound, rng) if rng.random() < rate else None

    def _least_used(self, body: Body, split: str, kind: str, rng: random.Random) -> Ask | None:
        fitting = [ask for ask in self.asks[body.intent].asks if self._fits(ask, body, split, kind)]
        if not fitting:
            return None
        least = min(self.used[ask.id] for ask in fitting)
        chosen = rng.choice([ask for ask in fitting if self.used[ask.id] == least])
        self.used[chosen.id] += 1
        return chosen

    def _fits(self, ask: Ask, body: Body, split: str, kind: str) -> bool:
        return kind in ask.kinds and self.homes[ask.id] == split and ask.suits(body.text) and agrees(ask.text, body.text)


def agrees(ask: str, body: str) -> bool:
    """Whether an ask fits a body: its own product, no second date or sum, no 'it' for several things."""
    if ("{PRODUCT}" in ask and "{PRODUCT" not in body) or (has(SINGULAR, ask) and has(PLURAL, body)):
        return False
    return not any(slot in ask and slot in body for slot in ("{DATE", "{MONEY"))


def can_open(ask: Ask) -> bool:
    """Whether an ask can stand before the body: nothing in it points back."""
    return not has(POINTING, ask.text)


def ids(asks: Sequence[Ask | None]) -> tuple[str, ...]:
    """The ids of those that there are."""
    return tuple(ask.id for ask in asks if ask)
