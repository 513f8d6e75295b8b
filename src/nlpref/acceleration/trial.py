"""Give a model a faster engine, if it answers as before."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any, Literal

import numpy as np

from nlpref import machine
from nlpref.acceleration.backends import BACKENDS, Backend, backend_named, candidates
from nlpref.acceleration.choices import recall, remember
from nlpref.acceleration.engine import ExportedEngine
from nlpref.acceleration.gate import LIMITS, Level, Verdict, judge
from nlpref.acceleration.golden import Golden, Row, cosines, padded_batches
from nlpref.acceleration.leaves import Neural, neural_parts, replaced
from nlpref.acceleration.quality import Answers, answer, contract_of, inputs_of
from nlpref.acceleration.recording import RecordingEngine
from nlpref.errors import ExportError, InputError
from nlpref.latency import alternate
from nlpref.neural.engine import Engine
from nlpref.neural.torch_engine import TorchEngine

__all__ = ["Acceleration", "Trial", "accelerate", "compare_backends"]

Goal = Literal["latency", "throughput"]
AUTO = "auto"
GOLDEN = 16
MOST_ROWS = 512
EXTRA = 3
"""Columns of padding that the gate adds to every batch, so that a sample of one length is padded too."""
TOLERANCE = 0.005
"""How much farther from torch a golden input may be on another processor."""
CALIBRATION = 200
SINGLES, PASSES = 40, 5


@dataclass(frozen=True)
class Trial:
    """One backend and what came of it.

    Args:
        backend: Its name.
        model: The model with that backend; None if it was refused.
        verdicts: The gate's verdict on each neural part of the model.
        refused: Why it may not be used; empty if it may.
        one_ms: Median time of one input, in ms; None if it was not timed.
        all_ms: Median time of the whole sample at once, in ms; None if it was not timed.
        ratios: Of both times to those of torch, by ``one`` and ``all``, each ``[value, low, high]``.
    """

    backend: str
    model: Any = None
    verdicts: tuple[Verdict, ...] = ()
    refused: str = ""
    one_ms: float | None = None
    all_ms: float | None = None
    ratios: Mapping[str, Sequence[float]] | None = None

    def figures(self) -> dict[str, Any]:
        """What was measured, as JSON values."""
        times = {"one_ms": self.one_ms, "all_ms": self.all_ms, "ratios": self.ratios}
        found = {"backend": self.backend, "refused": self.refused, **times}
        kept = {name: value for name, value in found.items() if value not in (None, "")}
        return {**kept, "gate": [verdict.figures() for verdict in self.verdicts]}


@dataclass(frozen=True)
class Acceleration:
    """The model to use, the backend that runs it, what was tried now, and all figures, those remembered included."""

    model: Any
    backend: str
    trials: tuple[Trial, ...]
    measured: Sequence[Mapping[str, Any]]


def accelerate(
    model: Any,
    validation: Sequence[Any],
    target: Level = "exact",
    *,
    backend: str = AUTO,
    goal: Goal = "latency",
    threads: int | None = None,
    deterministic: bool = False,
) -> Any:
    """A model of the same contract that answers as before, faster; the model given is left as it is.

    Args:
        model: A trained classifier, tagger, encoder, cross-encoder, or anything built from them, run by torch.
        validation: Examples that the gate compares answers on: ``LabelledText`` for a classifier, ``TaggedTokens`` for a
            tagger, ``JudgedQuery`` for a retriever, (query, text, grade) for a cross-encoder, texts for an encoder.
        target: ``exact`` changes no answer; ``task`` also allows 8-bit integers, as long as the task's score stays.
        backend: A name in ``BACKENDS``, or ``auto``: the fastest that passes the gate here, measured once for each machine
            and model.
        goal: What ``auto`` makes fast: one input, or many at once.
        threads: Compute threads of the engine; None for all that torch would use. torch has a setting of its own for the whole
            process, so it is not among the candidates of ``auto`` if this is given.
        deterministic: The network gives the same bits for the same text whatever else is in the call, at a price in throughput.

    Raises:
        InputError: if the model has no neural part, is accelerated already, or the examples do not fit.
        ExportError: if the model cannot be exported, or the export answers differently; says by how much.
        MissingResourceError: if the backend is not installed.

    Example:
        >>> from nlpref.neural.encoder import SentenceEncoder
        >>> texts = ["where is my parcel", "refund", "my parcel has not arrived yet, and I want to know why"]
        >>> encoder = SentenceEncoder()
        >>> fast = accelerate(encoder, texts, backend="onnx-fp32")
        >>> bool(abs(fast.encode(texts) - encoder.encode(texts)).max() < 1e-5)
        True
    """
    return compare_backends(
        model, validation, target, backend=backend, goal=goal, threads=threads, deterministic=deterministic
    ).model


def compare_backends(
    model: Any,
    validation: Sequence[Any],
    target: Level = "exact",
    *,
    backend: str = AUTO,
    goal: Goal = "latency",
    threads: int | None = None,
    deterministic: bool = False,
    fresh: bool = False,
) -> Acceleration:
    """As ``accelerate``, and tells what was measured; ``fresh`` measures again what was chosen on this machine before."""
    if target not in LIMITS:
        raise InputError(f"target={target!r}: expected one of {', '.join(LIMITS)}")
    if threads is not None and threads < 1:
        raise InputError(f"threads={threads}: expected a whole number, 1 or more, or None for all")
    if goal not in ("latency", "throughput"):
        raise InputError(f"goal={goal!r}: expected latency or throughput")
    bench = _Workbench(model, validation, target, threads, deterministic)
    if backend != AUTO:
        trial = bench.try_out(backend_named(backend))
        if trial.refused:
            raise ExportError(f"{backend} is refused for this {type(model).__name__}: {trial.refused}")
        return Acceleration(trial.model, backend, (trial,), [trial.figures()])
    question = {"target": target, "goal": goal, "threads": threads, "deterministic": deterministic, "n": len(validation)}
    remembered = None if fresh else recall(bench.networks, question)
    if remembered is not None:
        known, measured = remembered
        if known in BACKENDS and BACKENDS[known].available and not (trial := bench.try_out(BACKENDS[known])).refused:
            return Acceleration(trial.model, known, (trial,), measured)
    trials = bench.timed([bench.attempt(one) for one in candidates(target, threads)])
    usable = [trial for trial in trials if not trial.refused]
    if not usable:
        raise ExportError("; ".join(f"{trial.backend} is refused: {trial.refused}" for trial in trials))
    best = min(usable, key=lambda trial: (trial.one_ms if goal == "latency" else trial.all_ms) or float("inf"))
    measured = [trial.figures() for trial in trials]
    remember(bench.networks, question, best.backend, measured)
    return Acceleration(best.model, best.backend, tuple(trials), measured)


class _Workbench:
    """A model, what its parts do with a sample, and the candidates that are held against it."""

    def __init__(self, model: Any, validation: Sequence[Any], target: Level, threads: int | None, deterministic: bool) -> None:
        contract_of(model)
        self.model, self.validation, self.target = model, validation, target
        self.threads, self.deterministic = threads, deterministic
        self.parts: dict[int, Neural] = neural_parts(model)
        if not self.parts:
            raise InputError(f"{type(model).__name__} has no neural part, so there is nothing to accelerate")
        recorders = {key: RecordingEngine(_torch(part).engine) for key, part in self.parts.items()}
        watched = replaced(model, {key: part.with_engine(recorders[key]) for key, part in self.parts.items()})
        self.reference: Answers = answer(watched, validation)
        self.rows: dict[int, list[Row]] = {}
        for key, recorder in recorders.items():
            self._ask_directly(self.parts[key].with_engine(recorder), recorder)
            self.rows[key] = _sampled(recorder.rows)

    def _ask_directly(self, part: Any, recorder: RecordingEngine) -> None:
        """A part that the sample hardly reaches, such as a cascade's last stage, is given the texts itself."""
        kind = contract_of(part)
        if len(recorder.rows) < len(self.validation) and kind in ("classifier", "encoder"):
            method, texts = inputs_of(self.model, self.validation)
            if method in ("predict_proba", "encode", "search"):
                (part.predict_proba if kind == "classifier" else part.encode)(texts)
        if not recorder.rows:
            raise InputError(
                f"no example of the sample reaches the {type(part).__name__} inside, so it cannot be checked; give others"
            )

    @property
    def networks(self) -> list[Any]:
        """The torch networks of the parts."""
        return [self._network(key) for key in self.parts]

    def attempt(self, backend: Backend) -> Trial:
        """As ``try_out``; whatever goes wrong is a reason not to use this one, and no reason to try no other."""
        try:
            return self.try_out(backend)
        except Exception as error:  # runtimes raise what they like
            return Trial(backend.name, refused=f"{type(error).__name__}: {str(error).strip() or 'no message'}".splitlines()[0])

    def try_out(self, backend: Backend) -> Trial:
        """Export, and hold the export against the model."""
        engines = {key: self._engine(backend, key) for key in self.parts}
        model = replaced(self.model, {key: part.with_engine(engines[key]) for key, part in self.parts.items()})
        if hasattr(model, "timed_again"):  # a cascade tells what its stages take
            model = model.timed_again(inputs_of(model, self.validation)[1])
        level: Level = "exact" if self.target == "exact" else backend.level
        given = answer(model, self.validation)
        verdicts = {}
        for key, engine in engines.items():
            rows, network = self.rows[key], self._network(key)
            outputs = [row.output for row in rows]
            if isinstance(engine, ExportedEngine):
                outputs = engine.rows(rows, min(EXTRA, _places(network) - max(row.length for row in rows)))
                _describe(engine, backend, level, rows, outputs)
            vectors = network.head is None and network.pooled
            verdicts[key] = judge(level, rows, outputs, self.reference, given, vectors=vectors)
            if isinstance(engine, ExportedEngine):
                engine.about["gate"] = verdicts[key].figures()
        faults = dict.fromkeys(fault for verdict in verdicts.values() for fault in verdict.faults)
        return Trial(backend.name, None if faults else model, tuple(verdicts.values()), "; ".join(faults))

    def timed(self, trials: Sequence[Trial]) -> list[Trial]:
        """Those that may be used, with their times, measured in turns."""
        usable = [trial for trial in trials if not trial.refused]
        if len(usable) < 2:
            return list(trials)
        method, inputs = inputs_of(self.model, self.validation)
        singles = {trial.backend: _caller(getattr(trial.model, method), method, inputs) for trial in usable}
        one = alternate(singles, rounds=SINGLES, baseline=usable[0].backend)
        passes = {trial.backend: _all(getattr(trial.model, method), method, inputs) for trial in usable}
        every = alternate(passes, rounds=PASSES, baseline=usable[0].backend, warmup=1)
        found = []
        for trial in trials:
            if trial.refused:
                found.append(trial)
                continue
            name = trial.backend
            ratios = {
                kind: [measured.ratios[name].value, measured.ratios[name].low, measured.ratios[name].high]
                for kind, measured in (("one", one), ("all", every))
                if name in measured.ratios
            }
            one_ms, all_ms = (float(np.median(measured.times_ms[name])) for measured in (one, every))
            found.append(Trial(name, trial.model, trial.verdicts, "", one_ms, all_ms, ratios))
        return found

    def _engine(self, backend: Backend, key: int) -> Engine:
        return backend.build(
            self._network(key), padded_batches(self.rows[key][:CALIBRATION], 1), self.threads, self.deterministic
        )

    def _network(self, key: int) -> Any:
        return _torch(self.parts[key]).engine.network  # type: ignore[attr-defined]


