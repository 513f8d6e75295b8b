"""How quality falls as texts become noisy: the same examples, scored again at rising strengths of each kind of noise."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from nlpref import storage
from nlpref.errors import InputError, StorageError
from nlpref.results import Estimate
from nlpref.tasks import Task
from nlpref.text.noise import NOISES, add_noise

__all__ = ["KINDS", "NAME", "NoiseCurves", "NoisyScore", "noise_curves"]

NAME = "robustness.json"
"""The record's file in the folder of a run."""


@dataclass(frozen=True)
class NoisyScore:
    """Estimates by metric at one strength of noise, 0 to 1."""

    strength: float
    metrics: Mapping[str, Estimate]


@dataclass(frozen=True, kw_only=True)
class NoiseCurves:
    """A model's curves on one split.

    Args:
        model: Short name of the model, for tables.
        dataset: Its name, its revision, and as ``scored`` the revision of the split.
        split: Name of the split.
        n: Number of examples scored at each point.
        seed: Of the noise.
        config_hash: Fingerprint of the run's configuration.
        primary: The metric that curves are drawn of.
        curves: Points by kind of noise, by rising strength; the first is that without noise.
        environment: Hardware and library versions.
    """

    model: str
    dataset: Mapping[str, str]
    split: str
    n: int
    seed: int
    config_hash: str = ""
    primary: str
    curves: Mapping[str, Sequence[NoisyScore]]
    environment: Mapping[str, Any] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Write the record atomically."""
        storage.write_json(path, dataclasses.asdict(self))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a record from a file.

        Raises:
            StorageError: if the file is absent or is not such a record.
        """
        values = storage.read_json(path)
        try:
            curves = {kind: tuple(_point(point) for point in points) for kind, points in values["curves"].items()}
            made = cls(**{**values, "curves": curves})
            drawn = [point.metrics[made.primary] for points in curves.values() for point in points]
        except (AttributeError, InputError, KeyError, TypeError) as error:
            raise StorageError(f"{path} is not a record of curves ({type(error).__name__}: {error})") from error
        if not drawn or not isinstance(made.n, int):
            raise StorageError(f"{path} is not a record of curves: it has no points, or does not say of how many examples")
        return made


def noise_curves(
    task: Task, model: Any, examples: Sequence[Any], kinds: Sequence[str], strengths: Sequence[float], seed: int = 0
) -> dict[str, tuple[NoisyScore, ...]]:
    """Score a model at each strength of each kind of noise, and once without.

    Args:
        task: How it is scored; one whose examples have a text.
        model: A fitted model.
        examples: What it is scored on, clean.
        kinds: Names of ``nlpref.text.NOISES``.
        strengths: From 0 to 1; 0 is always among the points.
        seed: Of the noise.

    Raises:
        InputError: if the examples are tokens with spans, which noise would move, or a kind or strength does not fit.
    """
    if not examples or not all(hasattr(example, "text") for example in examples):
        raise InputError(f"noise needs examples with a text, got {len(examples)} of the task {task.name}")
    if not kinds or not strengths:
        raise InputError(f"expected at least one kind of noise and one strength, got kinds={kinds}, strengths={strengths}")
    texts = [example.text for example in examples]
    for kind in kinds:  # before any work
        for strength in strengths:
            add_noise([], kind, strength)
    clean = NoisyScore(0.0, task.evaluate(model, examples).metrics)
    curves = {}
    for kind in kinds:
        points = [clean]
        for strength in sorted({float(value) for value in strengths} - {0.0}):
            noisy = zip(examples, add_noise(texts, kind, strength, seed), strict=True)
            points.append(
                NoisyScore(strength, task.evaluate(model, [dataclasses.replace(one, text=text) for one, text in noisy]).metrics)
            )
        curves[kind] = tuple(points)
    return curves


def _point(values: Mapping[str, Any]) -> NoisyScore:
    return NoisyScore(float(values["strength"]), {name: Estimate(**one) for name, one in values["metrics"].items()})


KINDS = tuple(NOISES)
"""All kinds of noise, in the order of tables and plots."""
