"""What errors cost and how many texts come: the two figures that no model knows."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nlpref.errors import InputError
from nlpref.report import words

__all__ = ["ASSUMED", "Stakes"]

DAYS = 365
"""Days of a year with texts."""


@dataclass(frozen=True)
class Stakes:
    """Assumptions about the use of a model; the defaults are round numbers, not measurements.

    Args:
        cost_per_error: What one text with a wrong label costs.
        texts_per_day: Texts that come in a day.
        currency: Unit of the cost.

    Raises:
        InputError: if a number is not finite or is negative, or no text comes.

    Example:
        >>> Stakes(cost_per_error=2.0, texts_per_day=500).yearly(0.1)
        36500.0
    """

    cost_per_error: float = 1.0
    texts_per_day: float = 1000.0
    currency: str = "EUR"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.cost_per_error) and self.cost_per_error >= 0):
            raise InputError(f"cost_per_error should be a finite number, 0 or more, got {self.cost_per_error}")
        if not (math.isfinite(self.texts_per_day) and self.texts_per_day > 0):
            raise InputError(f"texts_per_day should be a finite number above 0, got {self.texts_per_day}")

    def daily_texts(self, share: float) -> float:
        """Texts of a day, for a share of all."""
        return share * self.texts_per_day

    def daily(self, errors: float) -> float:
        """Cost of a day, if this share of the texts is wrong."""
        return self.daily_texts(errors) * self.cost_per_error

    def yearly(self, errors: float) -> float:
        """Cost of a year, if this share of the texts is wrong."""
        return self.daily(errors) * DAYS

    def money(self, amount: float) -> str:
        """An amount with its currency, at most three significant digits: no estimate here is better than that."""
        return f"{words.rounded(amount)} {self.currency}".strip()


ASSUMED = Stakes()
"""What is reckoned with unless other figures are given."""