def _torch(part: Neural) -> Neural:
    if not isinstance(part.engine, TorchEngine):
        raise InputError(f"this {type(part).__name__} is accelerated already; start from the one that torch runs")
    return part


def _sampled(rows: list[Row]) -> list[Row]:
    """At most ``MOST_ROWS``, evenly over the lengths, in an order in which neighbours are of unequal length."""
    by_length = _evenly(sorted(rows, key=lambda row: row.length), MOST_ROWS)
    order = np.random.default_rng(0).permutation(len(by_length))
    return [by_length[position] for position in order]


def _evenly(rows: Sequence[Row], most: int) -> list[Row]:
    return [rows[place] for place in np.unique(np.linspace(0, len(rows) - 1, most).astype(int))]


def _places(network: Any) -> int:
    """Longest sequence that the network has positions for."""
    return int(getattr(network.backbone.config, "max_position_embeddings", 0) or sys.maxsize)


def _describe(engine: ExportedEngine, backend: Backend, level: Level, rows: Sequence[Row], outputs: Sequence[Any]) -> None:
    """Where it was made, and golden inputs, which on another processor may be as far from torch as here and little farther."""
    engine.about = {
        "backend": backend.name, "flags": machine.flags(), "hardware": machine.hardware(), "versions": machine.versions(),
    }  # fmt: skip
    by_length = np.argsort([row.length for row in rows], kind="stable")
    places = np.unique(by_length[np.linspace(0, len(rows) - 1, GOLDEN).astype(int)])
    near = cosines([rows[place] for place in places], [outputs[place] for place in places])
    floors = np.maximum(near - TOLERANCE, LIMITS[level].least_cosine)
    engine.golden = Golden([rows[place] for place in places], floors.tolist())


def _caller(method: Any, name: str, inputs: Sequence[Any]) -> Any:
    source = cycle(inputs)
    if name == "score":
        return lambda: (lambda pair: method(pair[0], [text for text, _ in pair[1]]))(next(source))
    return lambda: method([next(source)])


def _all(method: Any, name: str, inputs: Sequence[Any]) -> Any:
    if name == "score":
        return lambda: [method(query, [text for text, _ in texts]) for query, texts in inputs]
    return lambda: method(list(inputs))
