"""Values for the slots of ticket bodies: a body with {SLOT}s becomes a list of segments, (string, label or None)."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import names
from parts import LITERAL, SLOT

Segment = tuple[str, str | None]
T = TypeVar("T")

LAUNCH = dt.date(2025, 9, 2)
TUMBLE_SHARE = 0.35  # of the devices named freely, once the Tumble is out
UNSEEN_SHARE = 1 / 3  # of people, towns and streets occur in test tickets only
UNSEEN_RATE = 0.6  # how often a test ticket takes one of those
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
NUMBER = (
    r"(?:[2-9]|1\d|2\d|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fourteen|fifteen|twenty|both|several|unopened)"
)


@dataclass(frozen=True)
class Model:
    name: str
    family: str
    price: int
    share: int
    surfaces: tuple[tuple[str, int], ...]
    nouns: tuple[str, ...] = ()


MODELS = (
    Model(
        "Hearth 2",
        "thermostat",
        159,
        13,
        (("Hearth 2", 12), ("Hearth", 4), ("Hearth2", 1), ("Wrenfield Hearth 2", 2)),
        ("thermostat",),
    ),
    Model("Hearth", "thermostat", 129, 5, (("Hearth", 12), ("Wrenfield Hearth", 2)), ("thermostat",)),
    Model("Hearth Valve", "valve", 45, 7, (("Hearth Valve", 10), ("Hearth valve", 2), ("Valve", 2))),
    Model("Drift", "purifier", 149, 9, (("Drift", 12), ("Wrenfield Drift", 2)), ("purifier", "air purifier")),
    Model("Drift Max", "purifier", 229, 5, (("Drift Max", 12), ("DriftMax", 1), ("Wrenfield Drift Max", 1)), ("purifier",)),
    Model("Perch", "camera", 59, 9, (("Perch", 12), ("Wrenfield Perch", 2)), ("camera", "cam")),
    Model("Perch Outdoor", "camera", 99, 8, (("Perch Outdoor", 12), ("Perch outdoor", 1), ("Outdoor Perch", 1)), ("camera",)),
    Model("Knock", "doorbell", 119, 13, (("Knock", 12), ("Wrenfield Knock", 2)), ("doorbell",)),
    Model("Latch", "lock", 189, 10, (("Latch", 12), ("Wrenfield Latch", 2)), ("lock", "smart lock")),
    Model("Glow", "light", 19, 5, (("Glow", 12), ("Wrenfield Glow", 1)), ("bulb",)),
    Model("Glow Strip", "light", 39, 4, (("Glow Strip", 10), ("Glow strip", 2), ("GlowStrip", 1))),
    Model("Brook", "sensor", 29, 6, (("Brook", 12), ("Wrenfield Brook", 2)), ("leak sensor", "sensor")),
    Model("Murmur", "speaker", 79, 9, (("Murmur", 12), ("Wrenfield Murmur", 2)), ("speaker",)),
    Model("Burrow", "hub", 69, 5, (("Burrow", 12), ("Wrenfield Burrow", 1)), ("hub",)),
    Model("Tumble", "tumble", 399, 0, (("Tumble", 14), ("Wrenfield Tumble", 2)), ("robot", "vacuum", "robot vac")),
    Model("Plus", "plan", 59, 0, (("Plus", 10), ("Wrenfield Plus", 5)), ("plan", "subscription")),
    Model("Plus Family", "plan", 99, 0, (("Plus Family", 10), ("Wrenfield Plus Family", 3)), ("plan",)),
)
PLURALS = {
    "Latch": "Latches",
    "Perch": "Perches",
    "Perch Outdoor": "Perch Outdoors",
    "Drift Max": "Drift Maxes",
    "Glow Strip": "Glow Strips",
}

# what the rest of a body says about the model or the family that it can be about
MODEL_HINTS = (
    (r"\b(bulbs?|lamps?|B22|E27|screw|bayonet|fittings?|socket)\b", "light", "Glow"),
    (r"\b(strip|tape|led|cut it|adhesive|shelf|metres?)\b", "light", "Glow Strip"),
    (
        r"\b(garden|drive|driveway|barn|outdoors?|outside|rain|siren|battery|batteries|shed|gate|garage|fox|charg\w+|yard)\b",
        "camera",
        "Perch Outdoor",
    ),
    (r"\b(cot|nursery|indoors?|living room|kitchen|socket|shelf)\b", "camera", "Perch"),
    (r"\b(square|dial)\b", "thermostat", "Hearth"),
    (r"\b(round|glass)\b", "thermostat", "Hearth 2"),
    (r"\b(big|bigger|large|lounge)\b", "purifier", "Drift Max"),
    (r"\b(small|little|bedroom)\b", "purifier", "Drift"),
    (r"\b(family version|family plan|members?|second home)\b", "plan", "Plus Family"),
)
FAMILY_HINTS = (
    (r"\b(video|recordings?|footage|clips?|night vision|lens|live view|motion)\b", ("camera", "doorbell")),
    (r"\b(film(s|ed|ing)?|picture)\b", ("camera", "doorbell")),
    (r"\b(filter|air quality)\b", ("purifier",)),
    (r"\b(volume|music|microphones?|intercom|said|wake word)\b", ("speaker",)),
    (r"\b(heating|temperature|boiler|radiators?)\b", ("thermostat", "valve")),
    (r"\b(keypad|one-time code|front door unlock)\b", ("lock",)),
    (r"\b(leaks?|damp|flood)\b", ("sensor",)),
    (r"\b(hot plastic|smell\w*|burning|hum|humming|fan)\b", ("purifier", "speaker", "hub")),
    (r"\b(chime|porch|visitors?|who is at the door)\b", ("doorbell",)),
    (r"\b(batter(y|ies)|cells)\b", ("lock", "doorbell", "valve", "sensor", "camera")),
    (r"\b(screws?|bracket|drill(ed)?|wall plate|mounted?)\b", ("camera", "doorbell", "thermostat", "lock")),
    (r"\b(without (a|the|your) hub|needs? (a|the) hub|the hub)\b", ("lock", "valve", "sensor")),
    (r"\b(plug|socket|mains|power brick)\b", ("purifier", "camera", "speaker", "hub")),
    (r"\b(cable|usb|charg\w+)\b", ("doorbell", "camera", "speaker", "hub")),
    (
        r"\b(network|5 ?ghz|2\.4|wi-?fi|router|WPA\d)\b",
        ("thermostat", "purifier", "camera", "doorbell", "speaker", "light", "hub", "tumble"),
    ),
)
PLAN_WORDS = r"\b(plan|subscription|trial|renew\w*|membership|video history|yearly thing|monthly thing)\b"
PLAN_SUMS: dict[int, Sequence[float]] = {-1: (5.99, 5.99, 9.99), 0: (5.99, 59, 59, 9.99), 1: (59, 59, 99)}
SUMS: tuple[tuple[str, Sequence[float]], ...] = (
    (r"burst pipe|insurer|excess", (350, 480, 900, 1200)),
    (r"call-out|plumber|electrician|for rent", (65, 80, 95, 120)),
    (r"spent more than|budget|this year with you", (250, 400, 600, 750, 900)),
    (
        r"(postage|shipping|delivery|express|extra|additional|for the priority|surcharge)\W*( \S+){0,7} _|_ (extra|for .express)",
        (3.95, 7.95, 3.95, 7.95),
    ),
    (r"transaction fee|\bfee\b|customs|handling", (2.99, 4.27, 3.18, 6.5, 11.4)),
    (r"_ (less|cheaper|off)\b|difference|\bknock the _|take _", (10, 15, 20, 25, 30)),
    (r"gift|voucher|card for|thank-you|\bcredit\b|vouchers?", (10, 15, 20, 25, 50, 50, 75, 100)),
    (r"mopping pads|pads x", (19, 24, 15)),
)
OWN_NOUNS = (
    ("thermostat", 159), ("valve", 45), ("purifier", 149), ("outdoor camera", 99), ("camera", 59), ("doorbell", 119),
    ("bulb", 19),
    ("speaker", 79), ("lock", 189), ("sensor", 29), ("hub", 69), ("robot", 399), ("filter", 29), ("chime", 25), ("strip", 39),
    ("detector", 29),
)  # fmt: skip

FEMALE_KIN = (
    r"\b(wife|mum|mother(-in-law)?|daughter|sister(-in-law)?|niece|aunt|gran|nan|granny|girlfriend|granddaughter|Mrs|Ms|Miss"
    r"|lady)\b"
)
MALE_KIN = (
    r"\b(husband|dad|father|son|brother(-in-law)?|nephew|uncle|grandad|boyfriend|grandson|Mr|man|gentleman|chap|bloke|guy|old)\b"
)
KIN = rf"{FEMALE_KIN}|{MALE_KIN}|\b(friend|partner|flatmate|housemate|cousin|colleague|fitter|chat|agent|by|with|to|from)\b"
FULL_NAME = (
    r"\b(name of|account under|name on it is( now)?|label read|made out to|slip says|signed( for)? by a|surname|invoice to"
    r"|called)\W*$"
)
FUTURE = (
    r"\b(by|before|until|till|due|deadline is|estimate says|moved to|back to|only do|delivery to|trial ends|ends|to go out"
    r"|supposed to go out|effect from"
    r"|sale for|this will be|going to be|it on from|then from|weeks from|payment from|weeks? away from|postpone \w+ to"
    r"|possible to move delivery to)\s*$"
    r"|\b(will|won't|ends|closes|closed|closing|leaves|reopens|opens|open|\w+'ll|comes up|runs|renews|renewal|finishes"
    r"|expires|stops|roll over|wedding|party|birthday"
    r"|anniversary|moving|flying|shut|going|is|are|back|starts|begins|renew me|stop the renewal|stocktaking|travel\w*"
    r"|due)( \w+){0,4} on\s*$"
)
PAST = (
    r"\b(came|was|were|had|bought|ordered|paid|placed|arrived|sent|stolen|got|told|sold|took|went|signed)\b[^.?!]*$"
    r"|since \w*\s*$|about\s*$"
)
OWN_COUNTRY = (
    r"\b(live in|I'm in|im in|order from|parcel to|delivery to|ship to|my|back to|customs to|bank in|adviser in|take to"
    r"|father in|plug for|Dear \S+ in)\s*$"
)


def stable_unit(*key: object) -> float:
    """A number in [0, 1) that depends on the key only, on every machine and in every run."""
    digest = hashlib.sha256("\x1f".join(map(str, key)).encode()).digest()
    return int.from_bytes(digest[:7], "big") / (1 << 56)


def stable_random(*key: object) -> random.Random:
    digest = hashlib.sha256("\x1f".join(map(str, key)).encode()).digest()
    return random.Random(int.from_bytes(digest[:8], "big"))


def has(pattern: str, text: str) -> re.Match[str] | None:
    """The first occurrence, in capitals or not."""
    return re.search(pattern, text, re.IGNORECASE)


def weighted(rng: random.Random, pairs: Sequence[tuple[T, float]]) -> T:
    return rng.choices([value for value, _ in pairs], [weight for _, weight in pairs])[0]


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


def plain(text: str) -> str:
    return LITERAL.sub(r"\1", SLOT.sub("_", text))


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


# --- products


def choose_models(text: str, setting: Setting) -> None:
    """A model for every product slot of the body, all of them different."""
    words = plain(text)
    for name, number, family in SLOT.findall(text):
        key = (name, number, family)
        if name != "PRODUCT" or key in setting.models:
            continue
        taken = {model.name for model in setting.models.values()}
        families = {model.family for model in setting.models.values()}
        pool = models_of(family, words) if family else free_models(words, families, setting)
        setting.models[key] = weighted(
            setting.rng, [(model, max(model.share, 1)) for model in pool if model.name not in taken] or [(pool[0], 1)]
        )


def models_of(family: str, words: str) -> list[Model]:
    pool = [model for model in MODELS if model.family == family]
    hinted = {name for pattern, of, name in MODEL_HINTS if of == family and has(pattern, words)}
    if family == "plan" and not hinted:
        return [pool[0]] * 3 + [pool[1]]
    return [model for model in pool if model.name in hinted] or pool


def free_models(words: str, taken: set[str], setting: Setting) -> list[Model]:
    """The models that an unspecified {PRODUCT} can be: the body's own words decide, then the date."""
    for pattern, families in FAMILY_HINTS:
        if has(pattern, words):
            allowed = [family for family in families if family != "tumble" or setting.launched]
            hinted = [model for family in allowed for model in models_of(family, words)]
            return [model for model in hinted if model.family not in taken] or hinted
    if setting.launched and "tumble" not in taken and setting.rng.random() < TUMBLE_SHARE:
        return models_of("tumble", words)
    return [model for model in MODELS if model.share and model.family not in taken]


