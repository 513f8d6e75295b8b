"""``python -m nlpref.choose task=... p95_ms=... min_quality=...``: which saved model to ship, and why not the others."""

from __future__ import annotations

import json
import sys
from dataclasses import fields
from pathlib import Path

from nlpref.arguments import read_arguments, read_number
from nlpref.entry import clean_end
from nlpref.errors import ConfigError, StorageError
from nlpref.report.answer import answer
from nlpref.report.choice import choose
from nlpref.report.choice_record import record
from nlpref.report.cost import PRICE
from nlpref.report.groups import find_board
from nlpref.report.leaderboard import leaderboards
from nlpref.report.limits import Limits
from nlpref.report.runs import read_runs
from nlpref.tasks import TASKS, task_named

__all__ = ["main"]

USAGE = f"""Say which saved model to ship, and why not each of the others.

  python -m nlpref.choose task=classification p95_ms=20 min_quality=0.92
  python -m nlpref.choose task=retrieval dataset=scifact max_memory_mb=800
  python -m nlpref.choose task=ner p95_ms=15 price=0.06 out=json

  task=           {", ".join(TASKS)}                           (needed)
  p95_ms=         longest p95 of one prediction, in ms
  min_quality=    lowest primary metric, 0 to 1
  max_memory_mb=  largest peak memory, in 10^6 bytes
  max_disk_mb=    largest size on disk, in 10^6 bytes
  dataset=        name of the data set; needed where models were scored on several, as are split= and revision=
  runs=           folder with the runs, searched through                          (default runs)
  price=          price of a core-hour in your currency; {PRICE:g} is an assumption   (default {PRICE:g})
  out=            text or json                                                    (default text)

Models are compared if they were scored on the same examples and timed (nlpref bench). Of those that keep the limits, what
another one beats in quality, p95 and cost drops out; the best of the rest is compared with each other by paired tests on
the same examples, and the cheapest that cannot be told from it is the answer. Of several seeds it is the mean that counts.
Exit status: 0 if there is an answer; 1 if no model fits, with the nearest ones, or if something is wrong."""

_LIMITS = tuple(field.name for field in fields(Limits))


def main() -> None:
    """Entry point."""
    defaults = {"task": None, **dict.fromkeys(_LIMITS, ""), "dataset": "", "split": "", "revision": ""}
    with clean_end():
        given = read_arguments(sys.argv[1:], {**defaults, "runs": "runs", "price": f"{PRICE:g}", "out": "text"}, USAGE)
        if given["out"] not in ("text", "json"):
            raise ConfigError(f"out={given['out']}: expected text or json")
        task = task_named(given["task"]).name
        limits = Limits(**{name: read_number(name, given[name]) for name in _LIMITS if given[name]})
        price = read_number("price", given["price"])
        found = read_runs(Path(given["runs"]))
        if not found.runs:
            raise StorageError(f"there is no finished run under {given['runs']}; train some first (nlpref train --help)")
        boards = leaderboards(found.runs)
        board = find_board(boards, task, given["dataset"], given["split"], given["revision"])
        choice = choose(board, limits, price)
        elsewhere = [other for other in boards if other.task == task and other is not board]
        unreadable = [f"{one.place}: {one.why}" for one in found.unreadable]
        if given["out"] == "json":
            print(json.dumps(record(choice, elsewhere, unreadable), indent=2, ensure_ascii=False))
        else:
            print(answer(choice, elsewhere, unreadable))
        sys.stdout.flush()
    if choice.chosen is None:
        sys.exit(1)


if __name__ == "__main__":
    main()
