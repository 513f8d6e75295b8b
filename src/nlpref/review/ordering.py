"""In which order a person looks at sentences: those first where a look changes most."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpref.chain import Chain
from nlpref.errors import InputError
from nlpref.protocols import ChainTagger
from nlpref.types import Span

__all__ = ["FLOOR", "STRATEGIES", "order", "propose"]

FLOOR = 0.02
"""Candidates below this probability are neither counted nor shown."""


def order(
    tagger: Any, sentences: Sequence[Sequence[str]], strategy: str = "expected_value", seed: int = 0
) -> list[tuple[int, float]]:
    """Positions of all sentences with their values, the most worthwhile first; equal values in the order given.

    - ``expected_value``: errors that a look is expected to mend, for each token read. A span that was found is wrong with one
      minus its probability; a candidate that was not taken is missed with its probability.
    - ``least_confident``: one minus the probability of the best tags of the sentence; without a chain, of its least sure span.
    - ``entropy``: mean entropy of the tags of a token, in nats; without a chain, of the verdicts on its spans.
    - ``random``: for comparison.

    Args:
        tagger: A fitted ``TokenTagger``. Only a ``ChainTagger`` tells of what it did not find.
        sentences: Lists of tokens.
        strategy: One of these.
        seed: Of the random order.

    Raises:
        InputError: if there is no such strategy.

    Source: Culotta and McCallum 2005 (least confidence); Settles and Craven 2008 (token entropy).
    """
    if strategy not in STRATEGIES:
        raise InputError(f"there is no strategy {strategy!r}; expected one of {', '.join(STRATEGIES)}")
    if strategy == "random":
        values = np.random.default_rng(seed).random(len(sentences)).tolist()
    elif isinstance(tagger, ChainTagger):
        values = [STRATEGIES[strategy](chain) for chain in tagger.chains(sentences)]
    else:
        found = tagger.predict(sentences)
        values = [_of_spans(strategy, spans, len(tokens)) for tokens, spans in zip(sentences, found, strict=True)]
    return sorted(enumerate(values), key=lambda pair: (-pair[1], pair[0]))


def propose(tagger: Any, sentences: Sequence[Sequence[str]]) -> list[tuple[list[Span], list[Span]]]:
    """The spans that a tagger finds in each sentence, and the other candidates it had, both with their probabilities."""
    if not isinstance(tagger, ChainTagger):
        return [(list(spans), []) for spans in tagger.predict(sentences)]
    return [_proposed(chain) for chain in tagger.chains(sentences)]


def _proposed(chain: Chain) -> tuple[list[Span], list[Span]]:
    best = chain.best()
    return best, [span for span in chain.candidates(FLOOR) if span not in best]


def _expected_value(chain: Chain) -> float:
    best, others = _proposed(chain)
    return (sum(1 - span.score for span in best) + sum(span.score for span in others)) / max(1, len(chain))


def _least_confident(chain: Chain) -> float:
    if not len(chain):
        return 0.0
    path, steps = chain.path(), chain.steps
    score = steps.first[path[0]] + steps.last[path[-1]] + chain.scores[np.arange(len(path)), path].sum()
    score += steps.between[path[:-1], path[1:]].sum()
    return 1 - float(np.exp(min(0.0, score - chain.log_partition)))


def _entropy(chain: Chain) -> float:
    return _nats(chain.marginals()) / max(1, len(chain))


def _of_spans(strategy: str, spans: Sequence[Span], size: int) -> float:
    """The same of a tagger that shows nothing but the spans it found."""
    sure = np.array([span.score for span in spans])
    if strategy == "expected_value":
        return float((1 - sure).sum()) / max(1, size)
    if strategy == "least_confident":
        return 1 - float(sure.min(initial=1.0))
    return _nats(np.stack([sure, 1 - sure])) / max(1, size)


def _nats(probabilities: NDArray[np.float64]) -> float:
    return -float((probabilities * np.log(np.maximum(probabilities, 1e-300))).sum())


STRATEGIES: Mapping[str, Callable[[Chain], float]] = {
    "expected_value": _expected_value,
    "least_confident": _least_confident,
    "entropy": _entropy,
    "random": lambda _: 0.0,
}
"""What a sentence is worth; ``random`` looks at none."""
