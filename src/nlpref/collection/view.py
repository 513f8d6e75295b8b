"""One state of a collection: its segments, and which of their documents are live. A change makes another view."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nlpref.collection.filters import Filter
from nlpref.collection.segment import Segment
from nlpref.collection.settings import CollectionSettings
from nlpref.collection.vectors import VectorMatches
from nlpref.collection.words import WordMatches
from nlpref.errors import InputError
from nlpref.types import Document

__all__ = ["Part", "Place", "View"]

Place = tuple[int, int]
"""Number of a part, and of a document in it."""


@dataclass(frozen=True, eq=False)
class Part:
    """A segment and its live documents, (n_documents,)."""

    segment: Segment
    live: NDArray[np.bool_]

    @classmethod
    def whole(cls, segment: Segment) -> Part:
        """All documents are live."""
        return cls(segment, np.ones(len(segment), dtype=bool))


class View:
    """Documents are numbered through all parts, deleted ones too, and so are rows.

    Args:
        parts: In the order in which they were added.
        settings: Of the collection.
    """

    def __init__(self, parts: Sequence[Part], settings: CollectionSettings) -> None:
        self.parts = tuple(parts)
        self.settings = settings

    @cached_property
    def bases(self) -> NDArray[np.int64]:
        """Number of each part's first document, and of the one after the last, (n_parts + 1,)."""
        return np.cumsum([0, *(len(part.segment) for part in self.parts)])

    @cached_property
    def _bases(self) -> list[int]:
        return list(self.bases.tolist())

    @cached_property
    def live(self) -> NDArray[np.bool_]:
        """Which documents are live, (n_documents,)."""
        return np.concatenate([np.zeros(0, dtype=bool), *(part.live for part in self.parts)])

    @cached_property
    def parents(self) -> NDArray[np.int64]:
        """Document of each row, (n_rows,)."""
        numbered = [part.segment.arrays["parents"] + base for part, base in zip(self.parts, self.bases.tolist(), strict=False)]
        return np.concatenate([np.zeros(0, dtype=np.int64), *numbered])

    @cached_property
    def words(self) -> WordMatches:
        """Term matching over the live documents."""
        rows = [part.live[part.segment.arrays["parents"]] for part in self.parts]
        return WordMatches([part.segment for part in self.parts], rows, self.settings)

    @cached_property
    def vectors(self) -> VectorMatches:
        """Similarity over all documents."""
        firsts = np.searchsorted(self.parents, np.arange(len(self.live)))
        return VectorMatches([part.segment for part in self.parts], firsts, self.settings.combine)

    def __len__(self) -> int:
        return sum(int(part.live.sum()) for part in self.parts)

    def find(self, ids: Sequence[str]) -> dict[str, Place]:
        """Where the live ones of some ids are."""
        found = {}
        for number, part in enumerate(self.parts):
            for id_, place in zip(ids, part.segment.ids.find(ids).tolist(), strict=True):
                if place >= 0 and part.live[place]:
                    found[id_] = (number, place)
        return found

    def ids(self, documents: Sequence[int]) -> list[str]:
        """Ids of documents, by their numbers."""
        found = []
        for document in documents:
            part = bisect_right(self._bases, document) - 1
            found.append(self.parts[part].segment.ids[document - self._bases[part]])
        return found

    def document(self, place: Place) -> Document:
        """A document as it was added."""
        return self.parts[place[0]].segment.document(place[1])

    def documents(self) -> Iterator[Document]:
        """The live ones, in the order in which they were added."""
        for part in self.parts:
            yield from (part.segment.document(place) for place in np.flatnonzero(part.live).tolist())

    def without(self, places: Sequence[Place]) -> View:
        """The view once some documents are deleted."""
        gone: dict[int, list[int]] = {}
        for part, place in places:
            gone.setdefault(part, []).append(place)
        return View([_less(part, gone.get(number, [])) for number, part in enumerate(self.parts)], self.settings)

    def with_part(self, segment: Segment) -> View:
        """The view once documents are added."""
        return View([*self.parts, Part.whole(segment)], self.settings)

    def fields(self) -> Mapping[str, set[type]]:
        """Facts that live documents have, and whether they are texts (``str``) or numbers (``float``)."""
        found: dict[str, set[type]] = {}
        for part in self.parts:
            table = part.segment.facts
            for field in table.values:
                if ((codes := table.codes(field)) is not None) and (codes[part.live] >= 0).any():
                    found.setdefault(field, set()).add(str)
            for field in table.number_fields:
                if ((numbers := table.numbers(field)) is not None) and not np.isnan(numbers[part.live]).all():
                    found.setdefault(field, set()).add(float)
        return found

    def allowed(self, filters: Sequence[Filter]) -> NDArray[np.bool_]:
        """Live documents for which all conditions hold, (n_documents,).

        Raises:
            InputError: if no live document has a fact that a condition asks for, though there are documents.
        """
        held = self.live.copy()
        for condition in filters:
            present = [part.segment.facts.present(condition.field, len(part.segment)) & part.live for part in self.parts]
            if len(self) and not any(rows.any() for rows in present):
                known = ", ".join(map(repr, sorted(self.fields()))) or "none"
                raise InputError(f"no document has the fact {condition.field!r}; their facts are {known}")
            holding = [condition.holds(part.segment.facts, len(part.segment)) for part in self.parts]
            held &= np.concatenate([np.zeros(0, dtype=bool), *holding])
        return held


def _less(part: Part, places: Sequence[int]) -> Part:
    if not places:
        return part
    live = part.live.copy()
    live[list(places)] = False
    return replace(part, live=live)
