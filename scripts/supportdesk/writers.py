"""Who writes a ticket: channel, voice, region and customer segment."""

from __future__ import annotations

import random

from chance import weighted
from nature import PRIVATE, gender, nature, regions_for, register
from parts import Body, has
from voice import Voice
from voices import VOICES

# shares of customers with a plan, and of new ones, where they differ from the usual
PLAN_RATE = {"cancel_plan": 0.95, "change_plan": 0.7}
NEW_RATE = {"product_advice": 0.55, "promo_code": 0.4, "payment_failed": 0.35, "how_to": 0.3, "order_status": 0.3}


def suits(voice: Voice, body: Body) -> bool:
    """Whether nothing in the body contradicts what is known of the voice."""
    tags = nature(body)
    if voice.gender and gender(body) not in ("", voice.gender):
        return False
    if register(body) not in voice.takes or ("business" in tags and "business" not in voice.tags):
        return False
    if "business" in voice.tags and (has(PRIVATE, body.text) or tags & {"elder", "young", "foreign"}):
        return False
    return not (
        ("elder" in tags and "young" in voice.tags)
        or ("young" in tags and "elder" in voice.tags)
        or ("foreign" in tags and "foreign" not in voice.tags)
    )


def choose_voice(body: Body, split: str, channel: str, rng: random.Random) -> tuple[Voice, str]:
    """A voice of the split that suits the body, and the region it writes from."""
    writers = [voice for voice in VOICES if voice.split == split and channel[0] in voice.channels]
    regions = regions_for(body)
    local = [voice for voice in writers if regions & set(voice.regions)] or writers
    in_register = [voice for voice in local if register(body) in voice.takes]
    untagged = [voice for voice in in_register or local if not voice.tags & {"business", "elder", "young"}]
    fitting = [voice for voice in local if suits(voice, body)] or untagged or in_register or local
    voice = rng.choice(fitting)
    return voice, rng.choice([region for region in voice.regions if region in regions] or voice.regions)


def choose_channel(body: Body, rng: random.Random) -> str:
    """The body's own, or one of the three."""
    return weighted(rng, [("email", 45), ("chat", 43), ("social", 12)]) if body.channel == "any" else body.channel


def choose_segment(body: Body, voice: Voice, rng: random.Random) -> str:
    """business, plus (has a plan), new or regular."""
    if "business" in voice.tags or "business" in nature(body):
        return "business"
    if rng.random() < PLAN_RATE.get(body.intent, 0.8 if "PRODUCT:plan" in body.text else 0.13):
        return "plus"
    return "new" if rng.random() < NEW_RATE.get(body.intent, 0.2) else "regular"
