"""Labels that are probably wrong: every text is judged by classifiers that have not learned from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.base import clone
from tqdm.auto import tqdm

from nlpref.classification.checks import check_training
from nlpref.classification.confident_learning import doubted, suspicion
from nlpref.classification.selection import Indices, stratified_folds
from nlpref.errors import InputError
from nlpref.probabilities import check_probabilities
from nlpref.protocols import TextClassifier
from nlpref.types import LabelledText

__all__ = ["Suspect", "averaged_out_of_fold", "find_label_errors", "out_of_fold", "rank_suspects"]

Floats = NDArray[np.float64]
_LEAST = 1e-12


@dataclass(frozen=True)
class Suspect:
    """A text whose label is more or less in doubt.

    Args:
        position: Of the example among those given.
        example: The text and the label that it has.
        suggested: The most probable other label.
        suspicion: Higher is more suspicious.
        probability: Of the label that it has.
        suggested_probability: Of the suggested one.
        doubted: Whether the text is confidently of another label, in the sense of confident learning.
    """

    position: int
    example: LabelledText
    suggested: str
    suspicion: float
    probability: float
    suggested_probability: float
    doubted: bool


def find_label_errors(
    classifier: TextClassifier | Sequence[TextClassifier],
    examples: Sequence[LabelledText],
    folds: int = 5,
    *,
    repeats: int = 1,
    by: str = "log_ratio",
    seed: int = 0,
    progress: bool = False,
) -> list[Suspect]:
    """All examples, the one with the most suspicious label first.

    Args:
        classifier: One, or several whose probabilities are averaged (their logarithms are); trained anew on each division,
            as copies, so that those given stay as they are.
        examples: With their labels.
        folds: Parts; each is judged by what was trained on the others.
        repeats: Divisions into parts, over which probabilities are averaged as well.
        by: The score of suspicion; see ``suspicion``.
        seed: Of the first division; the next one has the next seed.
        progress: Whether to show a bar.

    Raises:
        InputError: if examples or settings do not fit, or a label has one example only, which cannot be judged.

    Example:
        >>> from nlpref.classification import TfidfClassifier
        >>> given = [LabelledText(f"{word} {n}", word) for n in range(10) for word in ("refund", "parcel")]
        >>> given[3] = LabelledText("parcel 1", "refund")
        >>> worst = find_label_errors(TfidfClassifier(C=1.0, folds=2), given)[0]
        >>> worst.example.text, worst.example.label, worst.suggested
        ('parcel 1', 'refund', 'parcel')
    """
    averaged = averaged_out_of_fold(classifier, examples, folds, repeats=repeats, seed=seed, progress=progress)
    return rank_suspects(examples, averaged, by)


def averaged_out_of_fold(
    classifier: TextClassifier | Sequence[TextClassifier],
    examples: Sequence[LabelledText],
    folds: int = 5,
    *,
    repeats: int = 1,
    seed: int = 0,
    progress: bool = False,
) -> Floats:
    """Probabilities by copies that were trained without the text, averaged over classifiers and divisions (their logarithms are).

    Args:
        classifier: As for ``find_label_errors``, whose ranking rests on these; so are the others.
        examples: With their labels; the columns are these, sorted.
        folds: See there.
        repeats: See there.
        seed: See there.
        progress: See there.

    Returns:
        Rows that sum to one, (n_examples, n_labels).

    Raises:
        InputError: if examples or settings do not fit, or a label has one example only.
    """
    several = list(classifier) if isinstance(classifier, Sequence) else [classifier]
    if not several or not (isinstance(repeats, int) and repeats >= 1):
        raise InputError(f"expected one classifier or more and one division or more, got {several!r:.60} and {repeats!r}")
    labels = check_training(examples)
    logs = np.zeros((len(examples), len(labels)))
    with tqdm(total=len(several) * repeats, desc="judging labels", disable=not progress, leave=False) as bar:
        for division in range(seed, seed + repeats):
            for one in several:
                logs += np.log(np.maximum(out_of_fold(one, examples, folds, division), _LEAST))
                bar.update()
    return np.asarray(softmax(logs / (len(several) * repeats), axis=1))


def rank_suspects(examples: Sequence[LabelledText], probabilities: Floats, by: str = "log_ratio") -> list[Suspect]:
    """All examples, the one with the most suspicious label first, by probabilities that are at hand; ties in their order.

    Args:
        examples: With their labels.
        probabilities: By what has not learned from them, (n_examples, n_labels), columns as the sorted labels.
        by: The score of suspicion.

    Raises:
        InputError: if the examples do not fit, the probabilities are no rows of one for each label that sum to 1, or there is
            no such score.
    """
    probabilities = check_probabilities(probabilities, len(check_training(examples)), len(examples))
    labels, codes = np.unique([example.label for example in examples], return_inverse=True)
    scores = suspicion(probabilities, codes, by)
    sure = doubted(probabilities, codes)
    others = probabilities.copy()
    others[np.arange(len(codes)), codes] = -1
    suggested = others.argmax(axis=1)
    return [
        Suspect(
            position=int(row),
            example=examples[row],
            suggested=str(labels[suggested[row]]),
            suspicion=float(scores[row]),
            probability=float(probabilities[row, codes[row]]),
            suggested_probability=float(probabilities[row, suggested[row]]),
            doubted=bool(sure[row]),
        )
        for row in np.argsort(-scores, kind="stable")
    ]


def out_of_fold(classifier: TextClassifier, examples: Sequence[LabelledText], folds: int = 5, seed: int = 0) -> Floats:
    """Probabilities of each text by a copy of the classifier that was trained without it, (n_examples, n_labels).

    Args:
        classifier: Copied, with its settings and without what it has learned.
        examples: With their labels; the columns are these, sorted.
        folds: Parts, each with its share of every label.
        seed: Of the division.

    Raises:
        InputError: if examples do not fit, there are fewer than two folds, a label has one example only, or the classifier
            gives no rows of probabilities that sum to 1.
    """
    labels = check_training(examples)
    if not (isinstance(folds, int) and folds >= 2):
        raise InputError(f"judging labels needs two folds or more, got {folds!r}")
    codes: Indices = np.searchsorted(labels, [example.label for example in examples])
    fold_of = stratified_folds(codes, folds, seed)
    if (fold_of < 0).any():
        lonely = [labels[code] for code in codes[fold_of < 0]]
        raise InputError(f"only one example has the label {lonely[0]!r}, so its label cannot be judged; leave it out, or add one")
    found = np.zeros((len(examples), len(labels)))
    for fold in np.unique(fold_of):
        made: Any = clone(classifier)
        made.fit([example for example, part in zip(examples, fold_of, strict=True) if part != fold])
        held = np.flatnonzero(fold_of == fold)
        given = made.predict_proba([examples[row].text for row in held.tolist()])
        found[held] = check_probabilities(given, len(labels), len(held), f"{type(made).__name__}.predict_proba")
    return found
