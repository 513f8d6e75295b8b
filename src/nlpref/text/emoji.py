"""Emoji as signs of several characters: where one ends, and what it is called."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["EMOJI", "name_of"]

_SIGNS = "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u25aa-\u27bf\u2934\u2935\u2b05-\u2b55"
_BASE = f"[{_SIGNS}\U0001f000-\U0001faff]"
_TAIL = "[\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]*"
_FLAG = "[\U0001f1e6-\U0001f1ff]"
_SILENT = re.compile("[\ufe0f\u200d\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")

EMOJI = re.compile(f"{_FLAG}{{2}}|[0-9#*]\ufe0f?\u20e3|{_BASE}{_TAIL}(?:\u200d{_BASE}{_TAIL})*")
"""One emoji with its variation selector, skin tone and joined parts; or a flag, or a keycap.

Source: Unicode Technical Standard 51, section 1.4.9, with whole blocks for the property ``Extended_Pictographic``."""


def name_of(emoji: str) -> str:
    """Lower-case Unicode names of the parts; skin tones and selectors go unnamed, a flag is named by its two letters.

    >>> name_of("👍🏽"), name_of("🇩🇪"), name_of("👩\u200d🚀"), name_of("1️⃣")
    ('thumbs up sign', 'flag de', 'woman rocket', 'digit one')
    """
    if re.fullmatch(f"{_FLAG}{{2}}", emoji):
        return "flag " + "".join(chr(ord(letter) - 0x1F1E6 + ord("a")) for letter in emoji)
    names = (unicodedata.name(part, "").lower() for part in _SILENT.sub("", emoji))
    return " ".join(name for name in names if name)
