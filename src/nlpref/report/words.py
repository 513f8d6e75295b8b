"""Numbers as words: one place decides digits, units and signs."""

from __future__ import annotations

import math

__all__ = ["MISSING", "count", "decimal", "interval", "p_value", "percent", "points", "significant", "times"]

MISSING = "not measured"
MINUS = "\N{MINUS SIGN}"


def decimal(value: float, digits: int = 3) -> str:
    """A fixed number of decimals, with a true minus sign."""
    return f"{value:.{digits}f}".replace("-", MINUS)


def interval(low: float, high: float, digits: int = 3) -> str:
    """Both ends of an interval."""
    return f"{decimal(low, digits)} to {decimal(high, digits)}"


def significant(value: float | None, digits: int = 3) -> str:
    """Three significant digits without an exponent; ``not measured`` for None.

    Example:
        >>> significant(0.04217), significant(18.66), significant(1423.4), significant(None)
        ('0.0422', '18.7', '1,423', 'not measured')
    """
    if value is None:
        return MISSING
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{value:,.{decimals}f}".replace("-", MINUS)


def percent(share: float) -> str:
    """A share as a percentage; small but not nothing is ``< 1 %``."""
    return "< 1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"


def points(difference: float) -> str:
    """A difference of scores in [0, 1] as points, unsigned; ``1.2 points``."""
    number = f"{100 * abs(difference):.1f}"
    return f"{number} point" if number == "1.0" else f"{number} points"


def p_value(p: float) -> str:
    """``p = 0.03``, with more digits where p is small."""
    if p < 0.001:
        return "p < 0.001"
    return f"p = {p:.3f}" if p < 0.01 else f"p = {p:.2f}"


def times(ratio: float) -> str:
    """A ratio above 1: ``1.4 times``, ``12 times``."""
    return f"{ratio:.1f} times" if ratio < 10 else f"{ratio:,.0f} times"


def count(number: int, noun: str, plural: str = "") -> str:
    """``1 query``, ``1,200 queries``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
