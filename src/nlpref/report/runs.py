"""Finished runs on disk, as far as the report reads them."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from nlpref.errors import StorageError
from nlpref.explanation.record import NAME as FAITHFULNESS
from nlpref.explanation.record import FaithfulnessRecord
from nlpref.noise_curves import NAME, NoiseCurves
from nlpref.results import EvalResult, LatencyResult

__all__ = ["RESULT", "FoundRuns", "SavedRun", "Unreadable", "read_rows", "read_run", "read_runs", "run_folders"]

RESULT = "result.json"
MeasuredT = TypeVar("MeasuredT", NoiseCurves, FaithfulnessRecord)
_NOT_RUNS = frozenset({"evaluations", "checkpoints", "folds", "model"})
"""Folders inside a run, whose results are not runs of their own."""

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "task": str, "model": str, "experiment": str, "split": str, "primary": str, "config_hash": str, "n": int, "seed": int,
    "dataset": Mapping, "scores": Mapping, "details": Mapping, "environment": Mapping,
}  # fmt: skip


@dataclass(frozen=True)
class SavedRun:
    """What one run left behind.

    Args:
        folder: The run's folder.
        place: The same, relative to where the search began; shown in the report.
        result: Its scores.
        written: When the result was written, UTC.
        config: Text of ``config.yaml``, or empty.
        latency: Its speed, if it was measured.
        history: Rows of ``history.jsonl``, each with ``step``; empty if it kept none.
        noise: Its curves of quality against noise, if they were measured.
        faithfulness: How faithful explanations of its answers are, if that was measured.
        faults: What beside the result could not be read, and why.
    """

    folder: Path
    place: str
    result: EvalResult
    written: datetime
    config: str = ""
    latency: LatencyResult | None = None
    history: tuple[Mapping[str, Any], ...] = ()
    noise: NoiseCurves | None = None
    faithfulness: FaithfulnessRecord | None = None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unreadable:
    """A result file that is broken or foreign, and what is wrong with it."""

    place: str
    why: str


@dataclass(frozen=True)
class FoundRuns:
    """All that a search found, each in order of place."""

    runs: tuple[SavedRun, ...]
    unreadable: tuple[Unreadable, ...]


def run_folders(root: Path) -> Iterator[Path]:
    """Folders under ``root``, itself included, that hold a result; what lies inside a run is not searched."""
    for folder, inner, files in os.walk(root):
        if RESULT in files:
            inner.clear()
            yield Path(folder)
        else:
            inner[:] = sorted(name for name in inner if name not in _NOT_RUNS and not name.startswith("."))


def read_runs(root: Path) -> FoundRuns:
    """Read every run under a folder. What cannot be read is listed, not raised."""
    runs: list[SavedRun] = []
    unreadable: list[Unreadable] = []
    for folder in run_folders(root):
        place = folder.relative_to(root).as_posix() if folder != root else folder.resolve().name
        try:
            runs.append(_read(folder, place))
        except (StorageError, OSError, ValueError) as error:
            unreadable.append(Unreadable(f"{place}/{RESULT}", str(error)))
    return FoundRuns(tuple(runs), tuple(unreadable))


def read_run(folder: Path) -> SavedRun:
    """The run of one folder.

    Raises:
        StorageError: if it is not the folder of a finished run, or its result cannot be read.
    """
    if not (Path(folder) / RESULT).is_file():
        raise StorageError(f"{folder} is not the folder of a finished run: it holds no {RESULT}; give run=FOLDER")
    found = read_runs(Path(folder))
    if not found.runs:
        raise StorageError(f"{found.unreadable[0].place} could not be read: {found.unreadable[0].why}")
    return found.runs[0]


def read_rows(path: Path) -> list[Mapping[str, Any]]:
    """Objects of a JSON Lines file; lines end at a line feed and nowhere else.

    Raises:
        StorageError: if it is absent, not UTF-8, or a line is not a JSON object; names the line.
    """
    rows: list[Mapping[str, Any]] = []
    try:
        with path.open(encoding="utf-8", newline="\n") as stream:
            for number, line in enumerate(stream, start=1):
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise StorageError(f"{path.name}, line {number}: expected a JSON object, got a {type(row).__name__}")
                rows.append(row)
    except FileNotFoundError:
        raise StorageError(f"{path.name} does not exist") from None
    except (OSError, ValueError) as error:
        if isinstance(error, StorageError):
            raise
        raise StorageError(f"{path.name}, line {len(rows) + 1}: {error}") from None
    return rows


def _read(folder: Path, place: str) -> SavedRun:
    path = folder / RESULT
    result = EvalResult.load(path)
    _check_types(result)
    faults: list[str] = []
    return SavedRun(
        folder=folder,
        place=place,
        result=result,
        written=datetime.fromtimestamp(path.stat().st_mtime, UTC),
        config=_config(folder / "config.yaml", faults),
        latency=_latency(folder / "latency.json", faults),
        history=_history(folder / "history.jsonl", faults),
        noise=_measured(NoiseCurves, folder / NAME, result, faults),
        faithfulness=_measured(FaithfulnessRecord, folder / FAITHFULNESS, result, faults),
        faults=tuple(faults),
    )


def _check_types(result: EvalResult) -> None:
    """What ``EvalResult`` takes on trust, since the page sorts, groups and counts by it."""
    wrong = [
        f"{name} is a {type(getattr(result, name)).__name__}"
        for name, kind in _TYPES.items()
        if not isinstance(getattr(result, name), kind)
    ]
    if not wrong:
        dataset: Mapping[str, Any] = result.dataset
        wrong += [f"dataset.{key} is a {type(value).__name__}" for key, value in dataset.items() if not isinstance(value, str)]
        wrong += [f"scores.{key} is not a list of numbers" for key, values in result.scores.items() if not _numbers(values)]
    if wrong:
        raise StorageError(f"this is not a result of nlpref: {', '.join(wrong)}")


def _numbers(values: Any) -> bool:
    return isinstance(values, Sequence) and all(isinstance(value, int | float) for value in values)


def _config(path: Path, faults: list[str]) -> str:
    try:
        return path.read_text("utf-8") if path.exists() else ""
    except (OSError, ValueError) as error:
        faults.append(f"{path.name} could not be read: {error}")
        return ""


def _latency(path: Path, faults: list[str]) -> LatencyResult | None:
    if not path.exists():
        return None
    try:
        found = LatencyResult.load(path)
        _check_latency(found)
    except (StorageError, OSError, ValueError) as error:
        faults.append(f"{path.name} could not be read: {error}")
        return None
    return found


def _measured(kind: type[MeasuredT], path: Path, result: EvalResult, faults: list[str]) -> MeasuredT | None:
    """A record that was added to the run later, if it is of the same configuration."""
    if not path.exists():
        return None
    try:
        found = kind.load(path)
    except (StorageError, OSError, ValueError) as error:
        faults.append(f"{path.name} could not be read: {error}")
        return None
    if found.config_hash != result.config_hash:
        faults.append(f"{path.name} belongs to another configuration of this folder; measure it anew")
        return None
    return found


def _check_latency(found: LatencyResult) -> None:
    times: dict[str, Any] = {name: getattr(found, name) for name in ("p50_ms", "p95_ms", "p99_ms", "throughput_per_s")}
    others: dict[str, Any] = {name: getattr(found, name) for name in ("memory_mb", "disk_mb", "load_s", "n", "batch_size")}
    wrong = [name for name, value in times.items() if not (isinstance(value, int | float) and 0 < value < math.inf)]
    wrong += [name for name, value in others.items() if not (value is None or isinstance(value, int | float))]
    if wrong:
        raise StorageError(f"expected numbers, and times above 0, in: {', '.join(wrong)}")


def _history(path: Path, faults: list[str]) -> tuple[Mapping[str, Any], ...]:
    if not path.exists():
        return ()
    try:
        return tuple(read_rows(path))
    except StorageError as error:
        faults.append(f"{error}; the training curve is left out")
        return ()
