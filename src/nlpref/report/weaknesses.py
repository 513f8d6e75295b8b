"""On which texts a classifier is weak, in plain words: labels, confusions, slices."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nlpref.metrics.slices import Slice
from nlpref.report import words
from nlpref.report.slices import LENGTH, UNSEEN, slices_of

__all__ = ["plain_label", "weaknesses"]

_NAMED = 3
"""Weak labels, confusions and slices that are named, of each."""
_ENOUGH = 10
"""Test texts that a label needs to be called weak."""


def weaknesses(rows: Sequence[Mapping[str, Any]], known: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A sentence for each kind of weakness.

    Args:
        rows: Of ``predictions.jsonl``.
        known: Of ``familiarity.jsonl``; empty if the run has none.
    """
    right: defaultdict[str, list[bool]] = defaultdict(list)
    pairs: Counter[tuple[str, str]] = Counter()
    for row in rows:
        gold, predicted = str(row["gold"]), str(row["predicted"])
        right[gold].append(gold == predicted)
        if gold != predicted:
            pairs[gold, predicted] += 1
    judged = [(label, found) for label, found in right.items() if len(found) >= _ENOUGH and not all(found)]
    worst = sorted(judged, key=lambda pair: (sum(pair[1]) / len(pair[1]), pair[0]))[:_NAMED]
    if worst:
        told = [f"{plain_label(label)} ({sum(found)} of {len(found)} right)" for label, found in worst]
        yield f"Labels that it finds least often: {', '.join(told)}."
    if common := sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0]))[:_NAMED]:
        told = [f"{plain_label(gold)} taken for {plain_label(said)} ({words.count(n, 'time')})" for (gold, said), n in common]
        yield f"Confused most: {', '.join(told)}."
    weak = [one for one in slices_of(rows, known) if one.weak][:_NAMED]
    yield from map(_slice, weak)
    if not weak:
        yield "No group of texts stands out as worse than the rest by more than chance."


def plain_label(name: str) -> str:
    """A label as words in quotation marks."""
    return f"“{name.replace('_', ' ').strip()}”"


def _slice(one: Slice) -> str:
    which = {LENGTH: f"of {one.value} words", UNSEEN: f"of whose words {one.value} never came in training"}.get(
        one.column, f"whose {one.column} is {one.value}"
    )
    return f"Texts {which} are wrong for {words.out_of(one.rate)}, all others for {words.out_of(one.rest_rate)}."
