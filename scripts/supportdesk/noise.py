"""How hands, thumbs and moods change a text: applied to segments, so that entity spans stay exact."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from segments import Segment

NEAR_KEYS = (
    "a:sq b:vn c:xv d:sf e:wr f:dg g:fh h:gj i:uo j:hk k:jl l:ko m:n "
    "n:bm o:ip p:o q:w r:et s:ad t:ry u:yi v:cb w:qe x:zc y:tu z:x"
)
NEIGHBOURS = dict(re.findall(r"(\w):(\w+)", NEAR_KEYS))
# word > other, how often in a hundred
SWAPS = {
    "light": """please > pls 30; thanks > thx 40; because > cos 40; about > abt 8""",
    "texter": """you > u 75; your > ur 70; are > r 15; please > pls 80; thanks > thx 80; because > cos 80;
        to be honest > tbh 90; going to > gonna 80; want to > wanna 70; about > abt 40; people > ppl 60;
        I don't know > idk 80; message > msg 70; something > smth 60; tomorrow > tmrw 60; with > w/ 10;
        very > v 20; probably > prob 60; before > b4 25; right now > rn 80; minutes > mins 70; password > pw 50;
        though > tho 80""",
    "northern": """nothing > nowt 70; something > summat 70; anything > owt 50; because > cos 60; my > me 35; yes > aye 50;
        isn't > int 20""",
    "scots": """small > wee 70; little > wee 70; yes > aye 70; don't > dinnae 45; can't > cannae 50; isn't > isnae 50;
        didn't > didnae 50; out of > oot of 40""",
    "irish": """my mother > my mam 60; my mum > my mam 90; you lot > ye 90; you people > ye 90; my dad > my da 50""",
    "office": """please > pls 30; as soon as possible > asap 90; information > info 70; number > no. 40;
        quantity > qty 90; received > rec'd 30; approximately > approx. 90; regarding > re 70""",
    "dutch": """already > allready 40; than > then 35; information > informations 60; don't > do not 50;
        didn't > did not 60; haven't > have not 60; advice > advise 60; whether > if 80; though > tough 30;
        until > till 70; anyway > anyways 40; children > childs 20""",
    "german": """until > till 60; information > informations 70; don't > do not 70; didn't > did not 80;
        haven't > have not 80; I'm > I am 80; isn't > is not 80; whether > if 60; can't > can not 80;
        I've > I have 90; broken > defect 20; won't > will not 70""",
    "southern": """the >  8; a >  8; didn't > did not 60; people > persons 50; received > recieved 70; very > so much 5;
        necessary > necesary 80""",
    "slavic": """the >  30; a >  35; an >  35; haven't > did not 30; I am > I 5""",
    "speller": """receive > recieve 90; received > recieved 90; definitely > definately 90; address > adress 70;
        until > untill 70; separate > seperate 90; believe > beleive 60; tomorrow > tommorow 80;
        their > there 50; you're > your 70; too > to 50; whether > wether 70; which > wich 30; than > then 30;
        account > acount 30; off > of 30; battery > batery 40; doesn't > dosent 60; delivered > deliverd 60;
        because > becuase 50""",
    "dictated": """their > there 40; it's > its 60; too > to 50; our > are 12; hear > here 40; wait > weight 10;
        you're > your 70; whole > hole 30; buy > by 25; break > brake 50; know > no 8; new > knew 6;
        won't > want 15""",
}
NOUNS = (
    "order|parcel|account|password|delivery|address|refund|money|problem|device|camera|doorbell|thermostat|battery|phone|app"
    "|invoice|box|customer"
    "|warehouse|code|window|filter|speaker|card|bank|label|house|driver|light|door"
)


def swap_table(text: str) -> list[tuple[str, str, float]]:
    rows = re.findall(r"([^;>]+?) > ([^;]*?) (\d+)(?:;|$)", text)
    return [(word.strip(), other, int(rate) / 100) for word, other, rate in rows]


SWAP_TABLES = {name: swap_table(text) for name, text in SWAPS.items()}


@dataclass(frozen=True)
class Style:
    casing: str = "keep"  # keep, sentence, lower, upper, shouting (some words), outburst (one sentence), nouns
    typos: float = 0.002  # a letter's chance of going wrong
    swaps: str = ""
    apostrophes: float = 0.0  # chance that one goes missing
    commas: float = 0.0
    no_final: float = 0.0  # chance that the last full stop is missing
    lower_entities: float = 0.0
    double_space: float = 0.0  # after sentences
    dots: float = 0.0  # chance that a full stop becomes ...
    bangs: float = 0.0  # chance that a full stop becomes !!
    joined: float = 0.0  # chance that a space goes missing
    run_on: float = 0.0  # chance that a sentence runs into the next
    emoji: tuple[str, ...] = ()
    emoji_rate: float = 0.0


def apply(segments: list[Segment], style: Style, rng: random.Random) -> list[Segment]:
    """The text as this hand would have typed it."""
    segments = [(text if label else punctuation(swapped(text, style, rng), style, rng), label) for text, label in segments]
    segments = cased(segments, style, rng)
    segments = [(typed(text, style.typos * (0.25 if label else 1), rng, label), label) for text, label in segments]
    return final_stop(segments, style, rng)


def now_and_then(pattern: str, text: str, rate: float, rng: random.Random, change: Callable[[str], str]) -> str:
    """The text with some of what matches changed."""
    return (
        re.sub(pattern, lambda match: change(match.group()) if rng.random() < rate else match.group(), text) if rate > 0 else text
    )


def one_of(others: Sequence[str], rng: random.Random) -> Callable[[str], str]:
    return lambda _: rng.choice(others)


