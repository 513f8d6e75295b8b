"""What a body says about its writer and its time: register, kind of person, country, season."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache

from date_slot import MONTHS
from parts import Body, has, plain
from place_slot import OWN_COUNTRY

YEAR_START, YEAR_END = dt.date(2025, 1, 1), dt.date(2025, 12, 31)

SEASONS = (
    (r"\bblack friday\b", ((11, 17), (12, 20))),
    (r"\b(christmas|xmas|advent|santa|st\.? nicholas|sinterklaas)\b", ((11, 14), (12, 31))),
    (r"\beaster\b", ((3, 28), (5, 5))),
    (r"\b(it'?s freezing|freezing (in|here|outside|cold)|snow\w*|frost\w*|icy|minus \w+|cold snap)\b", ((1, 1), (3, 5))),
    (r"\b(heatwave|hay fever|hottest|midsummer)\b", ((5, 25), (8, 31))),
    (r"\b(since the clocks changed|clocks went)\b", ((3, 31), (4, 20))),
    *((rf"\[\[(?:\d\w* )?{month}[^\]|]*\|DATE", ((index, 1), (min(index + 2, 12), 28))) for index, month in enumerate(MONTHS, 1)),
)

CASUAL = (
    r"\b(u|ur|pls|plz|thx|tbh|lol|lmao|omg|wtf|gonna|wanna|idk|im|ive|dont|cant|didnt|doesnt|wont|isnt|whats|thats|haha|yeah"
    r"|nah|ngl|ffs)\b|\?\?|!!"
)
FORMAL = (
    r"\b(kindly|I should|I shall|I would be|I'd be grateful|obliged|whom|whilst|herewith|hereby|in writing|may I"
    r"|would you please|evidently|regrettably)\b"
)
BUSINESS = (
    r"\b(VAT|net[- ]30|purchase order|purchase ledger|PO number|accounts department|bookkeeper|our (accountant|office|shop"
    r"|hotel|caf[eé]|tenants|guests|clients?"
    r"|practice|surgery|company|staff|treasurer|offices|restaurant|business)|we (run|are) (a|an) (\w+ )?(hotel|caf[eé]|shop"
    r"|school|pub|bakery|guest|building|business"
    r"|surgery|charity|nursery|letting)|trade (customers?|figure|account|price)|holiday (lets?|cottages)|the salon"
    r"|business customer"
    r"|site manager|electricians|our premises"
    r"|our (delivery|reception|accounts|warehouse)|business customer|for a hotel|our guest house|student rooms"
    r"|goods-in|parish council)\b"
)
PRIVATE = (
    r"\b(wife|husband|mum|mam|mother|dad|father|grand\w+|nan|gran|kids?|toddler|baby|newborn|daughter|son|sister|brother"
    r"|niece|nephew|aunt|uncle|birthday|flatmate"
    r"|housemate|cat|dog|wedding|student|nursery|bedroom|lounge|our house|new house|my flat|girlfriend|boyfriend|ex|rent"
    r"|payday)\b"
)
ELDERLY = (
    r"\b(at my age|pension\w*|grandson|granddaughter|grandchildren|late (husband|wife)|(seventy|eighty)-\w+|I'm (7|8)\d"
    r"|I am (7|8)\d)\b"
)
YOUTHFUL = r"\b(student|lectures?|uni|dorm|student hall|my parents|pocket money|my mum|my nan)\b"
FOREIGN = (
    r"\b(my English|bad English|in English|English manner|better English|translator|Rechnung|is defect|pleases me|I am moved"
    r"|must I have|is possible to"
    r"|already two|people also|am engineer|did work"
    r"|WLAN|abonnement|(say|explain) me|the packet|my packet|not come|stands delivered"
    r"|I search a|I want (that you|change)|can I change it|device is defect|what for is|coupon code)\b|^Was in|^Good people"
)
WOMAN = r"\b(my (late )?(husband|boyfriend)|an? (\w+ )?woman|I'?m pregnant)\b"
MAN = r"\b(my (late )?(wife|girlfriend)|as a man|a broom guy|I'?m her father)\b"
FIRST_WORDS = (
    r"^(hello|hi|hey|dear|good (morning|afternoon|evening|people)|sirs?|madam|sorry|apologies|excuse|forgive|thanks|thank you"
    r"|greetings|morning)\b"
)
LAST_WORDS = (
    r"\b(thank\w*|thx|please|pls|grateful|obliged|look forward|hear from|let me know|appreciate\w*|regards|advise|reply"
    r"|answer|sorry)\b[^.?!]*[.?!]*\W*$"
)


@cache
def register(body: Body) -> str:
    """f(ormal), n(eutral) or c(asual)."""
    if body.channel != "email" and (body.text[0].islower() or has(CASUAL, body.text)):
        return "c"
    return "f" if body.channel == "email" and has(FORMAL, body.text) else "n"


@cache
def nature(body: Body) -> frozenset[str]:
    """What the body itself says about its writer, in terms of the tags of voices."""
    text = plain(body.text)
    patterns = (("business", BUSINESS), ("elder", ELDERLY), ("young", YOUTHFUL), ("foreign", FOREIGN))
    return frozenset(tag for tag, pattern in patterns if has(pattern, text))


@cache
def gender(body: Body) -> str:
    """f or m, where the body says so or makes it likely."""
    return "f" if has(WOMAN, body.text) else "m" if has(MAN, body.text) else ""


@cache
def regions_for(body: Body) -> frozenset[str]:
    """Where the writer of a body can live."""
    text = body.text
    if re.search(r"£|\b(pounds|quid|NHS|council|postcode)\b", text):
        return frozenset(("uk",))
    for country, region in (("Germany", "de"), ("Netherlands", "nl"), ("Ireland", "ie"), ("England", "uk"), ("Scotland", "uk")):
        if re.search(rf"\[\[(?:the )?{country}\|", text):
            return frozenset((region, "uk"))
    if (has(OWN_COUNTRY, text.partition("{LOCATION:country}")[0]) and "{LOCATION:country}" in text) or has(r"\beuros?\b", text):
        return frozenset(("ie", "nl", "de"))
    return frozenset(("uk", "ie", "nl", "de"))


@cache
def season(body: Body) -> tuple[dt.date, dt.date]:
    for pattern, (first, last) in SEASONS:
        if has(pattern, body.text):
            return dt.date(2025, *first), dt.date(2025, *last)
    return YEAR_START, YEAR_END
