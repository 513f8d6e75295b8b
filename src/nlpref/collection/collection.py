"""Documents on disk that can be searched and changed: one process writes, any number read."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from nlpref.collection import store
from nlpref.collection.building import build
from nlpref.collection.change import Change
from nlpref.collection.facts import check_facts
from nlpref.collection.filters import Filter
from nlpref.collection.log import START, ChangeLog, Tail, read_log
from nlpref.collection.manifest import MANIFEST, Manifest
from nlpref.collection.merging import merge
from nlpref.collection.search import Search
from nlpref.collection.settings import CollectionSettings
from nlpref.collection.snippets import Snippet, snippet
from nlpref.collection.vector_source import ENCODER, VectorSource, check_encoder, identity_of
from nlpref.collection.view import Part, View
from nlpref.errors import InputError, StorageError
from nlpref.protocols import Encoder
from nlpref.retrieval.checks import check_cutoff, check_ids, check_known, check_new, check_share
from nlpref.retrieval.fusion import align
from nlpref.text.checks import check_examples, check_text, check_texts
from nlpref.types import Document, Hit

__all__ = ["Collection"]

By = Literal["words", "vectors", "both"]
LARGE = 4096
"""Documents of one change that are saved at once, without passing through the log; and documents that wait in the log."""
LOG_BYTES = 32_000_000
"""Length of a log that is saved before the next change."""
PARTS = 8
"""Segments in memory before they are made one."""


class Collection:
    """Documents with facts, found by BM25, by vectors, or by both, and kept in a folder.

    A change is on disk when the call that made it returns, and is there or not there as a whole. Scores are at any time those
    of a collection that was built of the live documents alone. ``open`` and ``create`` make one; it is closed by ``close``
    or by a ``with`` block.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp()) / "help"
        >>> with Collection.create(folder) as made:
        ...     made.add([Document("a", "the parcel has arrived", facts={"year": 2024}), Document("b", "a parcel is lost")])
        ...     made.delete(["b"])
        >>> with Collection.open(folder) as found:
        ...     [hit.id for hit in found.search(["parcels"])[0]]
        ['a']
    """

    def __init__(self, folder: Path, state: store.State, lock: int | None, encoder: Encoder | None) -> None:
        self.folder = folder
        self.settings = CollectionSettings.read(state.manifest.settings)
        self._manifest = state.manifest
        self._release = None if lock is None else weakref.finalize(self, os.close, lock)
        self._vectors = VectorSource(folder, state.manifest, self.settings, encoder)
        self._closed = False
        self._view = View(state.parts, self.settings)
        self._saved = len(state.parts)
        self._read_to = START
        self._take(state.tail)
        self._log = ChangeLog(folder / state.manifest.log, state.tail.end) if lock is not None else None

    @classmethod
    def create(
        cls,
        folder: str | Path,
        settings: CollectionSettings | None = None,
        *,
        encoder: Encoder | None = None,
        dim: int | None = None,
    ) -> Self:
        """Make an empty collection, open to write.

        Args:
            folder: A new or empty one.
            settings: How documents are read and scored.
            encoder: Makes the vectors of documents and queries; a copy is kept in the folder.
            dim: Length of vectors that are handed over with documents and queries, where there is no encoder.

        Raises:
            InputError: if both an encoder and a length are given.
            StorageError: if there is something in the folder.
        """
        folder = Path(folder).expanduser()
        if encoder is not None and dim is not None:
            raise InputError("got an encoder and dim, expected one of them: an encoder knows the length of its vectors")
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / MANIFEST).exists():
            raise StorageError(f"{folder} holds a collection already; open it, or give another folder")
        own = {path for pattern in (*store.OWN, "lock", ENCODER) for path in folder.glob(pattern)}
        if foreign := sorted(path.name for path in folder.iterdir() if path not in own):
            raise StorageError(f"{folder} is not empty, {foreign[0]!r} is in it; give a new folder")
        with _given_back_on_error(store.lock(folder)) as lock:
            identity = None
            if encoder is not None:
                encoder.save(folder / ENCODER)
                identity, dim = identity_of(folder / ENCODER), encoder.dim
            size = None if dim is None else check_cutoff(dim, "dim")
            manifest = Manifest(asdict(settings or CollectionSettings()), 1, "log-000001", dim=size, encoder=identity)
            store.sweep(folder, manifest)
            ChangeLog.create(folder / manifest.log)
            manifest.write(folder)
            return cls(folder, store.State(manifest, (), read_log(folder / manifest.log)), lock, encoder)

    @classmethod
    def open(
        cls,
        folder: str | Path,
        *,
        write: bool = False,
        verify: bool = True,
        settings: CollectionSettings | None = None,
        encoder: Encoder | None = None,
    ) -> Self:
        """Open a collection; arrays stay on disk until they are needed.

        Args:
            folder: Of the collection.
            write: Whether it is to be changed; one process at a time may.
            verify: Compare the checksums of all files first, which reads them once; otherwise their sizes alone.
            settings: What they must be; None takes them as they are.
            encoder: What must have made the vectors; None loads the collection's own when it is needed.

        Raises:
            StorageError: if there is no collection, it is damaged, or another process writes.
            InputError: if it was built with other settings or another encoder.
        """
        folder = Path(folder).expanduser()
        manifest = Manifest.read(folder)
        if settings is not None and (found := CollectionSettings.read(manifest.settings).differences(settings)):
            raise InputError(
                f"{folder} was built with other settings ({'; '.join(found)}); open it with its own, or build it anew"
            )
        if encoder is not None:
            check_encoder(folder, manifest, encoder)
        with _given_back_on_error(store.lock(folder) if write else None) as lock:
            state = store.read_state(folder, verify=verify)
            if write:
                store.sweep(folder, state.manifest)
            return cls(folder, state, lock, encoder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Save what waits in the log, so that opening is quick, and let others write; closing again does nothing."""
        if self._closed:
            return
        if self._release is not None:
            if self._read_to > START:
                self._commit(self._view)
            self._release()
        self._closed = True

    def __len__(self) -> int:
        return len(self._view)

    def __contains__(self, id_: object) -> bool:
        return isinstance(id_, str) and bool(self._view.find([id_]))

    @property
    def generation(self) -> tuple[int, int]:
        """Number of the saved state and length of the log, in bytes, that are seen; both only rise."""
        return self._manifest.generation, self._read_to

    @property
    def dim(self) -> int | None:
        """Length of vectors; None without vectors."""
        return self._manifest.dim

    @property
    def fields(self) -> dict[str, set[type]]:
        """Facts of the documents, and whether they are texts (``str``) or numbers (``float``)."""
        return dict(self._view.fields())

    def documents(self) -> Iterator[Document]:
        """All documents, as they were added."""
        return self._view.documents()

    def get(self, ids: Sequence[str]) -> list[Document]:
        """Some documents.

        Raises:
            InputError: if an id is not in the collection.
        """
        places = self._view.find(check_ids(ids))
        return [self._view.document(places[id_]) for id_ in check_known(ids, places)]

    def add(
        self, documents: Sequence[Document], vectors: NDArray[np.float32] | None = None, *, made_by: str | None = None
    ) -> None:
        """Add documents with new ids.

        Args:
            documents: In any number; thousands at once are quickest.
            vectors: Theirs, float32 (n_documents, dim), where the collection has no encoder of its own.
            made_by: Sum over the saved encoder that has made the vectors (``Embeddings.encoder``), where it has one.

        Raises:
            InputError: if a document, its facts or vectors do not fit, or an id is not new; nothing is added then.
            StorageError: if the collection is not open to write.
        """
        found = self._checked(documents)
        check_new([document.id for document in found], self._view.find([document.id for document in found]))
        self._change((), found, vectors, made_by)

    def update(self, documents: Sequence[Document], vectors: NDArray[np.float32] | None = None, *, insert: bool = False) -> None:
        """Put documents in the place of those that have their ids.

        Args:
            documents: As in ``add``.
            vectors: As in ``add``.
            insert: Add those whose id is new, instead of refusing them.

        Raises:
            InputError: as ``add``, but if an id is not in the collection; nothing is changed then.
            StorageError: if the collection is not open to write.
        """
        found = self._checked(documents)
        ids = [document.id for document in found]
        known = self._view.find(ids)
        if not insert:
            check_known(ids, known)
        self._change(tuple(id_ for id_ in ids if id_ in known), found, vectors)

    def delete(self, ids: Sequence[str]) -> None:
        """Remove documents.

        Raises:
            InputError: if an id is not in the collection; nothing is removed then.
            StorageError: if the collection is not open to write.
        """
        self._writable()
        names = check_known(ids, self._view.find(check_ids(ids)))
        self._change(tuple(names), [], None)

    def save(self) -> None:
        """Move what waits in the log into segments.

        Raises:
            StorageError: if the collection is not open to write.
        """
        self._writable()
        self._commit(self._view)

    def compact(self) -> None:
        """Make one segment of all, without what was deleted.

        Raises:
            StorageError: if the collection is not open to write.
        """
        self._writable()
        self._commit(self._view, everything=True)

    def refresh(self) -> bool:
        """See what a writer has acknowledged since; tells whether there was something. A writer sees its own changes at once.

        Raises:
            StorageError: if the collection is damaged.
        """
        if self._release is not None:
            return False
        before = self.generation
        if Manifest.read(self.folder) == self._manifest:
            try:
                self._take(read_log(self.folder / self._manifest.log, self._read_to))
                return self.generation != before
            except (FileNotFoundError, StorageError):
                pass  # a writer has just saved, or has taken back what it could not write: see the whole state anew
        known = {part.segment.name: part.segment for part in self._view.parts[: self._saved]}
        state = store.read_state(self.folder, known=known)
        self._manifest, self._view, self._saved = state.manifest, View(state.parts, self.settings), len(state.parts)
        self._take(state.tail)
        return True

    def search(
        self,
        queries: Sequence[str],
        k: int = 10,
        *,
        by: By = "words",
        filters: Sequence[Filter] = (),
        vectors: NDArray[np.float32] | None = None,
        weight: float = 0.5,
        depth: int = 100,
    ) -> list[list[Hit]]:
        """At most ``k`` documents for each query, score falling, ties by id.

        Args:
            queries: Texts; one of stop words only finds nothing by words.
            k: Cutoff.
            by: ``words`` for BM25, ``vectors`` for inner products, ``both`` for the sum of the two, each scaled to [0, 1].
            filters: Conditions that must hold of a document, before any is ranked.
            vectors: Of the queries, float32 (n_queries, dim), where the collection has no encoder of its own.
            weight: Share of BM25 in ``both``, 0 to 1.
            depth: Hits taken from each in ``both``, more if more are asked for.

        Raises:
            InputError: if an argument does not fit, no document has the fact of a filter, or there are no vectors.
        """
        texts, k = check_texts(queries), check_cutoff(k)
        if by not in ("words", "vectors", "both"):
            raise InputError(f"by is {by!r}, expected 'words', 'vectors' or 'both'")
        search = Search(self._view, self.settings, self._view.allowed(filters) if filters else None)
        if by == "words":
            return search.by_words(texts, k)
        rows = self._vectors.of_queries(texts, vectors)
        if by == "vectors":
            return search.by_vectors(rows, k)
        share, wide = check_share(weight, "weight"), max(k, check_cutoff(depth, "depth"))
        pairs = zip(search.by_words(texts, wide), search.by_vectors(rows, wide), strict=True)
        return [align(pair, "minmax").fuse([share, 1 - share], k) for pair in pairs]

    def snippet(self, id_: str, query: str, words: int = 30) -> Snippet:
        """The passage of a document that answers a query best.

        Raises:
            InputError: if the id is not in the collection, or ``words`` is below 1.
        """
        [document] = self.get([id_])
        text = document.text or document.title
        return snippet(
            text, check_text(query, "query"), self.settings.stemmer, self.settings.stopwords, check_cutoff(words, "words")
        )

    def export(self, folder: str | Path) -> None:
        """Write a copy with one segment, which has no encoder of its own: its vectors are handed over.

        Raises:
            StorageError: if there is something in the folder.
        """
        with Collection.create(folder, self.settings, dim=self.dim) as copy:
            parts = [part for part in self._view.parts if part.live.any()]
            if parts:
                copy._commit(View([Part.whole(merge([p.segment for p in parts], [p.live for p in parts]))], self.settings))
        (Path(folder) / "lock").unlink()

    def _checked(self, documents: Sequence[Document]) -> list[Document]:
        self._writable()
        found = check_examples(documents, Document, "documents")
        check_ids([document.id for document in found])
        for document in found:
            for name in ("id", "title", "text"):
                check_text(getattr(document, name), f"{name} of document {document.id!r:.40}")
            if not document.id:
                raise InputError("a document has an empty id, expected a name of its own")
            facts = check_facts(document.facts, f"document {document.id!r:.40}")
            check_texts([*facts, *(value for value in facts.values() if isinstance(value, str))])
        return found

    def _writable(self) -> ChangeLog:
        if self._closed:
            raise StorageError(f"the collection {self.folder} is closed; open it again")
        if self._log is None:
            raise StorageError(f"the collection {self.folder} is open to read; open it with write=True")
        return self._log

    def _change(
        self,
        deleted: tuple[str, ...],
        added: Sequence[Document],
        vectors: NDArray[np.float32] | None,
        made_by: str | None = None,
    ) -> None:
        if not deleted and not added:
            return
        if self._writable().end > LOG_BYTES or sum(len(part.segment) for part in self._fresh) >= LARGE:
            self._commit(self._view)
        change = Change(deleted, tuple(added), self._vectors.of_documents(added, vectors, made_by) if added else None)
        view = self._changed(change)
        if len(added) >= LARGE:
            self._commit(view)
            return
        log = self._writable()
        with self._abandoned_on_error():
            log.append(change.encode())
        self._read_to = log.end
        self._view = view

    @property
    def _fresh(self) -> tuple[Part, ...]:
        """The parts that are in memory."""
        return self._view.parts[self._saved :]

    def _changed(self, change: Change) -> View:
        view = self._view
        if change.deleted:
            view = view.without(list(view.find(change.deleted).values()))
        if change.added:
            view = view.with_part(build(change.added, self.settings, change.vectors))
        fresh = view.parts[self._saved :]
        if len(fresh) > PARTS:
            one = merge([part.segment for part in fresh], [part.live for part in fresh])
            view = View([*view.parts[: self._saved], Part.whole(one)], self.settings)
        return view

    def _take(self, tail: Tail) -> None:
        """Apply what a log holds."""
        for record in tail.records:
            self._view = self._changed(Change.decode(record))
        self._read_to = tail.end

    def _commit(self, view: View, *, everything: bool = False) -> None:
        with self._abandoned_on_error():
            self._manifest, parts = store.commit(self.folder, self._manifest, view.parts, everything=everything)
            self._view, self._saved, self._read_to = View(parts, self.settings), len(parts), START
            self._log = ChangeLog(self.folder / self._manifest.log, START)

    @contextmanager
    def _abandoned_on_error(self) -> Iterator[None]:
        """Close after a write that failed: what is on disk is whole, but nobody knows whether it has the last change."""
        try:
            yield
        except BaseException:
            self._closed = True
            if self._release is not None:
                self._release()
            raise


@contextmanager
def _given_back_on_error(lock: int | None) -> Iterator[int | None]:
    try:
        yield lock
    except BaseException:
        if lock is not None:
            with suppress(OSError):  # a collection that was made of it may have closed it
                os.close(lock)
        raise
