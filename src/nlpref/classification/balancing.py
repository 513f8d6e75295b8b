"""What is done in training about labels of which there are few examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError
from nlpref.held_out import Indices

__all__ = ["Balancing"]


@dataclass(frozen=True)
class Balancing:
    """How rare labels are kept from being drowned by frequent ones; by default nothing is done.

    The three work together: examples are drawn first, weights are those of what was drawn, and the focal loss is weighted.

    Args:
        class_weight: What an example counts for by its label. "balanced" gives n_examples / (n_labels * count), so that every
            label counts for the same; a mapping gives the labels that it names a weight, and the others 1.
        sampling: "balanced" repeats the examples of rarer labels until each label has as many as the most frequent one;
            "as_is" takes each once.
        focal: Focussing exponent of the focal loss, which cares less for what is right already; 0 is cross-entropy. Linear
            classifiers cannot have it.

    Raises:
        InputError: if a value is none of these.

    Source: King and Zeng 2001 (balanced weights, as in scikit-learn); Buda et al. 2018 (oversampling); Lin et al. 2017,
    Focal Loss for Dense Object Detection, equation 4.

    Example:
        >>> Balancing("balanced").label_weights(["rare", "usual"], np.array([1, 3]))
        array([2.        , 0.66666667])
        >>> Balancing(sampling="balanced").drawn(np.array([0, 1, 1, 1]), seed=0).tolist()
        [0, 0, 0, 1, 2, 3]
    """

    class_weight: Literal["balanced"] | Mapping[str, float] | None = None
    sampling: Literal["as_is", "balanced"] = "as_is"
    focal: float = 0.0

    def __post_init__(self) -> None:
        given = self.class_weight
        if isinstance(given, Mapping):
            if not all(_is_number(weight) and 0 < weight < float("inf") for weight in given.values()):
                raise InputError(f"weights of labels must be positive numbers, got class_weight={dict(given)!r:.80}")
        elif given is not None and given != "balanced":
            raise InputError(f"class_weight must be 'balanced', a weight for each label, or None; got {given!r:.80}")
        if self.sampling not in ("as_is", "balanced"):
            raise InputError(f"sampling must be 'as_is' or 'balanced', got {self.sampling!r}")
        if not _is_number(self.focal) or not 0 <= self.focal < float("inf"):
            raise InputError(f"focal must be an exponent of 0 or more, 0 for cross-entropy; got {self.focal!r}")

    @property
    def idle(self) -> bool:
        """Whether nothing is done to examples and their weights."""
        return self.class_weight is None and self.sampling == "as_is"

    def label_weights(self, labels: Sequence[str], counts: NDArray[np.number]) -> NDArray[np.float64] | None:
        """The weight of an example of each label, float64, (n_labels,); None if all are 1.

        Args:
            labels: All labels, in the order of the counts.
            counts: Examples of each label, or expected ones, (n_labels,).

        Raises:
            InputError: if a label is weighted that is not there.
        """
        if self.class_weight is None:
            return None
        if isinstance(self.class_weight, Mapping):
            if unknown := sorted(set(self.class_weight) - set(labels)):
                raise InputError(f"class_weight names labels that train lacks: {unknown[:5]}; it has {sorted(labels)[:5]} ...")
            return np.array([self.class_weight.get(label, 1.0) for label in labels], dtype=np.float64)
        return np.asarray(counts.sum() / (len(labels) * np.maximum(counts, np.finfo(np.float64).tiny)), dtype=np.float64)

    def drawn(self, codes: Indices, seed: int) -> Indices:
        """The examples that are learned from, some of them several times, (n_drawn,), in order.

        Args:
            codes: Label of each example, (n_examples,).
            seed: Fixes which examples of a label are repeated once more than others.
        """
        rows = np.arange(len(codes))
        if self.sampling == "as_is" or not len(codes):
            return rows
        generator = np.random.default_rng(seed)
        found, counts = np.unique(codes, return_counts=True)
        most = counts.max()
        parts = [np.resize(generator.permutation(rows[codes == code]), most) for code in found]
        return np.asarray(np.sort(np.concatenate(parts)), dtype=np.intp)

    def check_linear(self) -> None:
        """Refuse what a linear classifier cannot do.

        Raises:
            InputError: if there is a focal loss.
        """
        if self.focal:
            raise InputError(f"focal={self.focal:g}: a linear classifier has a loss of its own; use class_weight or sampling")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
