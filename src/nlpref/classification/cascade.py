"""Several classifiers, the cheapest first: easy texts are answered early, only hard ones reach the best and slowest."""

from __future__ import annotations

import copy
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.classification.checks import check_training
from nlpref.classification.stages import (
    StageRecord,
    check_labels,
    fit_stages,
    judge,
    measure_costs,
    route,
    stage_records,
)
from nlpref.classification.thresholds import Held, affordable_thresholds, promised_threshold
from nlpref.errors import InputError, NotFittedError
from nlpref.held_out import hold_out
from nlpref.metrics.risk_control import smallest_sample
from nlpref.protocols import TextClassifier
from nlpref.text.checks import check_examples, check_texts
from nlpref.types import LabelledText

__all__ = ["CascadeClassifier"]

FILE = "cascade.json"
log = logging.getLogger(__name__)


class CascadeClassifier(BaseEstimator):
    """Asks one classifier after the other until one is sure enough; its probabilities are the answer.

    A stage is sure enough if its second best label is far enough behind its best, as ``stages.lead`` counts it. (On the
    validation split of BANKING77 this told a stage's errors apart better than its highest probability did, for static
    vectors and for TF-IDF, at every share of texts sent on.) ``fit`` chooses the thresholds in one of two ways, on validation
    examples that no stage learns from: stages are fitted on train alone, without validation examples, so they choose their
    own settings by cross-validation, if at all, and do not stop early.

    ``target_accuracy`` makes a promise: with probability ``confidence`` over the draw of the validation examples, on at least
    that share of new texts of the same kind the cascade is right or the last stage is wrong as well. So the accuracy lost
    against the last stage alone is at most ``1 - target_accuracy``. It holds for any stages, if the validation examples
    are independent of each other and of the stages. All early stages share one threshold, lowered from 1 until an exact
    binomial test fails: this path is fixed before the examples are seen, so no correction for many tests is due. Stages
    that are calibrated make most of it. The fewest examples that can promise anything are
    ``log(1 - confidence) / log(target_accuracy)`` rounded up: 230 for 0.99 with confidence 0.9. With fewer, the last
    stage answers everything, and the log says how many are needed.

    ``budget_ms`` takes the thresholds, one for each stage, that are most accurate on the validation examples while the mean
    cost of a text keeps to the budget; it may leave a stage out. It makes no promise.

    Args:
        stages: Two classifiers or more, the cheapest first, the best last.
        target_accuracy: Share of new texts on which nothing is lost against the last stage, between 0 and 1.
        budget_ms: Mean milliseconds for a text. Give this or ``target_accuracy``.
        confidence: Probability that the promise holds, between 0 and 1.
        costs_ms: Milliseconds that each stage takes for a text; None measures them: the median over validation texts,
            one at a time. Times vary, so for a choice by budget that can be repeated, give them.
        fit_stages: Whether ``fit`` fits the stages. False for stages that are fitted already: a clone shares them then,
            and whoever gives them sees to it that they have not learnt from the validation examples.
        seed: Fixes which fifth of train is held out for the thresholds where there is no validation split.

    After ``fit``: ``thresholds_``, one for each stage but the last, 1 for one that is left out; ``costs_ms_``, one for each.

    Source: Angelopoulos et al. 2021 (Learn then Test); Chen et al. 2023 (FrugalGPT: cascades by a score).

    Example:
        >>> from nlpref.classification import TfidfClassifier
        >>> train = [LabelledText(f"{word} {number}", label) for number in range(10)
        ...          for word, label in (("card", "card"), ("money", "transfer"))]
        >>> quick, thorough = TfidfClassifier(char_ngrams=None, C=1.0), TfidfClassifier(C=1.0)
        >>> model = CascadeClassifier([quick, thorough], target_accuracy=0.5).fit(train[:14], train[14:])
        >>> model.labels[model.predict_proba(["card 12"])[0].argmax()]
        'card'
        >>> [record["answered"] for record in model.describe(train[14:])]
        [1.0, 0.0]
    """

    def __init__(
        self,
        stages: Sequence[TextClassifier],
        target_accuracy: float | None = None,
        budget_ms: float | None = None,
        confidence: float = 0.9,
        costs_ms: Sequence[float] | None = None,
        fit_stages: bool = True,
        seed: int = 0,
    ) -> None:
        self.stages = stages
        self.target_accuracy = target_accuracy
        self.budget_ms = budget_ms
        self.confidence = confidence
        self.costs_ms = costs_ms
        self.fit_stages = fit_stages
        self.seed = seed

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels in the order of the columns of ``predict_proba``: those of the last stage."""
        self._check_fitted()
        return tuple(self.stages[-1].labels)

    def fit(self, train: Sequence[LabelledText], validation: Sequence[LabelledText] = ()) -> Self:
        """Fit the stages on train, then choose the thresholds on validation.

        Raises:
            InputError: if examples or settings do not fit, the stages do not have the same labels, there is nothing to
                choose the thresholds on, or the budget is too small.
        """
        check_training(train, validation)
        self._check_settings()
        learn, held = self._held_out(train, validation)
        self.__dict__.pop("thresholds_", None)  # a choice that is refused must not leave that of other stages
        if self.fit_stages:
            fit_stages(self.stages, learn)
        elif any(getattr(stage, "refit", False) for stage in self.stages):
            log.warning("a stage has refit=True: if it learnt from these validation examples in the end, no promise holds")
        check_labels(self.stages, held)
        costs = measure_costs(self.stages, [example.text for example in held]) if self.costs_ms is None else self.costs_ms
        self.costs_ms_ = tuple(float(cost) for cost in costs)
        self.thresholds_ = self._chosen(judge(self.stages, held))
        return self

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Label probabilities by the stage that answers, float32, (n_texts, n_labels)."""
        self._check_fitted()
        return route(self.stages, self.thresholds_, check_texts(texts))[0]

    def describe(self, examples: Sequence[LabelledText]) -> list[StageRecord]:
        """What each stage does on some examples, first stage first.

        Raises:
            NotFittedError: before ``fit``.
            InputError: if the examples are no ``LabelledText``, or there is none.
        """
        self._check_fitted()
        examples = check_examples(examples, LabelledText, "examples")
        if not examples:
            raise InputError("describe needs at least one example to give shares of, got none")
        check_texts([example.text for example in examples])
        return stage_records(self.stages, self.thresholds_, self.costs_ms_, examples)

    def exceeds(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Which texts are longer than the last stage takes, so that it cuts them or reads them in windows, (n_texts,)."""
        self._check_fitted()
        last: Any = self.stages[-1]
        told: NDArray[np.bool_] = last.exceeds(texts) if hasattr(last, "exceeds") else np.zeros(len(texts), dtype=bool)
        return told

    @property
    def long_texts(self) -> str:
        """What the last stage does with a text that is longer than it takes."""
        return str(getattr(self.stages[-1], "long_texts", "cut"))

    def timed_again(self, texts: Sequence[str]) -> Self:
        """The same cascade with the milliseconds of its stages as they are now, such as after they were accelerated.

        The thresholds stay, and with them the promise, which was made for the probabilities of the stages as they were.
        """
        self._check_fitted()
        made = copy.copy(self)
        made.costs_ms_ = tuple(float(cost) for cost in measure_costs(self.stages, list(texts)))
        return made

    def save(self, folder: Path) -> None:
        """Write the stages and ``cascade.json``."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            storage.write_json(made / FILE, {"thresholds": self.thresholds_, "costs_ms": self.costs_ms_})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        model = storage.restore(cls, folder)
        saved = storage.read_json(Path(folder) / FILE)
        model.thresholds_, model.costs_ms_ = tuple(saved["thresholds"]), tuple(saved["costs_ms"])
        return model

    def __sklearn_clone__(self) -> Any:
        copied = super().__sklearn_clone__()
        if not self.fit_stages:  # a clone of them would have to be fitted
            copied.stages = self.stages
        return copied

    def _chosen(self, held: Held) -> tuple[float, ...]:
        if self.target_accuracy is None:
            return affordable_thresholds(held, self.costs_ms_, float(self.budget_ms or 0))
        n, risk, level = len(held.scores), 1 - self.target_accuracy, 1 - self.confidence
        threshold, lost = promised_threshold(held, risk, level)
        promise = f"target_accuracy={self.target_accuracy:g} with confidence={self.confidence:g}"
        if n < (needed := smallest_sample(risk, level)):
            log.warning(
                "%d validation examples are too few for %s, so the last stage answers every text; at least %d are needed",
                *(n, promise, needed),
            )
        else:
            log.info("%s: stages answer above %.4f; of %d validation examples %d are lost", promise, threshold, n, lost)
        return (threshold,) * (len(self.stages) - 1)

    def _held_out(
        self, train: Sequence[LabelledText], validation: Sequence[LabelledText]
    ) -> tuple[Sequence[LabelledText], Sequence[LabelledText]]:
        """What the stages learn from, and what the thresholds are chosen on."""
        if not validation and not self.fit_stages:
            raise InputError("stages that are fitted already need a validation split for the thresholds; it is empty")
        return hold_out(train, validation, "thresholds", self.seed)

    def _check_settings(self) -> None:
        stages, target, budget, costs = self.stages, self.target_accuracy, self.budget_ms, self.costs_ms
        if not isinstance(stages, list | tuple) or len(stages) < 2 or not all(hasattr(one, "predict_proba") for one in stages):
            raise InputError(f"stages must be a list of two classifiers or more, the cheapest first, got {stages!r:.80}")
        if (target is None) == (budget is None):
            raise InputError(f"give target_accuracy or budget_ms, one of the two; got {target!r} and {budget!r}")
        if target is not None and not (0 < target < 1 and 0 < self.confidence < 1):
            raise InputError(
                "target_accuracy and confidence must lie between 0 and 1, both excluded, since nothing is certain; "
                f"got {target!r} and {self.confidence!r}"
            )
        if budget is not None and not budget > 0:
            raise InputError(f"budget_ms must be above 0, got {budget!r}")
        if costs is not None and (len(costs) != len(stages) or not all(cost > 0 for cost in costs)):
            raise InputError(f"costs_ms must be one number above 0 for each of the {len(stages)} stages, got {costs!r}")

    def _check_fitted(self) -> None:
        if not hasattr(self, "thresholds_"):
            raise NotFittedError("CascadeClassifier is not fitted yet; call fit(train, validation) or load(folder)")
