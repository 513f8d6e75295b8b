"""What a million predictions cost, from a measured throughput and an assumed price of a core."""

from __future__ import annotations

import math
from statistics import median

from nlpref.errors import InputError
from nlpref.report.leaderboard import Model
from nlpref.results import LatencyResult

__all__ = ["PRICE", "check_price", "cost_per_million", "model_cost"]

PRICE = 0.04
"""Price of one core for one hour in the user's currency: an assumption, not a measurement. Give your own."""

_MILLION = 1_000_000
_SECONDS_PER_HOUR = 3600


def cost_per_million(latency: LatencyResult, price: float = PRICE) -> float | None:
    """Cost of a million inputs at the measured throughput, every compute thread counted as one busy core.

    Args:
        latency: What was measured.
        price: Price of one core for one hour, in any currency.

    Returns:
        Cost in the currency of the price; None if a GPU was at hand, since no price of a core covers it.

    Raises:
        InputError: if the price is not a finite number of 0 or more.

    Source: price x threads x (10^6 / throughput) / 3600.

    Example:
        >>> measured = LatencyResult(model="m", p50_ms=1, p95_ms=2, p99_ms=3, throughput_per_s=100, batch_size=32, n=100,
        ...                          threads=2)
        >>> round(cost_per_million(measured, price=0.09), 6)  # 10,000 s on 2 cores are 5.556 core-hours
        0.5
    """
    check_price(price)
    if latency.hardware.get("gpu"):
        return None
    return price * latency.threads * _MILLION / latency.throughput_per_s / _SECONDS_PER_HOUR


def model_cost(model: Model, price: float = PRICE) -> float | None:
    """Cost of a million inputs, the median of the runs that were timed; None if none was, or one of them with a GPU.

    Raises:
        InputError: if the price is not a finite number of 0 or more.
    """
    found = [cost_per_million(run.latency, price) for run in model.runs if run.latency]
    known = [cost for cost in found if cost is not None]
    return median(known) if known and len(known) == len(found) else None


def check_price(price: float) -> None:
    """Refuse what is no price.

    Raises:
        InputError: if the price is not a finite number of 0 or more.
    """
    if not (math.isfinite(price) and price >= 0):
        raise InputError(f"the price of a core-hour should be a finite number, 0 or more, got {price}")
