"""When and with what the results were made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nlpref.report import words
from nlpref.report.leaderboard import Leaderboard
from nlpref.report.runs import SavedRun

__all__ = ["Origin", "origin", "timing_note"]


@dataclass(frozen=True)
class Origin:
    """Dates, machines and library versions, in words."""

    written: str
    machines: Sequence[str]
    versions: Sequence[str]


def origin(runs: Sequence[SavedRun]) -> Origin:
    """Sum up where results came from. There is no date of the page itself: the same results make the same page."""
    first, last = (f"{one:%Y-%m-%d %H:%M} UTC" for one in (min(run.written for run in runs), max(run.written for run in runs)))
    found = [run.result.environment for run in runs]
    machines = sorted({_machine(one.get("hardware"), one.get("threads")) for one in found} - {""})
    versions: dict[str, set[str]] = {}
    for one in found:
        listed = one.get("versions")
        for name, version in listed.items() if isinstance(listed, Mapping) else ():
            versions.setdefault(str(name), set()).add(str(version))
    named = [f"{name} {' and '.join(sorted(versions[name]))}" for name in versions]
    return Origin(first if first == last else f"{first} to {last}", machines, named)


def timing_note(board: Leaderboard) -> tuple[str, bool]:
    """How the latencies of a leaderboard were measured, and whether they may be compared: one machine, as many threads."""
    timed = [run.latency for model in board.models for run in model.runs if run.latency]
    if not timed:
        return "", True
    places = sorted({_machine(one.hardware, one.threads) for one in timed} - {""})
    calls = sorted({one.n for one in timed})
    each = " or ".join(f"{number:,}" for number in calls)
    text = f"Single predictions, {each} calls each, on {'; '.join(places) or 'an unnamed machine'}."
    untimed = [model.name for model in board.models if model not in board.timed]
    if untimed:
        text += f" Not timed: {', '.join(untimed)}."
    if len(places) > 1:
        text += " These machines or thread counts differ, so compare the times with care."
    return text, len(places) < 2


def _machine(hardware: Any, threads: Any) -> str:
    if not isinstance(hardware, Mapping) or not hardware:
        return ""
    parts = [str(hardware.get("cpu", "unknown processor"))]
    if "cores" in hardware:
        cores = hardware["cores"]
        parts.append(words.count(cores, "core") if isinstance(cores, int) else f"{cores} cores")
    if "memory_gb" in hardware:
        parts.append(f"{hardware['memory_gb']} GB")
    if hardware.get("gpu"):
        parts.append(str(hardware["gpu"]))
    if isinstance(threads, int):
        parts.append(words.count(threads, "thread"))
    return ", ".join(parts)
