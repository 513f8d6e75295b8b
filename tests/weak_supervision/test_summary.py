"""Coverage, overlaps, conflicts and accuracy, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nlpref.errors import InputError
from nlpref.weak_supervision import Votes, summarise

VOTES = Votes(("ham", "spam"), ("a", "b", "idle"), np.array([[1, 0, -1], [1, 1, -1], [-1, 0, -1], [0, -1, -1]]))


def test_by_hand() -> None:
    a, b, idle = summarise(VOTES, ["spam", "spam", "ham", "spam"])
    assert (a.name, a.polarity, a.coverage, a.overlaps, a.conflicts, a.warning) == ("a", ("ham", "spam"), 0.75, 0.5, 0.25, "")
    assert a.accuracy == pytest.approx(2 / 3)
    assert (b.coverage, b.overlaps, b.conflicts) == (0.75, 0.5, 0.25)
    assert (idle.polarity, idle.coverage, idle.accuracy, idle.warning) == ((), 0.0, None, "abstains on every text")


def test_without_gold_there_is_no_accuracy_and_chance_is_told_of() -> None:
    assert [one.accuracy for one in summarise(VOTES)] == [None] * 3
    assert summarise(VOTES, ["ham", "ham", "spam", "spam"])[0].warning == "no better than chance"
    assert summarise(VOTES, ["eggs"] * 4)[0].accuracy == 0.0  # a label that no function knows is never right


@pytest.mark.parametrize(("votes", "gold"), [(VOTES, ["ham"]), (Votes(("a",), ("f",), np.zeros((0, 1), dtype=int)), None)])
def test_what_does_not_fit(votes: Votes, gold: list[str] | None) -> None:
    with pytest.raises(InputError, match="a gold label for each or none"):
        summarise(votes, gold)


@given(arrays(np.int64, st.tuples(st.integers(1, 8), st.integers(1, 4)), elements=st.integers(-1, 2)))
def test_agrees_with_counting_pair_by_pair(table: np.ndarray) -> None:
    names = tuple(f"f{column}" for column in range(table.shape[1]))
    for column, found in enumerate(summarise(Votes(("a", "b", "c"), names, table))):
        others = [[vote for other, vote in enumerate(row) if other != column and vote >= 0] for row in table.tolist()]
        own = table[:, column].tolist()
        votes = [vote >= 0 for vote in own]
        assert found.coverage == pytest.approx(np.mean(votes))
        assert found.overlaps == pytest.approx(np.mean([v and bool(o) for v, o in zip(votes, others, strict=True)]))
        contradicted = [v >= 0 and any(other != v for other in o) for v, o in zip(own, others, strict=True)]
        assert found.conflicts == pytest.approx(np.mean(contradicted))
