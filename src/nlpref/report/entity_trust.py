"""Which types of entities can be trusted, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nlpref.report.entity_types import Intervals
from nlpref.report.outcomes import share_of
from nlpref.report.tables import Cell, Table
from nlpref.results import Estimate

__all__ = ["TypeTrust", "plain_type", "trust_notes", "trust_table", "trusted_types"]

_GOOD = 0.8
"""A type is trusted where both ends of what is known, at their lowest, reach this: a round number, not a finding."""
_ENOUGH = 10
"""Test entities that a type needs to be judged."""
_TRUSTED = "can be trusted"
_MISSES = "right when marked, but often missed"
_MARKS = "found, but its marks need a check"
_DOUBT = "needs a check"
_FEW = "too few to tell"
_VERDICTS = (_TRUSTED, _MISSES, _MARKS, _DOUBT, _FEW)


@dataclass(frozen=True)
class TypeTrust:
    """A type: how many of its marks are right, how many of its entities are found; None where there is none; a verdict."""

    name: str
    precision: Estimate | None
    recall: Estimate | None
    support: int
    verdict: str


def trusted_types(scores: Mapping[str, Mapping[str, float]], intervals: Intervals) -> list[TypeTrust]:
    """All types, those to be trusted first.

    Args:
        scores: ``per_type`` of the record.
        intervals: As ``type_intervals`` gives them. Where all or none are right, where a bootstrap has no width, the exact
            interval (Clopper and Pearson) stands in.
    """
    made = [_trust(name, one, intervals.get(name, {})) for name, one in scores.items()]
    return sorted(made, key=lambda one: (_VERDICTS.index(one.verdict), -one.support, one.name))


def trust_table(types: Sequence[TypeTrust]) -> Table:
    """A row for each type."""
    rows = [
        [
            Cell(plain_type(one.name), "", "head"),
            _share(one.precision),
            _share(one.recall),
            Cell(f"{one.support:,}"),
            Cell(one.verdict, "", "text"),
        ]
        for one in types
    ]
    caption = "Each type: how many of 100 marks are right, how many of 100 entities in the texts are found; 95 % intervals"
    return Table(caption, ["Type", "Right", "Found", "In the texts", "Verdict"], rows)


def trust_notes(types: Sequence[TypeTrust]) -> Iterator[str]:
    """Which types can be trusted, and what that means."""
    names = [plain_type(one.name) for one in types if one.verdict == _TRUSTED]
    yield (f"Can be trusted: {', '.join(names)}." if names else "No type can be trusted without a check.") + (
        f" Trusted means that of 100 marks at least {100 * _GOOD:.0f} are right, and of 100 such entities at least "
        f"{100 * _GOOD:.0f} are found, even at the low ends of the 95 % intervals."
    )


def plain_type(name: str) -> str:
    """A type as words in quotation marks; what is written in capitals alone is put in small letters."""
    plain = name.replace("_", " ").replace("-", " ").strip()
    return f"“{plain.lower() if plain.isupper() else plain}”"


def _trust(name: str, scores: Mapping[str, float], ends: Mapping[str, Sequence[float]]) -> TypeTrust:
    support = round(scores["support"])
    right = round(scores["recall"] * support)
    marked = round(right / scores["precision"]) if scores["precision"] > 0 else 0
    precision = _estimate(scores["precision"], ends.get("precision"), marked)
    recall = _estimate(scores["recall"], ends.get("recall"), support)
    sure, whole = (one is not None and one.low >= _GOOD for one in (precision, recall))
    verdict = _TRUSTED if sure and whole else _MISSES if sure else _MARKS if whole else _DOUBT
    return TypeTrust(name, precision, recall, support, verdict if support >= _ENOUGH else _FEW)


def _estimate(value: float, ends: Sequence[float] | None, n: int) -> Estimate | None:
    """None where there is nothing to count."""
    if ends is None:
        return None
    if n and value in (0, 1):
        return share_of(round(value * n), n)
    return Estimate(value, *map(float, ends))


def _share(one: Estimate | None) -> Cell:
    if one is None:
        return Cell("none", "", "missing")
    return Cell(f"{100 * one.value:.0f}", f"{100 * one.low:.0f} to {100 * one.high:.0f}", share=one.value)
