"""Build the bundled supportdesk corpus from the hand-written parts: the same bytes in every run.

    python scripts/supportdesk/generate.py [--seed 7] [--out src/nlpref/data/supportdesk]

Bodies (templates), author voices, and a third of the names of people, towns and streets are kept apart by split, so that
test tickets are phrased, greeted and filled in ways that training never saw.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import noise
import slots
import voices
from parts import HERE, LITERAL, SLOT, Article, Body, read_articles, read_bodies
from slots import Segment, has, stable_random, stable_unit, weighted
from voices import Voice

Key = TypeVar("Key")

DEFAULT_OUT = HERE.parents[1] / "src" / "nlpref" / "data" / "supportdesk"
SPLITS = ("train", "validation", "test")
TICKET_SHARES = {"train": 0.60, "validation": 0.12, "test": 0.28}
QUERY_SHARES = {"train": 0.45, "validation": 0.15, "test": 0.40}
TOTAL_TICKETS, MOST_FREQUENT, LEAST_FREQUENT = 3400, 330, 44
WRONG_LABELS, SECOND_REQUESTS, FRAGMENTS = 0.03, 0.05, 0.04
MOST_USES = 4
SIZE_LIMIT = 3_000_000
YEAR_START, YEAR_END = dt.date(2025, 1, 1), dt.date(2025, 12, 31)

# every intent, most frequent first, with those that the desk takes it for
INTENTS: dict[str, tuple[str, ...]] = {
    "order_status": ("not_received", "change_order"),
    "connection_problem": ("app_problem", "device_fault"),
    "return_request": ("refund_status", "cancel_order"),
    "refund_status": ("return_request", "unexpected_charge"),
    "device_fault": ("arrived_damaged", "connection_problem", "how_to"),
    "cancel_order": ("cancel_plan", "change_order"),
    "app_problem": ("account_access", "connection_problem"),
    "arrived_damaged": ("device_fault", "missing_part"),
    "account_access": ("app_problem", "data_privacy"),
    "unexpected_charge": ("payment_failed", "refund_status", "invoice_request"),
    "payment_failed": ("unexpected_charge", "promo_code"),
    "not_received": ("order_status", "missing_part"),
    "change_order": ("cancel_order", "order_status"),
    "cancel_plan": ("cancel_order", "change_plan"),
    "wrong_item": ("missing_part", "return_request"),
    "missing_part": ("wrong_item", "spare_part"),
    "product_advice": ("how_to", "spare_part"),
    "how_to": ("device_fault", "product_advice"),
    "change_plan": ("cancel_plan", "unexpected_charge"),
    "promo_code": ("payment_failed", "unexpected_charge"),
    "invoice_request": ("unexpected_charge", "order_status"),
    "spare_part": ("missing_part", "product_advice"),
    "complaint_service": ("order_status", "refund_status", "not_received", "device_fault"),
    "data_privacy": ("account_access", "cancel_plan"),
}

PARCELS = (
    "order_status", "return_request", "refund_status", "cancel_order", "arrived_damaged", "not_received", "change_order",
    "wrong_item", "missing_part",
)  # fmt: skip
REFERENCES = (
    ("Order {ORDER_ID}.", "fn", 5), ("Order number {ORDER_ID}.", "fn", 3), ("My order number is {ORDER_ID}.", "n", 2),
    ("It's {ORDER_ID}.", "n", 1), ("The number is {ORDER_ID}.", "fn", 1), ("Reference: {ORDER_ID}.", "f", 2),
    ("({ORDER_ID})", "nc", 1),
    ("order {ORDER_ID}", "c", 5), ("{ORDER_ID}", "c", 5), ("order no {ORDER_ID}", "c", 2), ("order number is {ORDER_ID}", "c", 2),
    ("ref {ORDER_ID}", "c", 1),
)  # fmt: skip
REFERENCE_RATE = {"email": 0.2, "chat": 0.17, "social": 0.05}

# tickets a month, January to December: bodies of any time, and bodies about the Tumble
VOLUME = (7.6, 7.1, 7.1, 6.9, 6.8, 6.7, 6.9, 6.9, 6.3, 6.8, 9.6, 11.3)
VOLUME_AFTER_LAUNCH = (0, 0, 0, 0, 0, 0, 0, 0, 19, 20, 28, 33)
SEASONS = (
    (r"\bblack friday\b", ((11, 17), (12, 20))),
    (r"\b(christmas|xmas|advent|santa|st\.? nicholas|sinterklaas)\b", ((11, 14), (12, 31))),
    (r"\beaster\b", ((3, 28), (5, 5))),
    (r"\b(it'?s freezing|freezing (in|here|outside|cold)|snow\w*|frost\w*|icy|minus \w+|cold snap)\b", ((1, 1), (3, 5))),
    (r"\b(heatwave|hay fever|hottest|midsummer)\b", ((5, 25), (8, 31))),
    (r"\b(since the clocks changed|clocks went)\b", ((3, 31), (4, 20))),
    *(
        (rf"\[\[(?:\d\w* )?{month}[^\]|]*\|DATE", ((index, 1), (min(index + 2, 12), 28)))
        for index, month in enumerate(slots.MONTHS, 1)
    ),
)

CASUAL = (
    r"\b(u|ur|pls|plz|thx|tbh|lol|lmao|omg|wtf|gonna|wanna|idk|im|ive|dont|cant|didnt|doesnt|wont|isnt|whats|thats|haha|yeah"
    r"|nah|ngl|ffs)\b|\?\?|!!"
)
FORMAL = (
    r"\b(kindly|I should|I shall|I would be|I'd be grateful|obliged|whom|whilst|herewith|hereby|in writing|may I"
    r"|would you please|evidently|regrettably)\b"
)
BUSINESS = (
    r"\b(VAT|net[- ]30|purchase order|purchase ledger|PO number|accounts department|bookkeeper|our (accountant|office|shop"
    r"|hotel|caf[eé]|tenants|guests|clients?"
    r"|practice|surgery|company|staff|treasurer|offices|restaurant|business)|we (run|are) (a|an) (\w+ )?(hotel|caf[eé]|shop"
    r"|school|pub|bakery|guest|building|business"
    r"|surgery|charity|nursery|letting)|trade (customers?|figure|account|price)|holiday (lets?|cottages)|the salon"
    r"|business customer"
    r"|site manager|electricians|our premises|student rooms|goods-in|parish council)\b"
)
PRIVATE = (
    r"\b(wife|husband|mum|mam|mother|dad|father|grand\w+|nan|gran|kids?|toddler|baby|newborn|daughter|son|sister|brother"
    r"|niece|nephew|aunt|uncle|birthday|flatmate"
    r"|housemate|cat|dog|wedding|student|nursery|bedroom|lounge|our house|new house|my flat|girlfriend|boyfriend|ex|rent"
    r"|payday)\b"
)
ELDERLY = (
    r"\b(at my age|pension\w*|grandson|granddaughter|grandchildren|late (husband|wife)|(seventy|eighty)-\w+|I'm (7|8)\d"
    r"|I am (7|8)\d)\b"
)
YOUTHFUL = r"\b(student|lectures?|uni|dorm|student hall|my parents|pocket money|my mum|my nan)\b"
FOREIGN = (
    r"\b(my English|bad English|in English|English manner|better English|translator|Rechnung|is defect|pleases me|I am moved"
    r"|must I have|is possible to"
    r"|already two|people also|am engineer|did work)\b|^Was in|^Good people"
)
FIRST_WORDS = (
    r"^(hello|hi|hey|dear|good (morning|afternoon|evening|people)|sirs?|madam|sorry|apologies|excuse|forgive|thanks|thank you"
    r"|greetings|morning)\b"
)
LAST_WORDS = (
    r"\b(thank\w*|thx|please|pls|grateful|obliged|look forward|hear from|let me know|appreciate\w*|regards|advise|reply"
    r"|answer|sorry)\b[^.?!]*[.?!]*\W*$"
)
OWN_FIRM = r"\b(salon|guest house|reception|B&B)\b"
CONNECTORS = (
    ("Also, ", "n"), ("Oh, and ", "n"), ("One more thing: ", "n"), ("Separately: ", "f"), ("And another thing, ", "n"),
    ("While I'm writing: ", "f"),
    ("also ", "c"), ("oh and ", "c"), ("ps ", "c"), ("and another thing ", "c"), ("2nd thing, ", "c"), ("PS ", "n"),
    ("PS: ", "f"), ("btw ", "c"),
)  # fmt: skip


@dataclass
class Ticket:
    body: Body
    split: str
    use: int  # the how-many-eth ticket with this body
    when: dt.date
    channel: str = ""
    voice: str = ""
    segment: str = ""
    recorded: str = ""
    text: str = ""
    entities: tuple[tuple[int, int, str], ...] = ()
    extra: str = ""

    @property
    def template(self) -> str:
        return template(self.body)


def template(body: Body) -> str:
    return f"{body.intent}:{body.line}"


# --- how many, and which bodies


def intent_counts() -> dict[str, int]:
    """A long tail from MOST_FREQUENT down to about LEAST_FREQUENT, TOTAL_TICKETS together."""
    low, high = 0.5, 1.0
    for _ in range(60):
        ratio = (low + high) / 2
        total = sum(max(LEAST_FREQUENT, MOST_FREQUENT * ratio**rank) for rank in range(len(INTENTS)))
        low, high = (ratio, high) if total < TOTAL_TICKETS else (low, ratio)
    counts = {intent: int(max(LEAST_FREQUENT, MOST_FREQUENT * low**rank)) for rank, intent in enumerate(INTENTS)}
    for intent in list(INTENTS)[1 : 1 + TOTAL_TICKETS - sum(counts.values())]:
        counts[intent] += 1
    return counts


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
    """Every body of an intent in one split, in proportion within channels and within old and new ones."""
    order = sorted(bodies, key=lambda body: (body.after_launch, body.channel, stable_unit("body", body.intent, body.text)))
    return apportion([(template(body), 1.0) for body in order], TICKET_SHARES, bodies[0].intent)


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


def planned(bodies: Sequence[Body], seed: int) -> list[Ticket]:
    by_intent: dict[str, list[Body]] = {intent: [body for body in bodies if body.intent == intent] for intent in INTENTS}
    tickets = []
    for intent, count in intent_counts().items():
        splits = body_splits(by_intent[intent])
        train, validation = round(count * TICKET_SHARES["train"]), round(count * TICKET_SHARES["validation"])
        for split, wanted in zip(SPLITS, (train, validation, count - train - validation), strict=True):
            own = [body for body in by_intent[intent] if splits[template(body)] == split]
            tickets += [Ticket(body, split, use, ticket_date(body, use, seed)) for body, use in uses(own, wanted)]
    return tickets


def ticket_date(body: Body, use: int, seed: int) -> dt.date:
    """A day that fits the body's season; after the launch for what is about the Tumble; never a Sunday in the chat."""
    rng = stable_random(seed, "date", template(body), use)
    first, last = season(body)
    days = [first + dt.timedelta(number) for number in range((last - first).days + 1)]
    if body.after_launch:
        days = [day for day in days if day >= slots.LAUNCH] or [YEAR_END]
    volume = VOLUME_AFTER_LAUNCH if body.after_launch else VOLUME
    week = (1.25, 1.15, 1.05, 1.0, 0.95, 0.7, 0.0 if body.channel in ("chat", "any") else 0.6)
    return rng.choices(days, [volume[day.month - 1] * week[day.weekday()] + 1e-9 for day in days])[0]


