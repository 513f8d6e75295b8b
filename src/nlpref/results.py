"""Result records: what was measured, on what, with which uncertainty. Tables, plots and tracking read only these.

What was not measured is absent from a record, never zero.
"""

from __future__ import annotations

import dataclasses
import json
import math
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar

from nlpref.errors import InputError, StorageError

__all__ = ["Estimate", "EvalResult", "LatencyResult"]

_COMPACT = ("scores", "details")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured value and its confidence interval ``[low, high]``.

    A percentile interval of a biased statistic can lie beside the value, so only ``low <= high`` is required.

    Raises:
        InputError: if a number is not finite, or ``low > high``.
    """

    value: float
    low: float
    high: float

    def __post_init__(self) -> None:
        if not all(math.isfinite(number) for number in (self.value, self.low, self.high)) or self.low > self.high:
            raise InputError(
                f"Estimate needs finite numbers and low <= high, got value={self.value}, low={self.low}, high={self.high}; "
                "leave out what could not be measured"
            )


@dataclass(frozen=True, kw_only=True)
class EvalResult:
    """The scores of one model on one split of one data set.

    Args:
        task: ``classification``, ``ner`` or ``retrieval``.
        dataset: ``{"name", "revision"}``, and as ``"scored"`` the revision of the split that was scored, alone.
        model: Short name of the model, for tables.
        split: Name of the split that was scored.
        n: Number of examples scored.
        seed: Seed of the training run.
        metrics: Estimates by metric name; higher is better except for losses and calibration errors.
        primary: Name of the metric that models are compared by.
        experiment: Name of the experiment that makes this number, or empty.
        config_hash: Hash of the resolved configuration, or empty.
        scores: Scores by metric name, one for each example, in the order of the split; for paired tests.
        details: JSON values for the report, such as a confusion matrix.
        environment: Hardware and library versions.

    Raises:
        InputError: if the data set lacks its name or revision, or ``primary`` is not among the metrics.

    Example:
        >>> result = EvalResult(task="classification", dataset={"name": "toy", "revision": "0"}, model="tfidf", split="test",
        ...                     n=10, seed=0, metrics={"accuracy": Estimate(0.9, 0.8, 1.0)}, primary="accuracy")
        >>> EvalResult.from_json(result.to_json()) == result
        True
    """

    task: str
    dataset: Mapping[str, str]
    model: str
    experiment: str = ""
    split: str
    n: int
    seed: int
    config_hash: str = ""
    metrics: Mapping[str, Estimate]
    primary: str
    scores: Mapping[str, Sequence[float]] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not {"name", "revision"} <= set(self.dataset):
            raise InputError(f"EvalResult.dataset needs 'name' and 'revision', got {sorted(self.dataset)}")
        if self.primary not in self.metrics:
            raise InputError(f"primary metric {self.primary!r} is not among the metrics {sorted(self.metrics)}")

    def to_json(self) -> str:
        """The record as JSON text, keys in the order of the fields."""
        return _to_json(self)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a record back.

        Raises:
            StorageError: if the text is not JSON, or keys are missing, unknown or hold something else.
        """
        values = _from_json(cls, text)
        metrics = values["metrics"]
        if not isinstance(metrics, dict) or not all(isinstance(value, dict) for value in metrics.values()):
            raise StorageError(f"EvalResult.metrics should be {{name: {{value, low, high}}}}, got {metrics!r:.80}")
        for name, value in metrics.items():
            _check_keys(value, Estimate, f"EvalResult.metrics[{name!r}]")
        values["metrics"] = {name: _build(Estimate, value) for name, value in metrics.items()}
        return _build(cls, values)

    def save(self, path: Path) -> None:
        """Write the record atomically."""
        _write(Path(path), self.to_json())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a record from a file.

        Raises:
            StorageError: if the file is absent or is not such a record.
        """
        return cls.from_json(_read(Path(path)))


@dataclass(frozen=True, kw_only=True)
class LatencyResult:
    """How fast and how large one model is, on the hardware described.

    Args:
        model: Short name of the model, for tables.
        p50_ms: Median time of one prediction at batch 1, in milliseconds; ``p95_ms`` and ``p99_ms`` likewise.
        throughput_per_s: Inputs per second at ``batch_size``.
        batch_size: Batch size of the throughput.
        n: Number of timed calls at batch 1.
        memory_mb: Peak resident memory of a process that loads the model and predicts, in 10^6 bytes.
        disk_mb: Size of the saved model, in 10^6 bytes.
        load_s: Time to load the model, in seconds.
        threads: Compute threads.
        hardware: Processor, cores, instruction sets.
        versions: Library versions.
    """

    model: str
    p50_ms: float
    p95_ms: float
    p99_ms: float
    throughput_per_s: float
    batch_size: int
    n: int
    memory_mb: float | None = None
    disk_mb: float | None = None
    load_s: float | None = None
    threads: int
    hardware: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """The record as JSON text; what was not measured is absent."""
        return _to_json(self)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a record back.

        Raises:
            StorageError: if the text is not JSON, or keys are missing or unknown.
        """
        return _build(cls, _from_json(cls, text))

    def save(self, path: Path) -> None:
        """Write the record atomically."""
        _write(Path(path), self.to_json())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a record from a file.

        Raises:
            StorageError: if the file is absent or is not such a record.
        """
        return cls.from_json(_read(Path(path)))


def _plain(value: Any) -> Any:
    """Mappings, sequences, estimates and arrays as what JSON knows."""
    if isinstance(value, Estimate):
        return {item.name: float(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.tolist() if hasattr(value, "tolist") else value


def _to_json(record: EvalResult | LatencyResult) -> str:
    lines = []
    for item in dataclasses.fields(record):
        value = _plain(getattr(record, item.name))
        if value is None:
            continue
        try:
            # A line for each group of per-example numbers; everything else is indented for the reader.
            if item.name in _COMPACT and value:
                rows = [f"    {json.dumps(key)}: {_dumps(part)}" for key, part in value.items()]
                text = "{\n" + ",\n".join(rows) + "\n  }"
            else:
                text = _dumps(value, indent=2).replace("\n", "\n  ")
        except (TypeError, ValueError) as error:
            raise InputError(f"{type(record).__name__}.{item.name} cannot be written as JSON: {error}") from error
        lines.append(f"  {json.dumps(item.name)}: {text}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _dumps(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)


def _from_json(kind: type, text: str) -> dict[str, Any]:
    try:
        values = json.loads(text)
    except ValueError as error:
        raise StorageError(f"this {kind.__name__} is not valid JSON: {error}") from None
    if not isinstance(values, dict):
        raise StorageError(f"{kind.__name__} should be a JSON object, got a {type(values).__name__}")
    _check_keys(values, kind, kind.__name__)
    return values


def _check_keys(values: Mapping[str, Any], kind: Any, where: str) -> None:
    fields = dataclasses.fields(kind)
    needed = {item.name for item in fields if item.default is MISSING and item.default_factory is MISSING}
    faults = [f"missing {name!r}" for name in sorted(needed - values.keys())]
    faults += [f"unknown {name!r}" for name in sorted(values.keys() - {item.name for item in fields})]
    if faults:
        raise StorageError(f"{where} does not have the expected keys: {', '.join(faults)}")


def _build(kind: type[T], values: Mapping[str, Any]) -> T:
    try:
        return kind(**values)
    except (InputError, TypeError) as error:
        raise StorageError(f"this is not a valid {kind.__name__}: {error}") from error


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise StorageError(f"{path} does not exist") from None


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        Path(name).chmod(0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
