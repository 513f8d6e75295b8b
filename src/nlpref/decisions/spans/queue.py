"""In which order people look at what a tagger has read: those sentences first with which looking does most."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from nlpref.chain import Chain
from nlpref.decisions.spans.reading import FLOOR, Reading, read
from nlpref.errors import InputError
from nlpref.protocols import TokenTagger
from nlpref.text.checks import check_sentences

__all__ = ["STRATEGIES", "review_queue"]

STRATEGIES = ("expected_value", "least_confident", "entropy", "random")


def review_queue(
    tagger: TokenTagger, sentences: Sequence[Sequence[str]], strategy: str = "expected_value", seed: int = 0
) -> list[tuple[int, float]]:
    """Positions of all sentences with their values, the most worthwhile first; equal values in the order given.

    - ``expected_value``: errors that a reader is expected to mend for each token read. A span found with probability p is
      wrong with 1 - p; a candidate that was not taken is missed with its probability. So probabilities should be calibrated:
      give a ``CalibratedTagger``, and one around a ``ChainTagger`` for candidates.
    - ``least_confident``: one minus the probability of the best sequence of tags; without a chain, of the least sure span.
    - ``entropy``: mean over tokens of the entropy of the tags, in nats; without a chain, of the verdicts on spans.
    - ``random``: any order, for comparison.

    Args:
        tagger: Fitted.
        sentences: Lists of tokens.
        strategy: One of these.
        seed: Of the random order.

    Raises:
        InputError: if there is no such strategy, or the sentences are no lists of tokens.

    Source: Culotta and McCallum 2005 (least confidence, cost of correction); Settles and Craven 2008 (token entropy).
    """
    if strategy not in STRATEGIES:
        raise InputError(f"there is no strategy {strategy!r}; expected one of {', '.join(STRATEGIES)}")
    sentences = check_sentences(sentences)
    if strategy == "random":
        values = np.random.default_rng(seed).random(len(sentences)).tolist()
    else:
        floor = FLOOR if strategy == "expected_value" else None
        values = [_VALUES[strategy](reading) for reading in read(tagger, sentences, floor)]
    return sorted(enumerate(values), key=lambda pair: (-pair[1], pair[0]))


def _expected_value(reading: Reading) -> float:
    errors = sum(1 - span.score for span in reading.found) + sum(span.score for span in reading.left)
    return errors / max(1, reading.size)


def _least_confident(reading: Reading) -> float:
    if reading.chain is None:
        return 1 - min((span.score for span in reading.found), default=1.0)
    return 1 - _best_probability(reading.chain)


def _entropy(reading: Reading) -> float:
    if reading.chain is not None:
        table = reading.chain.marginals()
        total = -float((table * np.log(np.maximum(table, np.finfo(np.float64).tiny))).sum())
    else:
        chances = np.array([[span.score, 1 - span.score] for span in reading.found]).reshape(-1, 2)
        total = -float((chances * np.log(np.maximum(chances, np.finfo(np.float64).tiny))).sum())
    return total / max(1, reading.size)


def _best_probability(chain: Chain) -> float:
    path, steps = chain.path(), chain.steps
    if not len(path):
        return 1.0
    score = steps.first[path[0]] + steps.last[path[-1]] + chain.scores[np.arange(len(path)), path].sum()
    return float(np.exp(min(0.0, score + steps.between[path[:-1], path[1:]].sum() - chain.log_partition)))


_VALUES: Mapping[str, Callable[[Reading], float]] = {
    "expected_value": _expected_value,
    "least_confident": _least_confident,
    "entropy": _entropy,
}