def season(body: Body) -> tuple[dt.date, dt.date]:
    for pattern, (first, last) in SEASONS:
        if has(pattern, body.text):
            return dt.date(2025, *first), dt.date(2025, *last)
    return YEAR_START, YEAR_END


# --- who writes


def register(body: Body) -> str:
    """f(ormal), n(eutral) or c(asual)."""
    if body.channel != "email" and (body.text[0].islower() or has(CASUAL, body.text)):
        return "c"
    return "f" if body.channel == "email" and has(FORMAL, body.text) else "n"


def nature(body: Body) -> frozenset[str]:
    """What the body itself says about its writer, in terms of the tags of voices."""
    text = slots.plain(body.text)
    patterns = (("business", BUSINESS), ("elder", ELDERLY), ("young", YOUTHFUL), ("foreign", FOREIGN))
    return frozenset(tag for tag, pattern in patterns if has(pattern, text))


def suits(voice: Voice, body: Body) -> bool:
    tags = nature(body)
    if register(body) not in voice.takes or ("business" in tags) != ("business" in voice.tags) and "business" in tags:
        return False
    if "business" in voice.tags and (has(PRIVATE, body.text) or tags & {"elder", "young", "foreign"}):
        return False
    return not (
        "elder" in tags
        and "young" in voice.tags
        or "young" in tags
        and "elder" in voice.tags
        or "foreign" in tags
        and "foreign" not in voice.tags
    )


