"""How well labels of few training examples are found, beside the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["rare_label_recall"]


def rare_label_recall(learnt: Sequence[str], scored: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """Mean recall of the third of the labels that train has least of, and those as rare, and of the others.

    Args:
        learnt: Labels of the training examples.
        scored: ``recall`` and ``support`` of each label, as ``per_label`` gives them; labels without support are left out,
            as are those that train lacks.

    Returns:
        ``labels``, how many are rare, ``at_most``, their training examples, ``recall`` and ``recall_of_others``; nothing
        where all labels are as frequent.

    Example:
        >>> scored = {label: {"recall": share, "support": 9.0} for label, share in zip("abc", (0.5, 0.7, 0.9))}
        >>> found = rare_label_recall(["a", "b", "b", "c", "c"], scored)
        >>> found["labels"], found["at_most"], found["recall"], round(found["recall_of_others"], 3)
        (1, 1, 0.5, 0.8)
    """
    counts = Counter(learnt)
    met = [label for label, scores in scored.items() if scores["support"] > 0 and counts[label]]
    if len({counts[label] for label in met}) < 2:
        return {}
    limit = sorted(counts[label] for label in met)[-(-len(met) // 3) - 1]
    rare = np.array([counts[label] <= limit for label in met])
    if rare.all():
        return {}
    recall = np.array([scored[label]["recall"] for label in met])
    found = {"recall": float(recall[rare].mean()), "recall_of_others": float(recall[~rare].mean())}
    return {"labels": int(rare.sum()), "at_most": int(limit), **found}
