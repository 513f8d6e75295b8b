"""Values of {PERSON} slots: a first name, a full name or a title, of the gender that the words around it ask for."""

from __future__ import annotations

import re

import names
from chance import weighted
from parts import has
from setting import Setting, choose_name

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
