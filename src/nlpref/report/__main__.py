"""``python -m nlpref.report``: one page from the results of finished runs."""

from __future__ import annotations

import sys
from pathlib import Path

from nlpref.arguments import read_arguments, read_number
from nlpref.entry import clean_end
from nlpref.errors import ConfigError
from nlpref.report import build_report
from nlpref.report.briefing import write_briefing
from nlpref.report.cost import PRICE
from nlpref.report.differences import write_difference_page
from nlpref.report.query_page import write_query_page
from nlpref.report.runs import read_run
from nlpref.report.stakes import ASSUMED, Stakes

__all__ = ["main"]

USAGE = f"""Make one static page from the results of finished runs: tables, frontiers, tests, errors, configurations.

  python -m nlpref.report
  python -m nlpref.report runs=runs/classification out=reports/classification
  python -m nlpref.report run=RUN_FOLDER cost_per_error=4 texts_per_day=2500 currency=EUR
  python -m nlpref.report run=RUN_FOLDER against=OTHER_RUN_FOLDER

  runs=  folder with the runs, searched through               (default runs)
  out=   folder of the page                                   (default reports, or reports/NAME of the one run)
  price= price of a core-hour in your currency, an assumption (default {PRICE:g})
  run=   the folder of one run: its page, and OUT/summary.html about it in plain words; of a retriever OUT/queries.html too
  against= the folder of another retriever's run on the same queries: OUT/differences.html, the queries that either wins
  cost_per_error= texts_per_day= currency=   what the summary reckons with; assumptions as well
                                             (default {ASSUMED.cost_per_error:g}, {ASSUMED.texts_per_day:g}, {ASSUMED.currency})

A page needs nothing beside it: no network, no other file. Only result files are read. That of all models is OUT/index.html.
Run python -m nlpref.bench first if latency is to be on it."""


def main() -> None:
    """Entry point."""
    assumed = {
        "cost_per_error": f"{ASSUMED.cost_per_error:g}",
        "texts_per_day": f"{ASSUMED.texts_per_day:g}",
        "currency": ASSUMED.currency,
    }
    with clean_end():
        known = {"runs": "", "run": "", "against": "", "out": "", "price": f"{PRICE:g}", **dict.fromkeys(assumed, "")}
        given = read_arguments(sys.argv[1:], known, USAGE)
        price = read_number("price", given["price"])
        asked = {name: given[name] for name in assumed if given[name]}
        if not given["run"]:
            if asked:
                raise ConfigError(f"{', '.join(asked)}: the summary in plain words is of one run; give run=FOLDER as well")
            if given["against"]:
                raise ConfigError("against= is compared with one run; give run=FOLDER as well")
            print(f"report: {build_report(Path(given['runs'] or 'runs'), Path(given['out'] or 'reports'), price)}")
            return
        if given["runs"]:
            raise ConfigError("run= and runs= were both given; give one of them")
        values = {**assumed, **asked}
        cost, texts = (read_number(name, values[name]) for name in ("cost_per_error", "texts_per_day"))
        run = Path(given["run"])
        out = Path(given["out"] or Path("reports") / run.resolve().name)
        print(f"summary: {write_briefing(run, out, Stakes(cost, texts, values['currency']))}")
        one = read_run(run)
        if one.result.task == "retrieval":
            print(f"queries: {write_query_page(one, out)}")
        if given["against"]:
            print(f"differences: {write_difference_page(one, read_run(Path(given['against'])), out)}")
        print(f"report: {build_report(run, out, price)}")


if __name__ == "__main__":
    main()
