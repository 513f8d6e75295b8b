"""How often a classifier is right, in plain words, counted on the texts that it answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from nlpref.report import words
from nlpref.report.outcomes import OUTSIDE, Outcomes
from nlpref.report.promises import lacking
from nlpref.results import Estimate

__all__ = ["headline", "quality_notes"]


def headline(details: Mapping[str, Any], outcomes: Outcomes, accuracy: Estimate) -> str:
    """What follows the name of the model.

    Args:
        details: Of the record.
        outcomes: What was done with each text.
        accuracy: Share of right ones among the texts that were given a label; plays no part if none was.
    """
    labelled, n = len(outcomes.labelled), len(outcomes.each)
    if not labelled:
        return _nothing(details, outcomes)
    if labelled == n:
        return f"is right for {words.out_of(accuracy.value)} texts"
    return f"answers {words.out_of(labelled / n)} texts and is right for {words.out_of(accuracy.value)} of those"


def quality_notes(outcomes: Outcomes, accuracy: Estimate) -> Iterator[str]:
    """How often it is right, how sure that is, what the simplest rule would do, and whether it knows how sure it is.

    Args:
        outcomes: What was done with each text.
        accuracy: As for ``headline``.
    """
    labelled, n = outcomes.labelled, len(outcomes.each)
    if not labelled:
        yield f"Of {n:,} texts it gave none a label, so it can be neither right nor wrong."
    elif len(labelled) < n:
        yield f"Of {n:,} texts it gave {len(labelled):,} a label and {n - len(labelled):,} none."
    if labelled:
        yield (
            f"Of {len(labelled):,} texts it labelled {outcomes.right:,} rightly: {words.out_of(accuracy.value)}. With other "
            f"texts of the same kind one would expect between {100 * accuracy.low:.1f} and {100 * accuracy.high:.1f} of 100 "
            "(95 % interval)."
        )
    if outcomes.rejects:
        called = [one for one in outcomes.each if one.action == OUTSIDE]
        fit = sum(one.row["gold"] != outcomes.outside for one in called)
        yield f"It called {words.count(len(called), 'text')} out of scope; {fit:,} of them would have fitted a label."
    golds = Counter(str(one.row["gold"]) for one in outcomes.each if one.row["gold"] != outcomes.outside)
    if golds:
        yield f"Giving every text the commonest label would be right for {words.out_of(max(golds.values()) / n)}."
    if labelled:
        claimed = float(np.mean([one.confidence for one in labelled]))
        gap = claimed - accuracy.value
        judged = (
            "which is about right" if abs(gap) < 0.02 else "so it is too sure of itself" if gap > 0 else "so it is too modest"
        )
        yield f"On average it says that it is {words.percent(claimed)} sure, {judged}."


def _nothing(details: Mapping[str, Any], outcomes: Outcomes) -> str:
    if outcomes.kind == "selection":
        found = details["selection"]
        if found.get("answered"):
            return f"answers none of {words.count(len(outcomes.each), 'text')}: it was not sure enough of any"
        why = lacking(found, float(found["risk"]), float(found["confidence"]))
        return "answers nothing, because no promise could be made" + (f": {why}" if why else "")
    if outcomes.kind == "review":
        return "answers nothing: it hands all texts to people"
    if outcomes.kind == "costs":
        return "gives no text a label: to do something else is expected to cost less"
    return "calls all texts out of scope"
