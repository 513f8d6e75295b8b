"""Gold spans that are probably wrong, and entities that were probably forgotten, by taggers that have not learnt from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from tqdm.auto import tqdm

from nlpref.decisions.spans.reading import FLOOR, Reading, overlap, read
from nlpref.errors import InputError
from nlpref.held_out import stratified_folds
from nlpref.protocols import TokenTagger
from nlpref.text.checks import check_examples, check_sentences
from nlpref.types import Span, TaggedTokens

__all__ = ["KINDS", "SpanSuspect", "find_span_errors", "out_of_fold_readings", "rank_spans"]

Kind = Literal["missing", "spurious", "wrong type", "wrong boundary"]
KINDS: tuple[Kind, ...] = ("missing", "spurious", "wrong type", "wrong boundary")
STRONG = 0.1
"""Candidates below this probability are not listed as missing."""
_LEAST = 1e-12


@dataclass(frozen=True)
class SpanSuspect:
    """A gold span that is more or less in doubt, or a candidate that is not among the gold spans.

    Args:
        position: Of the sentence among those given.
        example: The sentence.
        kind: What would be wrong: the entity is "missing" from gold, is none ("spurious"), or has the "wrong type" or the
            "wrong boundary".
        given: The gold span; None if one is missing.
        suggested: The span that should be there; None if none should.
        suspicion: Logarithm of how much likelier the suggestion is than what is given; above 0 a tagger would change it.
        probability: Of what is given.
        suggested_probability: Of the suggestion.
    """

    position: int
    example: TaggedTokens
    kind: Kind
    given: Span | None
    suggested: Span | None
    suspicion: float
    probability: float
    suggested_probability: float

    @property
    def doubted(self) -> bool:
        """Whether the suggestion is the likelier of the two."""
        return self.suspicion > 0


def find_span_errors(
    tagger: TokenTagger | Sequence[TokenTagger],
    examples: Sequence[TaggedTokens],
    folds: int = 5,
    *,
    repeats: int = 1,
    floor: float = STRONG,
    seed: int = 0,
    progress: bool = False,
) -> list[SpanSuspect]:
    """All gold spans and all strong candidates that are not gold, the most suspicious first.

    Args:
        tagger: One, or several whose probabilities are averaged; fitted anew on each division, as copies. A ``ChainTagger``
            tells the probability of any span; others only of those they find.
        examples: Sentences in which all types were looked for.
        folds: Parts; each is read by what was fitted on the others.
        repeats: Divisions into parts, over which probabilities are averaged as well.
        floor: Least probability of a candidate to be listed.
        seed: Of the first division; the next one has the next seed.
        progress: Whether to show a bar.

    Raises:
        InputError: if examples or settings do not fit.

    Source: Northcutt et al. 2021 (labels judged by models that have not learnt from them); Wang and Mueller 2022 (of tokens).
    """
    return rank_spans(examples, out_of_fold_readings(tagger, examples, folds, repeats, seed, progress), floor)


def out_of_fold_readings(
    tagger: TokenTagger | Sequence[TokenTagger],
    examples: Sequence[TaggedTokens],
    folds: int = 5,
    repeats: int = 1,
    seed: int = 0,
    progress: bool = False,
) -> list[list[Reading]]:
    """Of each sentence the readings by copies that were fitted without it, one for each tagger and division.

    Raises:
        InputError: if examples or settings do not fit.
    """
    several: list[Any] = list(tagger) if isinstance(tagger, Sequence) else [tagger]
    if not several or isinstance(repeats, bool) or not isinstance(repeats, int) or repeats < 1:
        raise InputError(f"expected one tagger or more and one division or more, got {several!r:.60} and {repeats!r}")
    if isinstance(folds, bool) or not isinstance(folds, int) or folds < 2:
        raise InputError(f"judging spans needs two folds or more, got {folds!r}")
    examples = check_examples(examples, TaggedTokens, "examples")
    sentences = check_sentences([one.tokens for one in examples])
    if partial := next((one for one in examples if one.partial), None):
        raise InputError(f"sentence {partial.id!r} was annotated for some types alone, so what it lacks cannot be judged")
    if sum(bool(one.spans) for one in examples) < 2 or len(examples) < 3:
        raise InputError(f"judging spans needs three sentences or more, two of them with entities; got {len(examples)}")
    made: list[list[Reading]] = [[] for _ in examples]
    with tqdm(total=len(several) * repeats * folds, desc="judging spans", disable=not progress, leave=False) as bar:
        for division in range(seed, seed + repeats):
            fold_of = _dealt(examples, folds, division)
            for one in several:
                for fold in np.unique(fold_of).tolist():
                    copied = clone(one)
                    copied.fit([example for example, part in zip(examples, fold_of, strict=True) if part != fold])
                    held = np.flatnonzero(fold_of == fold).tolist()
                    for row, reading in zip(held, read(copied, [sentences[row] for row in held]), strict=True):
                        made[row].append(reading)
                    bar.update()
    return made


def rank_spans(
    examples: Sequence[TaggedTokens], readings: Sequence[Sequence[Reading]], floor: float = STRONG
) -> list[SpanSuspect]:
    """The same by readings that are at hand; equally suspicious ones in the order of the text.

    Args:
        examples: Sentences.
        readings: Of each by what has not learnt from it, at least one.
        floor: Least probability of a candidate to be listed.

    Raises:
        InputError: if the floor is not above 0 and at most 1, or there are not as many readings as sentences.
    """
    if not 0 < floor <= 1 or len(examples) != len(readings) or not all(readings):
        raise InputError(
            f"expected a floor above 0 and one reading or more for each of {len(examples)} sentences, got {floor!r} and "
            f"{len(readings)} lists of them"
        )
    pairs = enumerate(zip(examples, readings, strict=True))
    found = [one for position, (example, views) in pairs for one in _suspects(position, example, views, floor)]
    return sorted(found, key=lambda one: (-one.suspicion, one.position, one.given or one.suggested))


def _dealt(examples: Sequence[TaggedTokens], folds: int, seed: int) -> NDArray[np.intp]:
    """Number of the fold of each sentence; those with entities are dealt apart from the others."""
    fold_of = stratified_folds(np.array([bool(one.spans) for one in examples], dtype=np.intp), folds, seed)
    return np.where(fold_of < 0, 0, fold_of)  # the only one without an entity may stand anywhere


def _suspects(position: int, example: TaggedTokens, views: Sequence[Reading], floor: float) -> Iterator[SpanSuspect]:
    gold = list(example.spans)
    strange = sorted({span for view in views for span in view.candidates(min(FLOOR, floor))} - set(gold))
    others = sorted(_averaged(views, strange), key=lambda span: (-span.score, span))
    for span in _averaged(views, gold):
        yield _judged(position, example, span, [other for other in others if overlap(span, other)])
    taken: list[Span] = []
    for other in others:
        if other.score >= floor and not any(overlap(other, one) for one in (*gold, *taken)):
            taken.append(other)
            chance = 1 - other.score
            yield SpanSuspect(
                position, example, "missing", None, other, _log_ratio(other.score, chance), max(0.0, chance), other.score
            )


def _judged(position: int, example: TaggedTokens, span: Span, rivals: Sequence[Span]) -> SpanSuspect:
    """A gold span against its best rival, or against there being no entity."""
    nothing = max(0.0, 1 - span.score - sum(one.score for one in rivals))
    best = rivals[0] if rivals and rivals[0].score > nothing else None
    kind: Kind = "spurious" if best is None else "wrong type" if best.label != span.label else "wrong boundary"
    other = nothing if best is None else best.score
    return SpanSuspect(position, example, kind, span, best, _log_ratio(other, span.score), span.score, other)


def _averaged(views: Sequence[Reading], spans: Sequence[Span]) -> list[Span]:
    told = [[one.score for one in view.scored(spans)] for view in views]
    means = np.mean(told, axis=0) if spans else []
    return [Span(one.start, one.end, one.label, float(mean)) for one, mean in zip(spans, means, strict=True)]


def _log_ratio(other: float, own: float) -> float:
    return float(np.log(max(other, _LEAST)) - np.log(max(own, _LEAST)))
