"""How often a tagger is right, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from nlpref.familiarity import FORMS
from nlpref.report import words
from nlpref.report.entity_confidence import scored
from nlpref.report.outcomes import share_of
from nlpref.report.sentences import Sentence
from nlpref.results import Estimate

__all__ = ["EntityCounts", "entity_headline", "entity_quality"]


class EntityCounts:
    """How many entities the test texts have, were marked, and were marked rightly; and the two shares.

    Args:
        sentences: Of the run.
        metrics: Of its record. Where all or none are right, an exact interval stands in for a bootstrap without width.
    """

    def __init__(self, sentences: Sequence[Sentence], metrics: Mapping[str, Estimate]) -> None:
        self.gold = sum(len(one.gold) for one in sentences)
        self.marked = sum(len(one.predicted) for one in sentences)
        self.right = sum(len(set(one.gold) & set(one.predicted)) for one in sentences)
        self.precision = _estimate(self.right, self.marked, metrics.get("precision_micro"))
        self.recall = _estimate(self.right, self.gold, metrics.get("recall_micro"))


def entity_headline(counts: EntityCounts) -> str:
    """What follows the name of the model."""
    if counts.precision is None:
        return "marks nothing"
    if counts.recall is None:
        return "was tested on texts without an entity"
    return (
        f"finds {words.out_of(counts.recall.value)} entities, and {words.out_of(counts.precision.value)} that it marks are right"
    )


def entity_quality(sentences: Sequence[Sentence], counts: EntityCounts) -> Iterator[str]:
    """How often it is right, how sure that is, what a mere list would find, whether it knows how sure it is."""
    yield (
        f"The test texts have {words.count(counts.gold, 'entity', 'entities')}; it marked {counts.marked:,} places, "
        f"{counts.right:,} of them rightly. Right is only what has exactly the right words and the right type."
    )
    if counts.precision is not None:
        yield f"Of 100 that it marks, {_expected(counts.precision)} are right."
    if counts.recall is not None:
        yield f"Of 100 that are in the texts, it finds {_expected(counts.recall)}."
    if (known := [one.form for sentence in sentences for one in sentence.known]) and len(known) == counts.gold:
        share = sum(form == FORMS[0] for form in known) / len(known)
        yield f"A mere list of the entities that it learned from would find at most {words.out_of(share)}."
    if scored(sentences) and counts.precision is not None:
        claimed = float(np.mean([span.score for one in sentences for span in one.predicted]))
        gap = claimed - counts.precision.value
        judged = (
            "which is about right" if abs(gap) < 0.02 else "so it is too sure of itself" if gap > 0 else "so it is too modest"
        )
        yield f"On average it says that it is {words.percent(claimed)} sure of a mark, {judged}."


def _estimate(right: int, n: int, found: Estimate | None) -> Estimate | None:
    if not n:
        return None
    return share_of(right, n) if found is None or right in (0, n) else found


def _expected(found: Estimate) -> str:
    return f"{100 * found.value:.0f} (95 % interval {100 * found.low:.1f} to {100 * found.high:.1f})"
