"""The page: everything found, put together and written as one file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from nlpref import storage
from nlpref.errors import StorageError
from nlpref.report import titles
from nlpref.report.comparisons import Comparison, compare
from nlpref.report.cost import PRICE, check_price
from nlpref.report.frontier_plot import frontier_plot
from nlpref.report.inside import Inside, inside
from nlpref.report.leaderboard import Leaderboard, leaderboards
from nlpref.report.origin import origin, timing_note
from nlpref.report.pairs import pairs_table
from nlpref.report.plots import Plot
from nlpref.report.robustness import noise_table
from nlpref.report.runs import FoundRuns, read_runs
from nlpref.report.speed import speed_table
from nlpref.report.summary import Summary, summarise
from nlpref.report.tables import Table, quality_table
from nlpref.report.templates import encodable, environment

__all__ = ["build_report"]

PAGE = "index.html"


@dataclass(frozen=True)
class Section:
    """What the page shows of one leaderboard."""

    board: Leaderboard
    anchor: str
    title: str
    data: str
    summary: Summary
    quality: Table
    speed: Table
    timing: str
    comparable: bool
    frontier: Plot | None
    noise: Table | None
    comparisons: Sequence[Comparison]
    pairs: Table | None
    models: Sequence[Inside]


def build_report(runs: Path, out: Path, price: float = PRICE) -> Path:
    """Make one static page from all finished runs under a folder.

    Result files are read and nothing else; the page needs no network and no other file.

    Args:
        runs: Folder that is searched for runs.
        out: Folder of the page.
        price: Price of one core for one hour, in any currency; an assumption, from which costs are reckoned.

    Returns:
        Path of the page, ``out/index.html``.

    Raises:
        StorageError: if the folder does not exist or holds no run.
        InputError: if the price is not a finite number of 0 or more.
    """
    check_price(price)
    runs, out = Path(runs), Path(out)
    found = read_runs(runs)
    if not found.runs and not found.unreadable:
        missing = f"{runs} does not exist" if not runs.exists() else f"there is no finished run under {runs}"
        raise StorageError(
            f"{missing}; train a model first (python -m nlpref.train), or give runs=FOLDER that holds one with a result.json"
        )
    storage.write_text(out / PAGE, _render(found, price))
    return out / PAGE


def _render(found: FoundRuns, price: float) -> str:
    sections = [_section(board, f"s{number}", price) for number, board in enumerate(leaderboards(found.runs), start=1)]
    tasks = [(titles.task(name), list(members)) for name, members in groupby(sections, key=lambda one: one.board.task)]
    page = environment().get_template("page.html.j2")
    text = page.render(
        tasks=tasks,
        sections=sections,
        runs=found.runs,
        unreadable=found.unreadable,
        price=price,
        origin=origin(found.runs) if found.runs else None,
    )
    return encodable(text)


def _section(board: Leaderboard, anchor: str, price: float) -> Section:
    comparisons = compare(board)
    timed = {model.name: (board.quality(model), latency) for model in board.models if (latency := model.latency("p95_ms"))}
    timing, comparable = timing_note(board)
    return Section(
        board=board,
        anchor=anchor,
        title=f"{board.dataset}, {board.split}",
        data=" · ".join(_data(board)),
        summary=summarise(board, comparisons),
        quality=quality_table(board),
        speed=speed_table(board, price),
        timing=timing,
        comparable=comparable,
        frontier=frontier_plot(f"{anchor}-frontier", titles.metric(board.primary), timed) if timed else None,
        noise=noise_table(board),
        comparisons=comparisons,
        pairs=pairs_table(board),
        models=[inside(model, f"{anchor}-m{number}") for number, model in enumerate(board.models, start=1)],
    )


def _data(board: Leaderboard) -> Iterator[str]:
    """Facts about the data: its size, its fingerprint, what was done to its splits."""
    yield f"{board.n:,} {titles.examples(board.task)} scored"
    notes: Any = board.best.typical.result.details.get("dataset_notes")
    if isinstance(notes, dict):
        sizes, removed = notes.get("sizes"), notes.get("removed")
        if isinstance(sizes, dict) and sizes:
            yield "split sizes: " + ", ".join(f"{name} {size}" for name, size in sizes.items())
        if isinstance(removed, dict) and removed:
            total = sum(number for number in removed.values() if isinstance(number, int))
            yield (
                "no leaking examples found between splits"
                if not total
                else f"{total} leaking examples removed from train or validation"
            )
    yield f"revision of {board.split} {board.revision}"
