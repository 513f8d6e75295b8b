"""Numbers as words: one place decides digits, units and signs."""

from __future__ import annotations

import math

__all__ = ["MISSING", "count", "decimal", "interval", "out_of", "p_value", "percent", "points", "rounded", "significant", "times"]

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


def rounded(value: float) -> str:
    """A quantity for readers who do not count digits: three significant ones at most, no needless decimals.

    Example:
        >>> rounded(31390.4), rounded(86.04), rounded(4.5), rounded(0.2)
        ('31,400', '86', '4.5', '0.2')
    """
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    digits = 1 - math.floor(math.log10(abs(value))) if abs(value) < 100 else 2 - math.floor(math.log10(abs(value)))
    return f"{round(value, digits):,.{max(0, digits)}f}".rstrip("0").rstrip(".") if digits > 0 else f"{round(value, digits):,.0f}"


def out_of(share: float) -> str:
    """A share as whole texts: of 100, or of 1,000 where that says more.

    Example:
        >>> out_of(0.914), out_of(0.9986), out_of(0.0002), out_of(1.0)
        ('91 of 100', '999 of 1,000', 'fewer than 1 of 1,000', '100 of 100')
    """
    if share in (0, 1) or 0.0095 <= share <= 0.9905:
        return f"{100 * share:.0f} of 100"
    if share < 0.001:
        return "fewer than 1 of 1,000"
    return f"{1000 * share:.0f} of 1,000" if share < 0.9995 else "all but fewer than 1 of 1,000"


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
