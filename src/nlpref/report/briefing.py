"""One page about one classifier, tagger or retriever, in plain words, for those who decide whether it is used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nlpref import storage
from nlpref.errors import InputError, StorageError
from nlpref.report import words
from nlpref.report.checking import checking_notes, checking_table
from nlpref.report.decisions import decision_notes
from nlpref.report.entity_briefing import EntityBriefing, brief_entities
from nlpref.report.neighbours import known_rows
from nlpref.report.outcomes import OUTSIDE, Outcomes, share_of
from nlpref.report.quality import headline, quality_notes
from nlpref.report.retrieval_briefing import RetrievalBriefing, brief_retrieval
from nlpref.report.runs import SavedRun, read_rows, read_run
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
        headline: How often it is right, as whole texts; what it does instead where it answers nothing.
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
    headline: str
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
        InputError: if the run is of another task than classification, ner and retrieval, or scored no text.
    """
    run = read_run(Path(folder))
    if run.result.task not in _PAGES:
        raise InputError(
            f"{run.place} is a run of the task {run.result.task}; the summary in plain words is of classifiers, taggers and "
            "retrievers"
        )
    template, make = _PAGES[run.result.task]
    try:
        made = make(run, stakes)
    except InputError:
        raise
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise StorageError(
            f"{run.place}: details or predictions do not have the expected form ({type(error).__name__}: {error})"
        ) from error
    page = environment().get_template(template).render(one=made)
    storage.write_text(Path(out) / PAGE, encodable(page))
    return Path(out) / PAGE


def brief(run: SavedRun, stakes: Stakes = ASSUMED) -> Briefing:
    """Put a classifier's run into plain words.

    Raises:
        StorageError: if its predictions cannot be read.
        InputError: if it is not of a classifier, or scored no text.
    """
    if run.result.task != "classification":
        raise InputError(f"{run.place} is a run of the task {run.result.task}, not of a classifier")
    rows = read_rows(run.folder / "predictions.jsonl")
    if not rows:
        raise InputError(f"{run.place} scored no text, so there is nothing to tell")
    details, outcomes = run.result.details, Outcomes.of(run.result.details, rows)
    accuracy = run.result.metrics["accuracy"]
    if outcomes.decides or outcomes.right in (0, len(rows)):
        accuracy = share_of(outcomes.right, len(outcomes.labelled)) if outcomes.labelled else accuracy
    errors = replace(accuracy, value=1 - accuracy.value, low=1 - accuracy.high, high=1 - accuracy.low)
    if outcomes.decides:
        errors = share_of(outcomes.wrong, len(rows))
    return Briefing(
        model=run.result.model,
        headline=headline(details, outcomes, accuracy),
        does=list(_does(run, outcomes)),
        quality=list(quality_notes(outcomes, accuracy)),
        weak=list(_weak(run, outcomes)),
        costs=list(_costs(details, outcomes, errors, stakes)),
        checks=list(checking_notes(details, outcomes, stakes)),
        checking=None if outcomes.decides else checking_table(rows, stakes),
        unmeasured=list(unmeasured(run, outcomes)),
        assumed=_assumed(outcomes, stakes),
    )


def _does(run: SavedRun, outcomes: Outcomes) -> Iterator[str]:
    names = map(str, run.result.details["confusion_matrix"]["labels"])
    labels = [label for label in names if label != outcomes.outside]
    some = ", ".join(plain_label(label) for label in labels[:4])
    others = [action for action in dict.fromkeys(one.action for one in outcomes.unlabelled) if action != OUTSIDE]
    told = {"selection": ["leaves it to people"], "review": ["leaves it to people"]}.get(
        outcomes.kind or "", [f"does something else with it: {plain_label(action)}" for action in others]
    )
    instead = [*(["calls it out of scope"] if outcomes.rejects else []), *told]
    yield (
        f"It reads a text and gives it one of {len(labels)} labels"
        + (f", such as {some}" if len(labels) > 4 else f": {some}")
        + "".join(f"; or it {one}" for one in instead)
        + "."
    )
    notes = run.result.details.get("dataset_notes")
    size = notes.get("sizes", {}).get("train") if isinstance(notes, Mapping) else None
    if size:
        yield f"It learned from {size:,} texts of {run.result.dataset['name']}."
    yield f"What follows was found on {len(outcomes.each):,} texts that it had not seen ({run.result.split})."
    right = [one for one in outcomes.each if one.right and 20 <= len(str(one.row["text"])) <= 120]
    if right:
        shown = max(right, key=lambda one: one.confidence)
        yield f"An example that it got right: “{shown.row['text']}” → {plain_label(str(shown.label))}."


