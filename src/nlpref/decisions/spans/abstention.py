"""Keeps the spans of which it is sure enough, with a promise about how many of them are right."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from nlpref import storage
from nlpref.decisions.spans.promise import JudgedSpans, SpanPromise, kept_precision, promised_threshold
from nlpref.decisions.spans.reading import Reading, read
from nlpref.decisions.spans.wrapper import Judged, TaggerWrapper, judge
from nlpref.errors import InputError
from nlpref.metrics.risk_control import smallest_sample
from nlpref.protocols import TokenTagger
from nlpref.text.checks import check_sentences
from nlpref.types import Span, TaggedTokens

__all__ = ["SelectiveTagger", "spans_of"]

FILE = "promise.json"
log = logging.getLogger(__name__)


class SelectiveTagger(TaggerWrapper):
    """With probability ``confidence`` over the draw of the held-out sentences, the share ``precision`` of its spans is right.

    The promise is about new sentences of the same kind, and about the spans that are kept; the others are left to a person,
    and ``abstained`` gives them. It is made on validation, or on train read by folds where there is no validation split;
    ``fit`` fits the tagger on train alone. If too few sentences are held out, or the tagger is not good enough, nothing is kept,
    and the log says why. See ``nlpref.decisions.spans.promise`` for what is assumed, and how spans of one sentence are dealt
    with.

    Args:
        tagger: Any tagger whose scores say how sure it is of a span.
        precision: Share of the spans kept that is to be right, between 0 and 1.
        confidence: Probability that the promise holds, between 0 and 1.
        fit_tagger: Whether ``fit`` fits the tagger. False for one that is fitted already: a clone shares it then, and
            whoever gives it sees to it that it has not learnt from the validation sentences.
        use_validation: Promise on the validation split, if there is one; False reads train by folds in any case, such as
            for a score on validation.
        folds: Parts of train where there is no validation split. The tagger is then fitted once more for each, and the promise
            is about these, which learn from fewer sentences.
        seed: Fixes the folds, and which span speaks for a sentence.

    After ``fit``: ``promise_``.

    Source: Angelopoulos et al. 2021 (Learn then Test); Geifman & El-Yaniv 2017 (selective prediction).
    """

    _learnt = "promise_"

    def __init__(
        self,
        tagger: TokenTagger,
        precision: float = 0.90,
        confidence: float = 0.95,
        fit_tagger: bool = True,
        use_validation: bool = True,
        folds: int = 5,
        seed: int = 0,
    ) -> None:
        self.tagger = tagger
        self.precision = precision
        self.confidence = confidence
        self.fit_tagger = fit_tagger
        self.use_validation = use_validation
        self.folds = folds
        self.seed = seed

    def fit(self, train: Sequence[TaggedTokens], validation: Sequence[TaggedTokens] = ()) -> Self:
        """Fit the tagger on train, then choose the threshold on what it has not learnt from.

        Raises:
            InputError: if examples or settings do not fit, or there is nothing to make a promise on.
        """
        self.__dict__.pop(self._learnt, None)
        for name, value in (("precision", self.precision), ("confidence", self.confidence)):
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1:
                raise InputError(f"{name} must lie between 0 and 1, both excluded, since nothing is certain; got {value!r}")
        held = spans_of(self._fit_inside(train, validation, "promises"))
        level = 1 - self.confidence
        made = promised_threshold(held, self.precision, level, self.seed)
        asked = f"precision={self.precision:g} with confidence={self.confidence:g}"
        with_spans, needed = len(set(held.sentences.tolist())), smallest_sample(1 - self.precision, level)
        if made.kept:
            log.info("%s: keeps spans above %.4f, %d of %d held out, %d wrong", asked, made.threshold, made.kept, *_rest(made))
        elif with_spans < needed:
            log.warning(
                "spans are found in %d held-out sentences, too few for %s, so nothing is kept; at least %d are needed",
                *(with_spans, asked, needed),
            )
        else:
            log.warning("the tagger is not good enough for %s, so nothing is kept; ask for less", asked)
        self.promise_ = made
        return self

    def read(self, sentences: Sequence[Sequence[str]], floor: float | None = None) -> list[Reading]:
        """The readings of the tagger inside without the spans that are left to a person; they are candidates then.

        Raises:
            NotFittedError: before ``fit``.
        """
        self._check_fitted()
        made = []
        for one in read(self.tagger, sentences, floor):
            kept = tuple(span for span in one.found if span.score > self.promise_.threshold)
            doubted = [span for span in one.found if span.score <= self.promise_.threshold]
            left = one.left if floor is None else tuple(sorted([*one.left, *doubted], key=lambda span: (-span.score, span)))
            made.append(replace(one, found=kept, left=left))
        return made

    def abstained(self, sentences: Sequence[Sequence[str]]) -> list[list[Span]]:
        """The spans of each sentence that are left to a person: found, and not kept.

        Raises:
            NotFittedError: before ``fit``.
            InputError: if the sentences are no lists of tokens.
        """
        self._check_fitted()
        found = read(self.tagger, check_sentences(sentences))
        return [[span for span in one.found if span.score <= self.promise_.threshold] for one in found]

    def describe(self, examples: Sequence[TaggedTokens]) -> dict[str, Any]:
        """What is kept of some sentences, and how much of it is right, as ``{"span_selection": {...}}``.

        ``promised`` and ``observed`` are precisions, ``coverage`` is the share of the spans found that is kept. ``kept``,
        ``wrong``, ``spans`` and ``sentences`` are those that the threshold was chosen on. Where nothing is kept there is no
        observed precision.

        Raises:
            NotFittedError: before ``fit``.
            InputError: if the examples are no ``TaggedTokens``, there is none, or something about their entities is unknown.
        """
        self._check_fitted()
        judged = spans_of(judge(self.tagger, examples))
        result = kept_precision(judged, self.promise_.threshold)
        found: dict[str, Any] = {
            "promised": self.precision,
            "confidence": self.confidence,
            **dataclasses.asdict(self.promise_),
            "coverage": result.coverage,
        }
        if len(judged.right):
            found["precision_of_all"] = float(judged.right.mean())
        if result.coverage:
            found |= {"observed": result.precision, "observed_by_sentence": result.sentence_precision}
        return {**self._describe_inside(examples), "span_selection": found}

    def save(self, folder: Path) -> None:
        """Write the tagger and the promise."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            storage.write_json(made / FILE, dataclasses.asdict(self.promise_))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        model = storage.restore(cls, folder)
        model.promise_ = SpanPromise(**storage.read_json(Path(folder) / FILE))
        return model


def spans_of(judged: Judged) -> JudgedSpans:
    """The spans that a tagger found, with verdicts, for a promise."""
    return JudgedSpans(judged.sentences, judged.scores, judged.right, len(judged.readings))


def _rest(made: SpanPromise) -> tuple[int, int]:
    return made.spans, made.wrong
