"""What stands around a message: subject line, greeting, sign-off."""

from __future__ import annotations

import re

import noise
from letter import Letter
from nature import FIRST_WORDS, LAST_WORDS, gender, nature
from parts import has
from person_slot import first_name, origin, surname
from segments import Segment, softened

GREETING_RATE = {"email": 0.86, "chat": 0.3, "social": 0.0}
CLOSING_RATE, BYE_RATE = 0.86, 0.12
OWN_FIRM = r"\b(salon|guest house|reception|B&B)\b"
# subject lines that say nothing
EMPTY_SUBJECTS = {
    "train": ("Question", "Hello", "Help please", "Your shop", "Urgent", "Problem", "(no subject)", "My order", "Enquiry"),
    "validation": ("A question", "Help", "Message from website", "Customer enquiry"),
    "test": ("Help needed", "Please read", "To customer service", "Quick question", "Contact form", "Issue", "Hi"),
}
EMPTY_SUBJECT_RATE = 0.07


def with_subject(letter: Letter, subject: list[Segment], letter_text: list[Segment]) -> list[Segment]:
    """The subject line in front of the e-mail, as the desk's system stores it."""
    if not subject:
        ticket = letter.ticket
        if ticket.channel != "email" or ticket.asks or letter.rng.random() >= EMPTY_SUBJECT_RATE:
            return letter_text
        subject = [(letter.rng.choice(EMPTY_SUBJECTS[ticket.split]), None)]
    return [("Subject: ", None), *hand(subject, letter), ("\n\n", None), *letter_text]


def opened(letter: Letter, body: list[Segment]) -> list[Segment]:
    """The body with the greeting in front."""
    greeting = choose_greeting(letter)
    if not greeting:
        return body
    head = hand(letter.filled(greeting), letter)
    if letter.ticket.channel == "email" and not letter.voice.inline:
        return [*head, ("\n\n" if letter.rng.random() < 0.85 else "\n", None), *body]
    if greeting[-1].isalpha():
        return [*head, (letter.rng.choice((" ", " ", ", ", "\n")), None), *body]
    return [*head, (" ", None), *(softened(body) if greeting.endswith(",") else body)]


def choose_greeting(letter: Letter) -> str:
    """One of the voice's, or none."""
    ticket, voice, rng = letter.ticket, letter.voice, letter.rng
    greetings = voice.greetings if ticket.channel == "email" else voice.hellos
    if "business" in nature(ticket.body):  # the body says itself what kind of firm it is
        greetings = tuple(greeting for greeting in greetings if not has(OWN_FIRM, greeting)) or ("",)
    return (
        rng.choice(greetings) if not has(FIRST_WORDS, ticket.body.text) and rng.random() < GREETING_RATE[ticket.channel] else ""
    )


def hand(segments: list[Segment], letter: Letter) -> list[Segment]:
    """Set phrases are written as they stand, but for voices that never or only use capitals."""
    change = {"lower": noise.lowered, "upper": noise.raised}.get(letter.voice.style.casing)
    return [(change(text), label) for text, label in segments] if change else segments


def ending(letter: Letter, body: list[Segment]) -> list[Segment]:
    """The sign-off of an e-mail, or now and then a word of thanks in a chat."""
    alone = body[-1][0][-1:].isalnum()
    ticket, voice, rng = letter.ticket, letter.voice, letter.rng
    if ticket.channel == "chat" and voice.byes and rng.random() < BYE_RATE and not has(LAST_WORDS, ticket.body.text):
        return hand([(rng.choice(("\n", ", ") if alone else ("\n", " ")) + rng.choice(voice.byes), None)], letter)
    if ticket.channel != "email" or rng.random() > CLOSING_RATE:
        return []
    closing = rng.choice(voice.closings)
    sign = [] if closing.startswith("Sent from") else signature(letter, rng.choice(voice.signs))
    closing = closing if sign else closing.rstrip(",")
    firm: list[Segment] = [(voice.firm, None)] if sign and voice.firm and "business" not in nature(ticket.body) else []
    lines = [line for line in (letter.filled(closing) if closing else [], sign, firm) if line]
    gap = "\n\n" if not voice.inline else rng.choice(("\n", "\n\n", "\n"))
    return hand([piece for index, line in enumerate(lines) for piece in (("\n" if index else gap, None), *line)], letter)


def signature(letter: Letter, kind: str) -> list[Segment]:
    """The writer's name, in one of the forms in which people sign."""
    rng, setting = letter.rng, letter.fresh()
    sex, of = gender(letter.ticket.body) or letter.voice.gender or rng.choice("fm"), origin(setting)
    first, last = first_name(setting, sex, of=of), surname(setting, of)
    title = {"f": rng.choice(("Mrs", "Ms", "Miss", "Dr")), "m": rng.choice(("Mr", "Mr", "Dr"))}[sex]
    name = {
        "full": f"{first} {last}", "first": first, "lower": first.lower(), "dash": first, "initial": f"{first[0]}. {last}",
        "titled": f"{title} {first[0]}. {last}", "family": f"{last} family",
    }.get(kind)  # fmt: skip
    if not name:
        return []
    if kind == "family":
        return [("The ", None), (last, "PERSON"), (" family", None)] if re.match(r"[A-Z]", last) else []
    return [("\N{EN DASH} ", None), (name, "PERSON")] if kind == "dash" else [(name, "PERSON")]
