"""What enough of several taggers find."""

from __future__ import annotations

from collections.abc import Sequence

from nlpref.errors import InputError
from nlpref.protocols import TokenTagger
from nlpref.tagging.members import CompositeTagger
from nlpref.tagging.overlaps import first_come
from nlpref.types import Span

__all__ = ["VotingTagger"]

ROUNDING = 1e-9
"""Weights such as 0.1 and 0.2 do not quite sum to 0.3."""


class VotingTagger(CompositeTagger):
    """The spans that enough of several taggers find; a span's score is the share of the votes that it has.

    Args:
        taggers: One or more. Each is fitted on all of train, with the validation split.
        weights: Votes of each tagger, above 0; None gives one to each.
        minimum: Share of all votes that a span needs, above 0 and at most 1; None asks for more than half. Of three taggers
            with a vote each, 1.0 asks for all, None for two, and 0.3 for one.
        partial: Count a span of the same label that overlaps as a part of a vote: the share of tokens that the two have in
            common. Then taggers that agree but for an article or a full stop still agree.
        fit_taggers: Whether ``fit`` fits the taggers. False for taggers that are fitted already: a clone shares them then.

    Where spans that overlap have votes enough, the one with more of them is kept, then the longer one.

    Source: van Halteren et al. 1998 (weighted votes of taggers).

    Example:
        >>> from nlpref.tagging import CrfTagger, GazetteerTagger
        >>> from nlpref.types import TaggedTokens
        >>> ann = TaggedTokens(("Ann", "lives", "in", "Rome"), (Span(0, 1, "person"), Span(3, 4, "city")))
        >>> tagger = VotingTagger([GazetteerTagger(), CrfTagger(c2=0.01)], minimum=0.5).fit([ann] * 5)
        >>> tagger.predict([["Rome", "in", "Rome"]])[0][1]
        Span(start=2, end=3, label='city', score=1.0)
    """

    def __init__(
        self,
        taggers: Sequence[TokenTagger],
        weights: Sequence[float] | None = None,
        minimum: float | None = None,
        partial: bool = False,
        fit_taggers: bool = True,
    ) -> None:
        self.taggers = taggers
        self.weights = weights
        self.minimum = minimum
        self.partial = partial
        self.fit_taggers = fit_taggers

    def _merged(self, found: Sequence[Sequence[Span]]) -> list[Span]:
        weights = self.weights or [1.0] * len(found)
        total = sum(weights)
        candidates = sorted({span for spans in found for span in spans}, key=lambda span: (span.start - span.end, span))
        elected = []
        for span in candidates:
            share = sum(weight * self._vote(span, spans) for weight, spans in zip(weights, found, strict=True)) / total
            if share > 0.5 + ROUNDING if self.minimum is None else share >= self.minimum - ROUNDING:
                elected.append(Span(span.start, span.end, span.label, min(1.0, share)))
        return first_come(sorted(elected, key=lambda span: -span.score))

    def _vote(self, span: Span, spans: Sequence[Span]) -> float:
        """How far one tagger's spans agree with a span, from 0 to 1."""
        if not self.partial:
            return float(span in spans)
        return max((_common(span, other) for other in spans if other.label == span.label), default=0.0)

    def _check_settings(self) -> None:
        weights = self.weights
        if weights is not None and (len(weights) != len(self.taggers) or not all(weight > 0 for weight in weights)):
            raise InputError(f"weights must be one number above 0 for each of the {len(self.taggers)} taggers, got {weights!r}")
        if self.minimum is not None and not 0 < self.minimum <= 1:
            raise InputError(f"minimum={self.minimum!r}: expected a share of the votes, above 0 and at most 1, or None")


def _common(one: Span, other: Span) -> float:
    """Tokens that are in both, as a share of those in either. Source: Jaccard 1912."""
    both = max(0, min(one.end, other.end) - max(one.start, other.start))
    return both / (max(one.end, other.end) - min(one.start, other.start)) if both else 0.0
