"""Answers only where it is sure enough, with a promise about how many answers are wrong."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from numpy.typing import NDArray

from nlpref import storage
from nlpref.decisions.costs import PERSON
from nlpref.decisions.promise import Promise, promised_confidence, selective_risk
from nlpref.decisions.wrapper import ClassifierWrapper
from nlpref.errors import InputError
from nlpref.metrics.risk_control import smallest_sample
from nlpref.probabilities import check_probabilities
from nlpref.protocols import TextClassifier
from nlpref.types import Decision, LabelledText

__all__ = ["ANSWER", "SelectiveClassifier"]

ANSWER = "answer"
FILE = "promise.json"
log = logging.getLogger(__name__)


class SelectiveClassifier(ClassifierWrapper):
    """With probability ``confidence`` over the draw of the held-out examples, at most ``risk`` of its answers are wrong.

    The promise is about new texts of the same kind, and about those that are answered; the others are left to a person.
    It is made on validation examples, or a held-out fifth of train where there are none, from which the classifier has
    not learnt: ``fit`` fits it on train alone. If too few examples are held out, or the classifier is not good enough,
    nothing is answered, and the log says why. See ``nlpref.decisions.promise`` for what is assumed.

    ``predict_proba`` gives the probabilities of the classifier inside, for every text; ``decide`` what is done.

    Args:
        classifier: Any classifier whose highest probability says how sure it is.
        risk: Share of answers that may be wrong, between 0 and 1.
        confidence: Probability that the promise holds, between 0 and 1.
        fit_classifier: Whether ``fit`` fits the classifier. False for one that is fitted already: a clone shares it then,
            and whoever gives it sees to it that it has not learnt from the validation examples.
        use_validation: Promise on the validation split, if there is one; False holds a fifth of train out in any case,
            such as for a score on validation.
        seed: Fixes which fifth of train is held out.

    After ``fit``: ``promise_``.

    Source: Geifman & El-Yaniv 2017 (selective classification with a guaranteed risk); Angelopoulos et al. 2021.

    Example:
        >>> from nlpref.classification import TfidfClassifier
        >>> train = [LabelledText(f"{word} {number}", label) for number in range(40)
        ...          for word, label in (("card", "card"), ("money", "transfer"))]
        >>> model = SelectiveClassifier(TfidfClassifier(C=1.0), risk=0.2).fit(train[:50], train[50:])
        >>> model.decide(["card 12"])[0].action
        'answer'
    """

    _learnt = "promise_"

    def __init__(
        self,
        classifier: TextClassifier,
        risk: float = 0.05,
        confidence: float = 0.95,
        fit_classifier: bool = True,
        use_validation: bool = True,
        seed: int = 0,
    ) -> None:
        self.classifier = classifier
        self.risk = risk
        self.confidence = confidence
        self.fit_classifier = fit_classifier
        self.use_validation = use_validation
        self.seed = seed

    def fit(self, train: Sequence[LabelledText], validation: Sequence[LabelledText] = ()) -> Self:
        """Fit the classifier on train, then choose the threshold on what it has not learnt from.

        Raises:
            InputError: if examples or settings do not fit, or there is nothing to make a promise on.
        """
        self.__dict__.pop(self._learnt, None)
        for name, value in (("risk", self.risk), ("confidence", self.confidence)):
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1:
                raise InputError(f"{name} must lie between 0 and 1, both excluded, since nothing is certain; got {value!r}")
        held = self._fit_inside(train, validation, "promises")
        level = 1 - self.confidence
        made = promised_confidence(held.scores, held.right, self.risk, level)
        asked = f"risk={self.risk:g} with confidence={self.confidence:g}"
        if made.answered:
            counts = (made.answered, made.examples, made.wrong)
            log.info("%s: answers above %.4f, %d of %d held-out examples, %d wrong", asked, made.threshold, *counts)
        elif made.examples < (needed := smallest_sample(self.risk, level)):
            log.warning(
                "%d held-out examples are too few for %s, so nothing is answered; at least %d are needed",
                *(made.examples, asked, needed),
            )
        else:
            log.warning("the classifier is not good enough for %s, so nothing is answered; allow more risk", asked)
        self.promise_ = made
        return self

    def decide(self, texts: Sequence[str]) -> list[Decision]:
        """The likeliest label where it is sure enough, else no label and the action "person"."""
        return self.decisions(self.predict_proba(texts))

    def decisions(self, probabilities: NDArray[Any]) -> list[Decision]:
        """The same from probabilities, (n_texts, n_labels).

        Raises:
            NotFittedError: before ``fit``.
            InputError: if they are no rows of one probability for each label that sum to 1.
        """
        self._check_fitted()
        table = check_probabilities(probabilities, len(self.labels))
        threshold, labels, made = self.promise_.threshold, self.labels, []
        promise = f"{threshold:.4f}, above which at most {self.risk:.3g} of answers are wrong"
        for row in table:
            sure = float(row.max())
            if sure > threshold:
                answer = Decision(labels[int(row.argmax())], ANSWER, min(1.0, sure), f"its confidence is above {promise}")
            else:
                reason = f"its confidence is not above {promise}" if threshold < 1 else "nothing can be promised"
                answer = Decision(None, PERSON, sure, reason)
            made.append(answer)
        return made

    def describe(self, examples: Sequence[LabelledText]) -> dict[str, Any]:
        """What is answered of some examples, and how often wrongly, as ``{"selection": {...}}``.

        Raises:
            NotFittedError: before ``fit``.
            InputError: if the examples are no ``LabelledText``, or there is none.
        """
        judged = self._judge(examples)
        answered, wrong = selective_risk(judged.scores, judged.right, self.promise_.threshold)
        found: dict[str, Any] = {
            "risk": self.risk,
            "confidence": self.confidence,
            **dataclasses.asdict(self.promise_),
            "share_answered": answered,
            "wrong_if_all_were_answered": float((~judged.right).mean()),
        }
        if answered:
            found["share_wrong"] = wrong
        return {**self._describe_inside(examples), "selection": found}

    def save(self, folder: Path) -> None:
        """Write the classifier and the promise."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            storage.write_json(made / FILE, dataclasses.asdict(self.promise_))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        model = storage.restore(cls, folder)
        model.promise_ = Promise(**storage.read_json(Path(folder) / FILE))
        return model
