"""Give a model a faster engine, if it answers as before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from nlpref.acceleration.backends import BACKENDS, backend_named, candidates
from nlpref.acceleration.choices import recall, remember
from nlpref.acceleration.gate import LIMITS, Level
from nlpref.acceleration.quality import inputs_of
from nlpref.acceleration.timing import timed
from nlpref.acceleration.trial import Trial
from nlpref.acceleration.workbench import Workbench
from nlpref.errors import ExportError, InputError

__all__ = ["Acceleration", "accelerate", "compare_backends"]

Goal = Literal["latency", "throughput"]
AUTO = "auto"


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
    bench = Workbench(model, validation, target, threads, deterministic)
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
    trials = timed([bench.attempt(one) for one in candidates(target, threads)], *inputs_of(model, validation))
    usable = [trial for trial in trials if not trial.refused]
    if not usable:
        raise ExportError("; ".join(f"{trial.backend} is refused: {trial.refused}" for trial in trials))
    best = min(usable, key=lambda trial: (trial.one_ms if goal == "latency" else trial.all_ms) or float("inf"))
    measured = [trial.figures() for trial in trials]
    remember(bench.networks, question, best.backend, measured)
    return Acceleration(best.model, best.backend, tuple(trials), measured)
