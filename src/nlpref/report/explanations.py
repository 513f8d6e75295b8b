"""Explanations of one text: its words highlighted on a page, and as a table for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from nlpref import storage
from nlpref.errors import StorageError
from nlpref.explanation.explanation import Explanation
from nlpref.explanation.record import NAME, FaithfulnessRecord
from nlpref.report import words
from nlpref.report.faithfulness import METHOD_TITLES, verdict
from nlpref.report.tables import Cell, Table
from nlpref.report.templates import environment
from nlpref.run_folder import config_hash_of

__all__ = ["Highlight", "Piece", "explanation_table", "highlight", "write_explanations"]

_SHOWN = 12
_CUT = "The text is longer than the model reads: it is cut, and the words behind the cut count for nothing."
_MEANS = {
    "linear": "Weights times features of the model itself, added up over the n-grams of each word. Exact.",
    "integrated_gradients": "How far each word moves the model's logit, added up on the way from a text of padding to this one.",
    "occlusion": "What the label loses in log odds if the word is left out.",
    "attention": "The share of attention that each word gets. It says where the model looks, and neither for what nor against.",
}


@dataclass(frozen=True)
class Piece:
    """A stretch of the text.

    Args:
        text: The characters.
        side: ``for`` the label, ``against`` it, or empty for what lies between words or has no score.
        strength: Size of the score over the largest of the text, 0 to 1.
        score: The score in words, or empty.
    """

    text: str
    side: str = ""
    strength: float = 0.0
    score: str = ""


@dataclass(frozen=True)
class Highlight:
    """One method's explanation as it is shown."""

    title: str
    means: str
    adds_up: str
    measured: str
    pieces: Sequence[Piece]
    strongest: Table


def highlight(explanation: Explanation, record: FaithfulnessRecord | None = None) -> Highlight:
    """What the page shows of an explanation, and of how faithful its method was found to be, if that was measured."""
    ranked = sorted(explanation.ranking, key=lambda row: -abs(explanation.scores[row]))[:_SHOWN]
    largest = max(map(abs, explanation.scores))
    rows = [
        [
            Cell(explanation.words[row].text, "", "head"),
            Cell(words.decimal(explanation.scores[row]), share=abs(explanation.scores[row]) / largest if largest else 0.0),
            Cell("for" if explanation.scores[row] > 0 else "against" if explanation.scores[row] < 0 else "neither", "", "text"),
        ]
        for row in ranked
    ]
    title = METHOD_TITLES.get(explanation.method, explanation.method)
    return Highlight(
        title=title[0].upper() + title[1:],
        means=_MEANS.get(explanation.method, ""),
        adds_up=_adds_up(explanation),
        measured=verdict(record, explanation.method) if record else "",
        pieces=list(_pieces(explanation, largest)),
        strongest=Table(f"Words of the largest score, in {explanation.unit}", ["Word", "Score", "Speaks"], rows),
    )


def write_explanations(explanations: Sequence[Explanation], run: Path, out: Path) -> Path:
    """Write one page that needs no other file.

    Args:
        explanations: Of one text, by one method or more.
        run: The run's folder, whose record of faithfulness is quoted if it has one.
        out: The page.
    """
    record = None
    with suppress(StorageError):  # most runs have none, and the report tells of a broken one
        found = FaithfulnessRecord.load(run / NAME)
        record = found if found.config_hash == config_hash_of(run) else None
    page = (
        environment()
        .get_template("explanation.html.j2")
        .render(
            label=explanations[0].label,
            run=Path(run).resolve().name,
            cut=_CUT if explanations[0].cut else "",
            highlights=[highlight(one, record) for one in explanations],
        )
    )
    storage.write_text(out, page)
    return out


def explanation_table(explanations: Sequence[Explanation]) -> str:
    """Words in the order of the text, a column for each method; methods that read another text have a table of their own."""
    tables = []
    for text in dict.fromkeys(one.text for one in explanations):
        same = [one for one in explanations if one.text == text]
        width = max(4, *(len(word.text) for word in same[0].words))
        lines = [f"label: {same[0].label}", "word".ljust(width) + "".join(f"  {one.method:>20}" for one in same)]
        for row, word in enumerate(same[0].words):
            lines.append(word.text.ljust(width) + "".join(f"  {one.scores[row]:20.4f}" for one in same))
        lines.append("unit".ljust(width) + "".join(f"  {one.unit:>20}" for one in same))
        tables.append("\n".join(lines))
    return "\n\n".join([*tables, *([_CUT] if explanations[0].cut else [])])


def _pieces(explanation: Explanation, largest: float) -> Iterator[Piece]:
    end = 0
    for word, score in zip(explanation.words, explanation.scores, strict=True):
        if word.start > end:
            yield Piece(explanation.text[end : word.start])
        side = "for" if score > 0 else "against" if score < 0 else ""
        yield Piece(word.text, side, abs(score) / largest if largest else 0.0, words.decimal(score))
        end = word.end
    if end < len(explanation.text):
        yield Piece(explanation.text[end:])


def _adds_up(explanation: Explanation) -> str:
    if explanation.gap is None or explanation.base is None or explanation.total is None:
        return ""
    told = f"The scores add up: {words.decimal(explanation.base, 2)} without any word, and with all of them "
    told += f"{words.decimal(explanation.total, 2)} ({explanation.unit} of the label, less the mean of all labels)"
    rest = abs(explanation.gap)
    return told + ("." if rest < 0.005 else f"; {words.decimal(rest, 2)} is missing, since the integral is a sum of steps.")
