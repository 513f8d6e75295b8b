"""A tagger that learns from its own surest answers to sentences that nobody annotated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.base import clone

from nlpref.chain import Chain
from nlpref.errors import InputError
from nlpref.metrics.spans import span_scores
from nlpref.protocols import ChainTagger, TokenTagger
from nlpref.tagging.checks import check_training
from nlpref.tagging.wrapper import TaggerWrapper
from nlpref.text.checks import check_examples
from nlpref.text.tokenisers import SpacyTokeniser
from nlpref.types import Span, TaggedTokens

__all__ = ["SelfTrainingTagger", "sureness"]

CHUNK = 256


class SelfTrainingTagger(TaggerWrapper):
    """Fits a tagger, lets it tag sentences that nobody annotated, and fits it again on those it was sure of as well.

    Sentences without annotation are those of train in which nothing was looked for (``annotated=()``, see
    ``dataset=unlabelled_entities``), and the lines of a text file. A sentence is used if the tagger was sure of it in every
    place; of those without an entity only as many as keep their share in train, the surest first, or there would be nothing
    else to learn. Each round starts from the tagger as it was before any training, with the answers of the best so far.
    With a validation split the tagger of the best round is kept, and round 0, without any of this, is one of them.

    Args:
        tagger: The tagger inside.
        unlabelled: Text file with a sentence on each line; None for those in train alone.
        rounds: How often answers are learned from.
        floor: Least sureness of a sentence, see ``sureness``.
        most: Most sentences that are used in a round, the surest first; None for all.
        language: Of the spaCy rules by which the lines of the file are split into tokens.

    Raises:
        InputError: on fitting, if a number is out of range or the file does not exist.

    Source: Yarowsky 1995; Zou et al. 2018 for keeping shares.

    Example:
        >>> from nlpref.tagging import CrfTagger
        >>> ann = TaggedTokens(("Ann", "lives", "in", "Rome"), (Span(0, 1, "person"), Span(3, 4, "city")))
        >>> more = [TaggedTokens(("Bob", "lives", "in", "Oslo"), annotated=())]
        >>> tagger = SelfTrainingTagger(CrfTagger(c2=0.01), floor=0.6).fit([ann] * 4 + more)
        >>> tagger.predict([["Bob", "met", "Eve"]])[0][0]
        Span(start=0, end=1, label='person', score=...)
    """

    def __init__(
        self,
        tagger: TokenTagger,
        unlabelled: str | Path | None = None,
        rounds: int = 1,
        floor: float = 0.9,
        most: int | None = None,
        language: str = "en",
    ) -> None:
        self.tagger = tagger
        self.unlabelled = unlabelled
        self.rounds = rounds
        self.floor = floor
        self.most = most
        self.language = language

    def fit(self, train: Sequence[TaggedTokens], validation: Sequence[TaggedTokens] = ()) -> Self:
        """Fit the tagger inside, round by round. ``learnt_["rounds"]`` tells what each used and was worth.

        Raises:
            InputError: as told above, and if the sentences do not fit.
        """
        self.__dict__.pop("learnt_", None)
        given = check_examples(train, TaggedTokens, "train")
        known = [example for example in given if example.annotated != ()]
        check_training(known, validation, partial=True)
        self._check_arguments()
        bare = [example for example in given if example.annotated == ()] + self._lines()
        best: Any = clone(self.tagger)
        best.fit(known, validation)
        told = [{"used": 0, "entities": 0, **_worth(best, validation)}]
        kept = 0
        for number in range(1, self.rounds + 1 if bare else 1):
            used = self._sure(best, bare, known)
            if not used:
                break
            made: Any = clone(self.tagger)
            made.fit([*known, *used], validation)
            told.append({"used": len(used), "entities": sum(len(one.spans) for one in used), **_worth(made, validation)})
            if not validation or told[-1]["f1_micro"] > told[kept]["f1_micro"]:
                best, kept = made, number
        self.tagger = best
        self.learnt_ = {"kept": kept, "unlabelled": len(bare), "rounds": told}
        return self

    def _sure(self, tagger: TokenTagger, bare: Sequence[TaggedTokens], known: Sequence[TaggedTokens]) -> list[TaggedTokens]:
        """The sentences that are used, in the order given, with the answers of the tagger."""
        found: list[tuple[float, int, TaggedTokens]] = []
        for start in range(0, len(bare), CHUNK):
            chunk = bare[start : start + CHUNK]
            sentences = [example.tokens for example in chunk]
            spans = tagger.predict(sentences)
            for row, sure in enumerate(sureness(tagger, sentences, spans)):
                if sure >= self.floor:
                    own = tuple(Span(span.start, span.end, span.label) for span in spans[row])
                    found.append((-sure, start + row, replace(chunk[row], spans=own, annotated=None)))
        found.sort(key=lambda one: one[:2])
        full = [one for one in found if one[2].spans]
        empty_in_train = sum(not one.spans for one in known)
        empty = [one for one in found if not one[2].spans]
        empty = empty[: round(len(full) * empty_in_train / (len(known) - empty_in_train))]
        used = sorted([*full, *empty], key=lambda one: one[:2])[: self.most]
        return [one[2] for one in sorted(used, key=lambda one: one[1])]

    def _lines(self) -> list[TaggedTokens]:
        if self.unlabelled is None:
            return []
        path = Path(self.unlabelled).expanduser()
        if not path.is_file():
            raise InputError(f"unlabelled={path} does not exist; give a text file with a sentence on each line")
        try:
            lines = path.read_text("utf-8-sig").split("\n")
        except UnicodeDecodeError as error:
            raise InputError(f"{path} is not UTF-8 ({error.reason} at byte {error.start}); save it in that encoding") from None
        split = map(SpacyTokeniser(self.language), lines)
        return [TaggedTokens(tuple(tokens), (), str(number), ()) for number, tokens in enumerate(split, 1) if tokens]

    def _check_arguments(self) -> None:
        self._check_inside()
        if isinstance(self.rounds, bool) or not isinstance(self.rounds, int) or self.rounds < 1:
            raise InputError(f"rounds={self.rounds!r}: expected a whole number from 1")
        if not 0 < self.floor <= 1:
            raise InputError(f"floor={self.floor!r}: expected a probability above 0")
        if self.most is not None and (not isinstance(self.most, int) or self.most < 1):
            raise InputError(f"most={self.most!r}: expected a number of sentences from 1, or null for all")


def sureness(tagger: TokenTagger, sentences: Sequence[Sequence[str]], spans: Sequence[Sequence[Span]]) -> list[float]:
    """How sure a tagger is of its answer to each sentence in the place where it is least sure.

    By a tagger with chains the least probability of a token's tag. By any other the least score of a span; of a sentence
    without one nothing is known, so that its sureness is 0.
    """
    if isinstance(tagger, ChainTagger):
        return [_least(chain, found) for chain, found in zip(tagger.chains(sentences), spans, strict=True)]
    return [min((span.score for span in found), default=0.0) for found in spans]


def _least(chain: Chain, spans: Sequence[Span]) -> float:
    tags = np.zeros(len(chain), dtype=np.intp)
    for span in spans:
        begin = 1 + 2 * chain.steps.labels.index(span.label)
        tags[span.start : span.end] = begin + 1
        tags[span.start] = begin
    return float(chain.marginals()[np.arange(len(chain)), tags].min(initial=1.0))


def _worth(tagger: TokenTagger, validation: Sequence[TaggedTokens]) -> dict[str, float]:
    if not validation:
        return {}
    predicted = tagger.predict([example.tokens for example in validation])
    return {"f1_micro": span_scores([example.spans for example in validation], predicted)["f1_micro"]}
