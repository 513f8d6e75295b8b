"""The devices and plans of the world, and what the words of a body say about which of them it means."""

from __future__ import annotations

from dataclasses import dataclass

from parts import has


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


def models_of(family: str, words: str) -> list[Model]:
    pool = [model for model in MODELS if model.family == family]
    hinted = {name for pattern, of, name in MODEL_HINTS if of == family and has(pattern, words)}
    if family == "plan" and not hinted:
        return [pool[0]] * 3 + [pool[1]]
    return [model for model in pool if model.name in hinted] or pool
