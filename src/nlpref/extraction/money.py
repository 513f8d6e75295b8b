"""Amounts of money as people write them, read as a decimal number and a currency code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, localcontext

from nlpref.errors import InputError
from nlpref.extraction.normaliser import plain_text
from nlpref.extraction.numbers import read_number_words

__all__ = ["MoneyNormaliser"]

_CODES = (
    "AED ARS AUD BDT BGN BHD BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP GHS HKD HUF IDR ILS INR ISK JOD JPY KES KRW KWD MAD MXN "
    "MYR NGN NOK NZD OMR PEN PHP PKR PLN QAR RON RSD RUB SAR SEK SGD THB TND TRY TWD UAH USD UYU VND ZAR"
)
_KNOWN = frozenset(_CODES.split())
_NAMES = {
    "£": "GBP", "pound": "GBP", "pounds": "GBP", "quid": "GBP", "pound sterling": "GBP", "pounds sterling": "GBP", "stg": "GBP",
    "€": "EUR", "euro": "EUR", "euros": "EUR",
    "us dollar": "USD", "us dollars": "USD", "us$": "USD", "a$": "AUD", "c$": "CAD", "hk$": "HKD", "nz$": "NZD",
    "yen": "JPY", "\u20b9": "INR", "rupee": "INR", "rupees": "INR", "\u20a9": "KRW", "\u20ba": "TRY", "\u20b4": "UAH",
    "swiss franc": "CHF", "swiss francs": "CHF", "z\u0142": "PLN", "zloty": "PLN", "r$": "BRL",
}  # fmt: skip
_SHARED = {"$": "USD", "dollar": "USD", "dollars": "USD", "bucks": "USD", "\xa5": "JPY", "kr": "SEK"}
"""Signs of several currencies, and which of them is taken."""
_PARTS = {"p": "GBP", "pence": "GBP", "penny": "GBP"}
_NOTES = {"fiver": 5, "tenner": 10}
_NO_CENTS = ("CLP", "ISK", "JPY", "KRW", "VND")
_THOUSANDTHS = ("BHD", "JOD", "KWD", "OMR", "TND")
_SCALES = {"k": 3, "thousand": 3, "m": 6, "mn": 6, "million": 6, "bn": 9, "billion": 9}
_NUMBER = r"\d+(?:[ .,'\u2019]\d+)*"
_FORM = re.compile(
    rf"(?P<minus>[-\u2212])?\s*(?P<before>[^\d\s.,'\u2212-][^\d.,'\u2212-]*?)?\s*(?P<inner>[-\u2212])?\s*(?P<number>{_NUMBER})(?:[.,][-\u2013\u2014])?"
    rf"(?:\s*(?P<scale>{'|'.join(_SCALES)})(?![^\W\d_]))?\s*(?P<behind>[^\d\s.,][^\d.,]*)?"
)


@dataclass(frozen=True)
class MoneyNormaliser:
    """An amount and an ISO 4217 code: ``79.50 GBP``.

    Amounts are exact decimal numbers with at least as many digits behind the point as the currency has (``79.00 GBP``,
    ``79 JPY``). Points and commas may each stand for thousands or decimals; a single one before exactly three digits is taken
    for thousands. None where there is no amount, or no currency, or two of them.

    Args:
        currency: Of amounts that name none; None leaves these unread.
        names: Further names and signs of currencies, or other readings of known ones: ``{"$": "CAD"}``.

    Raises:
        InputError: if a code is not three capital letters.

    Source: ISO 4217 (codes and minor units).

    >>> read = MoneyNormaliser()
    >>> [read(text) for text in ("£1,234.5", "65,00 €", "EUR 59", "four hundred pounds", "50p", "twelve")]
    ['1234.50 GBP', '65.00 EUR', '59.00 EUR', '400.00 GBP', '0.50 GBP', None]
    """

    currency: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for code in [*self.names.values(), *([] if self.currency is None else [self.currency])]:
            if not isinstance(code, str) or not re.fullmatch("[A-Z]{3}", code):
                raise InputError(f"{code!r} is no currency code; expected three capital letters such as 'EUR'")

    def __call__(self, text: str) -> str | None:
        with localcontext() as context:
            context.prec = 200  # more than a text that is read can hold
            return self._read(plain_text(text).casefold())

    def _read(self, given: str) -> str | None:
        match = _FORM.fullmatch(given)
        if match is None:
            return self._in_words(given)
        number = _decimal(match["number"])
        codes = {self._code(name.strip(" .")) for name in (match["before"], match["behind"]) if name}
        if number is None or len(codes) > 1 or None in codes or (match["minus"] and match["inner"]):
            return None
        if match["behind"] in _PARTS and not match["before"] and not match["scale"]:
            number = number.scaleb(-2)
        sign = -1 if match["minus"] or match["inner"] else 1
        return self._written(number.scaleb(_SCALES.get(match["scale"] or "", 0)) * sign, next(iter(codes), self.currency))

    def _in_words(self, given: str) -> str | None:
        words = given.split()
        for note, worth in _NOTES.items():
            if given in (note, f"a {note}"):
                return self._written(Decimal(worth), "GBP")
        for size in (2, 1):
            name = " ".join(words[-size:])
            number = read_number_words(" ".join(words[:-size])) if len(words) > size else None
            if number is not None and (code := self._code(name)):
                return self._written(Decimal(number).scaleb(-2 if name in _PARTS else 0), code)
        return None

    def _code(self, name: str) -> str | None:
        own = {key.casefold(): code for key, code in self.names.items()}
        if name.upper() in _KNOWN:
            return name.upper()
        return own.get(name) or _NAMES.get(name) or _SHARED.get(name) or _PARTS.get(name)

    def _written(self, amount: Decimal, code: str | None) -> str | None:
        if code is None:
            return None
        digits = 0 if code in _NO_CENTS else 3 if code in _THOUSANDTHS else 2
        amount = amount.normalize() + 0  # no minus before zero
        places = max(digits, -int(amount.as_tuple().exponent))
        return f"{amount.quantize(Decimal(1).scaleb(-places)):f} {code}"


def _decimal(written: str) -> Decimal | None:
    """The number; None if its groups of digits fit no way of writing one."""
    marks = re.findall(r"[^\d]", written)
    groups = re.split(r"[^\d]", written)
    point = 0
    if marks and marks[-1] in ".," and marks.count(marks[-1]) == 1:
        thousands = len(marks) == 1 and len(groups[-1]) == 3 and 1 <= len(groups[0]) <= 3 and groups[0] != "0"
        point = 0 if thousands else 1
    whole = groups[: len(groups) - point]
    between = set(marks[: len(marks) - point])
    if len(between) > 1 or (len(whole) > 1 and (len(whole[0]) > 3 or any(len(group) != 3 for group in whole[1:]))):
        return None
    return Decimal("".join(whole) + ("." + groups[-1] if point else ""))
