"""Labelled texts from your own files, by format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from nlpref.data.dataset import InMemoryDataset
from nlpref.data.delimited import read_csv, read_jsonl
from nlpref.data.given_files import from_files
from nlpref.types import LabelledText

__all__ = ["csv", "jsonl"]


def csv(
    train: str | Path | None,
    test: str | Path | None = None,
    validation: str | Path | None = None,
    *,
    text: str = "text",
    label: str = "label",
    id: str | None = None,
    facts: Sequence[str] = (),
    unlabelled: bool = False,
    out_of_scope: str | None = None,
    delimiter: str | None = None,
    validation_fraction: float = 0.1,
    test_fraction: float = 0.2,
    seed: int = 0,
    name: str | None = None,
) -> InMemoryDataset[LabelledText]:
    """Labelled texts from CSV files with a header.

    Args:
        train: File to train on; None for data to evaluate on, which then need a test file.
        test: File to evaluate on.
        validation: File to choose on.
        text: Column of the text.
        label: Column of the label.
        id: Column of the id; without one, line numbers are the ids.
        facts: Further columns to keep.
        unlabelled: Whether labels of train may be empty: of such a text only the text is known (``UNLABELLED``), and it is
            never carved out of train.
        out_of_scope: Label of texts that are none of train's, which the other files may have although train lacks it; for
            ``classifier=out_of_scope``.
        delimiter: Default: a tab for ``.tsv``, else a comma.
        validation_fraction: Share of train to carve if no validation file is given; 0 for no validation split.
        test_fraction: Share of train to carve if no test file is given; 0 for no test split, 1 for a test split alone.
        seed: Of the carving.
        name: What to call the dataset; default: the name of the train file, or without one of the test file.

    Raises:
        InputError: if a file does not exist, a fraction is out of range, no test split can be carved, or all of train is in
            another split too.
        DataError: if a file has faults, among them a label that train lacks.
    """

    def read(path: str | Path, labels: Sequence[str] | None = None) -> Iterator[LabelledText]:
        bare = unlabelled and path == train
        return read_csv(path, text=text, label=label, id=id, facts=facts, delimiter=delimiter, labels=labels, unlabelled=bare)

    return from_files(read, train, test, validation, validation_fraction, test_fraction, seed, name, out_of_scope)


def jsonl(
    train: str | Path | None,
    test: str | Path | None = None,
    validation: str | Path | None = None,
    *,
    text: str = "text",
    label: str = "label",
    id: str | None = None,
    facts: Sequence[str] = (),
    unlabelled: bool = False,
    out_of_scope: str | None = None,
    validation_fraction: float = 0.1,
    test_fraction: float = 0.2,
    seed: int = 0,
    name: str | None = None,
) -> InMemoryDataset[LabelledText]:
    """Labelled texts from JSON lines; the arguments are those of ``csv``.

    Raises:
        InputError: if a file does not exist or a fraction is out of range.
        DataError: if a file has faults, among them a label that train lacks.
    """

    def read(path: str | Path, labels: Sequence[str] | None = None) -> Iterator[LabelledText]:
        bare = unlabelled and path == train
        return read_jsonl(path, text=text, label=label, id=id, facts=facts, labels=labels, unlabelled=bare)

    return from_files(read, train, test, validation, validation_fraction, test_fraction, seed, name, out_of_scope)