def product_pieces(key: tuple[str, str, str], left: str, right: str, setting: Setting) -> list[Segment]:
    model = setting.models[key]
    if has(rf"\b{NUMBER}( (of )?(the|your|those|these))? $", left) and not re.match(r" (unit|plan)", right):
        short = model.name
        return [(PLURALS.get(short, f"{short}s"), "PRODUCT")]
    if key not in setting.values:
        near = re.search(r"Wrenfield[^.]{0,12}$", left) or "Wrenfield" in right[:12]
        surfaces = [
            (surface, share)
            for surface, share in model.surfaces
            if not (near and "Wrenfield" in surface) and not (left.endswith(" a ") and surface[0] in "AEIO")
        ]
        setting.values[key] = weighted(setting.rng, surfaces)
        return [(setting.values[key], "PRODUCT"), *following_noun(model, left, right, setting)]
    return [(setting.values[key].removeprefix("Wrenfield "), "PRODUCT")]


def following_noun(model: Model, left: str, right: str, setting: Setting) -> list[Segment]:
    """Sometimes 'Hearth 2 thermostat': the common noun stays outside of the entity."""
    open_place = re.match(r"(?:[.,?!;:]|$| (?:and|is|that|was|on|has|to|for|in|from|with|which|back|please|pls)\b)", right)
    known = any(has(rf"\b{noun}\b", left[-40:] + right[:40]) for noun in model.nouns)
    needed = model.family == "plan" and re.search(r"\b(a|my|the|our|your|this) $", left)
    if model.nouns and open_place and not known and setting.rng.random() < (0.85 if needed else 0.12):
        return [(f" {setting.rng.choice(model.nouns)}", None)]
    return []


