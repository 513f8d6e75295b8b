"""All that several taggers find."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from nlpref.errors import InputError
from nlpref.protocols import TokenTagger
from nlpref.tagging.members import CompositeTagger
from nlpref.tagging.overlaps import first_come
from nlpref.types import Span

__all__ = ["UnionTagger"]


class UnionTagger(CompositeTagger):
    """Every span that any of several taggers finds; of spans that overlap the preferred one.

    It finds more than each of them and is wrong more often than the best. So it suits taggers that find different things,
    such as rules for numbers beside a network for names. The taggers may know different labels.

    Args:
        taggers: One or more. Each is fitted on all of train, with the validation split.
        prefer: Of spans that overlap, ``score`` keeps that of the highest score (then the longest, then that of the first
            tagger), ``order`` that of the tagger named first. Scores of different families say different things, so prefer by
            score only where they can be compared.
        fit_taggers: Whether ``fit`` fits the taggers. False for taggers that are fitted already: a clone shares them then.

    Example:
        >>> from nlpref.tagging import GazetteerTagger, RuleTagger
        >>> from nlpref.types import TaggedTokens
        >>> train = [TaggedTokens(("Ann", "owes", "5", "EUR"), (Span(0, 1, "person"),))] * 5
        >>> rules = RuleTagger([{"label": "sum", "pattern": [{"LIKE_NUM": True}, {"TEXT": "EUR"}]}])
        >>> UnionTagger([rules, GazetteerTagger()]).fit(train).predict([["Ann", "has", "7", "EUR"]])[0]
        [Span(start=0, end=1, label='person', score=...), Span(start=2, end=4, label='sum', score=1.0)]
    """

    def __init__(
        self, taggers: Sequence[TokenTagger], prefer: Literal["score", "order"] = "score", fit_taggers: bool = True
    ) -> None:
        self.taggers = taggers
        self.prefer = prefer
        self.fit_taggers = fit_taggers

    def _merged(self, found: Sequence[Sequence[Span]]) -> list[Span]:
        spans = [span for of_one in found for span in of_one]  # in the order of the taggers, which sorting keeps among equals
        if self.prefer == "score":
            spans.sort(key=lambda span: (-span.score, span.start - span.end))
        return first_come(spans)

    def _check_settings(self) -> None:
        if self.prefer not in ("score", "order"):
            raise InputError(f"prefer={self.prefer!r}: expected 'score' or 'order'")
