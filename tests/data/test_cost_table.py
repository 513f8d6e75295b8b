"""Tables of costs from spreadsheets, and what is said of those that do not fit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nlpref.data.cost_table import read_cost_table
from nlpref.errors import DataError, InputError

TABLE = {"spam": {"spam": 0.0, "ham": 1.5}, "ham": {"spam": 20.0, "ham": 0.0}}


@pytest.mark.parametrize(("name", "by"), [("costs.csv", ","), ("costs.tsv", "\t")])
def test_a_spreadsheet(name: str, by: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("label,spam,ham\nspam,0,1.5\n\nham,20,0\n".replace(",", by), "utf-8")
    assert read_cost_table(tmp_path / name) == TABLE


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "line 1: found '', expected a header with distinct actions"),
        ("label,spam,spam\nspam,0,1\n", "line 1: found 'label,spam,spam', expected a header with distinct actions"),
        ("label,spam,ham\nspam,0\n", "line 2: found 2 fields, expected 3 as in the header"),
        ("label,spam,ham\nspam,0,1\nspam,0,1\n", "line 3, label: found 'spam', expected one row for each label"),
        ("label,spam,ham\nspam,0,dear\n", "line 2, ham: found 'dear', expected a number, such as 2.50"),
    ],
)
def test_a_spreadsheet_that_does_not_fit(content: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "costs.csv").write_text(content, "utf-8")
    with pytest.raises(DataError, match=re.escape(told)):
        read_cost_table(tmp_path / "costs.csv")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"costs\.csv"):
        read_cost_table(tmp_path / "costs.csv")
