"""Faults in the hand-written parts, all at once.

python scripts/supportdesk/part_checks.py
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from intents import INTENTS
from parts import FAMILIES, LITERAL, SLOT, TYPES, Article, Asks, Body, PartError, all_articles, all_asks, all_bodies, text_key
from voice import Voice, phrases
from voices import VOICES

UNMARKED = re.compile(
    r"£|€|\b(?:January|February|April|June|July|August|September|October|November|December"
    r"|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|Wrenfield Plus"
    r"|Hearth|Drift Max|Perch|Burrow|Murmur|Tumble|Glow Strip|Harrogate|Corby|London|Leeds|Bristol|Dublin)\b"
)


def part_faults(bodies: Sequence[Body], asks: Mapping[str, Asks], articles: Sequence[Article]) -> list[str]:
    """Everything that is wrong with the parts."""
    return [*coverage_faults(bodies, asks), *phrase_faults(bodies, asks), *voice_faults(VOICES), *article_faults(articles)]


def coverage_faults(bodies: Sequence[Body], asks: Mapping[str, Asks]) -> Iterator[str]:
    """Every intent needs stories, plain bodies and asks; and there is no other intent."""
    for name, present in (
        ("stories", {body.intent for body in bodies if body.kind == "story"}),
        ("plain bodies", {body.intent for body in bodies if body.kind == "plain"}),
        ("asks", set(asks)),
    ):
        yield from (f"intent {intent} has no {name}" for intent in INTENTS if intent not in present)
        yield from (f"{name} of an unknown intent: {intent}" for intent in sorted(present - set(INTENTS)))


def phrase_faults(bodies: Sequence[Body], asks: Mapping[str, Asks]) -> Iterator[str]:
    """Slots, markup and repetitions."""
    places = [(body.id, body.text) for body in bodies] + [(ask.id, ask.text) for own in asks.values() for ask in own.asks]
    seen: dict[str, str] = {}
    for where, text in places:
        yield from text_faults(where, text)
        key = re.sub(r"\W+", "", SLOT.sub(r"\1", text).lower())
        if key in seen:
            yield f"{where}: repeats {seen[key]}: {text[:60]!r}"
        seen[key] = where


def text_faults(where: str, text: str) -> Iterator[str]:
    """Unknown slots, broken markup, entities outside of markup."""
    for name, _, family in SLOT.findall(text):
        if name not in TYPES:
            yield f"{where}: unknown slot {name}; there are {', '.join(TYPES)}"
        if name == "PRODUCT" and family and family not in FAMILIES:
            yield f"{where}: unknown product family {family}; there are {', '.join(FAMILIES)}"
    for _, label in LITERAL.findall(text):
        if label not in TYPES:
            yield f"{where}: unknown entity type {label}; there are {', '.join(TYPES)}"
    rest = LITERAL.sub("", SLOT.sub("", text))
    if found := UNMARKED.search(rest):
        yield f"{where}: {found.group()!r} is an entity and not marked up"
    if re.search(r"[{}\[\]|]", rest):
        yield f"{where}: broken slot or markup: {text[:60]!r}"


def voice_faults(voices: Sequence[Voice]) -> Iterator[str]:
    """Phrases shared between splits, unmarked entities, names that occur twice."""
    owners: dict[str, str] = {}
    for voice in voices:
        for phrase in phrases(voice):
            if owners.setdefault(text_key(phrase), voice.split) != voice.split:
                yield f"voice {voice.name}: {phrase!r} belongs to {owners[text_key(phrase)]} already"
            yield from text_faults(f"voice {voice.name}", phrase)
    names = Counter(voice.name for voice in voices)
    yield from (f"voice {name} occurs {count} times" for name, count in names.items() if count > 1)


def article_faults(articles: Sequence[Article]) -> Iterator[str]:
    """Lengths, and judgements that lead nowhere."""
    slugs = Counter(article.slug for article in articles)
    queries = Counter(text_key(query) for article in articles for query, _ in article.queries)
    for article in articles:
        words = len(article.text.split())
        if slugs[article.slug] > 1:
            yield f"{article.slug}: slug occurs {slugs[article.slug]} times"
        if not 60 <= words <= 250:
            yield f"{article.slug}: {words} words, 60 to 250 expected"
        if not 2 <= len(article.queries) <= 4:
            yield f"{article.slug}: {len(article.queries)} queries, 2 to 4 expected"
        for query, grades in article.queries:
            if queries[text_key(query)] > 1:
                yield f"{article.slug}: query occurs twice: {query}"
            if 2 not in grades.values():
                yield f"{article.slug}: no article with grade 2 for: {query}"
            for slug, grade in grades.items():
                if slug not in slugs or grade not in (1, 2):
                    yield f"{article.slug}: {slug}={grade}: unknown article, or a grade other than 1 or 2"


def main() -> int:
    """List the faults of the parts."""
    try:
        found = part_faults(all_bodies(), all_asks(), all_articles())
    except PartError as error:
        found = [str(error)]
    print("\n".join(found) or "no faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
