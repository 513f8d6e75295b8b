"""One page about one classifier, in plain words, for those who decide whether it is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nlpref import storage
from nlpref.errors import InputError, StorageError
from nlpref.report import words
from nlpref.report.checking import checking_notes, checking_table
from nlpref.report.decisions import decision_notes
from nlpref.report.neighbours import known_rows
from nlpref.report.runs import RESULT, SavedRun, read_rows, read_runs
from nlpref.report.stakes import ASSUMED, DAYS, Stakes
from nlpref.report.tables import Table
from nlpref.report.templates import encodable, environment
from nlpref.report.unmeasured import unmeasured
from nlpref.report.weaknesses import plain_label, weaknesses
from nlpref.results import Estimate

__all__ = ["Briefing", "brief", "write_briefing"]

PAGE = "summary.html"


@dataclass(frozen=True)
class Briefing:
    """The page: sentences by section.

    Args:
        model: Name of the model.
        right: How often it is right, as whole texts.
        does: What it does.
        quality: How often it is right, and how sure that is.
        weak: On which texts it is weak.
        costs: What its errors cost.
        checks: What people must still check.
        checking: What checking buys; None where the run itself decides.
        unmeasured: What was not measured.
        assumed: The assumptions behind the costs.
    """

    model: str
    right: str
    does: Sequence[str]
    quality: Sequence[str]
    weak: Sequence[str]
    costs: Sequence[str]
    checks: Sequence[str]
    checking: Table | None
    unmeasured: Sequence[str]
    assumed: str


def write_briefing(folder: Path, out: Path, stakes: Stakes = ASSUMED) -> Path:
    """Write the page of one run as ``out/summary.html``; it needs no other file, and no model is loaded.

    Raises:
        StorageError: if the folder is not that of a finished run, or its predictions cannot be read.
        InputError: if the run is not of a classifier, or scored no text.
    """
    if not (Path(folder) / RESULT).is_file():
        raise StorageError(f"{folder} is not the folder of a finished run: it holds no {RESULT}; give run=FOLDER")
    found = read_runs(Path(folder))
    if not found.runs:
        raise StorageError(f"{found.unreadable[0].place} could not be read: {found.unreadable[0].why}")
    try:
        made = brief(found.runs[0], stakes)
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise StorageError(
            f"{found.runs[0].place}: details or predictions do not have the expected form ({type(error).__name__}: {error})"
        ) from error
    page = environment().get_template("briefing.html.j2").render(one=made)
    storage.write_text(Path(out) / PAGE, encodable(page))
    return Path(out) / PAGE


def brief(run: SavedRun, stakes: Stakes = ASSUMED) -> Briefing:
    """Put a classifier's run into plain words.

    Raises:
        StorageError: if its predictions cannot be read.
        InputError: if it is not of a classifier, or scored no text.
    """
    if run.result.task != "classification":
        raise InputError(f"{run.place} is a run of the task {run.result.task}; the summary in plain words is of classifiers")
    rows = read_rows(run.folder / "predictions.jsonl")
    if not rows:
        raise InputError(f"{run.place} scored no text, so there is nothing to tell")
    details, accuracy = run.result.details, run.result.metrics["accuracy"]
    decides = "selection" in details or "review" in details
    return Briefing(
        model=run.result.model,
        right=words.out_of(accuracy.value),
        does=list(_does(run, rows)),
        quality=list(_quality(rows, accuracy)),
        weak=list(weaknesses(rows, known_rows(run.folder, rows))),
        costs=list(_costs(details, accuracy, stakes)),
        checks=list(checking_notes(details, rows, stakes)),
        checking=None if decides else checking_table(rows, stakes),
        unmeasured=list(unmeasured(run, rows)),
        assumed=(
            f"Assumed, not measured: {words.rounded(stakes.texts_per_day)} texts a day, {stakes.money(stakes.cost_per_error)} "
            f"for each wrong label, {DAYS} days a year, and people who are always right. Set your own with cost_per_error=, "
            "texts_per_day= and currency=."
        ),
    )


def _does(run: SavedRun, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    labels = [str(label) for label in run.result.details["confusion_matrix"]["labels"]]
    some = ", ".join(plain_label(label) for label in labels[:4])
    yield f"It reads a text and gives it one of {len(labels)} labels" + (
        f", such as {some}." if len(labels) > 4 else f": {some}."
    )
    notes = run.result.details.get("dataset_notes")
    size = notes.get("sizes", {}).get("train") if isinstance(notes, Mapping) else None
    if size:
        yield f"It learned from {size:,} texts of {run.result.dataset['name']}."
    yield f"What follows was found on {len(rows):,} texts that it had not seen ({run.result.split})."
    right = [row for row in rows if row["gold"] == row["predicted"] and 20 <= len(str(row["text"])) <= 120]
    if right:
        shown = max(right, key=lambda row: float(row["probability"]))
        yield f"An example that it got right: “{shown['text']}” → {plain_label(str(shown['predicted']))}."


def _quality(rows: Sequence[Mapping[str, Any]], accuracy: Estimate) -> Iterator[str]:
    right = sum(row["gold"] == row["predicted"] for row in rows)
    yield (
        f"Of {len(rows):,} texts it labelled {right:,} rightly: {words.out_of(accuracy.value)}. With other texts of the same "
        f"kind one would expect between {100 * accuracy.low:.1f} and {100 * accuracy.high:.1f} of 100 (95 % interval)."
    )
    _, counts = np.unique([str(row["gold"]) for row in rows], return_counts=True)
    yield f"Giving every text the commonest label would be right for {words.out_of(float(counts.max() / len(rows)))}."
    claimed = float(np.mean([float(row["probability"]) for row in rows]))
    gap = claimed - accuracy.value
    judged = "which is about right" if abs(gap) < 0.02 else "so it is too sure of itself" if gap > 0 else "so it is too modest"
    yield f"On average it says that it is {words.percent(claimed)} sure, {judged}."


def _costs(details: Mapping[str, Any], accuracy: Estimate, stakes: Stakes) -> Iterator[str]:
    error, low, high = 1 - accuracy.value, 1 - accuracy.high, 1 - accuracy.low
    if "review" in details:
        error = float(details["review"]["observed_error"])
    if "selection" in details:
        error = float(details["selection"]["share_answered"]) * float(details["selection"].get("share_wrong", 0.0))
    decided = "review" in details or "selection" in details
    wrong, fewest, most = (words.rounded(stakes.daily_texts(share)) for share in (error, low, high))
    span = ", those that go to people left aside" if decided else f" (between {fewest} and {most})"
    yield f"Of {words.rounded(stakes.texts_per_day)} texts a day, {wrong} get a wrong label{span}."
    yield (
        f"At {stakes.money(stakes.cost_per_error)} for each, that is {stakes.money(stakes.daily(error))} a day and "
        f"{stakes.money(stakes.yearly(error))} a year. One point of accuracy is worth {stakes.money(stakes.yearly(0.01))} a year."
    )
    yield from decision_notes({name: found for name, found in details.items() if name == "costs"})
