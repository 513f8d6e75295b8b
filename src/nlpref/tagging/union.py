"""All that several taggers find."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self

from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.errors import InputError, NotFittedError
from nlpref.protocols import TokenTagger
from nlpref.tagging.checks import check_training
from nlpref.tagging.members import ask_members, check_members, fit_members, labels_of_members
from nlpref.tagging.overlaps import first_come
from nlpref.text.checks import check_sentences
from nlpref.types import Span, TaggedTokens

__all__ = ["UnionTagger"]

FITTED = "fitted.json"


class UnionTagger(BaseEstimator):
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

    @property
    def labels(self) -> tuple[str, ...]:
        """Entity types that any of the taggers knows."""
        self._check_fitted()
        return self.labels_

    def fit(self, train: Sequence[TaggedTokens], validation: Sequence[TaggedTokens] = ()) -> Self:
        """Fit the taggers.

        Raises:
            InputError: if the sentences or an argument do not fit, a tagger refuses them, or one that should be fitted is not.
        """
        self.__dict__.pop("labels_", None)  # a fit that is refused must not leave what an earlier one learnt
        check_training(train, validation, partial=True)
        check_members(self.taggers)
        if self.prefer not in ("score", "order"):
            raise InputError(f"prefer={self.prefer!r}: expected 'score' or 'order'")
        if self.fit_taggers:
            fit_members(self.taggers, train, validation)
        self.labels_ = labels_of_members(self.taggers)
        return self

    def predict(self, sentences: Sequence[Sequence[str]]) -> list[list[Span]]:
        """Find spans in token lists; offsets count tokens."""
        self._check_fitted()
        return [self._united(found) for found in ask_members(self.taggers, check_sentences(sentences))]

    def save(self, folder: Path) -> None:
        """Write the taggers and the labels."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            storage.write_json(made / FITTED, {"labels": self.labels_})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        tagger = storage.restore(cls, folder)
        tagger.labels_ = tuple(storage.read_json(Path(folder) / FITTED)["labels"])
        return tagger

    def __sklearn_clone__(self) -> Any:
        copied = super().__sklearn_clone__()
        if not self.fit_taggers:  # a clone of them would have to be fitted
            copied.taggers = self.taggers
        return copied

    def _united(self, found: Sequence[Sequence[Span]]) -> list[Span]:
        spans = [span for of_one in found for span in of_one]  # in the order of the taggers, which sorting keeps among equals
        if self.prefer == "score":
            spans.sort(key=lambda span: (-span.score, span.start - span.end))
        return first_come(spans)

    def _check_fitted(self) -> None:
        if not hasattr(self, "labels_"):
            raise NotFittedError("UnionTagger is not fitted yet; call fit(train, validation) or load(folder)")
