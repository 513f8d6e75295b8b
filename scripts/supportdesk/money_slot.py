"""Values of {MONEY} slots: a sum that fits what the words around it are about."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chance import weighted
from parts import has, plain
from products import MODELS
from setting import Setting

TUMBLE_SHARE = 0.35  # of the sums of unnamed things, once the Tumble is out
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


def money(key: tuple[str, str, str], left: str, right: str, text: str, setting: Setting) -> str:
    """A sum; {MONEY2} is set beside {MONEY}, whichever of them comes first in the text."""
    first = setting.values.setdefault(("AMOUNT", "", ""), str(first_amount(left, right, text, setting)))
    amount = second_amount(float(first), right, setting) if key[1] else float(first)
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
    paid_twice = has(r"\b(twice|double|two payments)\b", words)
    for pattern, amounts in SUMS:
        if has(pattern, near) and not paid_twice:
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
