"""A body with {SLOT}s becomes a list of segments, (string, label or None)."""

from __future__ import annotations

import datetime as dt
import re

from chance import weighted
from date_slot import date_text
from money_slot import money
from parts import LITERAL, SLOT, plain
from person_slot import person
from place_slot import location
from product_slot import choose_models, product_pieces
from segments import Segment
from setting import Setting


def fill(text: str, setting: Setting) -> list[Segment]:
    """The body with every slot replaced by a value and every literal entity unwrapped."""
    choose_models(text, setting)
    segments: list[Segment] = []
    position = 0
    for match in re.finditer(f"{SLOT.pattern}|{LITERAL.pattern}", text):
        before, left, right = text[position : match.start()], plain(text[: match.start()]), plain(text[match.end() :])
        name, number, family, literal, label = match.groups()
        position = match.end()
        if literal:
            segments += [(before, None), (literal, label)]
            continue
        pieces = values_for((name, number or "", family or ""), left, right, text, setting)
        before, pieces = take_title(before, pieces)
        if re.match(r"s\b", text[position:]):  # a plural made by the author of the body
            position += 1
            pieces = [(pieces[0][0] + "s", pieces[0][1]), *pieces[1:]]
        segments += [(before, None), *pieces]
    segments.append((text[position:], None))
    return capitalised([segment for segment in segments if segment[0]], text)


def take_title(before: str, pieces: list[Segment]) -> tuple[str, list[Segment]]:
    """'Mr ' and the '#' of an order number belong to the entity, also where the body has them in plain text."""
    found = re.search(r"\b(Mr|Mrs|Ms|Dr|Herr|Frau) $", before) if pieces[0][1] == "PERSON" else None
    if pieces[0][1] == "ORDER_ID":
        found = re.search(r"#$", before)
    if not found:
        return before, pieces
    return before[: found.start()], [(found.group() + pieces[0][0], pieces[0][1]), *pieces[1:]]


def capitalised(segments: list[Segment], text: str) -> list[Segment]:
    """A value at the beginning of a properly written body begins with a capital letter."""
    value, label = segments[0]
    if label and value[0].islower() and text.rstrip()[-1:] in ".?!":
        return [(value[0].upper() + value[1:], label), *segments[1:]]
    return segments


def values_for(key: tuple[str, str, str], left: str, right: str, text: str, setting: Setting) -> list[Segment]:
    name = key[0]
    if name == "PRODUCT":
        return product_pieces(key, left, right, setting)
    if key not in setting.values or name == "DATE":
        maker = {"ORDER_ID": order_id, "DATE": date_text, "MONEY": money, "PERSON": person, "LOCATION": location}[name]
        setting.values[key] = maker(key, left, right, text, setting)
    return [(setting.values[key], name)]


def order_id(key: tuple[str, str, str], left: str, right: str, text: str, setting: Setting) -> str:
    """Numbers grow through the year; how people copy them varies."""
    digits = str(401_000 + (setting.when - dt.date(2025, 1, 1)).days * 470 + setting.rng.randrange(-3000, 400))
    country = {"uk": "UK", "ie": "IE", "nl": "NL", "de": "DE"}[setting.region]
    if left.endswith("#"):
        return weighted(setting.rng, [(digits, 3), (f"WF-{digits}", 2)])
    forms = [
        (f"WF-{digits}", 46), (f"WF{digits}", 11), (f"#{digits}", 8), (f"wf-{digits}", 6), (digits, 9),
        (f"{digits}-{country}", 4),
        (f"WF-{digits}-{country}", 4), (f"#WF-{digits}", 3), (f"wf{digits}", 3), (f"WF {digits}", 4), (f"WF_{digits}", 1),
    ]  # fmt: skip
    return weighted(setting.rng, forms)
