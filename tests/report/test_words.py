"""Numbers on the page."""

import pytest

from nlpref.report import words


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0123456, "0.0123"), (0.5, "0.500"), (9.996, "10.00"), (12.34, "12.3"), (123.4, "123"), (12345.6, "12,346"), (0.0, "0")],
)
def test_three_significant_digits(value: float, text: str) -> None:
    assert words.significant(value) == text


def test_what_was_not_measured_is_said_so_and_zero_is_not() -> None:
    assert words.significant(None) == "not measured"
    assert words.significant(0.0) == "0"


def test_minus_is_a_minus() -> None:
    assert words.interval(-0.12, 0.5, 1) == "\N{MINUS SIGN}0.1 to 0.5"


@pytest.mark.parametrize(("p", "text"), [(0.00009, "p < 0.001"), (0.0031, "p = 0.003"), (0.04, "p = 0.04"), (1.0, "p = 1.00")])
def test_p_values(p: float, text: str) -> None:
    assert words.p_value(p) == text


@pytest.mark.parametrize(("share", "text"), [(0.0, "0 %"), (0.001, "< 1 %"), (0.126, "13 %"), (1.0, "100 %")])
def test_percent(share: float, text: str) -> None:
    assert words.percent(share) == text


def test_counts_agree_with_their_noun() -> None:
    assert [words.count(n, "query", "queries") for n in (0, 1, 1200)] == ["0 queries", "1 query", "1,200 queries"]
    assert [words.points(difference) for difference in (0.01, -0.0123)] == ["1.0 point", "1.2 points"]
    assert [words.times(ratio) for ratio in (1.44, 9.9, 12.3)] == ["1.4 times", "9.9 times", "12 times"]