def regions_for(body: Body) -> frozenset[str]:
    """Where the writer of a body can live."""
    text = body.text
    if re.search(r"£|\b(pounds|quid|NHS|council|postcode)\b", text):
        return frozenset(("uk",))
    for country, region in (("Germany", "de"), ("Netherlands", "nl"), ("Ireland", "ie"), ("England", "uk"), ("Scotland", "uk")):
        if re.search(rf"\[\[(?:the )?{country}\|", text):
            return frozenset((region, "uk"))
    if (
        has(slots.OWN_COUNTRY, text.partition("{LOCATION:country}")[0])
        and "{LOCATION:country}" in text
        or has(r"\beuros?\b", text)
    ):
        return frozenset(("ie", "nl", "de"))
    return frozenset(("uk", "ie", "nl", "de"))


def choose_voice(body: Body, split: str, channel: str, rng: random.Random) -> tuple[Voice, str]:
    """A voice of the split that suits the body, and the region it writes from."""
    writers = [voice for voice in voices.VOICES if voice.split == split and channel[0] in voice.channels]
    regions = regions_for(body)
    local = [voice for voice in writers if regions & set(voice.regions)] or writers
    in_register = [voice for voice in local if register(body) in voice.takes]
    untagged = [voice for voice in in_register or local if not voice.tags & {"business", "elder", "young"}]
    fitting = [voice for voice in local if suits(voice, body)] or untagged or in_register or local
    voice = rng.choice(fitting)
    return voice, rng.choice([region for region in voice.regions if region in regions] or voice.regions)


