"""``python -m nlpref.report``: one page from the results of finished runs."""

from __future__ import annotations

import sys
from pathlib import Path

from nlpref.arguments import read_arguments, read_number
from nlpref.entry import clean_end
from nlpref.report import build_report
from nlpref.report.cost import PRICE

__all__ = ["main"]

USAGE = f"""Make one static page from the results of finished runs: tables, frontiers, tests, errors, configurations.

  python -m nlpref.report
  python -m nlpref.report runs=runs/classification out=reports/classification

  runs=  folder with the runs, searched through               (default runs)
  out=   folder of the page                                   (default reports)
  price= price of a core-hour in your currency, an assumption (default {PRICE:g})

The page is OUT/index.html and needs nothing beside it: no network, no other file. Only result files are read.
Run python -m nlpref.bench first if latency is to be on it."""


def main() -> None:
    """Entry point."""
    with clean_end():
        given = read_arguments(sys.argv[1:], {"runs": "runs", "out": "reports", "price": f"{PRICE:g}"}, USAGE)
        price = read_number("price", given["price"])
        print(f"report: {build_report(Path(given['runs']), Path(given['out']), price)}")


if __name__ == "__main__":
    main()