def _weak(run: SavedRun, outcomes: Outcomes) -> Iterator[str]:
    """Weaknesses by the decisions: of texts inside that were given a label, or called out of scope."""
    rows = [one.row for one in outcomes.each]
    known = known_rows(run.folder, rows)
    judged = [
        number
        for number, one in enumerate(outcomes.each)
        if one.row["gold"] != outcomes.outside and (one.label is not None or one.action == OUTSIDE)
    ]
    if not judged:
        yield "It gave no text a label, so nothing is known of its weaknesses."
        return
    if len(judged) < len(rows):
        yield f"Counted are the {len(judged):,} texts " + (
            "that fit a label." if outcomes.kind is None else "that it answered itself."
        )
    decided = [{**rows[number], "predicted": outcomes.each[number].label or OUTSIDE} for number in judged]
    yield from weaknesses(decided, [known[number] for number in judged] if known else [])


def _costs(details: Mapping[str, Any], outcomes: Outcomes, errors: Estimate, stakes: Stakes) -> Iterator[str]:
    if outcomes.labelled:
        wrong, fewest, most = (words.rounded(stakes.daily_texts(share)) for share in (errors.value, errors.low, errors.high))
        aside = "that go to people" if outcomes.kind in ("selection", "review") else "without a label"
        left = f", those {aside} left aside" if outcomes.decides else ""
        yield (
            f"Of {words.rounded(stakes.texts_per_day)} texts a day, {wrong} get a wrong label (between {fewest} and {most})"
            f"{left}."
        )
    else:
        yield "No text gets a label, so none gets a wrong one."
    if outcomes.kind == "costs":
        found = details["costs"]
        own = replace(stakes, cost_per_error=float(found.get("observed", found["expected"])), currency=str(found["currency"]))
        yield (
            f"By the costs that it was given, all texts of a day cost {own.money(own.daily(1))}, those of a year "
            f"{own.money(own.yearly(1))}."
        )
        yield from decision_notes({"costs": found})
    elif outcomes.labelled:
        yield (
            f"At {stakes.money(stakes.cost_per_error)} for each, that is {stakes.money(stakes.daily(errors.value))} a day and "
            f"{stakes.money(stakes.yearly(errors.value))} a year."
            + ("" if outcomes.decides else f" One point of accuracy is worth {stakes.money(stakes.yearly(0.01))} a year.")
        )


def _assumed(outcomes: Outcomes, stakes: Stakes) -> str:
    texts = f"Assumed, not measured: {words.rounded(stakes.texts_per_day)} texts a day"
    if outcomes.kind == "costs":
        return (
            f"{texts} and {DAYS} days a year. Set your own with texts_per_day=. What is done costs what the run itself was "
            "given, so cost_per_error= and currency= play no part."
        )
    return (
        f"{texts}, {stakes.money(stakes.cost_per_error)} for each wrong label, {DAYS} days a year, and people who are always "
        "right. Set your own with cost_per_error=, texts_per_day= and currency=."
    )


_PAGES: Mapping[str, tuple[str, Callable[[SavedRun, Stakes], Briefing | EntityBriefing | RetrievalBriefing]]] = {
    "classification": ("briefing.html.j2", brief),
    "ner": ("entity_briefing.html.j2", brief_entities),
    "retrieval": ("retrieval_briefing.html.j2", brief_retrieval),
}
"""Template and maker of the page by task."""