# --- order numbers, dates, money


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


def date_text(key: tuple[str, str, str], left: str, right: str, text: str, setting: Setting) -> str:
    stored = setting.values.get(("WHEN", key[1], ""))
    if stored is None:
        day = choose_day(key, left, right, setting)
        setting.values["WHEN", key[1], ""] = day.isoformat()
    else:
        day = dt.date.fromisoformat(stored)
    return date_form(day, left, right, setting)


def choose_day(key: tuple[str, str, str], left: str, right: str, setting: Setting) -> dt.date:
    """Up to three weeks before the ticket, or after it where the words before look ahead; a second date is the later one."""
    if has(r"that very day", right[:40]):
        return setting.when
    ahead = bool(has(FUTURE, left[-70:])) and not has(PAST, left[-28:])
    first = setting.values.get(("WHEN", "", "")) if key[1] else None
    if first:
        start = dt.date.fromisoformat(first)
        if start < setting.when and not ahead:
            room = (setting.when - start).days - 1
            return start + dt.timedelta(max(1, min(room, setting.rng.randint(2, 9))))
        return max(start, setting.when) + dt.timedelta(setting.rng.randint(2, 9))
    if ahead:
        return setting.when + dt.timedelta(setting.rng.randint(2, 14))
    least = 6 if key[1] == "" and "{DATE2" in left + right else 2
    return setting.when - dt.timedelta(min(21, least + int(setting.rng.expovariate(1 / 5.5))))


