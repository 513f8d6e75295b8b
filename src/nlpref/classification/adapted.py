"""A classifier that learns from one domain and is to answer for another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from nlpref import storage
from nlpref.classification.alignment import ALIGNMENTS
from nlpref.classification.checks import check_training
from nlpref.classification.embedding_classifier import EmbeddingClassifier
from nlpref.classification.linear import LinearHead
from nlpref.classification.self_training import surest
from nlpref.errors import InputError
from nlpref.protocols import Encoder
from nlpref.text.checks import check_examples, check_texts
from nlpref.types import UNLABELLED, LabelledText

__all__ = ["AdaptedClassifier", "Learned"]

FILE = "learned.json"


@dataclass(frozen=True)
class Learned:
    """How many texts the classifier learned from: of the source, of the target with a label, and without one."""

    source: int
    target: int
    unlabelled: int


class AdaptedClassifier(EmbeddingClassifier):
    """Logistic regression on frozen embeddings of a source domain with labels and a target domain with few or none.

    A training text is of the source if its ``facts["domain"]`` is ``source``, else of the target; where its label is
    ``UNLABELLED``, only its text is known. ``nlpref.data.mixed`` makes such examples. Each step can be left out: with
    ``target_weight=1``, ``alignment=None`` and ``rounds=0`` this is a plain regression on all that has a label.

    Args:
        encoder: Makes the embeddings.
        C: Inverse regularisation strength.
        target_weight: What a labelled text of the target counts for, where one of the source counts for 1.
        alignment: Move the embeddings of the source to where those of the target lie, by ``means``, ``variances`` or
            ``covariances``; None leaves them. Predicting is the same with each.
        rounds: Rounds of self-training on target texts without a label; 0 for none.
        share: Of these texts that are taken in the last round, the surest of each label; in the rounds before, evenly fewer.
        unlabelled_weight: What each of them counts for.
        cache: Remember the embeddings of training texts on disk (``CachedEncoder``). Prediction never does.

    After ``fit``: ``learned_``, how many texts it learned from.

    Source: Daumé 2007, section 3.1 (weighting), Sun et al. 2016 (alignment), Zou et al. 2018 (self-training).

    Example:
        >>> from nlpref.neural.encoder import SentenceEncoder
        >>> said = [("a moving novel", "+", "source"), ("a dull novel", "-", "source"), ("sturdy, boils fast", "", "target"),
        ...         ("it leaks and broke", "", "target")]
        >>> train = [LabelledText(text, label, facts={"domain": domain}) for text, label, domain in said]
        >>> model = AdaptedClassifier(SentenceEncoder(), rounds=1, share=1.0, cache=False).fit(train)
        >>> model.labels[model.predict_proba(["this kettle is a joy"])[0].argmax()]
        '+'
    """

    def __init__(
        self,
        encoder: Encoder,
        C: float = 1.0,
        target_weight: float = 1.0,
        alignment: str | None = None,
        rounds: int = 0,
        share: float = 1.0,
        unlabelled_weight: float = 1.0,
        cache: bool = True,
    ) -> None:
        self.encoder = encoder
        self.C = C
        self.target_weight = target_weight
        self.alignment = alignment
        self.rounds = rounds
        self.share = share
        self.unlabelled_weight = unlabelled_weight
        self.cache = cache

    def fit(self, train: Sequence[LabelledText], validation: Sequence[LabelledText] = ()) -> Self:
        """Align the source, learn from what has a label, then from what the target has beside it.

        Args:
            train: Examples of both domains, or of one.
            validation: Checked, and not used: labels of the target are few, and all of them are for learning.

        Raises:
            InputError: if examples or settings do not fit.
        """
        self._check_settings()
        given = check_examples(train, LabelledText, "train")
        known = np.array([example.label != UNLABELLED for example in given], dtype=bool)
        labels = check_training([example for example in given if example.label != UNLABELLED], validation)
        check_texts([example.text for example in given])
        source = np.array([example.facts.get("domain") == "source" for example in given], dtype=bool)
        features = self._embedded([example.text for example in given], remember=True).astype(np.float64)
        if self.alignment is not None and source.any() and not source.all():
            features[source] = ALIGNMENTS[self.alignment](features[source], features[~source])
        codes = np.searchsorted(labels, [example.label for example in given])
        weights = np.where(source, 1.0, self.target_weight)
        pool = np.flatnonzero(~known & ~source)
        taken, fitted = pool[:0], self._regression(features[known], codes[known], weights[known])
        for turn in range(self.rounds if len(pool) else 0):
            rows, guessed = surest(fitted.predict_proba(features[pool]), self.share * (turn + 1) / self.rounds)
            taken = pool[rows]
            codes[taken], weights[taken] = guessed, self.unlabelled_weight
            learned = np.concatenate([np.flatnonzero(known), taken])
            fitted = self._regression(features[learned], codes[learned], weights[learned])
        self.head_ = LinearHead.of(fitted, labels, 1.0)
        self.learned_ = Learned(int((known & source).sum()), int((known & ~source).sum()), len(taken))
        return self

    def describe(self, examples: Sequence[LabelledText]) -> dict[str, Any]:
        """How many texts it learned from, for the record."""
        self._check_fitted()
        return {"adaptation": asdict(self.learned_)}

    def _write(self, folder: Path) -> None:
        super()._write(folder)
        storage.write_json(folder / FILE, asdict(self.learned_))

    def _read(self, folder: Path) -> None:
        super()._read(folder)
        self.learned_ = Learned(**storage.read_json(folder / FILE))

    def _regression(self, features: NDArray[np.float64], codes: NDArray[np.intp], weights: NDArray[np.float64]) -> Any:
        return LogisticRegression(C=self.C, tol=1e-5, max_iter=2000).fit(features, codes, sample_weight=weights)

    def _check_settings(self) -> None:
        if self.alignment is not None and self.alignment not in ALIGNMENTS:
            raise InputError(f"alignment={self.alignment!r}: expected one of {', '.join(ALIGNMENTS)}, or None")
        positive = (self.C, self.target_weight, self.unlabelled_weight)
        if not (min(positive) > 0 and isinstance(self.rounds, int) and self.rounds >= 0 and 0 < self.share <= 1):
            raise InputError(
                "C, target_weight and unlabelled_weight must be above 0, rounds a whole number from 0, and share above 0 and at "
                f"most 1; got {positive}, rounds={self.rounds!r}, share={self.share!r}"
            )
