"""A voice: how one person greets, chats, signs and types."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from noise import Style

UK, IE, NL, DE = ("uk",), ("ie",), ("nl",), ("de",)
BRITISH_ISLES, CONTINENT, ANYWHERE = ("uk", "uk", "uk", "uk", "ie"), ("nl", "nl", "de"), ("uk", "uk", "uk", "ie", "nl", "de")


@dataclass(frozen=True)
class Voice:
    name: str
    split: str
    channels: str  # of e(mail), c(hat), s(ocial)
    takes: str = "fnc"  # bodies that sound f(ormal), n(eutral), c(asual)
    regions: tuple[str, ...] = BRITISH_ISLES
    tags: frozenset[str] = frozenset()  # business, elder, young, foreign
    gender: str = ""  # f or m where it is known
    greetings: tuple[str, ...] = ("",)  # of e-mails
    hellos: tuple[str, ...] = ("",)  # of chats
    leads: tuple[str, ...] = ()
    trails: tuple[str, ...] = ()
    closings: tuple[str, ...] = ("",)  # of e-mails
    byes: tuple[str, ...] = ()  # of chats
    signs: tuple[str, ...] = ("none",)  # none, first, full, initial, titled, dash, lower, family
    firm: str = ""  # stands under the name
    inline: bool = False  # greeting and body in one paragraph
    chatty: float = 1.0  # multiplies the chance of leads and trails
    style: Style = field(default_factory=Style)


def tags(*names: str) -> frozenset[str]:
    return frozenset(names)


def phrases(voice: Voice) -> Iterator[str]:
    """Everything that the voice adds to a body."""
    for part in (voice.greetings, voice.hellos, voice.leads, voice.trails, voice.closings, voice.byes):
        yield from (phrase for phrase in part if phrase)