def date_form(day: dt.date, left: str, right: str, setting: Setting) -> str:
    rng, weekday = setting.rng, DAYS[day.weekday()]
    if has(r"\b(this|next|last|every|coming|following) $", left) or re.match(
        r" (morning|afternoon|evening|night|at|before)\b", right
    ):
        return weekday
    if has(r"\b(in|end of|early|mid) $", left):
        return MONTHS[day.month - 1]
    forms = full_forms(day, setting.region)
    distance = abs((day - setting.when).days)
    article = has(r"\bthe $", left)
    if article:
        forms = [
            (ordinal(day.day), 5),
            (f"{ordinal(day.day)} of {MONTHS[day.month - 1]}", 3),
            (f"{day.day} {MONTHS[day.month - 1]}", 2),
        ]
    elif distance <= 6:
        forms += [("weekday", 30), ("short weekday", 4)]
    if not article and distance <= 20:
        forms.append(("the nth", 13))
    style = setting.date_style if setting.date_style in dict(forms) else weighted(rng, forms)
    spoken = {"weekday": weekday, "short weekday": weekday[:3], "the nth": f"the {ordinal(day.day)}"}
    return spoken.get(style, style)


def ordinal(number: int) -> str:
    suffix = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def full_forms(day: dt.date, region: str) -> list[tuple[str, float]]:
    month, short = MONTHS[day.month - 1], MONTHS[day.month - 1][:3]
    forms: list[tuple[str, float]] = [
        (f"{day.day} {month}", 17), (f"{month} {ordinal(day.day)}", 6), (f"{ordinal(day.day)} {month}", 7),
        (f"{day.day} {short}", 7),
        (f"{ordinal(day.day)} of {month}", 4), (f"{ordinal(day.day)} of {short}", 2), (f"the {ordinal(day.day)} of {month}", 3),
        (f"{DAYS[day.weekday()][:3]} {day.day} {short}", 4), (f"{DAYS[day.weekday()]} {day.day} {month}", 3),
        (f"{short} {day.day}", 2),
        (f"{day.day}/{day.month}", 4), (f"{day:%d/%m}", 5), (day.isoformat(), 2), (f"{day:%d/%m/%Y}", 2),
        (f"{day.day} {month} 2025", 2),
    ]  # fmt: skip
    if region == "de":
        forms += [(f"{day.day}.{day.month}.", 6), (f"{day:%d.%m.%Y}", 7), (f"{day.day}. {month}", 6)]
    if region == "nl":
        forms += [(f"{day:%d-%m-%Y}", 7), (f"{day.day}-{day.month}", 6)]
    return forms


