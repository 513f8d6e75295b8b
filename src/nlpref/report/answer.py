"""A choice as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from nlpref.report import titles, words
from nlpref.report.candidate import Candidate
from nlpref.report.choice import Choice
from nlpref.report.groups import group_name
from nlpref.report.leaderboard import Leaderboard
from nlpref.report.rationale import caveats, why

__all__ = ["answer"]

_WIDTH = 110
_BOUNDS = {"p95_ms": "p95 at most {:g} ms", "max_memory_mb": "memory at most {:g} MB", "max_disk_mb": "disk at most {:g} MB"}


def answer(choice: Choice, elsewhere: Sequence[Leaderboard] = (), unreadable: Sequence[str] = ()) -> str:
    """The choice as text.

    Args:
        choice: What was chosen.
        elsewhere: Leaderboards of other data, whose models were not compared.
        unreadable: Results that could not be read.
    """
    lines = [f"Asked: {_asked(choice)}, on {group_name(choice.board)}.", ""]
    one = choice.chosen
    lines += [f"Ship {one.name}: {one.folder or one.run.folder}" if one else "Nothing fits."]
    lines += _indented(why(choice), 2)
    if one:
        lines += _indented(_figures(one, choice), 2)
    for way in choice.ways:
        asked = " ".join(f"{name}={value:g}" for name, value in way.limits.items())
        lines += _indented(f"Nearest: {asked} would do for {way.candidate.name}: {_figures(way.candidate, choice)}", 2)
    if choice.others:
        lines += ["", "Why not the others" if one else "Why not"]
        width = min(34, max(len(other.name) for other, _ in choice.others)) + 4
        for other, reasons in choice.others:
            lines += _titled(other.name, "; ".join(reason.text for reason in reasons) + ".", width)
    if elsewhere:
        lines += ["", "Scored on other data, so not compared"]
        for board in elsewhere:
            lines += _indented(f"{group_name(board)}: {', '.join(model.name for model in board.models)}", 2)
    lines += ["", "To keep in mind"]
    for text in (*caveats(choice), *(f"Could not be read: {text}" for text in unreadable)):
        lines += _indented(text, 2)
    return "\n".join(lines)


def _asked(choice: Choice) -> str:
    metric = titles.metric(choice.board.primary)
    bounds = {**_BOUNDS, "min_quality": f"{metric} at least {{:g}}"}
    parts = [bounds[name].format(value) for name, value in choice.limits.asked.items()]
    return f"{titles.task(choice.board.task).lower()} with " + (", ".join(parts) if parts else f"the best {metric} for its cost")


def _figures(one: Candidate, choice: Choice) -> str:
    found, noun = one.quality, titles.examples(choice.board.task)
    seeds = f", mean of {len(one.model.runs)} seeds" if len(one.model.runs) > 1 else ""
    parts = [
        f"{titles.metric(choice.board.primary)} {words.decimal(found.value)} "
        f"(95 % interval {words.interval(found.low, found.high)}{seeds})",
        f"p50 {words.significant(one.p50_ms)} ms, p95 {words.significant(one.p95_ms)} ms",
        f"{words.significant(one.throughput_per_s)} {noun} per second",
    ]
    parts += [f"{words.significant(one.memory_mb)} MB of memory"] if one.memory_mb is not None else []
    parts += [f"{words.significant(one.disk_mb)} MB on disk"] if one.disk_mb is not None else []
    parts += [f"{words.significant(one.cost)} per million {noun}"] if one.cost is not None else []
    return "; ".join(parts) + "."


def _indented(text: str, width: int) -> list[str]:
    space = " " * width
    return wrap(text, _WIDTH, initial_indent=space, subsequent_indent=space, break_long_words=False, break_on_hyphens=False)


def _titled(title: str, text: str, width: int) -> list[str]:
    """A name and beside it its text; a name that is too long stands above."""
    body = _indented(text, width)
    if len(title) + 3 > width:
        return [f"  {title}", *body]
    return [f"  {title}".ljust(width) + body[0].lstrip(), *body[1:]]
