"""Who writes, where and when: what the value of a slot depends on."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from chance import stable_unit
from products import Model

LAUNCH = dt.date(2025, 9, 2)
UNSEEN_SHARE = 1 / 3  # of people, towns and streets occur in test tickets only
UNSEEN_RATE = 0.6  # how often a test ticket takes one of those


def only_in_test(name: str) -> bool:
    return stable_unit("unseen", name) < UNSEEN_SHARE


def choose_name(rng: random.Random, pool: Sequence[str], split: str, avoid: str = "") -> str:
    """One of the pool; train and validation never get a name that is kept for test."""
    wants_unseen = split == "test" and rng.random() < UNSEEN_RATE
    fitting = [name for name in pool if only_in_test(name) == wants_unseen and name != avoid]
    return rng.choice(fitting or [name for name in pool if not only_in_test(name)])


@dataclass
class Setting:
    """Who writes, where and when; and the values that this ticket has already given to its slots."""

    rng: random.Random
    split: str
    region: str
    when: dt.date
    intent: str
    business: bool = False
    values: dict[tuple[str, str, str], str] = field(default_factory=dict)
    models: dict[tuple[str, str, str], Model] = field(default_factory=dict)
    date_style: str = ""

    @property
    def launched(self) -> bool:
        return self.when >= LAUNCH
