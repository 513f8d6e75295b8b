"""A text classifier trained on what labelling functions say in the place of labels."""

from __future__ import annotations

import copy
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.errors import InputError, NotFittedError
from nlpref.protocols import TextClassifier
from nlpref.text.checks import check_examples, check_texts
from nlpref.types import UNLABELLED, LabelledText
from nlpref.weak_supervision.functions import LabellingFunction
from nlpref.weak_supervision.gold import draw_gold
from nlpref.weak_supervision.label_model import Floats, Known, LabelModel, one_hot_where_known
from nlpref.weak_supervision.summary import FunctionSummary, summarise
from nlpref.weak_supervision.votes import ABSTAIN, Votes, apply

__all__ = ["UNLABELLED", "Training", "WeaklySupervisedClassifier"]

FILE = "weak_supervision.json"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Training:
    """What the end classifier was trained on.

    Args:
        texts: Given.
        covered: Texts on which a function voted.
        filled: Uncovered texts that self-training added.
        gold: Texts whose label was looked at.
        accuracies: What the label model believes of each function, where it has such a belief.
    """

    texts: int
    covered: int
    filled: int
    gold: int
    accuracies: dict[str, float]


class WeaklySupervisedClassifier(BaseEstimator):
    """Labelling functions vote on the training texts, a label model weighs the votes, a classifier learns from the result.

    The classifier learns from label probabilities where it can (it has ``fit_soft``), else from the most probable labels.
    Labels of the training examples are not looked at, but for ``gold`` of them, drawn at random, as many of each label as
    can be: these are known to the label model, too. So is not the validation split: it is not used at all.

    Args:
        functions: The labelling functions; together they vote for two labels at least.
        label_model: Weighs the votes.
        classifier: Trained in the end; it alone predicts.
        gold: Training labels that may be looked at.
        gold_weight: What a text of known label counts for, where another counts for 1.
        uncovered: ``leave_out`` the texts on which no function votes, or fill them by ``self_training``: a classifier
            trained on the others labels those it is sure of, and is then trained anew on all.
        sure_from: Least probability at which self-training takes a label.
        seed: Fixes which gold labels are drawn.

    After ``fit``: ``training_``, what it learned from.

    Source: Ratner et al. 2017 (Snorkel); Zhang et al. 2021 (WRENCH, the two-stage method).

    Example:
        >>> from nlpref.classification import TfidfClassifier
        >>> from nlpref.weak_supervision import GenerativeLabelModel, KeywordFunction
        >>> texts = [f"{word} number {n}" for n in range(9) for word in ("cheap watches", "lovely song")]
        >>> rules = [KeywordFunction("cheap", ["cheap"], "spam"), KeywordFunction("song", ["song"], "ham")]
        >>> model = WeaklySupervisedClassifier(rules, GenerativeLabelModel(), TfidfClassifier(C=1.0))
        >>> model = model.fit([LabelledText(text, UNLABELLED) for text in texts])
        >>> model.labels[model.predict_proba(["watches"])[0].argmax()]
        'spam'
    """

    def __init__(
        self,
        functions: Sequence[LabellingFunction],
        label_model: LabelModel,
        classifier: TextClassifier,
        gold: int = 0,
        gold_weight: float = 1.0,
        uncovered: Literal["leave_out", "self_training"] = "leave_out",
        sure_from: float = 0.9,
        seed: int = 0,
    ) -> None:
        self.functions = functions
        self.label_model = label_model
        self.classifier = classifier
        self.gold = gold
        self.gold_weight = gold_weight
        self.uncovered = uncovered
        self.sure_from = sure_from
        self.seed = seed

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels in the order of the columns of ``predict_proba``."""
        self._check_fitted()
        return tuple(self.classifier.labels)

    def fit(self, train: Sequence[LabelledText], validation: Sequence[LabelledText] = ()) -> Self:
        """Vote, weigh the votes, train.

        Args:
            train: Texts; their labels may be ``UNLABELLED``.
            validation: Checked, and not used.

        Raises:
            InputError: if examples, functions or settings do not fit, a function fails, or no text is left for a label.
        """
        self._check_settings()
        train = check_examples(train, LabelledText, "train")
        votes = apply(self.functions, [example.text for example in train])
        _check_labels(votes.labels, train, "train")
        _check_labels(votes.labels, check_examples(validation, LabelledText, "validation"), "validation")
        known = draw_gold(train, votes.labels, self.gold, self.seed)
        model = copy.copy(self.label_model).fit(votes, known)
        shares = one_hot_where_known(model.predict_proba(votes), known)
        used = votes.covered | (known != ABSTAIN)
        for summary in summarise(votes):
            if summary.warning:
                log.warning("labelling function %r %s", summary.name, summary.warning)
        self.__dict__.pop("training_", None)
        self._learn(train, votes.labels, shares, known, used)
        filled = np.zeros_like(used)
        if self.uncovered == "self_training" and not used.all():
            rest = np.flatnonzero(~used)
            shares[rest] = self.classifier.predict_proba([train[row].text for row in rest.tolist()])
            filled[rest] = shares[rest].max(axis=1) >= self.sure_from
            if filled.any():
                self._learn(train, votes.labels, shares, known, used | filled)
        believed = {name: float(value) for name, value in zip(votes.names, getattr(model, "accuracies_", ()), strict=False)}
        self.training_ = Training(
            texts=len(train),
            covered=int(votes.covered.sum()),
            filled=int(filled.sum()),
            gold=int((known != ABSTAIN).sum()),
            accuracies={name: value for name, value in believed.items() if np.isfinite(value)},
        )
        return self

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Label probabilities by the end classifier, float32, (n_texts, n_labels)."""
        self._check_fitted()
        return self.classifier.predict_proba(check_texts(texts))

    def votes(self, texts: Sequence[str]) -> Votes:
        """What the labelling functions say of texts; none of it takes part in predicting."""
        return apply(self.functions, texts)

    def describe_functions(self, examples: Sequence[LabelledText]) -> list[dict[str, Any]]:
        """Coverage, overlaps, conflicts and accuracy of the labelling functions on labelled examples, as plain values.

        Beside these, ``believed`` is the accuracy that the label model believed in, where it has one.

        Raises:
            NotFittedError: before ``fit``.
            InputError: if there is no example.
        """
        self._check_fitted()
        found: tuple[FunctionSummary, ...] = summarise(
            self.votes([example.text for example in examples]), [example.label for example in examples]
        )
        return [{**asdict(one), "believed": self.training_.accuracies.get(one.name)} for one in found]

    def save(self, folder: Path) -> None:
        """Write the end classifier, the settings, and what it was trained on."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            storage.write_json(made / FILE, asdict(self.training_))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        model = storage.restore(cls, folder)
        model.training_ = Training(**storage.read_json(Path(folder) / FILE))
        return model

    def _learn(
        self, train: Sequence[LabelledText], labels: tuple[str, ...], shares: Floats, known: Known, used: NDArray[np.bool_]
    ) -> None:
        """Train the end classifier on the texts that are used."""
        rows = np.flatnonzero(used)
        best = shares[rows].argmax(axis=1)
        if lost := sorted(set(labels) - {labels[code] for code in best}):
            raise InputError(
                f"no training text is most probably {lost[0]!r}, so a classifier cannot learn it: {len(rows)} of {len(train)} "
                "texts have votes or a known label; write a labelling function that finds more of it"
            )
        examples = [replace(train[row], label=labels[code]) for row, code in zip(rows.tolist(), best.tolist(), strict=True)]
        if hasattr(self.classifier, "fit_soft"):
            weights = np.where(known[rows] == ABSTAIN, 1.0, self.gold_weight)
            self.classifier.fit_soft(examples, shares[rows] * weights[:, None])
        else:
            self.classifier.fit(examples)

    def _check_settings(self) -> None:
        if not isinstance(self.label_model, LabelModel) or not hasattr(self.classifier, "predict_proba"):
            raise InputError(
                f"label_model must have fit and predict_proba of votes, and classifier be a text classifier; got "
                f"{self.label_model!r:.60} and {self.classifier!r:.60}"
            )
        if not (isinstance(self.gold, int) and self.gold >= 0 and self.gold_weight > 0):
            raise InputError(f"gold must be a number of labels, and gold_weight above 0; got {self.gold!r}, {self.gold_weight!r}")
        if self.uncovered not in ("leave_out", "self_training") or not 0 <= self.sure_from <= 1:
            raise InputError(
                f"uncovered must be 'leave_out' or 'self_training', and sure_from a probability; got {self.uncovered!r} and "
                f"{self.sure_from!r}"
            )

    def _check_fitted(self) -> None:
        if not hasattr(self, "training_"):
            raise NotFittedError("WeaklySupervisedClassifier is not fitted yet; call fit(train) or load(folder)")


def _check_labels(labels: tuple[str, ...], examples: Sequence[LabelledText], where: str) -> None:
    """Labels of examples are unlabelled, or what the functions vote for."""
    if where == "train" and (len(labels) < 2 or not examples):
        raise InputError(
            f"a classifier needs labelling functions of at least two labels and texts to apply them to, got {list(labels)} and "
            f"{len(examples)} texts"
        )
    for position, example in enumerate(examples):
        check_texts([example.text])
        if not isinstance(example.label, str):
            raise InputError(f"{where}[{position}] has the label {example.label!r}, expected str")
        if example.label not in (*labels, UNLABELLED):
            raise InputError(
                f"{where}[{position}] has the label {example.label!r}, which no labelling function votes for; expected one of "
                f"{list(labels)}, or {UNLABELLED!r} where it is not known"
            )
