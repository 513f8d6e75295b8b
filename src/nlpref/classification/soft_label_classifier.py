"""What classifiers share that learn from labels, certain or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from nlpref.classification.checks import check_training
from nlpref.types import LabelledText

__all__ = ["SoftLabelClassifier"]


class SoftLabelClassifier(BaseEstimator):
    """``fit`` and ``fit_soft``; a subclass trains in ``_fit``."""

    def fit(self, train: Sequence[LabelledText], validation: Sequence[LabelledText] = ()) -> Self:
        """Choose what is to be chosen on held-out examples, and train.

        Raises:
            InputError: if the examples or a parameter do not fit; see ``check_training``.
        """
        return self._fit(check_training(train, validation), train, validation, None)

    def fit_soft(
        self, train: Sequence[LabelledText], weights: NDArray[np.floating], validation: Sequence[LabelledText] = ()
    ) -> Self:
        """Train on the expected loss where the labels of train are uncertain.

        Args:
            train: Each with its most probable label, by which settings are chosen.
            weights: Of each label for each text, (n_train, n_labels), columns as the sorted labels of train; a row that
                sums to 1 holds probabilities, and a text of a greater sum counts for more.
            validation: As in ``fit``.

        Raises:
            InputError: as ``fit``, or if the weights do not fit.
        """
        return self._fit(check_training(train, validation), train, validation, weights)

    def _fit(
        self,
        labels: tuple[str, ...],
        train: Sequence[LabelledText],
        validation: Sequence[LabelledText],
        weights: NDArray[np.floating] | None,
    ) -> Self:
        """Train on checked examples; the labels are those of train, sorted, and without weights they are certain."""
        raise NotImplementedError
