"""What a reranker costs on this machine: milliseconds for each pair by its length, measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpref import machine
from nlpref.latency import Stopwatch
from nlpref.protocols import Reranker

__all__ = ["PairCosts", "cut", "measure_costs", "surroundings"]

LENGTHS = (64, 128, 256, 512, 1024, 2048)
"""Characters of query and text together at which a reranker is timed."""
FEW, MANY = 4, 16
"""Pairs at once between which the cost of one more is measured: a single one says little where threads share the work."""
ROUNDS = 7
QUARTER = 25
"""Percentile of the rounds that counts: what else the machine does only adds to a time, and a search notices that itself."""
QUERY = 48
"""Characters of the query that it is timed with."""


@dataclass(frozen=True)
class PairCosts:
    """What scoring pairs takes.

    Args:
        lengths: Characters of query and text together, rising.
        pair_ms: Milliseconds for one more pair of each length, not falling.
        call_ms: Milliseconds for a call, whatever is in it.
        measured_on: The machine, its threads and what runs the reranker.
    """

    lengths: tuple[int, ...]
    pair_ms: tuple[float, ...]
    call_ms: float
    measured_on: Mapping[str, Any]

    def pairs_ms(self, lengths: Sequence[int] | NDArray[np.intp]) -> NDArray[np.float64]:
        """Milliseconds for each pair without the call: on straight lines between the measured lengths, level beyond them.

        Example:
            >>> PairCosts((100, 200), (2.0, 4.0), 1.0, {}).pairs_ms([50, 150, 900]).tolist()
            [2.0, 3.0, 4.0]
        """
        return np.interp(np.asarray(lengths, dtype=np.float64), self.lengths, self.pair_ms)

    @classmethod
    def read(cls, saved: Mapping[str, Any]) -> PairCosts:
        """Costs from what ``dataclasses.asdict`` made of them, once it was JSON."""
        return cls(tuple(saved["lengths"]), tuple(saved["pair_ms"]), saved["call_ms"], saved["measured_on"])


def cut(text: str, characters: int | None) -> str:
    """The first so many characters of a text, none of a word that they would cut; None leaves it whole.

    Example:
        >>> cut("where is my parcel", 12), cut("parcel", 3), cut("parcel", None)
        ('where is my', 'par', 'parcel')
    """
    if characters is None or len(text) <= characters:
        return text
    head = text[: characters + 1]
    place = max(head.rfind(" "), head.rfind("\n"))
    return head[:place].rstrip() if place > 0 else text[:characters]


def surroundings(reranker: Reranker) -> dict[str, Any]:
    """What costs depend on besides the pairs."""
    runs = type(getattr(reranker, "engine", reranker))
    return {"hardware": machine.hardware(), "threads": machine.model_threads(), "runs": f"{runs.__module__}.{runs.__qualname__}"}


def measure_costs(reranker: Reranker, texts: Sequence[str]) -> PairCosts:
    """Time a reranker on texts of several lengths: a few pairs at once, then many.

    Args:
        reranker: Must be fitted.
        texts: Of the collection; their words are put together to texts of each length.
    """
    words = " ".join(texts[: 8 * MANY]).split() or ["word"]
    spread = (" ".join(words) + " ") * (1 + MANY * max(LENGTHS) // max(len(" ".join(words)), 1))
    query = cut(spread, QUERY)
    pairs, calls = [], []
    for length in LENGTHS:
        size = max(1, length - len(query))
        some = [cut(spread[row * size :], size) or "word" for row in range(MANY)]
        few, many = _quick_ms(reranker, query, some[:FEW]), _quick_ms(reranker, query, some)
        pairs.append(max((many - few) / (MANY - FEW), many / MANY * 0.5))  # noise must not make a pair cost nothing
        calls.append(max(0.0, few - FEW * pairs[-1]))
    rising = np.maximum.accumulate(pairs)
    return PairCosts(LENGTHS, tuple(rising.tolist()), float(np.median(calls)), surroundings(reranker))


def _quick_ms(reranker: Reranker, query: str, texts: Sequence[str]) -> float:
    taken = []
    for _ in range(ROUNDS + 1):
        watch = Stopwatch()
        reranker.score(query, texts)
        taken.append(watch.ms)
    return float(np.percentile(taken[1:], QUARTER))