def choose_channel(body: Body, rng: random.Random) -> str:
    return weighted(rng, [("email", 45), ("chat", 43), ("social", 12)]) if body.channel == "any" else body.channel


def choose_segment(body: Body, voice: Voice, rng: random.Random) -> str:
    if "business" in voice.tags or "business" in nature(body):
        return "business"
    plan = {"cancel_plan": 0.95, "change_plan": 0.7}.get(body.intent, 0.8 if "PRODUCT:plan" in body.text else 0.13)
    if rng.random() < plan:
        return "plus"
    new = {"product_advice": 0.55, "promo_code": 0.4, "payment_failed": 0.35, "how_to": 0.3, "order_status": 0.3}.get(
        body.intent, 0.2
    )
    return "new" if rng.random() < new else "regular"


# --- writing a ticket


def write(ticket: Ticket, company: Sequence[Body], seed: int, attempt: int) -> None:
    """Fill in the rest of a ticket; company is what a second request may be taken from."""
    rng = stable_random(seed, "ticket", ticket.template, ticket.use, attempt)
    ticket.channel = choose_channel(ticket.body, rng)
    voice, region = choose_voice(ticket.body, ticket.split, ticket.channel, rng)
    ticket.voice, ticket.segment = voice.name, choose_segment(ticket.body, voice, rng)

    def setting() -> slots.Setting:
        return slots.Setting(rng, ticket.split, region, ticket.when, ticket.body.intent, ticket.segment == "business")

    chance = stable_unit(seed, "extra", ticket.template, ticket.use)
    second = second_request(ticket, voice, company, rng) if chance < SECOND_REQUESTS * 1.38 else None
    fragment = ticket.channel != "social" and 1 - FRAGMENTS * 1.75 < chance and len(ticket.body.text) > 60
    ticket.extra = "second" if second else "fragment" if fragment else ""
    main = referenced(ticket, slots.fill(ticket.body.text, setting()), setting, rng)
    if fragment:
        segments = cut(opened(ticket, voice, noise.apply(main, voice.style, rng), setting, rng), rng)
    else:
        segments = composed(ticket, voice, main, second, setting, rng)
    ticket.text, ticket.entities = joined(segments)


Fresh = Callable[[], slots.Setting]


def composed(
    ticket: Ticket, voice: Voice, main: list[Segment], second: tuple[str, Body] | None, fresh: Fresh, rng: random.Random
) -> list[Segment]:
    body = small_talk(ticket, voice, main, fresh, rng)
    postscript: list[Segment] = []
    if second:
        connector, other = second
        request = noise.apply([(connector, None), *softened(slots.fill(other.text, fresh()))], voice.style, rng)
        if connector.startswith("PS") and ticket.channel == "email":
            postscript = [("\n\n", None), *request]
        else:
            gap = rng.choice(("\n\n", " ")) if ticket.channel == "email" else rng.choice(("\n", " "))
            body = [*(body if connector[0].islower() or "\n" in gap else stopped(body)), (gap, None), *request]
    opening = opened(ticket, voice, body, fresh, rng)
    return [*opening, *ending(ticket, voice, fresh, rng), *postscript]


def referenced(ticket: Ticket, main: list[Segment], fresh: Fresh, rng: random.Random) -> list[Segment]:
    """Some people add the order number that a body about a parcel does not have."""
    text = ticket.body.text
    known = "{ORDER_ID" in text or has(
        r"order number|reference|confirmation|preorder|purchase number|never ordered|didn'?t order", text
    )
    if ticket.body.intent not in (*PARCELS, "invoice_request") or known or rng.random() > REFERENCE_RATE[ticket.channel]:
        return main
    sound = register(ticket.body)
    form = weighted(rng, [(form, share) for form, kinds, share in REFERENCES if sound in kinds])
    gap = rng.choice((". ", ", ", "\n")) if sound == "c" and main[-1][0][-1].isalnum() else " "
    return [*(main if sound == "c" else stopped(main)), (gap, None), *slots.fill(form, fresh())]


