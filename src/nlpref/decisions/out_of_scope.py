"""A classifier that says so when a text has none of its labels."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nlpref import storage
from nlpref.decisions.scope import Energy, Mahalanobis, MaximumProbability, NearestNeighbours, Scorer
from nlpref.decisions.scope.combination import Combination
from nlpref.decisions.scope.evidence import Evidence, check_given, gather
from nlpref.decisions.scope.threshold import ScopeThreshold, promised_scope
from nlpref.decisions.wrapper import ClassifierWrapper, columns_of
from nlpref.errors import InputError
from nlpref.held_out import hold_out
from nlpref.protocols import Encoder, TextClassifier
from nlpref.text.checks import check_examples, check_texts, check_training
from nlpref.types import LabelledText

__all__ = ["OutOfScopeClassifier"]

FILE, LEARNT, COMBINATION = "out_of_scope.json", "learnt.npz", "combination.npz"
STEEPEST = 50.0
"""Largest exponent of the weight of the label outside; beyond it float32 knows no more."""
Floats = NDArray[np.float64]
log = logging.getLogger(__name__)


class OutOfScopeClassifier(ClassifierWrapper):
    """Rejects texts that are unlike all that it was trained on, by scores that need no such text to learn from.

    Its labels are those of the classifier inside and one more. ``fit`` leaves out all examples with that label. It fits the
    classifier on the others of train alone, lets every score learn from the same texts, and on validation, or on a held-out
    fifth of train where there is none, puts the scores on one scale, takes their mean, and chooses the threshold. Its
    promise: with probability ``confidence`` over the draw of those examples, the accuracy on new texts inside is at least
    ``in_scope_accuracy``, where a rejected text counts as wrong; or at most the share ``rejected`` of them is rejected.

    The probability of the additional label is that of the best other one times ``exp(threshold - score)``, in standard
    deviations of the score, before all are scaled to sum to 1: it is the largest just where the text is rejected. It ranks;
    it is not calibrated, since nothing is known of what comes from outside, nor how much of it.

    Args:
        classifier: Any classifier. One with ``represent`` gives features and margins, which most scores need.
        scorers: Scores of ``nlpref.decisions.scope``; with several, their standardised mean decides.
        in_scope_accuracy: Least accuracy on texts inside, between 0 and 1. Give this or ``rejected``.
        rejected: Largest share of texts inside that is rejected, between 0 and 1.
        confidence: Probability that the promise holds, between 0 and 1.
        encoder: Makes the features for the scores, in place of the classifier's.
        label: Of texts out of scope.
        fit_classifier: Whether ``fit`` fits the classifier. False for one that is fitted already: a clone shares it then,
            and whoever gives it sees to it that it has not learnt from the validation examples.
        use_validation: Choose on the validation split, if there is one; False holds a fifth of train out in any case,
            such as for a score on validation.
        seed: Fixes which fifth of train is held out.

    After ``fit``: ``threshold_``, a ``ScopeThreshold``, in the scale of the combined score.

    Source: Larson et al. 2019 (the task); Hendrycks and Gimpel 2017; Angelopoulos et al. 2021 (the promise).

    Example:
        >>> from nlpref.classification import TfidfClassifier
        >>> train = [LabelledText(f"{word} {number}", label) for number in range(10)
        ...          for word, label in (("card", "card"), ("money", "transfer"))]
        >>> inside = TfidfClassifier(C=1.0)
        >>> model = OutOfScopeClassifier(inside, [MaximumProbability()], in_scope_accuracy=0.5).fit(train[:14], train[14:])
        >>> [model.labels[row.argmax()] for row in model.predict_proba(["card 8", "what is the weather"])]
        ['card', 'oos']
    """

    _learnt = "threshold_"

    def __init__(
        self,
        classifier: TextClassifier,
        scorers: Sequence[Scorer] = (MaximumProbability(), Energy(), Mahalanobis(), NearestNeighbours()),
        in_scope_accuracy: float | None = 0.95,
        rejected: float | None = None,
        confidence: float = 0.9,
        encoder: Encoder | None = None,
        label: str = "oos",
        fit_classifier: bool = True,
        use_validation: bool = True,
        seed: int = 0,
    ) -> None:
        self.classifier = classifier
        self.scorers = scorers
        self.in_scope_accuracy = in_scope_accuracy
        self.rejected = rejected
        self.confidence = confidence
        self.encoder = encoder
        self.label = label
        self.fit_classifier = fit_classifier
        self.use_validation = use_validation
        self.seed = seed

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels in the order of the columns of ``predict_proba``, the one of texts out of scope among them."""
        self._check_fitted()
        return tuple(sorted((*self.classifier.labels, self.label)))

    @property
    def out_of_scope(self) -> str:
        """The label of texts out of scope."""
        return self.label

    def fit(self, train: Sequence[LabelledText], validation: Sequence[LabelledText] = ()) -> Self:
        """Fit the classifier and the scores on train, then choose the threshold on what they have not learnt from.

        Raises:
            InputError: if examples or settings do not fit, a score needs what the classifier does not give, or there is
                nothing to choose the threshold on.
        """
        train, validation = self._inside(train, "train"), self._inside(validation, "validation")
        check_training(train, validation)
        self._check_settings()
        self.__dict__.pop(self._learnt, None)  # a fit that is refused must not leave what an earlier one learnt
        held_from = validation if self.use_validation else ()
        if not self.fit_classifier and not held_from:
            raise InputError("a classifier that is fitted already needs a validation split for the threshold; it is empty")
        learn, held = hold_out(train, held_from, "thresholds", self.seed)
        if self.fit_classifier:
            self.classifier.fit(learn)
        labels = self._labels_inside()
        seen, targets = self._asked_of(learn), columns_of(learn, labels)
        self.learnt_ = [dict(scorer.learn(seen, targets)) for scorer in self.scorers]
        evidence = self._asked_of(held)
        columns = self._columns(evidence)
        self.combination_ = Combination.fit(columns)
        self.threshold_ = self._chosen(
            self.combination_(columns), evidence.probabilities.argmax(axis=1) == columns_of(held, labels)
        )
        return self

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Label probabilities, float32, (n_texts, n_labels)."""
        self._check_fitted()
        texts = check_texts(texts)
        labels = self.labels
        if not texts:
            return np.zeros((0, len(labels)), dtype=np.float32)
        evidence = gather(self.classifier, self.encoder, texts)
        inside = evidence.probabilities
        border = -np.inf if self.threshold_.value is None else self.threshold_.value
        missing = np.clip(border - self.combination_(self._columns(evidence)), -STEEPEST, STEEPEST)
        made = np.empty((len(texts), len(labels)))
        made[:, labels.index(self.label)] = inside.max(axis=1) * np.exp(missing)
        made[:, [labels.index(label) for label in self.classifier.labels]] = inside
        return np.asarray(made / made.sum(axis=1, keepdims=True), dtype=np.float32)

    def scope_scores(self, texts: Sequence[str]) -> dict[str, Floats]:
        """Each score by name, and as ``combined`` the one that decides; higher is more inside, (n_texts,) each.

        Raises:
            NotFittedError: before ``fit``.
            InputError: if the texts are no sequence of strings, or there is none.
        """
        self._check_fitted()
        texts = check_texts(texts)
        if not texts:
            raise InputError("expected at least one text to score, got none")
        columns = self._columns(gather(self.classifier, self.encoder, texts))
        named = {scorer.name: column for scorer, column in zip(self.scorers, columns.T, strict=True)}
        return {**named, "combined": self.combination_(columns)}

    def describe(self, examples: Sequence[LabelledText]) -> dict[str, Any]:
        """What was promised and chosen, as ``{"scope_threshold": {...}}``, beside what the classifier inside says.

        Raises:
            NotFittedError: before ``fit``.
        """
        self._check_fitted()
        asked = {"in_scope_accuracy": self.in_scope_accuracy, "rejected": self.rejected, "confidence": self.confidence}
        chosen = dataclasses.asdict(self.threshold_)
        promise = {name: value for name, value in asked.items() if value is not None}
        return {**self._describe_inside(examples), "scope_threshold": {"promised": promise, "label": self.label, **chosen}}

    def save(self, folder: Path) -> None:
        """Write the classifier, what the scores have learnt, and the threshold."""
        self._check_fitted()
        arrays = {f"{number}/{name}": array for number, learnt in enumerate(self.learnt_) for name, array in learnt.items()}
        with storage.draft(self, folder) as made:
            storage.write_json(made / FILE, dataclasses.asdict(self.threshold_))
            np.savez(made / LEARNT, **arrays)  # type: ignore[arg-type]
            np.savez(made / COMBINATION, centres=self.combination_.centres, spreads=self.combination_.spreads)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        model = storage.restore(cls, folder)
        with np.load(Path(folder) / COMBINATION, allow_pickle=False) as arrays:
            model.combination_ = Combination(arrays["centres"], arrays["spreads"])
        learnt: list[dict[str, Any]] = [{} for _ in model.scorers]
        with np.load(Path(folder) / LEARNT, allow_pickle=False) as arrays:
            for key in arrays.files:
                number, _, name = key.partition("/")
                learnt[int(number)][name] = arrays[key]
        model.learnt_ = learnt
        model.threshold_ = ScopeThreshold(**storage.read_json(Path(folder) / FILE))
        return model

    def _asked_of(self, examples: Sequence[LabelledText]) -> Evidence:
        return gather(self.classifier, self.encoder, [example.text for example in examples], remember=True)

    def _columns(self, evidence: Evidence) -> Floats:
        """All scores, (n_texts, n_scorers)."""
        pairs: Sequence[tuple[Scorer, Mapping[str, Any]]] = list(zip(self.scorers, self.learnt_, strict=True))
        return np.stack([scorer.score(evidence, learnt) for scorer, learnt in pairs], axis=1)

    def _chosen(self, scores: Floats, right: NDArray[np.bool_]) -> ScopeThreshold:
        promised = self.in_scope_accuracy is not None
        allowed = 1 - self.in_scope_accuracy if self.in_scope_accuracy is not None else float(self.rejected or 0)
        counted = right if promised else np.ones_like(right)
        made = promised_scope(scores, counted, allowed, 1 - self.confidence)
        what = f"in_scope_accuracy={self.in_scope_accuracy:g}" if promised else f"rejected={self.rejected:g}"
        if made.value is not None:
            log.info(
                "%s with confidence=%g: of %d held-out examples inside %.1f %% are rejected, %.1f %% are lost",
                *(what, self.confidence, made.examples, 100 * made.rejected, 100 * made.lost),
            )
        else:
            log.warning(
                "%s with confidence=%g cannot be promised, so nothing is rejected: on %d held-out examples the classifier alone "
                "is right on %.1f %%; ask for less, improve it, or give more validation examples",
                *(what, self.confidence, made.examples, 100 * float(right.mean())),
            )
        return made

    def _inside(self, examples: Sequence[LabelledText], name: str) -> list[LabelledText]:
        given = check_examples(examples, LabelledText, name)
        kept = [example for example in given if example.label != self.label]
        if len(kept) < len(given):
            log.info("%d examples of %s have the label %s; nothing is learnt from them", len(given) - len(kept), name, self.label)
        return kept

    def _check_settings(self) -> None:
        self._check_inside()
        if not isinstance(self.scorers, list | tuple) or not self.scorers or not all(hasattr(s, "score") for s in self.scorers):
            raise InputError(
                f"scorers must be a list of scores such as MaximumProbability(), at least one, got {self.scorers!r:.80}"
            )
        names = [scorer.name for scorer in self.scorers]
        if len(set(names)) < len(names) or "combined" in names:
            raise InputError(f"each score needs a name of its own, other than 'combined'; got {names}")
        if (self.in_scope_accuracy is None) == (self.rejected is None):
            raise InputError(
                f"give in_scope_accuracy or rejected, one of the two; got {self.in_scope_accuracy!r} and {self.rejected!r}"
            )
        check_given(self.classifier, self.encoder, {scorer.name: getattr(scorer, "needs", None) for scorer in self.scorers})
        share = self.rejected if self.in_scope_accuracy is None else self.in_scope_accuracy
        if not all(isinstance(value, float) and 0 < value < 1 for value in (share, self.confidence)):
            raise InputError(
                "in_scope_accuracy, rejected and confidence must lie between 0 and 1, both excluded, since nothing is certain; "
                f"got {share!r} with confidence={self.confidence!r}"
            )
