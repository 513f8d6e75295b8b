"""List, fetch and verify the public data sets of the catalogue."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from nlpref.data.catalogue import Entry, cache_root, entry, fetch, find, names, state
from nlpref.errors import InputError, NlprefError

__all__ = ["main"]

EXAMPLES = """examples:
  python -m nlpref.data list
  python -m nlpref.data fetch banking77 wnut17
  python -m nlpref.data fetch --all
  python -m nlpref.data verify

Sets are looked for in the cache (data under NLPREF_CACHE, default ~/.cache/nlpref), then in the folder NLPREF_DATA,
then downloaded. Exit status: 0 all well, 1 a set could not be had or is not as published, 2 a wrong command."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(
        "python -m nlpref.data", description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="show every set: task, size, licence, and where it is at hand")
    getting = commands.add_parser("fetch", help="make sets available, downloading what is not at hand")
    getting.add_argument("names", nargs="*", metavar="NAME")
    getting.add_argument("--all", action="store_true", help="every set of the catalogue")
    checking = commands.add_parser("verify", help="compare the files at hand with the published sums")
    checking.add_argument("names", nargs="*", metavar="NAME", help="default: every set, and absence is no failure")
    options = parser.parse_args(arguments)
    if options.command == "fetch" and bool(options.names) == options.all:
        parser.error("fetch needs either names or --all; the names are: " + ", ".join(names()))
    try:
        if options.command == "list":
            return _list()
        chosen = [entry(name) for name in options.names or names()]
        return _fetch(chosen) if options.command == "fetch" else _verify(chosen, bool(options.names))
    except NlprefError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, InputError) else 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def _list() -> int:
    rows = [(data.name, data.task, _size(data), _where(data), data.licence) for data in map(entry, names())]
    _table(("name", "task", "size", "at hand", "licence"), rows)
    return 0


def _fetch(chosen: Sequence[Entry]) -> int:
    failures = 0
    for data in chosen:
        try:
            print(f"{data.name}: {fetch(data)}")
            print(f"  licence: {data.licence}\n  cite: {data.citation}")
        except NlprefError as error:
            failures += 1
            print(f"{data.name}: {error}", file=sys.stderr)
    return int(failures > 0)


def _verify(chosen: Sequence[Entry], named: bool) -> int:
    rows, bad = [], False
    roots = {"cache": cache_root()}
    if given := os.environ.get("NLPREF_DATA"):
        roots["NLPREF_DATA"] = Path(given).expanduser()
    for data in chosen:
        seen = False
        for where, root in roots.items():
            states = {file.path: state(root / data.folder, file) for file in data.files}
            if set(states.values()) == {"missing"}:
                continue
            seen = True
            bad = bad or "changed" in states.values() or (named and "missing" in states.values())
            faulty = [f"{path} {found}" for path, found in states.items() if found != "good"]
            rows.append((data.name, where, f"{len(states) - len(faulty)} of {len(states)}", "; ".join(faulty) or "all good"))
        if not seen:
            bad = bad or named
            rows.append((data.name, "-", f"0 of {len(data.files)}", "not at hand"))
    _table(("name", "where", "files", "finding"), rows)
    return int(bad)


def _where(data: Entry) -> str:
    try:
        folder = find(data)
    except NlprefError:
        return "changed!"
    if folder is None:
        return "-"
    return "cache" if folder == cache_root() / data.folder else "NLPREF_DATA"


def _size(data: Entry) -> str:
    return f"{data.bytes / 1e6:.1f} MB"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    for row in [header, ["-" * width for width in widths], *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


if __name__ == "__main__":
    sys.exit(main())
