"""A model and the backends that are held against it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from nlpref import machine
from nlpref.acceleration.backends import Backend
from nlpref.acceleration.engine import ExportedEngine
from nlpref.acceleration.gate import LIMITS, Level, judge
from nlpref.acceleration.golden import Golden, Row, cosines, padded_batches
from nlpref.acceleration.leaves import Neural, neural_parts, replaced
from nlpref.acceleration.quality import Answers, answer, contract_of, inputs_of
from nlpref.acceleration.recording import RecordingEngine
from nlpref.acceleration.trial import Trial
from nlpref.errors import InputError
from nlpref.neural.engine import Engine
from nlpref.neural.torch_engine import TorchEngine

__all__ = ["Workbench"]

GOLDEN = 16
MOST_ROWS = 512
EXTRA = 3
"""Columns of padding that the gate adds to every batch, so that a sample of one length is padded too."""
TOLERANCE = 0.005
"""How much farther from torch a golden input may be on another processor."""
CALIBRATION = 200


class Workbench:
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
