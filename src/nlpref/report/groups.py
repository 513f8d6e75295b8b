"""Which leaderboard a question is about, and which runs it leaves aside."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from nlpref.errors import InputError
from nlpref.report import titles, words
from nlpref.report.leaderboard import Leaderboard

__all__ = ["find_board", "group_name"]


def find_board(boards: Sequence[Leaderboard], task: str, dataset: str = "", split: str = "", revision: str = "") -> Leaderboard:
    """The one leaderboard of a task that fits; an empty name fits every one.

    Args:
        boards: Leaderboards of any tasks.
        task: Name of the task.
        dataset: Name of the data set.
        split: Name of the split that was scored.
        revision: Revision of that split, or how it begins.

    Raises:
        InputError: if none fits, or several do: models are compared on the same examples only. Names the groups there are.
    """
    mine = [board for board in boards if board.task == task]
    if not mine:
        others = sorted({board.task for board in boards})
        raise InputError(f"there are no finished runs of {task} here" + (f", but of {', '.join(others)}" if others else ""))
    fitting = [
        board
        for board in mine
        if dataset in ("", board.dataset) and split in ("", board.split) and board.revision.startswith(revision)
    ]
    if len(fitting) == 1:
        return fitting[0]
    given = {"dataset": dataset, "split": split, "revision": revision}
    asked = " ".join(f"{key}={value}" for key, value in given.items() if value)
    if not fitting:
        near = get_close_matches(dataset, {board.dataset for board in mine}, n=1) if dataset else []
        hint = f"; did you mean dataset={near[0]}?" if near and near[0] != dataset else ""
        raise InputError(f"no {task} model was scored on {asked}{hint}\nthere are:\n{_listed(mine)}")
    raise InputError(
        f"models are compared on the same examples only, and {'of ' + asked if asked else 'here'} there are "
        f"{len(fitting)} groups; choose one:\n{_listed(fitting)}"
    )


def group_name(board: Leaderboard) -> str:
    """The data of a leaderboard in words."""
    size = f"{board.n:,} {titles.examples(board.task)}"
    return f"{board.dataset}, {board.split} ({size}, revision {board.revision[:8]})"


def _listed(boards: Sequence[Leaderboard]) -> str:
    """Arguments that choose each leaderboard; only those that tell it from the others."""
    lines = []
    for board in boards:
        rivals = [other for other in boards if other.dataset == board.dataset and other is not board]
        parts = [f"dataset={board.dataset}"]
        parts += [f"split={board.split}"] if any(other.split != board.split for other in rivals) else []
        rivals = [other for other in rivals if other.split == board.split]
        parts += [f"revision={board.revision[:8]}"] if any(other.revision != board.revision for other in rivals) else []
        if any(other.revision == board.revision for other in rivals):
            parts.append(f"(scored by {board.primary} on {board.n:,}: give runs= a folder without the others)")
        lines.append(f"  {' '.join(parts)}   {words.count(len(board.models), 'model')}")
    return "\n".join(lines)