def swapped(text: str, style: Style, rng: random.Random) -> str:
    for word, other, rate in SWAP_TABLES.get(style.swaps, ()):
        # a dropped article takes one space with it, and is never the first or the last word beside an entity
        pattern = rf"(?<![\w']){re.escape(word)}(?![\w'])" if other else rf"(?<=\w ){word} (?=\w)"
        text = now_and_then(pattern, text, rate, rng, one_of((other,), rng))
    return text


def punctuation(text: str, style: Style, rng: random.Random) -> str:
    changes: tuple[tuple[str, tuple[str, ...], float], ...] = (
        (r"(?<=\w)'(?=\w)", ("",), style.apostrophes),
        (r"(?<=\w),(?= )", ("",), style.commas),
        (r"(?<=\w)\. (?=[A-Z])", (" ",), style.run_on),
        (r"(?<=\w)\. (?=\w)", ("... ", "..", "... "), style.dots),
        (r"(?<=\w)\.(?= |$)", ("!", "!!", "!"), style.bangs),
        (r"(?<=[.?!]) (?=\w)", ("  ",), style.double_space),
        (r"(?<=[a-z]{3}) (?=[a-z]{2})", ("",), style.joined),
    )
    for pattern, others, rate in changes:
        text = now_and_then(pattern, text, rate, rng, one_of(others, rng))
    return text


# --- casing


def cased(segments: list[Segment], style: Style, rng: random.Random) -> list[Segment]:
    lower = rng.random() < style.lower_entities
    segments = [(lowered(text) if label and lower and rng.random() < 0.85 else text, label) for text, label in segments]
    if style.casing == "lower":
        return [(text if label and not lower else lowered(text), label) for text, label in segments]
    if style.casing == "upper":
        return [(raised(text), label) for text, label in segments]
    if style.casing == "shouting":
        return [(text if label else now_and_then(r"[a-z]{4,}", text, 0.12, rng, str.upper), label) for text, label in segments]
    if style.casing == "outburst":
        return outburst(segments, rng)
    if style.casing == "nouns":
        return [
            (text if label else now_and_then(rf"\b({NOUNS})\b", text, 0.35, rng, str.title), label) for text, label in segments
        ]
    return sentences(segments) if style.casing == "sentence" else segments


def lowered(text: str) -> str:
    return text.lower()


def raised(text: str) -> str:
    """In capitals, but for the name of an account."""
    return re.sub(r"@?\w+", lambda word: word.group() if word.group()[0] == "@" else word.group().upper(), text)


def sentences(segments: list[Segment]) -> list[Segment]:
    """Capital letters after full stops and for 'I', as a careful writer or a phone keyboard sets them."""
    result: list[Segment] = []
    for index, (text, label) in enumerate(segments):
        if not label:
            text = re.sub(r"(?<=[.?!] )[a-z](?=[a-z']* )", lambda letter: letter.group().upper(), text)
            text = re.sub(r"(?<![\w'.])i(?=$|[\s,.?!]|'(?:m|ve|d|ll)\b)", "I", text)
            text = re.sub(r"(?<![\w'])i(?=m\b|ve\b)", "I", text)
            text = text[:1].upper() + text[1:] if index == 0 else text
        result.append((text, label))
    return result


def outburst(segments: list[Segment], rng: random.Random) -> list[Segment]:
    """From some sentence's beginning to its end in capital letters."""
    starts = [(0, 0)] + [
        (index, match.end())
        for index, (text, label) in enumerate(segments)
        if not label
        for match in re.finditer(r"[.?!] +(?=\w)", text)
    ]
    index, offset = rng.choice(starts)
    result, inside = list(segments[:index]), True
    for position in range(index, len(segments)):
        text, label = segments[position]
        skip = offset if position == index else 0
        end = re.compile(r"[.?!](?=\s|$)").search(text, skip) if inside and not label else None
        stop = end.end() if end else len(text)
        result.append((text[:skip] + raised(text[skip:stop]) + text[stop:] if inside else text, label))
        inside = inside and end is None
    return result


# --- typing errors


def typed(text: str, rate: float, rng: random.Random, label: str | None) -> str:
    """Errors of the fingers; never in numbers, and in an entity at most one."""
    if rate <= 0 or label in ("ORDER_ID", "MONEY"):
        return text
    letters, index, slips = list(text), 1, 0
    while index < len(letters) - 1:
        handle = "@" in text[max(0, index - 14) : index]
        if (
            letters[index].isalpha()
            and letters[index - 1].isalpha()
            and not handle
            and rng.random() < rate
            and not (label and slips)
        ):
            slip(letters, index, rng)
            slips += 1
            index += 8
        index += 1
    return "".join(letters)


def slip(letters: list[str], index: int, rng: random.Random) -> None:
    letter, kind = letters[index], rng.random()
    if kind < 0.34 and letters[index + 1].isalpha():
        letters[index], letters[index + 1] = letters[index + 1], letter
    elif kind < 0.6:
        letters[index] = ""
    elif kind < 0.78:
        letters[index] = letter * 2
    elif near := NEIGHBOURS.get(letter.lower()):
        other = rng.choice(near)
        letters[index] = other.upper() if letter.isupper() else other


def final_stop(segments: list[Segment], style: Style, rng: random.Random) -> list[Segment]:
    text, label = segments[-1]
    if not label and rng.random() < style.no_final and text.endswith(".") and not text.endswith(".."):
        text = text[:-1]
    if style.emoji and rng.random() < style.emoji_rate and not re.search(r"[\U0001F300-\U0001FAFF]", text):
        return [*segments[:-1], (text, label), (f" {rng.choice(style.emoji)}", None)]
    return [*segments[:-1], (text, label)] if text else segments[:-1]
