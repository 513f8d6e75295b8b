"""The stages of a cascade: what they are asked, in which order, and what each of them does."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import NotRequired, TypedDict

import numpy as np
from numpy.typing import NDArray

from nlpref.classification.thresholds import Held
from nlpref.errors import InputError, NotFittedError
from nlpref.latency import measure
from nlpref.probabilities import check_probabilities
from nlpref.protocols import TextClassifier
from nlpref.types import LabelledText

__all__ = ["StageRecord", "check_labels", "fit_stages", "judge", "lead", "measure_costs", "route", "stage_records"]

Stages = Sequence[TextClassifier]
TIMED = 100
"""Single texts that each stage is timed on."""
log = logging.getLogger(__name__)


class StageRecord(TypedDict):
    """What one stage did on some examples. The last stage has no threshold; one that answered nothing has no error.

    ``reached`` and ``answered`` are shares of all texts, ``error`` is one of those answered, ``ms`` is the stage's own time
    for one text.
    """

    stage: int
    model: str
    threshold: NotRequired[float]
    reached: float
    answered: float
    error: NotRequired[float]
    ms: float


def fit_stages(stages: Stages, train: Sequence[LabelledText]) -> None:
    """Fit each stage on train alone."""
    for number, stage in enumerate(stages, start=1):
        log.info("fitting stage %d, %s", number, type(stage).__name__)
        stage.fit(train)


def check_labels(stages: Stages, held: Sequence[LabelledText]) -> None:
    """See that fitted stages know the same labels, and those of the examples that thresholds are chosen on.

    Raises:
        InputError: if a stage is not fitted, or labels differ.
    """
    found: list[set[str]] = []
    for number, stage in enumerate(stages, start=1):
        try:
            found.append(set(stage.labels))
        except NotFittedError as error:
            raise InputError(f"with fit_stages=False every stage must be fitted already, but stage {number} is not") from error
    for number, labels in enumerate(found[:-1], start=1):
        if odd := sorted(labels ^ found[-1]):
            raise InputError(f"stages must have the same labels; stage {number} and the last one differ in {odd[:5]}")
    if unknown := sorted({example.label for example in held} - found[-1]):
        raise InputError(f"validation has labels that no stage knows: {unknown[:5]}; fit the stages on them as well")


def route(stages: Stages, thresholds: Sequence[float], texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Ask each stage about the texts that those before it were not sure of; one whose threshold is 1 is not asked.

    Args:
        stages: Fitted, n_stages of them.
        thresholds: Of all stages but the last.
        texts: What is asked.

    Returns:
        Probabilities of the stage that answers, float32, (n_texts, n_labels), columns as the last stage has them; and the
        number of that stage, from 0, (n_texts,).

    Raises:
        InputError: if a stage gives no rows of one probability for each of its labels that sum to 1.
    """
    probabilities = np.zeros((len(texts), len(stages[-1].labels)), dtype=np.float32)
    answered = np.full(len(texts), len(thresholds), dtype=np.intp)
    left = np.arange(len(texts))
    for number, threshold in enumerate((*thresholds, -1.0)):  # the last one answers what is left
        if threshold < 1 and len(left):
            found = _aligned(stages, number, [texts[row] for row in left.tolist()])
            sure = lead(found) > threshold
            probabilities[left[sure]], answered[left[sure]] = found[sure], number
            left = left[~sure]
    return probabilities, answered


def lead(probabilities: NDArray[np.float32]) -> NDArray[np.float64]:
    """One minus the second best probability over the best, in [0, 1], (n_texts,): 0 for a tie, 1 for no second at all."""
    best = np.sort(probabilities.astype(np.float64), axis=1)[:, -2:]
    return np.asarray(1 - best[:, 0] / best[:, -1] if best.shape[1] > 1 else np.ones(len(best)))


def judge(stages: Stages, held: Sequence[LabelledText]) -> Held:
    """Ask every stage about every example.

    Raises:
        InputError: if a stage gives no rows of one probability for each of its labels that sum to 1.
    """
    texts, gold = [example.text for example in held], [example.label for example in held]
    labels = np.array(stages[-1].labels)
    found = [_aligned(stages, number, texts) for number in range(len(stages))]
    right = [labels[probabilities.argmax(axis=1)] == gold for probabilities in found]
    scores = [lead(probabilities) for probabilities in found[:-1]]
    return Held(np.stack(scores, axis=1), np.stack(right, axis=1))


def measure_costs(stages: Stages, texts: Sequence[str]) -> tuple[float, ...]:
    """Median milliseconds that each stage takes for a single text."""
    some = texts[:: -(-len(texts) // TIMED)]
    times = [measure(stage.predict_proba, some, batch_size=1, repeats=TIMED, batches=1).p50_ms for stage in stages]
    if times != sorted(times):
        log.warning("stages should come in the order of their cost, the cheapest first; they take %s ms", times)
    return tuple(times)


def stage_records(
    stages: Stages, thresholds: Sequence[float], costs: Sequence[float], examples: Sequence[LabelledText]
) -> list[StageRecord]:
    """Route the examples and tell what each stage did, the first stage first."""
    probabilities, answered = route(stages, thresholds, [example.text for example in examples])
    predicted = np.array(stages[-1].labels)[probabilities.argmax(axis=1)]
    wrong = predicted != np.array([example.label for example in examples])
    records = []
    for number, (stage, cost) in enumerate(zip(stages, costs, strict=True)):
        mine, left_out = answered == number, number < len(thresholds) and thresholds[number] >= 1
        record = StageRecord(
            stage=number + 1,
            model=type(stage).__name__,
            reached=0.0 if left_out else float((answered >= number).mean()),
            answered=float(mine.mean()),
            ms=cost,
        )
        if number < len(thresholds):
            record["threshold"] = thresholds[number]
        if mine.any():
            record["error"] = float(wrong[mine].mean())
        records.append(record)
    return records


def _aligned(stages: Stages, number: int, texts: Sequence[str]) -> NDArray[np.float32]:
    """Probabilities of one stage, columns as the last stage has them."""
    stage = stages[number]
    place = {label: column for column, label in enumerate(stage.labels)}
    name = f"stage {number + 1}, {type(stage).__name__}.predict_proba,"
    found = check_probabilities(stage.predict_proba(texts), len(place), len(texts), name)
    return found[:, [place[label] for label in stages[-1].labels]].astype(np.float32)
