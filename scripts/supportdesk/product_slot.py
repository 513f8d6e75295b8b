"""Values of {PRODUCT} slots: a model, one of the ways to write it, and now and then the noun that belongs to it."""

from __future__ import annotations

import re

from chance import weighted
from parts import SLOT, has, plain
from products import FAMILY_HINTS, MODELS, PLURALS, Model, models_of
from segments import Segment
from setting import Setting

TUMBLE_SHARE = 0.35  # of the devices named freely, once the Tumble is out
NUMBER = (
    r"(?:[2-9]|1\d|2\d|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fourteen|fifteen|twenty|both|several|unopened)"
)


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
