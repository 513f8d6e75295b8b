"""A collection's folder: what is saved there, read whole or not at all, and replaced in one step.

::

    manifest            the current state: segments, sums, name of the log; replaced by renaming
    segment-000003/     arrays of documents that never change
    deleted-000005-segment-000003.npy    which of its documents are deleted
    log-000005, log-000005.marks         changes since
    lock                held by the one process that writes
    encoder/            what made the vectors, where the collection encodes itself

A writer makes new files beside the old ones, then replaces the manifest, and only then removes what no state names any
more. Readers that have opened the old files go on reading them.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from nlpref.collection.files import PARTIAL, sync
from nlpref.collection.log import ChangeLog, Tail, read_log
from nlpref.collection.manifest import FileSum, Manifest, SavedSegment
from nlpref.collection.merging import merge_to_disk
from nlpref.collection.segment import Segment
from nlpref.collection.view import Part
from nlpref.errors import StorageError

__all__ = ["State", "commit", "faults", "lock", "read_state", "sweep"]

OWN = ("segment-*", "deleted-*", "log-*", f"*{PARTIAL}")
"""What a writer makes in a folder, and removes again."""


@dataclass(frozen=True)
class State:
    """A saved state, and the changes since.

    Args:
        manifest: What is saved.
        parts: Its segments, opened.
        tail: The changes since.
    """

    manifest: Manifest
    parts: tuple[Part, ...]
    tail: Tail


def lock(folder: Path) -> int:
    """Become the one who writes, until the file descriptor is closed or the process ends.

    Raises:
        StorageError: if another process does.
    """
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise StorageError(f"{folder} is being written to by another process; wait for it, or open it to read") from None
    return handle


def read_state(folder: Path, *, verify: bool = True, known: Mapping[str, Segment] | None = None) -> State:
    """The current state, whatever a writer does meanwhile.

    Args:
        folder: Of the collection.
        verify: Compare the sums of all files; otherwise their sizes alone.
        known: Segments that are open already, by name.

    Raises:
        StorageError: if there is no collection, or it is damaged.
    """
    while True:
        manifest = Manifest.read(folder)
        try:
            return _read(folder, manifest, verify, known or {})
        except (FileNotFoundError, StorageError) as error:
            if Manifest.read(folder) == manifest:  # else a writer has removed the old state while it was read
                if isinstance(error, StorageError):
                    raise
                raise StorageError(f"{folder} is damaged: {error.filename} is missing; restore it from a copy") from None


def faults(folder: Path) -> list[str]:
    """What is wrong with the files of a collection, one line for each; empty if nothing is.

    Raises:
        StorageError: if the manifest itself cannot be read.
    """
    manifest = Manifest.read(folder)
    found = _faults(folder, manifest, quick=False)
    try:
        read_log(folder / manifest.log)
    except FileNotFoundError as error:
        found.append(f"{Path(str(error.filename)).name}: missing")
    except StorageError as error:
        found.append(str(error))
    return found


def commit(folder: Path, manifest: Manifest, parts: Sequence[Part], *, everything: bool = False) -> tuple[Manifest, list[Part]]:
    """Save a state, as the next generation with an empty log.

    What is in memory becomes a segment, together with saved segments that are no larger, so that a document is rewritten
    a few times only and there are never many segments; and with those that are half deleted.

    Args:
        folder: Of the collection, whose lock the caller holds.
        manifest: Of the state before.
        parts: The state to be saved.
        everything: Make one segment of all.

    Returns:
        The new manifest, and the parts as they are on disk.
    """
    sweep(folder, manifest)  # what a save that failed has left
    number, generation = manifest.next_segment, manifest.generation + 1
    made, kept = _plan(parts, everything)
    saved = {one.name: one for one in manifest.segments}
    entries, opened = [], []
    for part in kept:
        entries.append(_with_deleted(folder, generation, saved[part.segment.name], part))
        opened.append(part)
    if made:
        name = f"segment-{number:06d}"
        segment = merge_to_disk([part.segment for part in made], [part.live for part in made], folder / name)
        entries.append(SavedSegment(name, {path.name: FileSum.of(path) for path in sorted((folder / name).iterdir())}))
        opened.append(Part.whole(segment))
        number += 1
    log = f"log-{generation:06d}"
    ChangeLog.create(folder / log)
    new = replace(manifest, generation=generation, segments=tuple(entries), log=log, next_segment=number)
    new.write(folder)
    sweep(folder, new)
    return new, opened


def sweep(folder: Path, manifest: Manifest) -> None:
    """Remove what a writer has made and the current state does not name."""
    named = {manifest.log, f"{manifest.log}.marks"}
    named |= {name for one in manifest.segments for name in (one.name, one.deleted)}
    for pattern in OWN:
        for path in folder.glob(pattern):
            if path.name in named:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                with suppress(OSError):  # what cannot be removed does no harm
                    path.unlink()


def _read(folder: Path, manifest: Manifest, verify: bool, known: Mapping[str, Segment]) -> State:
    new = replace(manifest, segments=tuple(one for one in manifest.segments if one.name not in known))
    if found := _faults(folder, new, quick=not verify):
        raise StorageError(f"{folder} does not match its manifest, so nothing was loaded:\n  " + "\n  ".join(found))
    parts = []
    for one in manifest.segments:
        segment = known[one.name] if one.name in known else Segment.open(folder / one.name, one.files)
        live = np.ones(len(segment), dtype=bool)
        if one.deleted:
            live[np.load(folder / one.deleted, allow_pickle=False)] = False
        parts.append(Part(segment, live))
    return State(manifest, tuple(parts), read_log(folder / manifest.log))


def _faults(folder: Path, manifest: Manifest, *, quick: bool) -> list[str]:
    checked = {path: known.fault(path, quick=quick) for path, known in manifest.files(folder).items()}
    return [f"{path.relative_to(folder)}: {fault}" for path, fault in checked.items() if fault]


def _plan(parts: Sequence[Part], everything: bool) -> tuple[list[Part], list[Part]]:
    """The parts that become one new segment, and those that stay as they are."""
    living = [part for part in parts if part.live.any()]
    if everything and (len(living) > 1 or not all(part.segment.name and part.live.all() for part in living)):
        return living, []
    made = [part for part in living if not part.segment.name or 2 * part.live.sum() < len(part.live)]
    size = sum(int(part.live.sum()) for part in made)
    kept = [part for part in living if not any(part is one for one in made)]
    for part in sorted(kept, key=lambda part: int(part.live.sum())):
        if int(part.live.sum()) <= size:
            made.append(part)
            size += int(part.live.sum())
    chosen = {id(part) for part in made}
    return [part for part in living if id(part) in chosen], [part for part in living if id(part) not in chosen]


def _with_deleted(folder: Path, generation: int, saved: SavedSegment, part: Part) -> SavedSegment:
    if part.live.all():
        return replace(saved, deleted="", deleted_sum=None)
    path = folder / f"deleted-{generation:06d}-{saved.name}.npy"
    np.save(path, np.flatnonzero(~part.live).astype(np.int32), allow_pickle=False)
    sync(path)
    return replace(saved, deleted=path.name, deleted_sum=FileSum.of(path))
