"""A list of names learned from the entities of training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nlpref.types import TaggedTokens

__all__ = ["FOLDS", "learn_names", "name_features"]

FOLDS = 5
"""Training sentences are looked up in names of the other folds, or a tagger would learn to trust the list blindly."""

LONGEST = 8

Names = Mapping[str, Sequence[str]]


def learn_names(examples: Sequence[TaggedTokens]) -> dict[str, list[str]]:
    """Names in lower case, words joined by a space, with the labels they were given."""
    found: dict[str, set[str]] = {}
    for example in examples:
        for span in example.spans:
            found.setdefault(_key(example.tokens[span.start : span.end]), set()).add(span.label)
    return {name: sorted(found[name]) for name in sorted(found)}


def name_features(tokens: Sequence[str], names: Names) -> list[list[str]]:
    """For each token the features of the longest known name that covers it, found from left to right."""
    features: list[list[str]] = [[] for _ in tokens]
    start = 0
    while start < len(tokens):
        size = next((n for n in range(min(LONGEST, len(tokens) - start), 0, -1) if _key(tokens[start : start + n]) in names), 0)
        for offset in range(size):
            labels = names[_key(tokens[start : start + size])]
            features[start + offset] = [f"name={'I' if offset else 'B'}-{label}" for label in ("", *labels)]
        start += max(size, 1)
    return features


def _key(tokens: Sequence[str]) -> str:
    return " ".join(tokens).lower()