def small_talk(ticket: Ticket, voice: Voice, main: list[Segment], fresh: Fresh, rng: random.Random) -> list[Segment]:
    """The body in the voice's hand, with what it says before and after; nothing where the body talks about itself already."""
    text = ticket.body.text
    base = {"email": 0.22, "chat": 0.05, "social": 0.04}[ticket.channel] * voice.chatty
    quiet = bool(nature(ticket.body)) or len(text) > 330
    parts = list(main)
    if voice.leads and not quiet and not has(FIRST_WORDS, text) and rng.random() < base:
        lead = rng.choice(voice.leads)
        flowing = voice.style.casing == "lower" or voice.style.run_on > 0 or not lead[-1].isalnum()
        parts = [*slots.fill(lead, fresh()), (" " if flowing else rng.choice((". ", "\n", " - ")), None), *parts]
    elif voice.trails and not quiet and not has(LAST_WORDS, text) and rng.random() < base * 1.3:
        parts = [*stopped(parts), (" ", None), *slots.fill(rng.choice(voice.trails), fresh())]
    return noise.apply(merged(parts), voice.style, rng)


def stopped(segments: list[Segment]) -> list[Segment]:
    """With a mark at its end, so that another sentence can follow."""
    text = segments[-1][0]
    return segments if re.search(r"[.?!…)]\s*$|[\U0001F300-\U0001FAFF☕💔🙃]\s*$", text) else [*segments, (".", None)]


def opened(ticket: Ticket, voice: Voice, body: list[Segment], fresh: Fresh, rng: random.Random) -> list[Segment]:
    """The body with the greeting in front."""
    rate = {"email": 0.86, "chat": 0.3, "social": 0.0}[ticket.channel]
    greetings = voice.greetings if ticket.channel == "email" else voice.hellos
    if "business" in nature(ticket.body):  # the body says itself what kind of firm it is
        greetings = tuple(greeting for greeting in greetings if not has(OWN_FIRM, greeting)) or ("",)
    greeting = rng.choice(greetings) if not has(FIRST_WORDS, ticket.body.text) and rng.random() < rate else ""
    if not greeting:
        return body
    head = hand(slots.fill(greeting, fresh()), voice)
    if ticket.channel == "email" and not voice.inline:
        return [*head, ("\n\n" if rng.random() < 0.85 else "\n", None), *body]
    if greeting[-1].isalpha():
        return [*head, (rng.choice((" ", " ", ", ", "\n")), None), *body]
    return [*head, (" ", None), *(softened(body) if greeting.endswith(",") else body)]


def softened(segments: list[Segment]) -> list[Segment]:
    """Going on in small letters after a comma."""
    text, label = segments[0]
    if label or not re.match(r"[A-Z][a-z]* ?", text) or re.match(r"I\b|[A-Z]{2}|Wrenfield|Parcelway", text):
        return segments
    return [(text[0].lower() + text[1:], label), *segments[1:]]


def hand(segments: list[Segment], voice: Voice) -> list[Segment]:
    """Set phrases are written as they stand, but for voices that never or only use capitals."""
    change = {"lower": noise.lowered, "upper": noise.raised}.get(voice.style.casing)
    return [(change(text), label) for text, label in segments] if change else segments


def ending(ticket: Ticket, voice: Voice, fresh: Fresh, rng: random.Random) -> list[Segment]:
    if ticket.channel == "chat" and voice.byes and rng.random() < 0.12 and not has(LAST_WORDS, ticket.body.text):
        return hand([(rng.choice((" ", "\n", " ")) + rng.choice(voice.byes), None)], voice)
    if ticket.channel != "email" or rng.random() > 0.86:
        return []
    closing = rng.choice(voice.closings)
    sign = [] if closing.startswith("Sent from") else signature(rng.choice(voice.signs), fresh(), rng)
    closing = closing if sign else closing.rstrip(",")
    firm: list[Segment] = [(voice.firm, None)] if sign and voice.firm and "business" not in nature(ticket.body) else []
    lines = [line for line in (slots.fill(closing, fresh()) if closing else [], sign, firm) if line]
    gap = "\n\n" if not voice.inline else rng.choice(("\n", "\n\n", "\n"))
    return hand([piece for index, line in enumerate(lines) for piece in (("\n" if index else gap, None), *line)], voice)


