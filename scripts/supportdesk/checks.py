"""Faults in the finished corpus, all at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from intents import INTENTS
from parts import has, text_key
from setting import LAUNCH
from splits import SPLITS

SIZE_LIMIT = 3_000_000  # bytes of all files together

Record = dict[str, Any]


def corpus_faults(
    tickets: Sequence[Record],
    articles: Sequence[Mapping[str, str]],
    queries: Sequence[Mapping[str, str]],
    qrels: Sequence[tuple[str, str, int]],
) -> list[str]:
    """Everything that is wrong with the records."""
    found = [fault for ticket in tickets for fault in span_faults(ticket)]
    found += launch_faults(tickets)
    found += isolation_faults(tickets)
    found += repetition_faults(tickets)
    found += query_faults(articles, queries, qrels)
    return found


def span_faults(ticket: Record) -> Iterator[str]:
    """A text with something left over, spans out of range, overlapping, or inside a word."""
    text, last = ticket["text"], 0
    if not text or text != text.strip() or re.search(r"[{}|\x00]|\[\[|\]\]", text):
        yield f"{ticket['id']}: empty, untrimmed or with a slot left: {text[:80]!r}"
    for entity in ticket["entities"]:
        start, end = entity["start"], entity["end"]
        if not last <= start < end <= len(text) or text[start:end] != text[start:end].strip():
            yield f"{ticket['id']}: bad span {start}-{end} {text[start:end]!r}"
        if any(0 < edge < len(text) and text[edge - 1].isalnum() and text[edge].isalnum() for edge in (start, end)):
            yield f"{ticket['id']}: span inside a word: {text[max(0, start - 8) : end + 8]!r}"
        last = end


def launch_faults(tickets: Sequence[Record]) -> Iterator[str]:
    """Nobody speaks of the Tumble before it is on sale."""
    for ticket in tickets:
        early = ticket["date"] < LAUNCH.isoformat()
        if early and has(r"\btumble\b", ticket["text"]) and "tumble dr" not in ticket["text"].lower():
            yield f"{ticket['id']}: Tumble before its launch: {ticket['text'][:80]!r}"


def hands(ticket: Record) -> Iterator[str]:
    """All hand-written things that went into a ticket and must keep to one split."""
    yield f"voice {ticket['voice']}"
    yield from (f"part {part}" for part in (ticket["template"], ticket["second"], *ticket["asks"]) if part)


def isolation_faults(tickets: Sequence[Record]) -> Iterator[str]:
    """A template, an ask or a voice in two splits; an intent that a split lacks."""
    homes: dict[str, str] = {}
    for ticket in tickets:
        for part in hands(ticket):
            if homes.setdefault(part, ticket["split"]) != ticket["split"]:
                yield f"{ticket['id']}: {part} is in {homes[part]} and in {ticket['split']}"
    present = {(ticket[kind], ticket["split"]) for ticket in tickets for kind in ("intent", "true_intent")}
    for intent in INTENTS:
        yield from (f"no ticket with intent {intent} in {split}" for split in SPLITS if (intent, split) not in present)


def repetition_faults(tickets: Sequence[Record]) -> Iterator[str]:
    """The same text twice."""
    texts: dict[str, str] = {}
    for ticket in tickets:
        key = text_key(ticket["text"])
        if key in texts:
            yield f"{ticket['id']}: the same text as {texts[key]}: {ticket['text'][:80]!r}"
        texts[key] = ticket["id"]


def query_faults(
    articles: Sequence[Mapping[str, str]], queries: Sequence[Mapping[str, str]], qrels: Sequence[tuple[str, str, int]]
) -> Iterator[str]:
    """Judgements of no article; an article that answers queries of two splits."""
    slugs = {article["id"] for article in articles}
    split_of = {query["id"]: query["split"] for query in queries}
    homes: dict[str, str] = {}
    for query, slug, grade in qrels:
        if slug not in slugs:
            yield f"qrels: {query} judges {slug}, which is no article"
        if grade == 2 and homes.setdefault(slug, split_of[query]) != split_of[query]:
            yield f"{query}: queries for {slug} are in {homes[slug]} and {split_of[query]}"
    yield from (f"no query in {split}" for split in SPLITS if split not in split_of.values())


def size_faults(contents: Mapping[str, str]) -> Iterator[str]:
    """More bytes than the wheel may carry."""
    size = sum(len(content.encode()) for content in contents.values())
    if size >= SIZE_LIMIT:
        yield f"{size:,} bytes, {SIZE_LIMIT:,} allowed"
