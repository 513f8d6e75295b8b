"""Values of {LOCATION} slots: towns, streets and countries of the writer's region."""

from __future__ import annotations

import names
from chance import weighted
from parts import has
from setting import Setting, choose_name

OWN_COUNTRY = (
    r"\b(live in|I'm in|im in|order from|parcel to|delivery to|ship to|my|back to|customs to|bank in|adviser in|take to"
    r"|father in|plug for|Dear \S+ in)\s*$"
)


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
