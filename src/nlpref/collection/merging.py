"""Several segments made into one, without what was deleted and without reading texts anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from nlpref.collection.facts import FactTable
from nlpref.collection.files import sync
from nlpref.collection.names import NameTable
from nlpref.collection.segment import Segment

__all__ = ["merge", "merge_to_disk"]

BLOCK = 1 << 21
"""Postings that are moved at once, so that memory does not grow with the collection."""
Bools = NDArray[np.bool_]


class Allocate(Protocol):
    """Gives an array to be filled."""

    def __call__(self, name: str, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]: ...


def merge(segments: Sequence[Segment], live: Sequence[Bools]) -> Segment:
    """A segment in memory of the live documents, in order.

    Args:
        segments: At least one.
        live: Which documents of each are kept, (n_documents,).
    """
    return Segment(_merged(segments, live, lambda _, shape, dtype: np.empty(shape, dtype)))


def merge_to_disk(segments: Sequence[Segment], live: Sequence[Bools], folder: Path) -> Segment:
    """The same in a new folder, brought to disk before it is opened."""
    folder.mkdir()

    def allocate(name: str, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
        made: NDArray[Any] = open_memmap(folder / f"{name}.npy", mode="w+", dtype=dtype, shape=shape)
        return made

    for name, array in _merged(segments, live, allocate).items():
        if not isinstance(array, np.memmap):
            np.save(folder / f"{name}.npy", array, allow_pickle=False)
        else:
            array.flush()
    for path in folder.iterdir():
        sync(path)
    sync(folder)
    return Segment.open(folder, [path.name for path in folder.iterdir()])


def _merged(segments: Sequence[Segment], live: Sequence[Bools], allocate: Allocate) -> dict[str, NDArray[Any]]:
    kept_rows = [kept[segment.arrays["parents"]] for segment, kept in zip(segments, live, strict=True)]
    ids = [id_ for segment, kept in zip(segments, live, strict=True) for id_, stays in _marked(segment.ids.all(), kept) if stays]
    arrays: dict[str, NDArray[Any]] = {
        **NameTable.of(ids).arrays("ids"),
        **FactTable.merged([segment.facts for segment in segments], live).arrays,
        **_joined_documents(segments, live, allocate),
        **_joined_postings(segments, kept_rows, allocate),
        "parents": _parents(segments, live, kept_rows),
    }
    names = ["lengths", "spans", *(["vectors"] if "vectors" in segments[0].arrays else [])]
    for name in names:
        arrays[name] = _joined_rows(name, segments, kept_rows, allocate)
    return arrays


def _marked(names: Sequence[str], kept: Bools) -> Iterator[tuple[str, bool]]:
    return zip(names, kept.tolist(), strict=True)


def _parents(segments: Sequence[Segment], live: Sequence[Bools], rows: Sequence[Bools]) -> NDArray[np.int32]:
    parts, start = [], 0
    for segment, kept, own in zip(segments, live, rows, strict=True):
        number = np.cumsum(kept) - 1 + start
        parts.append(number[segment.arrays["parents"][own]])
        start += int(kept.sum())
    return np.concatenate(parts).astype(np.int32)


def _joined_rows(name: str, segments: Sequence[Segment], rows: Sequence[Bools], allocate: Allocate) -> NDArray[Any]:
    first = segments[0].arrays[name]
    made = allocate(name, (sum(int(own.sum()) for own in rows), *first.shape[1:]), first.dtype)
    start = 0
    for segment, own in zip(segments, rows, strict=True):
        for low, high in _runs(own):
            made[start : start + high - low] = segment.arrays[name][low:high]
            start += high - low
    return made


def _joined_documents(segments: Sequence[Segment], live: Sequence[Bools], allocate: Allocate) -> dict[str, NDArray[Any]]:
    sizes = [np.diff(segment.arrays["document_ends"], prepend=0)[kept] for segment, kept in zip(segments, live, strict=True)]
    ends = np.cumsum(np.concatenate(sizes), dtype=np.int64)
    made = allocate("documents", (int(ends[-1]) if len(ends) else 0,), np.uint8)
    start = 0
    for segment, kept in zip(segments, live, strict=True):
        borders = np.concatenate([[0], segment.arrays["document_ends"]])
        for low, high in _runs(kept):
            content = segment.arrays["documents"][borders[low] : borders[high]]
            made[start : start + len(content)] = content
            start += len(content)
    return {"documents": made, "document_ends": ends}


def _joined_postings(segments: Sequence[Segment], rows: Sequence[Bools], allocate: Allocate) -> dict[str, NDArray[Any]]:
    """Terms that no live row holds are left out."""
    holders = [_live_holders(segment, own) for segment, own in zip(segments, rows, strict=True)]
    vocabulary: dict[str, int] = {}
    places = []
    for segment, found in zip(segments, holders, strict=True):
        place = np.full(len(found), -1, dtype=np.int64)
        for row, (term, held) in enumerate(zip(segment.terms.all(), found.tolist(), strict=True)):
            if held:
                place[row] = vocabulary.setdefault(term, len(vocabulary))
        places.append(place)
    totals = np.zeros(len(vocabulary), dtype=np.int64)
    for place, found in zip(places, holders, strict=True):
        totals[place[place >= 0]] += found[place >= 0]
    starts = np.concatenate([[0], np.cumsum(totals)]).astype(np.int64)
    new_rows = allocate("rows", (int(starts[-1]),), np.int32)
    kind = np.result_type(*(segment.arrays["counts"] for segment in segments))
    new_counts = allocate("counts", (int(starts[-1]),), kind)
    heads, base = starts[:-1].copy(), 0
    for segment, own, place in zip(segments, rows, places, strict=True):
        number = np.where(own, np.cumsum(own) - 1 + base, -1).astype(np.int32)
        for low, high in _term_blocks(segment):
            local, kept, moved = _block(segment, own, low, high)
            each = np.bincount(local, minlength=high - low)
            within = np.arange(len(local)) - np.repeat(np.cumsum(each) - each, each)
            held = each > 0
            target = np.zeros(high - low, dtype=np.int64)
            target[held] = heads[place[low:high][held]]
            at = target[local] + within
            new_rows[at] = number[moved]
            new_counts[at] = kept
            heads[place[low:high][held]] += each[held]
        base += int(own.sum())
    return {**NameTable.of(list(vocabulary)).arrays("terms"), "starts": starts, "rows": new_rows, "counts": new_counts}


def _live_holders(segment: Segment, own: Bools) -> NDArray[np.int64]:
    """How many live rows hold each term, (n_terms,)."""
    held = np.diff(segment.arrays["starts"])
    if own.all():
        return held
    parts = [np.bincount(_block(segment, own, low, high)[0], minlength=high - low) for low, high in _term_blocks(segment)]
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts])


def _block(segment: Segment, own: Bools, low: int, high: int) -> tuple[NDArray[np.int64], NDArray[Any], NDArray[np.int32]]:
    """The live postings of terms ``low`` to ``high``: term (counted from ``low``), count and row of each."""
    starts = segment.arrays["starts"][low : high + 1]
    rows = segment.arrays["rows"][starts[0] : starts[-1]]
    kept = own[rows]
    local = np.repeat(np.arange(high - low), np.diff(starts))[kept]
    return local, segment.arrays["counts"][starts[0] : starts[-1]][kept], rows[kept]


def _term_blocks(segment: Segment) -> Iterator[tuple[int, int]]:
    """Ranges of terms with about ``BLOCK`` postings each."""
    starts = segment.arrays["starts"]
    low, last = 0, len(starts) - 1
    while low < last:
        high = int(np.searchsorted(starts, starts[low] + BLOCK, side="right")) - 1
        high = min(max(high, low + 1), last)
        yield low, high
        low = high


def _runs(kept: Bools) -> Iterator[tuple[int, int]]:
    """Ranges of neighbours that are kept."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], kept, [False]]).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