def signature(kind: str, setting: slots.Setting, rng: random.Random) -> list[Segment]:
    gender, of = rng.choice("fm"), slots.origin(setting)
    first, last = slots.first_name(setting, gender, of=of), slots.surname(setting, of)
    title = {"f": rng.choice(("Mrs", "Ms", "Miss", "Dr")), "m": rng.choice(("Mr", "Mr", "Dr"))}[gender]
    name = {
        "full": f"{first} {last}", "first": first, "lower": first.lower(), "dash": first, "initial": f"{first[0]}. {last}",
        "titled": f"{title} {first[0]}. {last}",
    }.get(kind)  # fmt: skip
    if not name:
        return []
    return [("– ", None), (name, "PERSON")] if kind == "dash" else [(name, "PERSON")]


def second_request(ticket: Ticket, voice: Voice, company: Sequence[Body], rng: random.Random) -> tuple[str, Body] | None:
    """A connector and a short body of another, not too similar, intent."""
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
    body = rng.choice(pool)
    kinds = "c" if register(body) == "c" and "f" not in voice.takes else voice.takes.replace("c", "")
    return rng.choice([text for text, kind in CONNECTORS if kind in kinds]), body


def stands_alone(body: Body) -> bool:
    """Whether a body can be a second request: short, of any season, and it says what it is about."""
    telling = has(
        r"\?|\{(PRODUCT|ORDER_ID)|^(please|i want|i need|i'?d like|i wish|need|want|how|can|does|do|where|could|would"
        r"|is there)\b",
        body.text,
    )
    plain_words = not has(FIRST_WORDS, body.text) and not nature(body) and body.intent != "complaint_service"
    return (
        bool(telling)
        and plain_words
        and len(body.text) <= 100
        and not body.after_launch
        and season(body) == (YEAR_START, YEAR_END)
    )


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


# --- segments to text


def merged(segments: Iterable[Segment]) -> list[Segment]:
    result: list[Segment] = []
    for text, label in segments:
        if result and label is None and result[-1][1] is None:
            result[-1] = (result[-1][0] + text, None)
        elif text:
            result.append((text, label))
    return result


def joined(segments: Iterable[Segment]) -> tuple[str, tuple[tuple[int, int, str], ...]]:
    text, entities = "", []
    for piece, label in merged(segments):
        if label:
            entities.append((len(text), len(text) + len(piece), label))
        text += piece
    start = len(text) - len(text.lstrip())
    return text.strip(), tuple((first - start, last - start, label) for first, last, label in entities)


# --- the corpus


def make_tickets(bodies: Sequence[Body], seed: int) -> list[Ticket]:
    tickets = planned(bodies, seed)
    used: dict[str, set[str]] = defaultdict(set)
    for ticket in tickets:
        used[ticket.split].add(ticket.template)
    company = {
        split: [body for body in bodies if template(body) in used[split] and body.channel in ("chat", "any")] for split in SPLITS
    }
    seen: set[str] = set()
    for ticket in tickets:
        for attempt in range(60):
            write(ticket, company[ticket.split], seed, attempt)
            if text_key(ticket.text) not in seen:
                break
        seen.add(text_key(ticket.text))
    mislabel(tickets, seed)
    return sorted(tickets, key=lambda ticket: (ticket.when, stable_unit(seed, "order", ticket.template, ticket.use)))


def text_key(text: str) -> str:
    return " ".join(re.sub(r"\W+", " ", text.lower()).split())


def mislabel(tickets: Sequence[Ticket], seed: int) -> None:
    """The desk's own label: wrong for a few tickets of train and validation, adjudicated in test."""
    for split in SPLITS:
        own = [ticket for ticket in tickets if ticket.split == split]
        for ticket in own:
            ticket.recorded = ticket.body.intent
        order = sorted(own, key=lambda ticket: stable_unit(seed, "wrong", ticket.template, ticket.use))
        for ticket in order[: 0 if split == "test" else round(WRONG_LABELS * len(own))]:
            ticket.recorded = stable_random(seed, "label", ticket.template, ticket.use).choice(INTENTS[ticket.body.intent])


def ticket_record(number: int, ticket: Ticket) -> dict[str, Any]:
    return {
        "id": f"t{number:05}",
        "text": ticket.text,
        "intent": ticket.recorded,
        "true_intent": ticket.body.intent,
        "channel": ticket.channel,
        "date": ticket.when.isoformat(),
        "segment": ticket.segment,
        "voice": ticket.voice,
        "template": ticket.template,
        "split": ticket.split,
        "entities": [{"start": start, "end": end, "label": label} for start, end, label in ticket.entities],
    }


