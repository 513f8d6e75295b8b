"""How long, how much memory: the only module of nlpref that reads the clock.

``measure`` times a loaded model in this process; ``measure_fresh`` loads it in a new Python process, so that load
time and peak memory are those of the model alone; ``alternate`` compares rivals in one run, turn by turn, so that
a machine that slows down for a while slows all of them down.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Self

import numpy as np

from nlpref import machine
from nlpref.errors import InputError, StorageError
from nlpref.fresh import call_fresh
from nlpref.metrics.significance import interval
from nlpref.results import Estimate, LatencyResult
from nlpref.storage import TRUSTED_MODULES, load_component

__all__ = [
    "Alternation",
    "Stopwatch",
    "Timing",
    "alternate",
    "folder_mb",
    "measure",
    "measure_fresh",
    "measure_saved",
    "moment",
    "open_saved",
    "timed",
]

PredictBatch = Callable[[Sequence[Any]], Any]


class Stopwatch:
    """Seconds since it was made, until it is stopped.

    Args:
        clock: Gives seconds; another one than that of the process makes a test exact.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._start = clock()
        self._stop: float | None = None

    @property
    def seconds(self) -> float:
        """Elapsed seconds, so far or in all."""
        return (self._clock() if self._stop is None else self._stop) - self._start

    @property
    def ms(self) -> float:
        """Elapsed milliseconds, so far or in all."""
        return self.seconds * 1000

    def stop(self) -> Self:
        """Hold the time; stopping again changes nothing."""
        if self._stop is None:
            self._stop = self._clock()
        return self


def moment() -> str:
    """The time of day, UTC, to the second, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@contextmanager
def timed() -> Iterator[Stopwatch]:
    """Time a block.

    Example:
        >>> with timed() as watch:
        ...     total = sum(range(1000))
        >>> watch.seconds > 0
        True
    """
    watch = Stopwatch()
    try:
        yield watch
    finally:
        watch.stop()


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Times of one loaded model: percentiles of single predictions in ms, and inputs per second at ``batch_size``."""

    p50_ms: float
    p95_ms: float
    p99_ms: float
    throughput_per_s: float
    batch_size: int
    n: int


def measure(
    predict_batch: PredictBatch,
    inputs: Sequence[Any],
    *,
    batch_size: int = 32,
    warmup: int = 5,
    repeats: int = 100,
    batches: int = 8,
) -> Timing:
    """Time a model on real inputs, which are used in order and again from the start when they run out.

    Args:
        predict_batch: Takes a sequence of inputs and returns when the predictions are in main memory.
        inputs: Real inputs; a model that caches by content needs at least ``repeats`` different ones.
        batch_size: Batch size of the throughput.
        warmup: Untimed single predictions before the timed ones; one untimed batch precedes the timed batches.
        repeats: Timed single predictions.
        batches: Timed batches.

    Raises:
        InputError: if there is no input, or a count is too small.
    """
    if isinstance(inputs, str) or not len(inputs) or min(batch_size, repeats, batches) < 1 or warmup < 0:
        raise InputError(
            f"measure needs a sequence of inputs, batch_size, repeats and batches >= 1, and warmup >= 0; got {inputs!r:.40}, "
            f"batch_size={batch_size}, repeats={repeats}, batches={batches}, warmup={warmup}"
        )
    for item in islice(cycle(inputs), warmup):
        predict_batch([item])
    times = [_call_ms(predict_batch, [item]) for item in islice(cycle(inputs), repeats)]
    source = cycle(inputs)
    predict_batch(list(islice(source, batch_size)))
    total_ms = sum(_call_ms(predict_batch, list(islice(source, batch_size))) for _ in range(batches))
    p50, p95, p99 = (float(value) for value in np.percentile(times, [50, 95, 99]))
    throughput = batch_size * batches / (total_ms / 1000)
    return Timing(p50_ms=p50, p95_ms=p95, p99_ms=p99, throughput_per_s=throughput, batch_size=batch_size, n=repeats)


def _call_ms(predict_batch: PredictBatch, batch: list[Any]) -> float:
    start = time.perf_counter_ns()
    predict_batch(batch)
    return (time.perf_counter_ns() - start) / 1e6


