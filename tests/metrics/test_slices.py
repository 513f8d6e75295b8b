"""Slices against Fisher's exact test of scipy, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from nlpref.errors import InputError
from nlpref.metrics.multiple import holm
from nlpref.metrics.significance import resample_weights
from nlpref.metrics.slices import Column, find_slices


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abc")), min_size=6, max_size=60))
def test_p_values_are_those_of_fisher_adjusted_by_holm(rows: list[tuple[bool, str]]) -> None:
    wrong = np.array([row[0] for row in rows])
    values = [row[1] for row in rows]
    found = find_slices(wrong, [Column("letter", values)], support=2)
    inside = {one.value: np.array([value == one.value for value in values]) for one in found}
    exact = [
        fisher_exact(
            [[(wrong & members).sum(), (~wrong & members).sum()], [(wrong & ~members).sum(), (~wrong & ~members).sum()]],
            alternative="greater",
        ).pvalue
        for members in inside.values()
    ]
    assert [one.p_value for one in found] == pytest.approx(holm(exact))
    assert exact == pytest.approx(sorted(exact))
    for one in found:
        assert one.n == inside[one.value].sum() >= 2
        assert one.wrong + one.rest_wrong == wrong.sum()
        assert one.n + one.rest_n == len(wrong)


def test_numbers_are_cut_into_fifths_and_few_are_taken_as_they_are() -> None:
    wrong = [number < 20 for number in range(100)]
    found = find_slices(wrong, [Column("length", [float(number) for number in range(100)])])
    assert {one.value for one in found} == {"0 to 19", "20 to 39", "40 to 59", "60 to 79", "80 to 99"}
    assert (found[0].value, found[0].rate, found[0].rest_rate, found[0].weak) == ("0 to 19", 1.0, 0.0, True)
    assert not any(one.weak for one in found[1:])
    few = find_slices(wrong, [Column("size", [number // 50 for number in range(100)], "size {:g}".format)])
    assert [one.value for one in few] == ["size 0", "size 1"]


def test_most_texts_may_share_one_number() -> None:
    values = [0.0] * 75 + [0.01 * number for number in range(1, 26)]
    found = find_slices([False] * 75 + [True] * 25, [Column("unseen", values, "{:.2f}".format)])
    assert {one.value for one in found} == {"0.00", "0.01 to 0.25"}
    assert found[0].wrong == 25


def test_what_is_not_known_is_in_no_slice_and_what_is_too_small_or_too_varied_is_not_tested() -> None:
    wrong = [True, False] * 50
    known = find_slices(wrong, [Column("channel", ["mail"] * 40 + [None] * 60)])
    assert [(one.value, one.n, one.rest_n) for one in known] == [("mail", 40, 60)]
    assert find_slices(wrong, [Column("channel", ["mail"] * 19 + ["phone"] * 81)]) == []
    assert find_slices(wrong, [Column("name", [str(number) for number in range(100)])], support=1) == []
    assert find_slices(wrong, [Column("nothing", [None] * 100), Column("no number", [float("nan")] * 100)]) == []
    assert find_slices([], []) == []


def test_chance_is_called_chance() -> None:
    """Twenty columns of noise: without adjustment one of them would be below 0.05."""
    random = np.random.default_rng(3)
    wrong = random.random(300) < 0.2
    columns = [Column(f"noise {number}", random.choice(["a", "b"], 300).tolist()) for number in range(20)]
    assert not any(one.weak for one in find_slices(wrong, columns))


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(InputError, match="channel: expected a value, or None, for each of the 2 texts"):
        find_slices([True, False], [Column("channel", ["mail"])])
    with pytest.raises(InputError, match="support must be at least 1"):
        find_slices([True], [], support=0)


def test_intervals_of_weak_slices_are_drawn_by_cluster() -> None:
    """Thirty sentences of two entities; those of the first ten are all wrong. The share in one resample, counted by hand."""
    clusters = [number for number in range(30) for _ in range(2)]
    wrong = [number < 10 or number == 12 for number in clusters]
    kind = ["a" if number < 15 else "b" for number in clusters]
    weak, strong = find_slices(wrong, [Column("kind", kind)], clusters=clusters)
    assert (weak.value, weak.weak, strong.interval) == ("a", True, None)
    shares = np.array([number < 10 or number == 12 for number in range(15)], dtype=float)
    drawn = shares @ np.hstack(list(resample_weights(15, 1000))) / 15
    assert weak.interval is not None
    assert weak.interval.value == weak.rate == pytest.approx(11 / 15)
    assert (weak.interval.low, weak.interval.high) == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])))
    assert find_slices(wrong, [Column("kind", kind)])[0].interval is None
    with pytest.raises(InputError, match="clusters: expected a number for each of the 60 texts, got 1"):
        find_slices(wrong, [Column("kind", kind)], clusters=[0])
