"""Learn-then-Test: p-values for "the risk is too high", and the test that chooses among many settings by them.

A setting has a loss in [0, 1] for each example, and its risk is the mean loss over all examples that could be drawn. A
small p-value says that the risk is at most what is allowed. Settings are put in order before the losses are seen, the
safest first, and tested one after the other: the chance that any setting let through is too risky is at most ``level``.

Source: Angelopoulos, Bates, Candès, Jordan & Lei 2021, Learn then Test, arXiv 2110.01052.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import rel_entr
from scipy.stats import binom

from nlpref.errors import InputError

__all__ = ["binomial_p_values", "fallback_test", "fixed_sequence_test", "hoeffding_bentkus_p_values", "smallest_sample"]

FloatArray = NDArray[np.float64]


def binomial_p_values(losses: ArrayLike, n: int | NDArray[np.intp], risk: float) -> FloatArray:
    """Chance of so few losses among ``n`` examples, or fewer, if the risk were ``risk``: exact for losses of 0 or 1.

    Args:
        losses: Number of examples with a loss, of any shape.
        n: Number of examples, one for all or one for each.
        risk: The risk that is allowed, in (0, 1).

    Raises:
        InputError: if a number is out of range.

    Source: Angelopoulos et al. 2021 (Learn then Test); Clopper & Pearson 1934 (the binomial tail).
    """
    counts = np.asarray(losses, dtype=np.float64)
    _check(counts, n, n, risk)
    return np.asarray(binom.cdf(counts, n, risk), dtype=np.float64)


def hoeffding_bentkus_p_values(mean_losses: ArrayLike, n: int, risk: float) -> FloatArray:
    """Bound on the chance of so small a mean loss, if the risk were ``risk``: for any losses in [0, 1].

    The smaller of Hoeffding's bound and Bentkus's. For losses of 0 or 1 the binomial one is never larger.

    Args:
        mean_losses: Mean loss of each setting over the ``n`` examples, of any shape.
        n: Number of examples.
        risk: The risk that is allowed, in (0, 1).

    Raises:
        InputError: if a number is out of range.

    Source: Angelopoulos et al. 2021 (Learn then Test); Hoeffding 1963, theorem 1; Bentkus 2004.
    """
    means = np.asarray(mean_losses, dtype=np.float64)
    _check(means, 1, n, risk)
    below = np.minimum(means, risk)
    hoeffding = np.exp(-n * (rel_entr(below, risk) + rel_entr(1 - below, 1 - risk)))
    whole = np.ceil(n * means - 1e-9)  # a mean of whole losses, times n, may end just above a whole number
    bentkus = np.e * binom.cdf(whole, n, risk)
    return np.asarray(np.minimum(hoeffding, bentkus), dtype=np.float64)


def fixed_sequence_test(p_values: Sequence[float] | FloatArray, level: float) -> int:
    """How many settings, counted from the first, pass before one does not.

    The order must be fixed before the losses are seen. Then only the first setting that is truly too risky can be let
    through by mistake, and its p-value is at most ``level`` with at most that chance; there is nothing to correct for.

    Args:
        p_values: In the order of the settings, the safest first.
        level: The chance of a mistake that is allowed, in (0, 1).

    Raises:
        InputError: if ``level`` is out of range.

    Source: Angelopoulos et al. 2021 (Learn then Test, fixed sequence testing); Bauer 1991.
    """
    if not 0 < level < 1:
        raise InputError(f"the chance of a mistake must lie between 0 and 1, both excluded, got {level!r}")
    failed = np.flatnonzero(~(np.asarray(p_values, dtype=np.float64) <= level))
    return int(failed[0]) if len(failed) else len(p_values)


def fallback_test(p_values: Sequence[float] | FloatArray, levels: Sequence[float] | FloatArray) -> NDArray[np.bool_]:
    """Which settings pass if the chance of a mistake is dealt out over several starts of the sequence.

    Each setting is tested at its own level, plus what the one before it was tested at if that one passed. So a sequence
    can begin again after a failure. With all of the level on the first setting this is ``fixed_sequence_test``.

    Args:
        p_values: In the order of the settings, which is fixed before the losses are seen.
        levels: Of each setting, 0 for those at which nothing starts; the sum is the chance of any mistake.

    Raises:
        InputError: if there is not one level for each setting, one is negative, or the sum is not in (0, 1).

    Source: Wiens & Dmitrienko 2005 (the fallback procedure); Angelopoulos et al. 2021 (several starts).

    Example:
        >>> fallback_test([0.2, 0.04, 0.09], [0.05, 0.05, 0.0]).tolist(), fallback_test([0.05, 0.1], [0.05, 0.05]).tolist()
        ([False, True, False], [True, True])
    """
    own = np.asarray(levels, dtype=np.float64)
    if len(own) != len(p_values) or (own < 0).any() or not 0 < own.sum() < 1:
        raise InputError(
            f"expected one level of 0 or more for each of {len(p_values)} p-values, with a sum between 0 and 1, both excluded, "
            f"got {len(own)} with the sum {own.sum():g}"
        )
    passed, level = np.zeros(len(own), dtype=np.bool_), 0.0
    for position, (p_value, share) in enumerate(zip(p_values, own, strict=True)):
        level = level + share
        passed[position] = level > 0 and p_value <= level * (1 + 1e-12)  # sums of shares may fall just below the whole
        level = level if passed[position] else 0.0
    return passed


def smallest_sample(risk: float, level: float) -> int:
    """Examples that are needed to pass the binomial test without a single loss: (1 - risk)^n must be at most ``level``.

    Raises:
        InputError: if a number is not in (0, 1).

    Example:
        >>> smallest_sample(0.01, 0.1), smallest_sample(0.05, 0.1)
        (230, 45)
    """
    if not (0 < risk < 1 and 0 < level < 1):
        raise InputError(f"risk and level must lie between 0 and 1, both excluded, got risk={risk!r}, level={level!r}")
    needed = math.ceil(math.log(level) / math.log1p(-risk))
    return needed if binom.cdf(0, needed, risk) <= level else needed + 1  # the quotient may fall just below a whole number


def _check(values: FloatArray, most: float | NDArray[np.intp], n: int | NDArray[np.intp], risk: float) -> None:
    if (np.size(n) and np.min(n) < 1) or not 0 < risk < 1:
        raise InputError(f"expected n >= 1 and a risk between 0 and 1, both excluded, got n={n!r}, risk={risk!r}")
    if values.size and not (values.min() >= 0 and np.all(values <= most)):
        raise InputError(f"losses must lie between 0 and {most}, got {values.min():g} to {values.max():g}")
