"""Lists of names, and where they occur among tokens.

A list is a dictionary of whole names, and beside it the most tokens of a name that begins with a given word, so that only
ranges that can be a name are looked up. It is as large as the names, and a lookup takes no longer the more of them there are.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

from nlpref import storage
from nlpref.errors import InputError

__all__ = ["NameList", "occurrences", "read_list", "read_table"]

NAMES = "names.json"


class NameList:
    """Names with the labels that they may have. A name is its words with a space between them.

    Args:
        names: Labels of each name.

    Example:
        >>> cities = NameList({"york": ("city",), "new york": ("city",)})
        >>> list(occurrences(["to", "new", "york"], [cities]))
        [(1, 3, 'new york'), (2, 3, 'york')]
    """

    def __init__(self, names: Mapping[str, Sequence[str]] | None = None) -> None:
        self.names: dict[str, tuple[str, ...]] = {}
        self.longest: dict[str, int] = {}
        self._shared: dict[tuple[str, ...], tuple[str, ...]] = {}
        for name, labels in (names or {}).items():
            for label in labels:
                self.add(name.split(" "), label)

    def __len__(self) -> int:
        return len(self.names)

    def add(self, words: Sequence[str], label: str) -> None:
        """Add a name, or another label to one that is there."""
        name = " ".join(words)
        labels = self.names.get(name, ())
        if label not in labels:
            more = (*labels, label)
            self.names[name] = self._shared.setdefault(more, more)  # a million names of one label share one tuple
        if self.longest.get(words[0], 0) < len(words):
            self.longest[sys.intern(words[0])] = len(words)

    def remove(self, name: str, label: str) -> None:
        """Take a label from a name, and the name with its last label."""
        if left := tuple(one for one in self.names[name] if one != label):
            self.names[name] = self._shared.setdefault(left, left)
        else:
            del self.names[name]

    def save(self, folder: Path) -> None:
        """Write ``names.json`` into an existing folder."""
        by_labels: dict[tuple[str, ...], list[str]] = {}
        for name, labels in self.names.items():
            by_labels.setdefault(labels, []).append(name)
        storage.write_json(folder / NAMES, [{"labels": labels, "names": names} for labels, names in by_labels.items()])

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        made = cls()
        for group in storage.read_json(folder / NAMES):
            for name in group["names"]:
                for label in group["labels"]:
                    made.add(name.split(" "), label)
        return made


def occurrences(words: Sequence[str], lists: Sequence[NameList]) -> Iterator[tuple[int, int, str]]:
    """Where any name of any list stands: start, end, name; overlapping ones too, from left to right, the longest first.

    Args:
        words: Tokens in the case that the names have.
        lists: What is looked for.
    """
    for start, word in enumerate(words):
        most = max((one.longest.get(word, 0) for one in lists), default=0)
        for end in range(min(start + most, len(words)), start, -1):
            name = " ".join(words[start:end])
            if any(name in one.names for one in lists):
                yield start, end, name


def read_list(path: str, split: Callable[[str], list[str]]) -> Iterator[list[str]]:
    """The words of each name of a file with one name on each line; blank lines are passed over.

    Raises:
        InputError: if the file cannot be read.
    """
    for _, line in _lines(path):
        if words := split(line):
            yield words


def read_table(path: str, split: Callable[[str], list[str]]) -> Iterator[tuple[list[str], str]]:
    """The words and the label of each name of a file with a name, a tab and a label on each line; blank lines are passed over.

    Raises:
        InputError: if the file cannot be read, or a line of it has not these two columns.
    """
    for number, line in _lines(path):
        if not line.strip():
            continue
        name, _, label = line.partition("\t")
        words, label = split(name), sys.intern(label.strip())
        if not words or not label or "\t" in label:
            raise InputError(f"{path}, line {number}: found {line[:60]!r}, expected a name, a tab and a label")
        yield words, label


def _lines(path: str) -> Iterable[tuple[int, str]]:
    try:
        with Path(path).expanduser().open(encoding="utf-8-sig", newline="\n") as stream:
            for number, line in enumerate(stream, start=1):
                yield number, line.removesuffix("\n").removesuffix("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path!r} cannot be read as a file of names in UTF-8: {error}") from None
