"""Read and check the hand-written parts of the supportdesk corpus (format: WORLD.md).

    python scripts/supportdesk/parts.py            check every part file, list the faults
    python scripts/supportdesk/parts.py FILE ...   check some
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
CHANNELS = ("email", "chat", "social", "any")
FAMILIES = ("thermostat", "valve", "purifier", "camera", "doorbell", "lock", "light", "sensor", "speaker", "hub", "tumble", "plan")
TYPES = ("PRODUCT", "ORDER_ID", "DATE", "MONEY", "PERSON", "LOCATION")
SLOT = re.compile(r"\{([A-Z_]+)([2-9]?)(?::([a-z]+))?\}")
LITERAL = re.compile(r"\[\[([^|\]]+)\|([A-Z_]+)\]\]")
UNMARKED = re.compile(
    r"£|€|\b(?:January|February|April|June|July|August|September|October|November|December"
    r"|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|Wrenfield Plus"
    r"|Hearth|Drift Max|Perch|Burrow|Murmur|Tumble|Glow Strip|Harrogate|Corby|London|Leeds|Bristol|Dublin)\b"
)


@dataclass(frozen=True)
class Body:
    intent: str
    channel: str
    after_launch: bool
    text: str
    line: int


@dataclass(frozen=True)
class Article:
    slug: str
    title: str
    category: str
    text: str
    queries: tuple[tuple[str, dict[str, int]], ...]


def read_bodies(path: Path) -> Iterator[Body]:
    for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        channel, separator, text = line.partition(":")
        plain = channel.strip().removesuffix("+")
        if not separator or plain not in CHANNELS:
            raise ValueError(f"{path}:{number}: a line begins with one of {CHANNELS}, '+' allowed, and a colon: {line[:60]!r}")
        yield Body(path.stem, plain, channel.strip().endswith("+"), text.strip(), number)


def read_articles(path: Path) -> Iterator[Article]:
    for block in re.split(r"^=== ", path.read_text("utf-8"), flags=re.M)[1:]:
        head, _, rest = block.partition("\n")
        fields = [field.strip() for field in head.split("|")]
        if len(fields) != 3:
            raise ValueError(f"{path}: '=== slug | title | category' expected: {head!r}")
        lines = rest.strip().split("\n")
        queries = []
        for line in lines:
            if line.startswith("? "):
                text, _, judged = line[2:].partition("::")
                grades = dict((slug, int(grade)) for slug, grade in (pair.split("=") for pair in judged.split()))
                queries.append((text.strip(), grades))
        body = "\n".join(line for line in lines if not line.startswith("? ")).strip()
        yield Article(*fields, re.sub(r"\n{3,}", "\n\n", body), tuple(queries))


def body_faults(path: Path) -> Iterator[str]:
    seen: dict[str, int] = {}
    for body in read_bodies(path):
        where = f"{path.name}:{body.line}"
        for name, _, family in SLOT.findall(body.text):
            if name not in TYPES:
                yield f"{where}: unknown slot {name}"
            if name == "PRODUCT" and family and family not in FAMILIES:
                yield f"{where}: unknown product family {family}"
        rest = LITERAL.sub("", SLOT.sub("", body.text))
        if found := UNMARKED.search(rest):
            yield f"{where}: {found.group()!r} is an entity and not marked up"
        if re.search(r"[{}\[\]|]", rest):
            yield f"{where}: broken slot or markup"
        key = re.sub(r"\W+", " ", SLOT.sub("", body.text).lower()).strip()
        if key in seen:
            yield f"{where}: repeats line {seen[key]}"
        seen[key] = body.line


def article_faults(paths: list[Path]) -> Iterator[str]:
    articles = [(path, article) for path in paths for article in read_articles(path)]
    slugs = Counter(article.slug for _, article in articles)
    queries = Counter(query for _, article in articles for query, _ in article.queries)
    for path, article in articles:
        where = f"{path.name}: {article.slug}"
        words = len(article.text.split())
        if slugs[article.slug] > 1:
            yield f"{where}: slug occurs {slugs[article.slug]} times"
        if not 60 <= words <= 250:
            yield f"{where}: {words} words, 60 to 250 expected"
        if not 2 <= len(article.queries) <= 4:
            yield f"{where}: {len(article.queries)} queries, 2 to 4 expected"
        for query, grades in article.queries:
            if queries[query] > 1:
                yield f"{where}: query occurs twice: {query}"
            if 2 not in grades.values():
                yield f"{where}: no document with grade 2 for: {query}"
            for slug, grade in grades.items():
                if slug not in slugs or grade not in (1, 2):
                    yield f"{where}: {slug}={grade}: unknown article, or a grade other than 1 or 2"


def main(names: list[str]) -> int:
    paths = [Path(name) for name in names] or sorted((HERE / "parts").rglob("*.txt"))
    articles = [path for path in paths if path.parent.name == "articles"]
    faults = [fault for path in paths if path not in articles for fault in body_faults(path)] + list(article_faults(articles))
    for path in paths:
        unit, count = ("articles", sum(1 for _ in read_articles(path))) if path in articles else ("bodies", sum(1 for _ in read_bodies(path)))
        print(f"{path.name}: {count} {unit}")
    print("\n".join(faults) or "no faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
