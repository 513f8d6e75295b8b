"""A tagger that holds others: it fits them all, knows the labels of them all, and makes one answer of theirs."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.errors import InputError, NotFittedError
from nlpref.protocols import TokenTagger
from nlpref.tagging.checks import check_training
from nlpref.text.checks import check_sentences
from nlpref.types import Span, TaggedTokens

__all__ = ["CompositeTagger"]

FITTED = "fitted.json"

Members = Sequence[TokenTagger]
log = logging.getLogger(__name__)


class CompositeTagger(BaseEstimator):
    """Taggers in the argument ``taggers``; a subclass says in ``_merged`` what is made of their spans.

    With ``fit_taggers=False`` they are fitted already, and a clone shares them.
    """

    taggers: Members
    fit_taggers: bool
    labels_: tuple[str, ...]

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
        _check_members(self.taggers)
        self._check_settings()
        if self.fit_taggers:
            _fit_members(self.taggers, train, validation)
        self.labels_ = _labels_of_members(self.taggers)
        return self

    def predict(self, sentences: Sequence[Sequence[str]]) -> list[list[Span]]:
        """Find spans in token lists; offsets count tokens."""
        self._check_fitted()
        return [self._merged(found) for found in _ask_members(self.taggers, check_sentences(sentences))]

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

    def _merged(self, found: Sequence[Sequence[Span]]) -> list[Span]:
        """One answer of what each tagger found in a sentence."""
        raise NotImplementedError

    def _check_settings(self) -> None:
        raise NotImplementedError

    def _check_fitted(self) -> None:
        if not hasattr(self, "labels_"):
            raise NotFittedError(f"{type(self).__name__} is not fitted yet; call fit(train, validation) or load(folder)")


def _check_members(taggers: Members) -> None:
    """See that there are taggers.

    Raises:
        InputError: if they are no list of one tagger or more.
    """
    if not isinstance(taggers, list | tuple) or not taggers or not all(hasattr(one, "predict") for one in taggers):
        raise InputError(f"taggers must be a list of taggers, with fit, predict and labels, got {taggers!r:.80}")


def _fit_members(taggers: Members, train: Sequence[TaggedTokens], validation: Sequence[TaggedTokens]) -> None:
    """Fit each tagger."""
    for number, tagger in enumerate(taggers, start=1):
        log.info("fitting tagger %d, %s", number, type(tagger).__name__)
        tagger.fit(train, validation)


def _labels_of_members(taggers: Members) -> tuple[str, ...]:
    """Sorted distinct entity types of fitted taggers.

    Raises:
        InputError: if one is not fitted.
    """
    found: set[str] = set()
    for number, tagger in enumerate(taggers, start=1):
        try:
            found.update(tagger.labels)
        except NotFittedError as error:
            raise InputError(f"with fit_taggers=False every tagger must be fitted already, but tagger {number} is not") from error
    return tuple(sorted(found))


def _ask_members(taggers: Members, sentences: Sequence[Sequence[str]]) -> list[list[list[Span]]]:
    """For each sentence what each tagger found in it.

    Raises:
        InputError: if a tagger breaks the contract: not one list for each sentence, or spans that are not disjoint.
    """
    answers = []
    for number, tagger in enumerate(taggers, start=1):
        found = tagger.predict(sentences)
        name = f"tagger {number}, {type(tagger).__name__},"
        if len(found) != len(sentences):
            raise InputError(f"{name} gave {len(found)} lists of spans for {len(sentences)} sentences")
        for tokens, spans in zip(sentences, found, strict=True):
            if any(one.end > other.start for one, other in pairwise(spans)) or (spans and spans[-1].end > len(tokens)):
                raise InputError(f"{name} gave spans that are not sorted, disjoint and within {len(tokens)} tokens: {spans}")
        answers.append(found)
    return [list(of_one) for of_one in zip(*answers, strict=True)]
