"""The datasheet of the corpus: its counts are taken from the records, its prose from datasheet.md.

Source: Gebru et al. 2021, Datasheets for Datasets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from string import Template
from typing import Any

from intents import INTENTS
from parts import HERE, TYPES, Asks, Body
from setting import LAUNCH
from splits import SPLITS
from voices import VOICES

Record = Mapping[str, Any]


def datasheet(
    tickets: Sequence[Record],
    articles: Sequence[Record],
    queries: Sequence[Record],
    qrels: Sequence[tuple[str, str, int]],
    bodies: Sequence[Body],
    asks: Mapping[str, Asks],
) -> str:
    """The finished page, in Markdown."""
    facts = {
        **ticket_facts(tickets),
        **part_facts(bodies, asks),
        **help_facts(articles, queries, qrels),
        "intents_table": intents_table(tickets),
        "entities_table": entities_table(tickets),
        "months_table": months_table(tickets),
    }
    return Template((HERE / "datasheet.md").read_text("utf-8")).substitute(facts)


def ticket_facts(tickets: Sequence[Record]) -> dict[str, str]:
    """Sizes and shares of the tickets."""
    lengths = sorted(len(ticket["text"]) for ticket in tickets)
    wrong = Counter(ticket["split"] for ticket in tickets if ticket["intent"] != ticket["true_intent"])
    return {
        "tickets": f"{len(tickets):,}",
        "splits": listing(Counter(ticket["split"] for ticket in tickets), SPLITS),
        "channels": shares(ticket["channel"] for ticket in tickets),
        "segments": shares(ticket["segment"] for ticket in tickets),
        "median_length": str(lengths[len(lengths) // 2]),
        "longest": str(lengths[-1]),
        "wrong": listing(wrong, SPLITS),
        "second": share(sum(bool(ticket["second"]) for ticket in tickets), len(tickets)),
        "cut": share(sum(ticket["cut"] for ticket in tickets), len(tickets)),
        "asked": share(sum(bool(ticket["asks"]) for ticket in tickets), len(tickets)),
        "told": share(sum("/story/" in ticket["template"] for ticket in tickets), len(tickets)),
        "spans": f"{sum(len(ticket['entities']) for ticket in tickets):,}",
        "launch": LAUNCH.isoformat(),
    }


def part_facts(bodies: Sequence[Body], asks: Mapping[str, Asks]) -> dict[str, str]:
    """How much was written by hand."""
    kinds = Counter(body.kind for body in bodies)
    return {
        "stories": f"{kinds['story']:,}",
        "plain": f"{kinds['plain']:,}",
        "asks": f"{sum(len(own.asks) for own in asks.values()):,}",
        "voices": str(len(VOICES)),
        "voices_by_split": listing(Counter(voice.split for voice in VOICES), SPLITS),
    }


def help_facts(articles: Sequence[Record], queries: Sequence[Record], qrels: Sequence[tuple[str, str, int]]) -> dict[str, str]:
    """Sizes of the help centre."""
    words = sorted(len(article["text"].split()) for article in articles)
    grades = Counter(grade for _, _, grade in qrels)
    return {
        "articles": str(len(articles)),
        "shortest_article": str(words[0]),
        "longest_article": str(words[-1]),
        "categories": str(len({article["category"] for article in articles})),
        "queries": str(len(queries)),
        "queries_by_split": listing(Counter(query["split"] for query in queries), SPLITS),
        "judgements": f"{len(qrels):,}",
        "answers": f"{grades[2]:,}",
        "related": f"{grades[1]:,}",
    }


def intents_table(tickets: Sequence[Record]) -> str:
    """True intents by split."""
    counts = Counter((ticket["true_intent"], ticket["split"]) for ticket in tickets)
    rows = [(intent, *(counts[intent, split] for split in SPLITS)) for intent in INTENTS]
    return table(("intent", *SPLITS, "all"), [(*row, sum(row[1:])) for row in rows])


def entities_table(tickets: Sequence[Record]) -> str:
    """Spans by type and split."""
    counts = Counter((entity["label"], ticket["split"]) for ticket in tickets for entity in ticket["entities"])
    return table(("type", *SPLITS), [(label, *(counts[label, split] for split in SPLITS)) for label in TYPES])


def months_table(tickets: Sequence[Record]) -> str:
    """Tickets of every month, and those that name the Tumble."""
    months = Counter(ticket["date"][:7] for ticket in tickets)
    named = Counter(ticket["date"][:7] for ticket in tickets if "tumble" in ticket["text"].lower().replace("tumble dr", ""))
    return table(("month", "tickets", "name the Tumble"), [(month, months[month], named[month]) for month in sorted(months)])


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table in Markdown, numbers to the right."""
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in (head, *rows)]
    return "\n".join([lines[0], "|" + "---|" + "---:|" * (len(head) - 1), *lines[1:]])


def listing(counts: Mapping[str, int], order: Sequence[str]) -> str:
    """Such as 'train 2,160, validation 432, test 1,008'."""
    return ", ".join(f"{name} {counts.get(name, 0):,}" for name in order)


def shares(values: Iterable[str]) -> str:
    """Such as 'email 50 %, chat 34 %'."""
    counts = Counter(values)
    total = sum(counts.values())
    return ", ".join(f"{name} {share(count, total)}" for name, count in counts.most_common())


def share(count: int, total: int) -> str:
    """In per cent."""
    return f"{100 * count / total:.0f} %"
