"""Which evidence a calibrator reads: what helps on sentences that it was not fitted on, and no more."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from nlpref.decisions.spans.calibrator import LogisticSpans, log_losses

__all__ = ["choose_evidence", "crossed_losses"]

Floats = NDArray[np.float64]
FOLDS = 5


def crossed_losses(columns: Floats, right: NDArray[np.bool_], sentences: NDArray[np.intp], seed: int = 0) -> Floats:
    """Log loss of each span by a calibrator that has not seen its sentence, in nats, (n_spans,).

    Args:
        columns: Evidence, (n_spans, n_columns).
        right: Verdicts, (n_spans,).
        sentences: Number of the sentence of each span, (n_spans,).
        seed: Fixes the folds.
    """
    names, rows = np.unique(sentences, return_inverse=True)
    fold_of = (np.random.default_rng(seed).permutation(len(names)) % FOLDS)[rows]
    losses = np.zeros(len(right))
    for fold in np.unique(fold_of):
        held = fold_of == fold
        losses[held] = log_losses(LogisticSpans.fit(columns[~held], right[~held])(columns[held]), right[held])
    return losses


def choose_evidence(
    score: Floats, further: Mapping[str, Floats], right: NDArray[np.bool_], sentences: NDArray[np.intp], seed: int = 0
) -> list[str]:
    """Kinds of evidence worth reading beside the score: added one by one, each by more than a standard error.

    The gain is that of the cross-validated log loss, and its standard error is over sentences, since the spans of one are
    alike. So chance rarely adds a kind, and one that would be learnt by heart on few spans stays out.

    Args:
        score: Log-odds of the scores, (n_spans, 1).
        further: Columns of each kind, (n_spans, n_columns).
        right: Verdicts, (n_spans,).
        sentences: Number of the sentence of each span, (n_spans,).
        seed: Fixes the folds.

    Source: Breiman et al. 1984, section 3.4.3 (the rule of one standard error).
    """
    taken: list[str] = []
    columns = score
    losses = crossed_losses(columns, right, sentences, seed) if len(right) else np.zeros(0)
    while len(right):
        tried = {
            name: crossed_losses(np.hstack([columns, more]), right, sentences, seed)
            for name, more in further.items()
            if name not in taken
        }
        helpful = {name: gain for name, found in tried.items() if (gain := _gain(losses - found, sentences)) > 0}
        if not helpful:
            break
        best = max(helpful, key=lambda name: helpful[name])
        taken.append(best)
        columns, losses = np.hstack([columns, further[best]]), tried[best]
    return taken


def _gain(gains: Floats, sentences: NDArray[np.intp]) -> float:
    """Sum of the gains less its standard error, which comes from the sums of sentences."""
    _, rows = np.unique(sentences, return_inverse=True)
    sums = np.bincount(rows, weights=gains)
    if len(sums) < 2:
        return 0.0
    return float(sums.sum() - sums.std(ddof=1) * np.sqrt(len(sums)))
