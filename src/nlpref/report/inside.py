"""One model from inside: what its typical run shows beyond the tables of the leaderboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nlpref.errors import NlprefError
from nlpref.report import words
from nlpref.report.classification import ClassificationView, classification_view
from nlpref.report.curves import curves
from nlpref.report.faithfulness import deletion_plot, faithfulness_table
from nlpref.report.leaderboard import Model
from nlpref.report.made_of import tables_of
from nlpref.report.plots import Plot, curve_plot
from nlpref.report.recipe import command
from nlpref.report.retrieval import RetrievalView, retrieval_view
from nlpref.report.robustness import noise_plot
from nlpref.report.runs import SavedRun, read_rows
from nlpref.report.tables import Table, all_metrics
from nlpref.report.tagging import TaggingView, tagging_view

__all__ = ["Inside", "inside"]

View = ClassificationView | TaggingView | RetrievalView
_VIEWS: Mapping[str, Callable[[SavedRun, Sequence[Mapping[str, Any]], str], View]] = {
    "classification": classification_view,
    "ner": tagging_view,
    "retrieval": retrieval_view,
}


@dataclass(frozen=True)
class Inside:
    """All that is shown of one model.

    Args:
        model: The model.
        anchor: Its id on the page.
        note: Which run stands for it, and how long that trained.
        metrics: All its metrics.
        made_of: Its stages, or the engines that were tried, if it has such.
        view: Errors and more, or None where they cannot be shown.
        curves: Training curves.
        noise: Quality against noise, if it was measured.
        deletion: Fall of the probability as words are left out that explanations name, if it was measured.
        faithfulness: The same as a table.
        command: What made the run, or empty.
        faults: What could not be read, and why.
    """

    model: Model
    anchor: str
    note: str
    metrics: Table
    made_of: Sequence[Table]
    view: View | None
    curves: Sequence[Plot]
    noise: Plot | None
    deletion: Plot | None
    faithfulness: Table | None
    command: str
    faults: Sequence[str]

    @property
    def run(self) -> SavedRun:
        """The run that stands for the model."""
        return self.model.typical


def inside(model: Model, anchor: str) -> Inside:
    """Look into a model's typical run. A file that does not fit costs its part of the page, not the page."""
    run = model.typical
    faults = [f"{one.place}: {fault}" for one in model.runs for fault in one.faults]
    view = None
    if run.result.task in _VIEWS:
        try:
            view = _VIEWS[run.result.task](run, read_rows(run.folder / "predictions.jsonl"), f"{anchor}-spread")
        except NlprefError as error:
            faults.append(f"{run.place}: {error}; errors and their texts are left out")
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            faults.append(
                f"{run.place}: details or predictions do not have the expected form ({type(error).__name__}: {error}); "
                "errors and their texts are left out"
            )
    made_of: list[Table] = []
    try:
        made_of = tables_of(run)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        faults.append(f"{run.place}: stages or engines do not have the expected form ({type(error).__name__}: {error})")
    plots = [curve_plot(f"{anchor}-curve{row}", *curve) for row, curve in enumerate(curves(run.history).items())]
    noise = noise_plot(f"{anchor}-noise", run.noise) if run.noise else None
    measured = run.faithfulness
    return Inside(
        model=model,
        anchor=anchor,
        note=_note(model),
        metrics=all_metrics(model),
        made_of=made_of,
        view=view,
        curves=plots,
        noise=noise,
        deletion=deletion_plot(f"{anchor}-deletion", measured) if measured else None,
        faithfulness=faithfulness_table(measured) if measured else None,
        command=_command(run),
        faults=faults,
    )


def _note(model: Model) -> str:
    run = model.typical
    parts = [f"Run {run.place}, seed {run.result.seed}"]
    if len(model.runs) > 1:
        parts.append(f"the median one of {words.count(len(model.runs), 'run')} that differ only in their seed")
    seconds = run.result.details.get("fit_s")
    if isinstance(seconds, int | float):
        parts.append(f"trained in {words.significant(float(seconds))} s")
    return ", ".join(parts) + "."


def _command(run: SavedRun) -> str:
    written = command(run.config)
    if written.startswith("python"):
        return written
    experiment = run.result.experiment
    return f"python -m nlpref.train experiment={experiment} seed={run.result.seed}" if experiment else ""
