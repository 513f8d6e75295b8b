"""A tagger whose spans have probabilities that can be taken at their word."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from nlpref import storage
from nlpref.decisions.spans.calibrator import IsotonicSpans, LogisticSpans, SpanCalibrator, log_losses
from nlpref.decisions.spans.choice import choose_evidence
from nlpref.decisions.spans.evidence import CHAIN_EVIDENCE, EVIDENCE, evidence, log_odds
from nlpref.decisions.spans.reading import FLOOR, Reading, read, scores_of
from nlpref.decisions.spans.wrapper import Judged, TaggerWrapper, judge
from nlpref.errors import InputError
from nlpref.metrics.reliability import expected_calibration_error, reliability_bins
from nlpref.protocols import TokenTagger
from nlpref.types import Span, TaggedTokens

__all__ = ["METHODS", "CalibratedTagger"]

METHODS: Mapping[str, type[SpanCalibrator]] = {"logistic": LogisticSpans, "isotonic": IsotonicSpans}
FILE, ARRAYS = "calibration.json", "calibrator.npz"
log = logging.getLogger(__name__)
Floats = NDArray[np.float64]


class CalibratedTagger(TaggerWrapper):
    """Of the spans to which it gives the score 0.8, about 80 % are right in start, end and label.

    The spans are those of the tagger inside; their scores alone change. ``fit`` fits the tagger on train alone, then the
    calibrator on the spans found in validation. Without a validation split it reads every sentence of train by a copy that
    was fitted on the other folds.

    The logistic calibrator reads the log-odds of the score. Of the number of tokens, the label, and, with a ``ChainTagger``,
    the entropy of the tags and the likeliest rival, it reads what lowers the cross-validated log loss by more than a standard
    error: the less it reads, the better it travels to texts of another kind.

    Args:
        tagger: Any tagger.
        method: "logistic" needs few spans; "isotonic" assumes no form, reads the score alone and needs hundreds.
        fit_tagger: Whether ``fit`` fits the tagger. False for one that is fitted already: a clone shares it then, and
            whoever gives it sees to it that it has not learnt from the validation sentences.
        use_validation: Learn from the validation split, if there is one; False reads train by folds in any case, such as
            for a score on validation.
        folds: Parts of train where there is no validation split; the tagger is fitted once more for each.
        seed: Fixes the folds.

    After ``fit``: ``calibrator_``, ``evidence_`` (kinds that it reads besides the score), ``left_`` (the calibrator of
    candidates that were not taken), ``held_`` and ``spans_``, the numbers of sentences and spans that it learnt from.

    Source: Platt 1999; Kull et al. 2017; Jagannatha and Yu 2020 (calibrated probabilities of entities in structured output).
    """

    _learnt = "calibrator_"

    def __init__(
        self,
        tagger: TokenTagger,
        method: Literal["logistic", "isotonic"] = "logistic",
        fit_tagger: bool = True,
        use_validation: bool = True,
        folds: int = 5,
        seed: int = 0,
    ) -> None:
        self.tagger = tagger
        self.method = method
        self.fit_tagger = fit_tagger
        self.use_validation = use_validation
        self.folds = folds
        self.seed = seed

    def fit(self, train: Sequence[TaggedTokens], validation: Sequence[TaggedTokens] = ()) -> Self:
        """Fit the tagger on train, then the calibrator on what it has not learnt from.

        Raises:
            InputError: if examples or settings do not fit, or there is nothing to calibrate on.
        """
        self.__dict__.pop(self._learnt, None)
        if self.method not in METHODS:
            raise InputError(f"method is {self.method!r}, expected one of {', '.join(map(repr, METHODS))}")
        held = self._fit_inside(train, validation, "calibrators", FLOOR)
        self.held_, self.spans_ = len(held.readings), len(held.right)
        if not self.spans_:
            log.warning("the tagger finds nothing in %d held-out sentences, so its scores stay as they are", self.held_)
        self.evidence_ = self._chosen(held) if self.method == "logistic" else []
        left = Judged([replace(one, found=one.left) for one in held.readings], held.gold)
        self.left_ = LogisticSpans.fit(log_odds(left.scores)[:, None], left.right)
        columns = evidence(held.readings, tuple(self.tagger.labels), self.evidence_)
        self.calibrator_ = METHODS[self.method].fit(columns, held.right)
        log.info("calibrated on %d spans by %s", self.spans_, ", ".join(["score", *self.evidence_]))
        return self

    def read(self, sentences: Sequence[Sequence[str]], floor: float | None = None) -> list[Reading]:
        """The readings of the tagger inside with calibrated scores, those of candidates as well.

        A chain stays as it is. The floor is that of the probabilities before calibration.

        Raises:
            NotFittedError: before ``fit``.
        """
        self._check_fitted()
        return self._calibrated(read(self.tagger, sentences, floor))

    def describe(self, examples: Sequence[TaggedTokens]) -> dict[str, Any]:
        """What calibration did on some sentences, as ``{"span_calibration": {...}}``: errors and bins before and after.

        Raises:
            NotFittedError: before ``fit``.
            InputError: if the examples are no ``TaggedTokens``, there is none, or something about their entities is unknown.
        """
        self._check_fitted()
        before = judge(self.tagger, examples)
        after = Judged(self._calibrated(before.readings), before.gold)
        found: dict[str, Any] = {"method": self.method, "evidence": list(self.evidence_), "held_out": self.held_}
        found |= {"held_out_spans": self.spans_}
        if len(before.right):
            found |= {"before": _account(before), "after": _account(after)}
        return {**self._describe_inside(examples), "span_calibration": found}

    def save(self, folder: Path) -> None:
        """Write the tagger and the calibrator."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            storage.write_json(made / FILE, {"held_out": self.held_, "spans": self.spans_, "evidence": list(self.evidence_)})
            arrays = {name: getattr(self.calibrator_, name) for name in self.calibrator_.__dataclass_fields__}
            np.savez(made / ARRAYS, left=self.left_.weights, **arrays)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        model = storage.restore(cls, folder)
        kind: Any = METHODS[model.method]
        learnt = storage.read_json(Path(folder) / FILE)
        model.held_, model.spans_, model.evidence_ = learnt["held_out"], learnt["spans"], learnt["evidence"]
        with np.load(Path(folder) / ARRAYS, allow_pickle=False) as arrays:
            model.left_ = LogisticSpans(arrays["left"])
            model.calibrator_ = kind(**{field.name: arrays[field.name] for field in dataclasses.fields(kind)})
        return model

    def _chosen(self, held: Judged) -> list[str]:
        labels = tuple(self.tagger.labels)
        shown = all(one.chain is not None for one in held.readings)
        names = [name for name in EVIDENCE if shown or name not in CHAIN_EVIDENCE]
        score = evidence(held.readings, labels, ())
        further = {name: evidence(held.readings, labels, [name])[:, 1:] for name in names}
        return choose_evidence(score, further, held.right, held.sentences, self.seed)

    def _calibrated(self, readings: Sequence[Reading]) -> list[Reading]:
        found = self.calibrator_(evidence(readings, tuple(self.tagger.labels), self.evidence_))
        left = self.left_(log_odds(scores_of(span for one in readings for span in one.left))[:, None])
        made, first, rest = [], 0, 0
        for one in readings:
            mine, others = found[first : first + len(one.found)], left[rest : rest + len(one.left)]
            made.append(replace(one, found=_rescored(one.found, mine), left=_rescored(one.left, others)))
            first, rest = first + len(one.found), rest + len(one.left)
        return made


def _rescored(spans: Sequence[Span], scores: Floats) -> tuple[Span, ...]:
    return tuple(Span(one.start, one.end, one.label, float(score)) for one, score in zip(spans, scores, strict=True))


def _account(judged: Judged) -> dict[str, Any]:
    """Errors of the scores in a record; the log loss is in nats."""
    scores, right = judged.scores, judged.right
    bins = reliability_bins(scores, right)
    return {
        "ece": expected_calibration_error(bins),
        "brier": float(((scores - right) ** 2).mean()),
        "log_loss": float(log_losses(scores, right).mean()),
        "bins": bins,
    }
