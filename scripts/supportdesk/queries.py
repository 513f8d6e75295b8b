"""The help centre's articles and the judged queries for it, split by article."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from chance import stable_unit
from parts import LITERAL, Article
from splits import apportion

QUERY_SHARES = {"train": 0.45, "validation": 0.15, "test": 0.40}


def article_record(article: Article) -> dict[str, str]:
    """A line of articles.jsonl."""
    return {"id": article.slug, "title": article.title, "text": LITERAL.sub(r"\1", article.text), "category": article.category}


def make_queries(articles: Sequence[Article]) -> tuple[list[dict[str, str]], list[tuple[str, str, int]]]:
    """Lines of queries.jsonl, and judgements (query, article, grade)."""
    splits = query_splits(articles)
    records: list[dict[str, str]] = []
    judgements: list[tuple[str, str, int]] = []
    for article in articles:
        for text, grades in article.queries:
            name = f"q{len(records) + 1:04}"
            records.append({"id": name, "text": text, "split": splits[answers(grades)[0]]})
            judgements += [(name, slug, grade) for slug, grade in sorted(grades.items(), key=lambda pair: (-pair[1], pair[0]))]
    return records, judgements


def answers(grades: dict[str, int]) -> list[str]:
    """The articles that answer a query."""
    return [slug for slug, grade in grades.items() if grade == 2]


def query_splits(articles: Sequence[Article]) -> dict[str, str]:
    """The split of every article's queries: articles that answer the same query stay together."""
    leader = leaders(articles)
    sizes = Counter(leader[answers(grades)[0]] for article in articles for _, grades in article.queries)
    categories = {article.slug: article.category for article in articles}
    order = sorted(sizes, key=lambda slug: (categories[slug], stable_unit("article", slug)))
    groups = apportion([(slug, float(sizes[slug])) for slug in order], QUERY_SHARES, "queries")
    return {slug: groups[first] for slug, first in leader.items() if first in groups}


def leaders(articles: Sequence[Article]) -> dict[str, str]:
    """For every article the first of the group that it is tied to by common queries (union-find)."""
    leader = {article.slug: article.slug for article in articles}

    def find(slug: str) -> str:
        while leader[slug] != slug:
            slug = leader[slug]
        return slug

    for article in articles:
        for _, grades in article.queries:
            targets = [find(slug) for slug in answers(grades)]
            for slug in targets:
                leader[find(slug)] = min(targets)
    return {slug: find(slug) for slug in leader}
