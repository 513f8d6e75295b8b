"""The hand-written parts of the corpus, as they stand in parts/ (format: WORLD.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PARTS = HERE / "parts"
CHANNELS = ("email", "chat", "social", "any")
FAMILIES = (
    "thermostat",
    "valve",
    "purifier",
    "camera",
    "doorbell",
    "lock",
    "light",
    "sensor",
    "speaker",
    "hub",
    "tumble",
    "plan",
)
TYPES = ("PRODUCT", "ORDER_ID", "DATE", "MONEY", "PERSON", "LOCATION")
SLOT = re.compile(r"\{([A-Z_]+)([2-9]?)(?::([a-z]+))?\}")
LITERAL = re.compile(r"\[\[([^|\]]+)\|([A-Z_]+)\]\]")


@dataclass(frozen=True)
class Body:
    """What one customer writes, without greeting and sign-off."""

    intent: str
    kind: str  # story: told in the customer's own way; plain: in ordinary words
    channel: str
    after_launch: bool
    text: str
    line: int

    @property
    def id(self) -> str:
        return f"{self.intent}/{self.kind}/{self.line}"


@dataclass(frozen=True)
class Ask:
    """A sentence or a subject line that names the wish in ordinary words, for bodies that do not."""

    intent: str
    kinds: str  # f(ormal), n(eutral), c(asual): the bodies it goes with; or s: a subject line
    condition: str  # what the body must match, with ! in front what it must not
    text: str
    line: int

    @property
    def id(self) -> str:
        return f"{self.intent}/ask/{self.line}"

    def suits(self, body: str) -> bool:
        """Whether it can stand with this body."""
        pattern = self.condition.removeprefix("!")
        return not pattern or bool(has(pattern, body)) != self.condition.startswith("!")


@dataclass(frozen=True)
class Asks:
    """All asks of an intent, and the words by which a body names the wish itself."""

    words: str
    asks: tuple[Ask, ...]


@dataclass(frozen=True)
class Article:
    slug: str
    title: str
    category: str
    text: str
    queries: tuple[tuple[str, dict[str, int]], ...]


class PartError(ValueError):
    """A part file cannot be read."""


def has(pattern: str, text: str) -> re.Match[str] | None:
    """The first occurrence, in capitals or not."""
    return re.search(pattern, text, re.IGNORECASE)


def plain(text: str) -> str:
    """The text with slots blanked out and literal entities unwrapped."""
    return LITERAL.sub(r"\1", SLOT.sub("_", text))


def text_key(text: str) -> str:
    """What two texts share if only punctuation, spaces and capitals differ."""
    return " ".join(re.sub(r"\W+", " ", text.lower()).split())


def all_bodies() -> list[Body]:
    """Stories and plain bodies of every intent."""
    folders = (("story", PARTS / "tickets"), ("plain", PARTS / "plain"))
    return [body for kind, folder in folders for path in sorted(folder.glob("*.txt")) for body in read_bodies(path, kind)]


def all_asks() -> dict[str, Asks]:
    """The asks of every intent."""
    return {path.stem: read_asks(path) for path in sorted((PARTS / "asks").glob("*.txt"))}


def all_articles() -> list[Article]:
    """The help centre."""
    return [article for path in sorted((PARTS / "articles").glob("*.txt")) for article in read_articles(path)]


def lines_of(path: Path) -> Iterator[tuple[int, str, str]]:
    """Number, head and text of every line 'head: text'."""
    for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        head, separator, text = line.partition(":")
        if not separator or not text.strip():
            raise PartError(f"{path}:{number}: 'head: text' expected: {line[:60]!r}")
        yield number, head.strip(), text.strip()


def read_bodies(path: Path, kind: str) -> Iterator[Body]:
    """Lines 'channel: text', with + after the channel for what is written after the launch only."""
    for number, head, text in lines_of(path):
        if head.removesuffix("+") not in CHANNELS:
            raise PartError(f"{path}:{number}: a line begins with one of {CHANNELS}, '+' allowed: {head!r}")
        yield Body(path.stem, kind, head.removesuffix("+"), head.endswith("+"), text, number)


def read_asks(path: Path) -> Asks:
    """A line 'words: pattern', then lines 'kinds: text' or 'kinds [condition]: text'."""
    words, asks = "", []
    for number, head, text in lines_of(path):
        if head == "words":
            words = rf"\b({text})\b"
            continue
        found = re.fullmatch(r"([fnc]+|s)(?: \[(.+)\])?", head)
        if not found:
            raise PartError(f"{path}:{number}: a line begins with words, s, or some of fnc; '[condition]' allowed: {head!r}")
        asks.append(Ask(path.stem, found[1], found[2] or "", text, number))
    if not words:
        raise PartError(f"{path}: no line 'words: pattern'")
    return Asks(words, tuple(asks))


def read_articles(path: Path) -> Iterator[Article]:
    """Blocks '=== slug | title | category', body, and lines '? query :: slug=grade ...'."""
    for block in re.split(r"^=== ", path.read_text("utf-8"), flags=re.M)[1:]:
        head, _, rest = block.partition("\n")
        fields = [field.strip() for field in head.split("|")]
        if len(fields) != 3:
            raise PartError(f"{path}: '=== slug | title | category' expected: {head!r}")
        lines = rest.strip().split("\n")
        body = "\n".join(line for line in lines if not line.startswith("? ")).strip()
        queries = tuple(read_query(path, line) for line in lines if line.startswith("? "))
        yield Article(*fields, re.sub(r"\n{3,}", "\n\n", body), queries)


def read_query(path: Path, line: str) -> tuple[str, dict[str, int]]:
    """The text of a query and the grades of articles for it."""
    text, separator, judged = line[2:].partition("::")
    pairs = [re.fullmatch(r"([\w-]+)=(\d)", pair) for pair in judged.split()]
    if not separator or not pairs or None in pairs:
        raise PartError(f"{path}: '? query :: slug=grade ...' expected: {line!r}")
    return text.strip(), {pair[1]: int(pair[2]) for pair in pairs if pair}
