"""What people must still check, from what the run decides, or else from how sure its answers are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nlpref.report import words
from nlpref.report.outcomes import OUTSIDE, Outcomes
from nlpref.report.promises import promise_notes
from nlpref.report.stakes import Stakes
from nlpref.report.tables import Cell, Table
from nlpref.report.weaknesses import plain_label

__all__ = ["checked_share", "checking_notes", "checking_table"]

_SHARES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5)
_NO_ERRORS = "There was no error to be found on the test texts, so what a check would find is not known."


def checking_notes(details: Mapping[str, Any], outcomes: Outcomes, stakes: Stakes) -> Iterator[str]:
    """What is left to people, in sentences.

    Args:
        details: Of the record.
        outcomes: What was done with each text.
        stakes: Texts in a day, and what an error costs.
    """
    yield from _left(outcomes, stakes)
    yield from promise_notes(details, outcomes)
    if outcomes.decides:
        return
    yield "It answers every text and asks nobody. It says how sure it is, and people can check the least sure answers first."
    rows = [one.row for one in outcomes.each]
    half = checked_share(rows, 0.5)
    if half is None:
        yield _NO_ERRORS
        return
    yield (
        f"On the test texts, half of the errors are among the least sure {words.percent(half)} of the answers: "
        f"{words.rounded(stakes.daily_texts(half))} checks a day would leave half of the errors."
    )


def _left(outcomes: Outcomes, stakes: Stakes) -> Iterator[str]:
    """How many texts are given no label, and what becomes of them."""
    n = len(outcomes.each)
    actions = Counter(one.action for one in outcomes.unlabelled)
    if rejected := actions.pop(OUTSIDE, 0):
        yield f"It calls {_texts(rejected / n, stakes)} out of scope."
    if outcomes.outside is not None and (outside := [one for one in outcomes.each if one.row["gold"] == outcomes.outside]):
        found = sum(one.action == OUTSIDE for one in outside)
        yield f"Of {words.count(len(outside), 'test text')} that fit no label it called {found:,} so."
    left = _texts(actions.total() / n, stakes)
    if outcomes.kind == "selection":
        yield f"It answers only where it is sure enough and leaves {left} to people."
    elif outcomes.kind == "review":
        yield f"It hands {left} to people."
    elif outcomes.kind == "costs":
        told = ", ".join(f"{plain_label(action)} for {_texts(count / n, stakes)}" for action, count in actions.most_common())
        yield f"It does what is expected to cost least: {told or 'for every text that is a label'}."


def _texts(share: float, stakes: Stakes) -> str:
    return f"{words.out_of(share)} texts ({words.rounded(stakes.daily_texts(share))} a day)"


def checking_table(rows: Sequence[Mapping[str, Any]], stakes: Stakes, noun: str = "texts") -> Table:
    """Errors that remain, and their cost, if people check the least sure answers and are always right.

    ``noun`` says what there is an answer for, of which ``stakes`` tells how many come in a day.
    """
    wrong = _by_doubt(rows)
    cells = []
    for share in _SHARES:
        left = float(wrong[round(share * len(wrong)) :].sum() / len(wrong)) if len(wrong) else 0.0
        checked = "nothing" if not share else f"{words.percent(share)} least sure"
        cells.append(
            [
                Cell(checked, "", "head"),
                Cell(words.rounded(stakes.daily_texts(share))),
                Cell(words.rounded(stakes.daily_texts(left))),
                Cell(words.rounded(stakes.daily(left))),
            ]
        )
    caption = f"What checking buys, on a day of {words.rounded(stakes.texts_per_day)} {noun}"
    return Table(
        caption, ["People check", "Checks", "Errors left", f"Cost, {stakes.currency}" if stakes.currency else "Cost"], cells
    )


def checked_share(rows: Sequence[Mapping[str, Any]], found: float) -> float | None:
    """Smallest share of answers, the least sure first, that holds this share of the errors; None if there is no error."""
    wrong = _by_doubt(rows)
    if not wrong.sum():
        return None
    return float((np.searchsorted(np.cumsum(wrong), found * wrong.sum() - 1e-9) + 1) / len(wrong))


def _by_doubt(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Whether each answer is wrong, the least sure first; of equally sure ones in the order of the split."""
    order = np.argsort([float(row["probability"]) for row in rows], kind="stable")
    return np.array([row["gold"] != row["predicted"] for row in rows], dtype=bool)[order]
