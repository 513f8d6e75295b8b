"""Taggers inside a tagger: checked, fitted, and known by the labels of them all."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from itertools import pairwise

from nlpref.errors import InputError, NotFittedError
from nlpref.neural.session import current_session, training_session
from nlpref.protocols import TokenTagger
from nlpref.types import Span, TaggedTokens

__all__ = ["ask_members", "check_members", "fit_members", "labels_of_members"]

Members = Sequence[TokenTagger]
log = logging.getLogger(__name__)


def check_members(taggers: Members) -> None:
    """See that there are taggers.

    Raises:
        InputError: if they are no list of one tagger or more.
    """
    if not isinstance(taggers, list | tuple) or not taggers or not all(hasattr(one, "predict") for one in taggers):
        raise InputError(f"taggers must be a list of taggers, with fit, predict and labels, got {taggers!r:.80}")


def fit_members(taggers: Members, train: Sequence[TaggedTokens], validation: Sequence[TaggedTokens]) -> None:
    """Fit each tagger. Each has a folder of its own for checkpoints, so that none goes on from another's."""
    session = current_session()
    for number, tagger in enumerate(taggers, start=1):
        log.info("fitting tagger %d, %s", number, type(tagger).__name__)
        checkpoints = session.checkpoints / f"tagger{number}" if session.checkpoints else None
        with training_session(checkpoints, session.on_metrics, session.progress):
            tagger.fit(train, validation)


def labels_of_members(taggers: Members) -> tuple[str, ...]:
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


def ask_members(taggers: Members, sentences: Sequence[Sequence[str]]) -> list[list[list[Span]]]:
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
