"""Writes a ticket: chooses who writes, fills the body, and composes the message."""

from __future__ import annotations

from collections.abc import Sequence

import noise
import slots
from chance import stable_random, stable_unit
from extras import cut, referenced, second_request, small_talk, wants_reference, with_request
from frame import ending, opened, with_subject
from letter import Letter
from parts import Ask, Body
from segments import Segment, joined, stopped
from setting import Setting
from ticket import Ticket
from wishes import Wishes, can_open, ids
from writers import choose_channel, choose_segment, choose_voice

SECOND_REQUESTS, FRAGMENTS = 0.05, 0.04
OPENING_ASKS = 0.35  # of the asks that can


def write(ticket: Ticket, company: Sequence[Body], wishes: Wishes, seed: int, attempt: int) -> None:
    """Fill in the rest of a ticket; company is what a second request may be taken from."""
    rng = stable_random(seed, "ticket", *ticket.key, attempt)
    ticket.channel = choose_channel(ticket.body, rng)
    voice, region = choose_voice(ticket.body, ticket.split, ticket.channel, rng)
    ticket.voice, ticket.segment = voice.name, choose_segment(ticket.body, voice, rng)
    letter = Letter(ticket, voice, region, rng)

    chance = stable_unit(seed, "extra", *ticket.key)  # the factors make up for tickets that can have neither
    second = second_request(letter, company) if chance < SECOND_REQUESTS * 1.38 else None
    ticket.cut = ticket.channel != "social" and chance > 1 - FRAGMENTS * 1.75 and len(ticket.body.text) > 60
    subject, ask = wishes.choose(ticket.body, ticket.channel, ticket.split, rng)
    ask = None if ticket.cut else ask
    ticket.asks, ticket.second = ids((subject, ask)), second[1].id if second else ""

    setting = letter.fresh()
    main = asked(letter, slots.fill(ticket.body.text, setting), ask, setting)
    if wants_reference(letter, " ".join((ticket.body.text, *(part.text for part in (subject, ask) if part)))):
        main = referenced(letter, main)
    head = slots.fill(fitted(subject, ticket.body), setting) if subject else []
    ticket.text, ticket.entities = joined(with_subject(letter, head, composed(letter, main, second)))


def fitted(ask: Ask, body: Body) -> str:
    """The ask's text, with the product of the body where it names one."""
    return ask.text.replace("{PRODUCT}", first_product(body.text) or "{PRODUCT}")


def first_product(text: str) -> str:
    """The first product slot of a body, if any."""
    return next((match.group() for match in slots.SLOT.finditer(text) if match[1] == "PRODUCT"), "")


def asked(letter: Letter, main: list[Segment], ask: Ask | None, setting: Setting) -> list[Segment]:
    """The body with the ask after it, or in front of it."""
    if not ask:
        return main
    rng, wish = letter.rng, slots.fill(fitted(ask, letter.ticket.body), setting)
    casual = "c" in ask.kinds
    if can_open(ask) and rng.random() < OPENING_ASKS:
        return [*(wish if casual else stopped(wish)), (rng.choice(("\n", ". ", ", ")) if casual else " ", None), *main]
    gap = rng.choice(("\n", ". ", ", ")) if casual and main[-1][0][-1:].isalnum() else " "
    return [*(main if casual else stopped(main)), (gap, None), *wish]


def composed(letter: Letter, main: list[Segment], second: tuple[str, Body] | None) -> list[Segment]:
    """The message from its greeting to its end."""
    voice, rng = letter.voice, letter.rng
    if letter.ticket.cut:
        return cut(opened(letter, noise.apply(main, voice.style, rng)), rng)
    body = noise.apply(small_talk(letter, main), voice.style, rng)
    body, postscript = with_request(letter, body, *second) if second else (body, [])
    return [*opened(letter, body), *ending(letter, body), *postscript]
