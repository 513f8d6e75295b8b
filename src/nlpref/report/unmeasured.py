"""What the records of a run do not show, said in words, since what is absent is easily taken for fine."""

from __future__ import annotations

from collections.abc import Iterator

from nlpref.report.outcomes import Outcomes
from nlpref.report.runs import SavedRun

__all__ = ["unmeasured"]


def unmeasured(run: SavedRun, outcomes: Outcomes) -> Iterator[str]:
    """One sentence for each thing that was not measured.

    Args:
        run: The run.
        outcomes: What was done with each of its texts.
    """
    yield "Texts that differ from the test texts: newer ones, other products, other customers, other languages."
    if "out_of_scope_auroc" not in run.result.metrics:
        if outcomes.rejects:
            yield "Whether it notices texts that fit none of the labels: the test texts cannot show it."
        elif outcomes.kind is None:
            yield "Texts that fit none of the labels: it gives them one all the same."
        else:
            yield "Texts that fit none of the labels: it may give them one all the same."
    if not any(one.row.get("facts") for one in outcomes.each):
        yield "Whether it serves all channels, segments or groups of people equally well: the texts carry no such facts."
    if run.noise is None:
        yield "How much typing errors, slang or cut-off texts harm it (nlpref robustness)."
    if run.latency is None:
        yield "How fast it answers, and on what machine (nlpref bench)."
    if run.faithfulness is None:
        yield "Whether explanations of its answers can be trusted (nlpref explain)."
    yield "Whether the labels of the test texts are all right themselves: they count as the truth here (nlpref label-errors)."
    yield "What it would do if trained again: this is one training with one seed."
