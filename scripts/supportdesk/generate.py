"""Build the bundled supportdesk corpus from the hand-written parts: the same bytes in every run.

    python scripts/supportdesk/generate.py [--seed 7] [--out src/nlpref/data/supportdesk]

Bodies, asks, author voices, and a third of the names of people, towns and streets are kept apart by split, so that test
tickets are phrased, greeted and filled in ways that training never saw. Parts or records with faults are listed, and then
nothing is written.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from checks import corpus_faults, size_faults
from datasheet import datasheet
from part_checks import part_faults
from parts import HERE, PartError, all_articles, all_asks, all_bodies
from queries import article_record, make_queries
from tickets import make_tickets

DEFAULT_OUT = HERE.parents[1] / "src" / "nlpref" / "data" / "supportdesk"


class FaultsError(Exception):
    """The parts or the corpus have faults."""

    def __init__(self, faults: Iterable[str]) -> None:
        super().__init__("\n".join(f"fault: {fault}" for fault in faults))


def corpus(seed: int) -> dict[str, str]:
    """The content of every file of the corpus.

    Raises:
        PartError: if a part file cannot be read.
        FaultsError: if parts or records have faults.
    """
    bodies, asks, articles = all_bodies(), all_asks(), all_articles()
    if faults := part_faults(bodies, asks, articles):
        raise FaultsError(faults)
    tickets = [ticket.record(number) for number, ticket in enumerate(make_tickets(bodies, asks, seed), 1)]
    pages = [article_record(article) for article in articles]
    queries, qrels = make_queries(articles)
    contents = {
        "tickets.jsonl": jsonl(tickets),
        "articles.jsonl": jsonl(pages),
        "queries.jsonl": jsonl(queries),
        "qrels.tsv": "query-id\tcorpus-id\tscore\n" + "".join(f"{query}\t{slug}\t{grade}\n" for query, slug, grade in qrels),
        "DATASHEET.md": datasheet(tickets, pages, queries, qrels, bodies, asks),
    }
    if faults := [*corpus_faults(tickets, pages, queries, qrels), *size_faults(contents)]:
        raise FaultsError(faults)
    return contents


def jsonl(records: Iterable[Mapping[str, Any]]) -> str:
    """One JSON object a line."""
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def write_files(out: Path, contents: Mapping[str, str]) -> None:
    """All files are written beside their places and then moved into them."""
    out.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (out / f".{name}.tmp").write_bytes(content.encode("utf-8"))
    for name in contents:
        os.replace(out / f".{name}.tmp", out / name)


def main() -> int:
    """Write the corpus, or list what is wrong with it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    options = parser.parse_args()
    try:
        contents = corpus(options.seed)
    except (PartError, FaultsError) as error:
        print(error, file=sys.stderr)
        return 1
    write_files(options.out, contents)
    print("\n".join(f"{len(content.encode()):>9,} bytes  {options.out / name}" for name, content in contents.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