def article_record(article: Article) -> dict[str, str]:
    return {"id": article.slug, "title": article.title, "text": LITERAL.sub(r"\1", article.text), "category": article.category}


def query_splits(articles: Sequence[Article]) -> dict[str, str]:
    """The split of every article's queries: articles that answer the same query stay together."""
    leader = {article.slug: article.slug for article in articles}

    def find(slug: str) -> str:
        while leader[slug] != slug:
            slug = leader[slug]
        return slug

    for article in articles:
        for _, grades in article.queries:
            targets = [find(slug) for slug, grade in grades.items() if grade == 2]
            for slug in targets:
                leader[find(slug)] = min(targets)
    sizes = Counter(
        find(next(slug for slug, grade in grades.items() if grade == 2)) for article in articles for _, grades in article.queries
    )
    categories = {article.slug: article.category for article in articles}
    order = sorted(sizes, key=lambda slug: (categories[slug], stable_unit("article", slug)))
    groups = apportion([(slug, float(sizes[slug])) for slug in order], QUERY_SHARES, "queries")
    return {article.slug: groups[find(article.slug)] for article in articles if find(article.slug) in groups}


def make_queries(articles: Sequence[Article]) -> tuple[list[dict[str, str]], list[tuple[str, str, int]]]:
    splits = query_splits(articles)
    records: list[dict[str, str]] = []
    judgements: list[tuple[str, str, int]] = []
    for article in articles:
        for text, grades in article.queries:
            name = f"q{len(records) + 1:04}"
            target = next(slug for slug, grade in grades.items() if grade == 2)
            records.append({"id": name, "text": text, "split": splits[target]})
            judgements += [(name, slug, grade) for slug, grade in sorted(grades.items(), key=lambda pair: (-pair[1], pair[0]))]
    return records, judgements


# --- files


def jsonl(records: Iterable[dict[str, Any]]) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def write_files(out: Path, contents: dict[str, str]) -> None:
    """All files are written beside their places and then moved into them."""
    out.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (out / f".{name}.tmp").write_bytes(content.encode("utf-8"))
    for name in contents:
        os.replace(out / f".{name}.tmp", out / name)


# --- checks


def faults(
    tickets: Sequence[dict[str, Any]],
    articles: Sequence[dict[str, str]],
    queries: Sequence[dict[str, str]],
    qrels: Sequence[tuple[str, str, int]],
) -> Iterator[str]:
    for ticket in tickets:
        yield from span_faults(ticket)
        if (
            (ticket["date"] < slots.LAUNCH.isoformat())
            and has(r"\btumble\b", ticket["text"])
            and "tumble dr" not in ticket["text"].lower()
        ):
            yield f"{ticket['id']}: Tumble before its launch: {ticket['text'][:80]!r}"
    yield from isolation_faults(tickets)
    slugs = {article["id"] for article in articles}
    for query, slug, _ in qrels:
        if slug not in slugs:
            yield f"qrels: {query} judges {slug}, which is no article"
    split_of = {query["id"]: query["split"] for query in queries}
    homes: dict[str, str] = {}
    for query, slug, grade in qrels:
        if grade == 2 and homes.setdefault(slug, split_of[query]) != split_of[query]:
            yield f"{query}: queries for {slug} are in {homes[slug]} and {split_of[query]}"
    for split in SPLITS:
        if split not in split_of.values():
            yield f"no query in {split}"


def span_faults(ticket: dict[str, Any]) -> Iterator[str]:
    text, last = ticket["text"], 0
    if not text or text != text.strip() or re.search(r"[{}|\x00]|\[\[|\]\]", text):
        yield f"{ticket['id']}: empty, untrimmed or with a slot left: {text[:80]!r}"
    for entity in ticket["entities"]:
        start, end = entity["start"], entity["end"]
        if not last <= start < end <= len(text) or text[start:end] != text[start:end].strip():
            yield f"{ticket['id']}: bad span {start}-{end} {text[start:end]!r}"
        if (start and text[start - 1].isalnum() and text[start].isalnum()) or (
            end < len(text) and text[end - 1].isalnum() and text[end].isalnum()
        ):
            yield f"{ticket['id']}: span inside a word: {text[max(0, start - 8) : end + 8]!r}"
        last = end


