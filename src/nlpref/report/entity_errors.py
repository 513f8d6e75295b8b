"""Which errors a tagger makes: their kinds, types that it confuses, words that it misses or marks for nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from nlpref.report import words
from nlpref.report.sentences import Sentence
from nlpref.report.spans import KINDS, SpanError
from nlpref.report.tables import Cell, Table
from nlpref.types import Span

__all__ = ["MEANING", "Found", "common_missed", "common_spurious", "confused_types", "error_table", "errors_of", "type_pairs"]

Found = tuple[Sentence, SpanError]
_SHOWN = 10
_FEW = 5
"""Words that are wrong once are listed up to so many."""
MEANING: Mapping[str, str] = {
    "boundary": "right type, but it begins or ends elsewhere",
    "type": "right place, wrong type",
    "boundary and type": "overlaps an entity, wrong type and wrong ends",
    "spurious": "no entity there",
    "missed": "an entity that was not found",
}
"""What each kind is."""


def errors_of(sentences: Sequence[Sentence]) -> list[Found]:
    """All errors, each with its sentence, in the order of the split."""
    return [(one, error) for one in sentences for error in one.errors]


def error_table(errors: Sequence[Found]) -> Table:
    """How many errors there are of each kind."""
    totals = Counter(error.kind for _, error in errors)
    whole = len(errors)
    rows = [
        [
            Cell(kind, "", "head"),
            Cell(f"{totals[kind]:,}"),
            Cell(words.percent(totals[kind] / whole) if whole else "none"),
            Cell(MEANING[kind], "", "text"),
        ]
        for kind in KINDS
    ]
    return Table(f"Kinds of errors ({whole:,} in all)", ["Kind", "Errors", "Share", "Meaning"], rows)


def type_pairs(errors: Sequence[Found]) -> list[tuple[str, str, list[Found]]]:
    """Types that were taken for others, with the errors, the commonest pair first."""
    pairs: defaultdict[tuple[str, str], list[Found]] = defaultdict(list)
    for sentence, error in errors:
        if error.gold and error.predicted and error.gold.label != error.predicted.label:
            pairs[error.gold.label, error.predicted.label].append((sentence, error))
    return [(*pair, found) for pair, found in sorted(pairs.items(), key=lambda one: (-len(one[1]), one[0]))]


def confused_types(sentences: Sequence[Sentence], errors: Sequence[Found]) -> Table:
    """The pairs of types confused most."""
    sizes = Counter(span.label for one in sentences for span in one.gold)
    pairs = type_pairs(errors)
    if not pairs:
        return Table("No entity was given another type than its own", [], [])
    rows = [
        [
            Cell(gold, "", "head"),
            Cell(said, "", "text"),
            Cell(f"{len(found):,}"),
            Cell(words.percent(len(found) / sizes[gold]), share=len(found) / sizes[gold]),
            Cell(_listed(sentence.form(error.gold) for sentence, error in found if error.gold), "", "text"),
        ]
        for gold, said, found in pairs[:_SHOWN]
    ]
    caption = f"The types confused most ({_shown(pairs)} of entities found in the right place or near it, but with a wrong type)"
    return Table(caption, ["Gold type", "Said", "Times", "Of the gold type", "Such as"], rows)


def common_missed(sentences: Sequence[Sentence], errors: Sequence[Found]) -> Table:
    """The words that are missed most, and how often they are an entity of that type."""
    return _forms(
        "Words missed most",
        sentences,
        [(sentence, error.gold) for sentence, error in errors if error.kind == "missed" and error.gold],
        lambda one: one.gold,
        ["Words", "Gold type", "Missed", "Gold in all"],
        "No entity was missed altogether",
    )


def common_spurious(sentences: Sequence[Sentence], errors: Sequence[Found]) -> Table:
    """The words that are most often marked where no entity is, and how often they are marked so."""
    return _forms(
        "Words marked most where no entity is",
        sentences,
        [(sentence, error.predicted) for sentence, error in errors if error.kind == "spurious" and error.predicted],
        lambda one: one.predicted,
        ["Words", "Said", "Spurious", "Said in all"],
        "Nothing was marked where no entity is",
    )


def _forms(
    caption: str,
    sentences: Sequence[Sentence],
    wrong: Sequence[tuple[Sentence, Span]],
    spans: Callable[[Sentence], Sequence[Span]],
    columns: Sequence[str],
    nothing: str,
) -> Table:
    if not wrong:
        return Table(nothing, [], [])
    times = Counter((one.form(span).lower(), span.label) for one, span in wrong)
    in_all = Counter((one.form(span).lower(), span.label) for one in sentences for span in spans(one))
    ranked = sorted(times, key=lambda key: (-times[key], key))[:_SHOWN]
    shown = [key for place, key in enumerate(ranked) if times[key] > 1 or place < _FEW]
    rows = [
        [Cell(form, "", "head"), Cell(label, "", "text"), Cell(f"{times[form, label]:,}"), Cell(f"{in_all[form, label]:,}")]
        for form, label in shown
    ]
    different = words.count(len(times), "different one")
    return Table(f"{caption} ({len(shown)} of {different}, in lower case)", columns, rows)


def _shown(pairs: Sequence[object]) -> str:
    return f"{min(_SHOWN, len(pairs))} of {words.count(len(pairs), 'pair')}"


def _listed(forms: Iterable[str], most: int = 2) -> str:
    return ", ".join(list(dict.fromkeys(forms))[:most])
