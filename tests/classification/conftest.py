"""Short texts of three labels that share most of their words."""

from __future__ import annotations

import numpy as np
import pytest

from nlpref.types import LabelledText

WORDS = {
    "card": ["card", "cards", "pin", "chip", "contactless"],
    "transfer": ["transfer", "transfers", "sent", "abroad", "recipient"],
    "login": ["login", "logging", "password", "account", "locked"],
}
SHARED = [
    "i",
    "my",
    "the",
    "please",
    "help",
    "with",
    "a",
    "not",
    "working",
    "why",
    "is",
    "it",
    "this",
    "still",
    "and",
    "can",
    "you",
]


def texts(count: int, seed: int, labels: int = 3) -> list[LabelledText]:
    """Every fifth text tells its label in no word at all, so no model can be right every time."""
    random = np.random.default_rng(seed)
    names = list(WORDS)[:labels]
    made = []
    for number in range(count):
        label = names[number % labels]
        words = random.choice(SHARED, size=4).tolist()
        if number % 5:
            words += random.choice(WORDS[label], size=2).tolist()
        made.append(LabelledText(" ".join(random.permutation(words).tolist()), label))
    return made


@pytest.fixture(scope="session")
def train() -> list[LabelledText]:
    return texts(90, seed=0)


@pytest.fixture(scope="session")
def validation() -> list[LabelledText]:
    return texts(45, seed=1)


@pytest.fixture(scope="session")
def held_out() -> list[LabelledText]:
    return texts(60, seed=2)


@pytest.fixture(scope="session")
def two_labels() -> list[LabelledText]:
    return texts(40, seed=3, labels=2)