def isolation_faults(tickets: Sequence[dict[str, Any]]) -> Iterator[str]:
    for kind in ("template", "voice"):
        homes: dict[str, str] = {}
        for ticket in tickets:
            if homes.setdefault(ticket[kind], ticket["split"]) != ticket["split"]:
                yield f"{ticket['id']}: {kind} {ticket[kind]} is in {homes[ticket[kind]]} as well"
    texts: dict[str, str] = {}
    for ticket in tickets:
        key = text_key(ticket["text"])
        if key in texts:
            yield f"{ticket['id']}: the same text as {texts[key]}: {ticket['text'][:80]!r}"
        texts[key] = ticket["id"]
    present = {(ticket[kind], ticket["split"]) for ticket in tickets for kind in ("intent", "true_intent")}
    for intent in INTENTS:
        for split in SPLITS:
            if (intent, split) not in present:
                yield f"no ticket with intent {intent} in {split}"


# --- summary


def summary(
    tickets: Sequence[Ticket],
    records: Sequence[dict[str, Any]],
    queries: Sequence[dict[str, str]],
    contents: dict[str, str],
    bodies: Sequence[Body],
) -> Iterator[str]:
    splits = Counter(ticket.split for ticket in tickets)
    yield (
        "tickets   "
        + "  ".join(f"{split} {splits[split]}" for split in SPLITS)
        + f"  total {len(tickets)} from {len(bodies)} bodies"
    )
    for intent in INTENTS:
        per = Counter(ticket.split for ticket in tickets if ticket.body.intent == intent)
        own = Counter(ticket.template for ticket in tickets if ticket.body.intent == intent)
        numbers = " ".join(f"{per[split]:4}" for split in SPLITS)
        yield f"  {intent:20} {sum(per.values()):4}  {numbers}   {len(own)} bodies, at most {max(own.values(), default=0)} times"
    for kind, values in (
        ("channel", Counter(ticket.channel for ticket in tickets)),
        ("segment", Counter(ticket.segment for ticket in tickets)),
        ("extra", Counter(ticket.extra or "none" for ticket in tickets)),
        ("month", Counter(ticket.when.month for ticket in tickets)),
        ("entity", Counter(entity["label"] for record in records for entity in record["entities"])),
        ("query", Counter(query["split"] for query in queries)),
    ):
        yield f"{kind:9} " + "  ".join(
            f"{name} {count}" for name, count in (sorted(values.items()) if kind == "month" else values.most_common())
        )
    late = [ticket for ticket in tickets if ticket.when.month >= 9]
    launched = sum(ticket.body.after_launch for ticket in late)
    yield f"launch    {launched} of {len(late)} tickets from September on are from '+' bodies"
    wrong = Counter(ticket.split for ticket in tickets if ticket.recorded != ticket.body.intent)
    yield "labels    wrong: " + "  ".join(f"{split} {wrong[split]}" for split in SPLITS)
    yield f"voices    {len({ticket.voice for ticket in tickets})} used, " + ", ".join(
        f"{split} {len({t.voice for t in tickets if t.split == split})}" for split in SPLITS
    )
    yield "bytes     " + "  ".join(f"{name} {len(content.encode()):,}" for name, content in contents.items())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    options = parser.parse_args()

    bodies = [body for path in sorted((HERE / "parts" / "tickets").glob("*.txt")) for body in read_bodies(path)]
    articles = [article for path in sorted((HERE / "parts" / "articles").glob("*.txt")) for article in read_articles(path)]
    strangers = {body.intent for body in bodies} ^ set(INTENTS)
    if strangers:
        print(f"fault: intents without bodies, or bodies without intents: {', '.join(sorted(strangers))}", file=sys.stderr)
        return 1

    tickets = make_tickets(bodies, options.seed)
    records = [ticket_record(number, ticket) for number, ticket in enumerate(tickets, 1)]
    pages = [article_record(article) for article in articles]
    queries, qrels = make_queries(articles)
    contents = {
        "tickets.jsonl": jsonl(records),
        "articles.jsonl": jsonl(pages),
        "queries.jsonl": jsonl(queries),
        "qrels.tsv": "query-id\tcorpus-id\tscore\n" + "".join(f"{query}\t{slug}\t{grade}\n" for query, slug, grade in qrels),
    }
    print("\n".join(summary(tickets, records, queries, contents, bodies)))
    found = [*voices.faults(), *faults(records, pages, queries, qrels)]
    size = sum(len(content.encode()) for content in contents.values())
    if size >= SIZE_LIMIT:
        found.append(f"{size:,} bytes, {SIZE_LIMIT:,} allowed")
    if found:
        print("\n".join(f"fault: {fault}" for fault in found), file=sys.stderr)
        return 1
    write_files(options.out, contents)
    print(f"written to {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