def money(key: tuple[str, str, str], left: str, right: str, text: str, setting: Setting) -> str:
    other = setting.values.get(("AMOUNT", "", "")) if key[1] else None
    amount = second_amount(float(other), right, setting) if other else first_amount(left, right, text, setting)
    setting.values["AMOUNT", key[1], ""] = str(amount)
    return money_form(amount, left, right, setting)


def first_amount(left: str, right: str, text: str, setting: Setting) -> float:
    """A sum that fits what the words around it are about."""
    rng, near, words = setting.rng, f"{left[-70:].rstrip()} _ {right[:30].lstrip()}", plain(text)
    families = {model.family for model in setting.models.values()}
    yearly, monthly = has(r"_ (a|per|each) year|yearly|annual", near), has(r"_ (a|per|each|every) month|monthly", near)
    if (
        yearly
        or monthly
        or "plan" in families
        or setting.intent in ("cancel_plan", "change_plan")
        or (has(PLAN_WORDS, words) and not families)
    ):
        return rng.choice(PLAN_SUMS[bool(yearly) - bool(monthly)])
    if setting.intent == "spare_part":
        return rng.choice((29, 29, 25, 19, 12))
    stated = re.search(r"\[\[£([\d.]+)\|", text)
    if stated and setting.intent == "unexpected_charge" and float(stated[1]) > 100:
        return second_amount(float(stated[1]), right, setting)
    for pattern, amounts in SUMS:
        if has(pattern, near):
            return rng.choice(amounts)
    if setting.intent == "promo_code" and has(r"worth|card|reward|remain|left on it|there'd be", near):
        return rng.choice((10, 15, 20, 25, 50))
    return goods_amount(near, words, setting)


def goods_amount(near: str, words: str, setting: Setting) -> float:
    rng = setting.rng
    devices = [model for model in setting.models.values() if model.family != "plan"]
    prices = [model.price for model in devices[:1]] or [price for noun, price in OWN_NOUNS if has(rf"\b{noun}s?\b", words)][:1]
    price: float = prices[0] if prices else weighted(rng, [(model.price, model.share) for model in MODELS if model.share])
    one_device = has(r"\b(a|one|the|my|your) _|\bfor (a|one)\b|" + "|".join(rf"\b{noun}\b" for noun, _ in OWN_NOUNS), near)
    if (
        setting.business
        and not one_device
        and price < 200
        and has(r"\b(order|goods|net value|invoice|ledger|trade|units|purchase|total)\b", words)
    ):
        return price * rng.choice((5, 10, 12, 15, 20)) * rng.choice((1, 1, 0.9))
    if setting.launched and not devices and not prices and rng.random() < TUMBLE_SHARE:
        price = 399
    odd = rng.random()
    if odd < 0.2 and not devices:
        return price + (rng.choice((3.95, 7.95)) if price < 50 else 7.95)
    return round(price * 0.9, 2) if odd < 0.28 and price != 399 else price


def second_amount(first: float, right: str, setting: Setting) -> float:
    """Usually the larger one of two; the smaller where 'only' follows."""
    rng = setting.rng
    if first < 12:
        return rng.choice([amount for amount in (5.99, 9.99, 3.95, 7.95, 59) if amount != first])
    gap = rng.choice((3.95, 7.95, 10, 20, round(first * 0.1, 2), first))
    return round(first - min(gap, first / 2), 2) if re.match(r" only\b", right) else round(first + gap, 2)


