"""What some tickets have besides their wish: an order number, small talk, a second request; and tickets sent too early."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache

import noise
from chance import weighted
from intents import INTENTS, PARCELS
from letter import Letter
from nature import FIRST_WORDS, LAST_WORDS, YEAR_END, YEAR_START, nature, register, season
from parts import Body, has
from segments import Segment, merged, softened, stopped

REFERENCES = (
    ("Order {ORDER_ID}.", "fn", 5), ("Order number {ORDER_ID}.", "fn", 3), ("My order number is {ORDER_ID}.", "n", 2),
    ("It's {ORDER_ID}.", "n", 1), ("The number is {ORDER_ID}.", "fn", 1), ("Reference: {ORDER_ID}.", "f", 2),
    ("({ORDER_ID})", "nc", 1),
    ("order {ORDER_ID}", "c", 5), ("{ORDER_ID}", "c", 5), ("order no {ORDER_ID}", "c", 2), ("order number is {ORDER_ID}", "c", 2),
    ("ref {ORDER_ID}", "c", 1),
)  # fmt: skip
REFERENCE_RATE = {"email": 0.2, "chat": 0.17, "social": 0.05}
SMALL_TALK_RATE = {"email": 0.22, "chat": 0.05, "social": 0.04}
CONNECTORS = (
    ("Also, ", "n"), ("Oh, and ", "n"), ("One more thing: ", "n"), ("Separately: ", "f"), ("And another thing, ", "n"),
    ("While I'm writing: ", "f"),
    ("also ", "c"), ("oh and ", "c"), ("ps ", "c"), ("and another thing ", "c"), ("2nd thing, ", "c"), ("PS ", "n"),
    ("PS: ", "f"), ("btw ", "c"),
)  # fmt: skip
STANDS_ALONE = (
    r"\?|\{(PRODUCT|ORDER_ID)|^(please|i want|i need|i'?d like|i wish|need|want|how|can|does|do|where|could|would|is there)\b"
)


def wants_reference(letter: Letter, text: str) -> bool:
    """Whether a ticket about a parcel, with this text so far, gets an order number."""
    known = "{ORDER_ID" in text or has(
        r"order number|reference|confirmation|preorder|purchase number|never ordered|didn'?t order", text
    )
    ticket = letter.ticket
    return (
        ticket.body.intent in (*PARCELS, "invoice_request") and not known and letter.rng.random() < REFERENCE_RATE[ticket.channel]
    )


def referenced(letter: Letter, main: list[Segment]) -> list[Segment]:
    """Some people add the order number that a body about a parcel does not have."""
    rng, sound = letter.rng, register(letter.ticket.body)
    form = weighted(rng, [(form, share) for form, kinds, share in REFERENCES if sound in kinds])
    gap = rng.choice((". ", ", ", "\n")) if sound == "c" and main[-1][0][-1].isalnum() else " "
    return [*(main if sound == "c" else stopped(main)), (gap, None), *letter.filled(form)]


def small_talk(letter: Letter, main: list[Segment]) -> list[Segment]:
    """The body with what the voice says before and after; nothing where the body talks about itself already."""
    text, voice, rng = letter.ticket.body.text, letter.voice, letter.rng
    base = SMALL_TALK_RATE[letter.ticket.channel] * voice.chatty
    if nature(letter.ticket.body) or len(text) > 330:
        return main
    if voice.leads and not has(FIRST_WORDS, text) and rng.random() < base:
        lead = rng.choice(voice.leads)
        flowing = voice.style.casing == "lower" or voice.style.run_on > 0 or not lead[-1].isalnum()
        return merged([*letter.filled(lead), (" " if flowing else rng.choice((". ", "\n", " - ")), None), *main])
    if voice.trails and not has(LAST_WORDS, text) and rng.random() < base * 1.3:
        return merged([*stopped(main), (" ", None), *letter.filled(rng.choice(voice.trails))])
    return main


def second_request(letter: Letter, company: Sequence[Body]) -> tuple[str, Body] | None:
    """A connector and a short body of another, not too similar, intent."""
    ticket, voice = letter.ticket, letter.voice
    near = {ticket.body.intent, *INTENTS[ticket.body.intent], *(PARCELS if ticket.body.intent in PARCELS else ())}
    if ticket.channel == "social" or has(LAST_WORDS, ticket.body.text):
        return None
    careless = ticket.channel == "chat" or voice.style.casing == "lower" or voice.style.typos >= 0.005
    pool = [
        body
        for body in company
        if body.intent not in near and ticket.body.intent not in INTENTS[body.intent] and stands_alone(body)
        if register(body) in voice.takes and (careless or register(body) != "c")
    ]
    if not pool:
        return None
    body = letter.rng.choice(pool)
    kinds = "c" if register(body) == "c" and "f" not in voice.takes else voice.takes.replace("c", "")
    return letter.rng.choice([text for text, kind in CONNECTORS if kind in kinds]), body


@cache
def stands_alone(body: Body) -> bool:
    """Whether a body can be a second request: short, of any season, and it says what it is about."""
    neutral = not has(FIRST_WORDS, body.text) and not nature(body) and body.intent != "complaint_service"
    timeless = not body.after_launch and season(body) == (YEAR_START, YEAR_END)
    return bool(has(STANDS_ALONE, body.text)) and neutral and timeless and len(body.text) <= 100


def with_request(letter: Letter, body: list[Segment], connector: str, other: Body) -> tuple[list[Segment], list[Segment]]:
    """The body, with the second request in it or as a postscript to follow the sign-off."""
    ticket, rng = letter.ticket, letter.rng
    request = noise.apply([(connector, None), *softened(letter.filled(other.text))], letter.voice.style, rng)
    if connector.startswith("PS") and ticket.channel == "email":
        return body, [("\n\n", None), *request]
    gap = rng.choice(("\n\n", " ")) if ticket.channel == "email" else rng.choice(("\n", " "))
    return [*(body if connector[0].islower() or "\n" in gap else stopped(body)), (gap, None), *request], []


def cut(segments: list[Segment], rng: random.Random) -> list[Segment]:
    """Sent too early: the rest of the text is missing, an entity that would have been cut as well."""
    total = sum(len(text) for text, _ in segments)
    left = max(35, int(total * rng.uniform(0.45, 0.88)))
    result: list[Segment] = []
    for text, label in segments:
        if len(text) <= left:
            result.append((text, label))
            left -= len(text)
            continue
        if not label:
            kept = text[:left] if rng.random() < 0.35 else text[:left].rpartition(" ")[0]
            result.append((kept.rstrip(" ,.;:?!\n"), None))
        break
    return result
