"""A table of costs from a spreadsheet."""

from __future__ import annotations

from pathlib import Path

from nlpref.data.delimited import read_rows
from nlpref.data.faults import Faults
from nlpref.data.lines import existing

__all__ = ["read_cost_table"]


def read_cost_table(path: str | Path, delimiter: str | None = None) -> dict[str, dict[str, float]]:
    """Read what ``nlpref.decisions.CostMatrix`` takes, ``{true label: {action: cost}}``, from a CSV file.

    Args:
        path: The file: actions in the header from the second column on, then a row for each true label; such as one that
            begins with ``label,spam,ham,person`` and goes on with ``spam,0,5,1``.
        delimiter: One character. Default: a tab if the file name ends in ``.tsv``, else a comma.

    Raises:
        InputError: if the file does not exist.
        DataError: if rows, labels or numbers of the file do not fit.
    """
    path, faults = existing(path), Faults()
    rows = list(read_rows(path, delimiter or ("\t" if path.suffix == ".tsv" else ","), faults))
    _, header = rows[0] if rows else (1, [])
    actions = header[1:]
    if not actions or len(set(actions)) < len(actions):
        faults.add(path, 1, "", repr(",".join(header)), "a header with distinct actions from the second column on")
    faults.raise_if_any()
    table: dict[str, dict[str, float]] = {}
    for line, row in rows[1:]:
        if len(row) != len(header):
            faults.add(path, line, "", f"{len(row)} fields", f"{len(header)} as in the header")
        elif row[0] in table:
            faults.add(path, line, "label", repr(row[0]), "one row for each label")
        else:
            table[row[0]] = {}
            for action, cost in zip(actions, row[1:], strict=True):
                try:
                    table[row[0]][action] = float(cost)
                except ValueError:
                    faults.add(path, line, action, repr(cost), "a number, such as 2.50")
    faults.raise_if_any()
    return table