def money_form(amount: float, left: str, right: str, setting: Setting) -> str:
    exact, whole = f"{amount:.2f}", amount == int(amount)
    number = str(int(amount)) if whole else exact
    if setting.region == "uk":
        forms = [(f"£{number}", 60), (f"£{exact}", 20), (f"{number} pounds", 7), (f"GBP {exact}", 1), (f"{number}£", 3)]
        forms += [(f"{number} quid", 10)] if whole and not setting.business else []
    else:
        comma = exact.replace(".", ",")
        forms = [(f"€{number}", 45), (f"€{exact}", 12), (f"{number} euro", 10), (f"{number} euros", 6), (f"EUR {exact}", 3)]
        if setting.region != "ie":
            forms += [
                (f"EUR {comma}", 9),
                (f"€ {comma}", 10),
                (f"{comma} €", 8 if setting.region == "de" else 1),
                (f"{number}€", 4),
            ]
    return weighted(setting.rng, [(form, share) for form, share in forms])


# --- people and places


def person(key: tuple[str, str, str], left: str, right: str, text: str, setting: Setting) -> str:
    rng, avoid = setting.rng, setting.values.get(("PERSON", "", ""), "")
    gender = gender_of(left, right)
    if re.search(r"\b(Mr|Mrs|Ms|Dr|Herr|Frau) $", left):
        return surname(setting)
    if has(FULL_NAME, left[-30:]):
        return full_name(setting, gender)
    if not gender and rng.random() < 0.1:
        return f"{weighted(rng, titles(setting.region))} {surname(setting)}"
    if rng.random() < (0.78 if has(KIN, left[-22:]) else 0.55):
        return first_name(setting, gender, avoid)
    return full_name(setting, gender)


def titles(region: str) -> list[tuple[str, float]]:
    return [("Herr", 4), ("Frau", 4), ("Mr", 1)] if region == "de" else [("Mr", 5), ("Mrs", 3), ("Ms", 2), ("Dr", 1)]


def gender_of(left: str, right: str) -> str:
    kin = re.split(r"[.?!]", left)[-1][-25:]
    if has(FEMALE_KIN, kin):
        return "f"
    if has(MALE_KIN, kin):
        return "m"
    pronoun = has(r"\b(she|her|hers|he|him|his)\b", right[:70])
    return "" if not pronoun else "f" if pronoun.group().lower() in ("she", "her", "hers") else "m"


def origin(setting: Setting) -> str:
    return weighted(setting.rng, names.ORIGINS[setting.region])


def first_name(setting: Setting, gender: str = "", avoid: str = "", of: str = "") -> str:
    table = {"f": names.FEMALE, "m": names.MALE}[gender or setting.rng.choice("fm")]
    return choose_name(setting.rng, table[of or origin(setting)], setting.split, avoid)


def surname(setting: Setting, of: str = "") -> str:
    return choose_name(setting.rng, names.SURNAMES[of or origin(setting)], setting.split)


def full_name(setting: Setting, gender: str = "") -> str:
    of = origin(setting)
    return f"{first_name(setting, gender, of=of)} {surname(setting, of if setting.rng.random() < 0.85 else '')}"


def location(key: tuple[str, str, str], left: str, right: str, text: str, setting: Setting) -> str:
    if key[2] == "street":
        return street(setting)
    if key[2] == "country":
        return country(key, left, text, setting)
    return choose_name(setting.rng, names.TOWNS[setting.region], setting.split, setting.values.get(("LOCATION", "", ""), ""))


def street(setting: Setting) -> str:
    rng, name = setting.rng, choose_name(setting.rng, names.STREETS[setting.region], setting.split)
    number = str(1 + int(rng.expovariate(1 / 32))) + weighted(rng, [("", 12), ("a", 1), ("b", 1)])
    if setting.region in ("nl", "de"):
        return f"{name} {number}"
    return f"{weighted(rng, [('', 12), ('Flat 2, ', 1), ('Flat 4, ', 1)])}{number} {name}"


def country(key: tuple[str, str, str], left: str, text: str, setting: Setting) -> str:
    """The writer's own country where the words before say so, mostly another one otherwise; one with euros where they matter."""
    own = key[1] == "" and has(OWN_COUNTRY, left) and setting.region != "uk"
    regions = [region for region in names.COUNTRIES if (region == setting.region) == bool(own)]
    if "euro" in text.lower():
        regions = [region for region in regions if region != "uk"] or regions
    value = setting.rng.choice(names.COUNTRIES[setting.rng.choice(regions)])
    return value.removeprefix("the ") if has(r"\b(the|my) $", left) else value