def measure_fresh(
    opener: Callable[..., PredictBatch],
    arguments: Mapping[str, Any],
    inputs: Sequence[Any],
    *,
    model: str,
    disk_mb: float | None = None,
    **settings: int,
) -> LatencyResult:
    """Load and time a model in a new Python process.

    Args:
        opener: A function at the top of an importable module; loads the model and returns its ``predict_batch``.
        arguments: Keyword arguments of the opener, JSON values.
        inputs: Real inputs, JSON values.
        model: Short name of the model, for tables.
        disk_mb: Size of the saved model, if known.
        **settings: As for ``measure``: ``batch_size``, ``warmup``, ``repeats``, ``batches``.

    Raises:
        InputError: if the opener cannot be imported by name, or something is not a JSON value.
        NlprefError: if the process fails; the message carries its last lines.
    """
    if opener.__module__ == "__main__" or not opener.__qualname__.isidentifier():
        raise InputError(
            f"a new process imports the opener by name, so it must stand at the top of a module, not in __main__ or inside "
            f"a function; got {opener.__module__}.{opener.__qualname__}"
        )
    request = {
        "opener": [opener.__module__, opener.__qualname__],
        "arguments": dict(arguments),
        "inputs": list(inputs),
        "settings": settings,
    }
    found, memory_mb = call_fresh(__name__, _measure_request.__name__, request)
    return LatencyResult(model=model, disk_mb=disk_mb, memory_mb=memory_mb, **found)


def measure_saved(
    folder: Path,
    method: str,
    inputs: Sequence[Any],
    *,
    model: str,
    trusted: Sequence[str] = TRUSTED_MODULES,
    **settings: int,
) -> LatencyResult:
    """Load and time a saved component in a new process; ``method`` is what predicts, such as ``predict_proba``.

    Raises:
        InputError: as ``measure_fresh``.
        StorageError: if the folder does not exist.
        NlprefError: if the process fails.
    """
    arguments = {"folder": str(folder), "method": method, "trusted": list(trusted)}
    return measure_fresh(open_saved, arguments, inputs, model=model, disk_mb=folder_mb(folder), **settings)


def open_saved(folder: str, method: str, trusted: Sequence[str] = TRUSTED_MODULES) -> PredictBatch:
    """The named method of a saved component."""
    predict_batch: PredictBatch = getattr(load_component(Path(folder), trusted), method)
    return predict_batch


def _measure_request(opener: Sequence[str], arguments: Any, inputs: Sequence[Any], settings: Mapping[str, int]) -> dict[str, Any]:
    """What runs in the new process. Loading includes the imports it needs and the first prediction."""
    import importlib

    with timed() as watch:
        predict_batch = getattr(importlib.import_module(opener[0]), opener[1])(**arguments)
        if len(inputs):
            predict_batch(list(inputs[:1]))
    timing = measure(predict_batch, inputs, **settings)
    described = {"threads": machine.model_threads(), "hardware": machine.hardware(), "versions": machine.versions()}
    return {**vars(timing), "load_s": watch.seconds, **described}


def folder_mb(folder: Path) -> float:
    """Size of a file, or of all files in a folder, in 10^6 bytes.

    Raises:
        StorageError: if it does not exist.
    """
    folder = Path(folder)
    if not folder.exists():
        raise StorageError(f"{folder} does not exist")
    files = [folder] if folder.is_file() else [path for path in folder.rglob("*") if path.is_file()]
    return sum(path.stat().st_size for path in files) / 1e6


@dataclass(frozen=True)
class Alternation:
    """Rivals timed in turns.

    Args:
        baseline: The candidate that the others are divided by.
        times_ms: Time of each round in milliseconds, by candidate.
        ratios: Median over rounds of the candidate's time over the baseline's, above 1 is slower, with its interval.
    """

    baseline: str
    times_ms: Mapping[str, Sequence[float]]
    ratios: Mapping[str, Estimate]


def alternate(
    candidates: Mapping[str, Callable[[], Any]], rounds: int = 50, *, baseline: str | None = None, warmup: int = 3, seed: int = 0
) -> Alternation:
    """Time rivals in one run: each round calls every candidate once, in a new random order.

    Args:
        candidates: At least two, by name.
        rounds: Timed rounds.
        baseline: The candidate to divide by; the first one if not given.
        warmup: Untimed rounds before.
        seed: Seed of the orders and of the bootstrap.

    Raises:
        InputError: if there are fewer than two candidates, the baseline is not among them, or there is no round.
    """
    names = list(candidates)
    first = baseline if baseline is not None else next(iter(names), "")
    if len(names) < 2 or first not in candidates or rounds < 1 or warmup < 0:
        raise InputError(
            f"alternate needs two candidates or more, a baseline among them and a round; got {names}, {baseline!r}, {rounds}"
        )
    random = np.random.default_rng(seed)
    times: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(warmup + rounds):
        for position in random.permutation(len(names)):
            with timed() as watch:
                candidates[names[position]]()
            if turn >= warmup:
                times[names[position]].append(watch.ms)
    base = np.array(times[first])
    ratios = {name: _median(np.array(times[name]) / base, seed) for name in names if name != first}
    return Alternation(first, times, ratios)


def _median(values: np.ndarray[Any, np.dtype[np.float64]], seed: int) -> Estimate:
    return interval(lambda rows: float(np.median(values[rows])), len(values), seed=seed)
