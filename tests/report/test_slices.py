"""Slices of a run's predictions as the page shows them."""

from __future__ import annotations

from typing import Any

from nlpref.report.slices import LENGTH, UNSEEN, slices_of, slices_table


def rows(n: int, channel: bool = True) -> list[dict[str, Any]]:
    """Every text by phone is wrong, and phones write long texts; the others are right."""
    return [
        {
            "id": str(number),
            "text": "word " * (9 if number % 4 == 0 else 1 + number % 3),
            "gold": "a",
            "predicted": "b" if number % 4 == 0 else "a",
            "probability": 0.9,
            **(
                {"facts": {"channel": "phone" if number % 4 == 0 else "mail", "empty": "", "size": str(number)}}
                if channel
                else {}
            ),
        }
        for number in range(n)
    ]


def test_facts_lengths_and_unseen_words_make_slices() -> None:
    given = rows(200)
    known = [{"id": row["id"], "unseen": 0.5 if row["predicted"] == "b" else 0.0} for row in given]
    found = slices_of(given, known)
    assert {one.column for one in found} == {LENGTH, UNSEEN, "channel", "size"}
    weak = {(one.column, one.value) for one in found if one.weak}
    assert weak == {(LENGTH, "9"), (UNSEEN, "50 %"), ("channel", "phone")}
    table = slices_table(found, facts=True)
    assert "slices of at least 20 texts tested, by length, unseen words and the facts of the texts" in table.caption
    assert [cell.text for cell in table.rows[0]][1:] == ["100 %", "0 %", "p < 0.001"]
    assert {row[0].text for row in table.rows} == {f"{LENGTH}: 9", f"{UNSEEN}: 50 %", "channel: phone"}
    assert table.rows[0][1].note == "50 of 50"


def test_without_facts_and_without_weakness_that_is_said() -> None:
    found = slices_of([{**row, "predicted": "a"} for row in rows(60, channel=False)])
    table = slices_table(found, facts=False)
    assert table.rows == []
    assert table.caption.startswith("No slice is wrong more often than the rest by more than chance (")
    assert "carry no other facts" in table.caption
    assert slices_of([]) == []


def test_another_number_of_familiar_rows_is_left_aside() -> None:
    assert {one.column for one in slices_of(rows(200, channel=False), [{"unseen": 0.0}])} == {LENGTH}
