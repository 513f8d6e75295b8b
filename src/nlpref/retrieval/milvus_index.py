"""Nearest vectors by Milvus: embedded in this process, or a cluster when one machine is not enough."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.errors import InputError, StorageError
from nlpref.retrieval.checks import check_cutoff, check_ids, check_known, check_new, check_vectors
from nlpref.retrieval.milvus_engine import FILE, EmbeddedMilvus, MilvusCluster, explained
from nlpref.retrieval.ordering import inner_products, top_hits
from nlpref.text.checks import check_texts
from nlpref.types import Hit

__all__ = ["MilvusIndex"]

T = TypeVar("T")

TYPES = {"flat": "FLAT", "hnsw": "HNSW"}
KEY, ID, VECTOR = "key", "id", "vector"
LONGEST_ID = 65_535
"""Bytes of an id: what Milvus lets a string field hold."""
MOST = 16_384
"""Milvus gives no more hits than this for one query."""
MARGIN = 16
"""Candidates asked for beyond the cutoff, so that ties at the cutoff are seen."""
MESSAGE = 8 * 1024 * 1024
"""Bytes of vectors that go over the wire at once; a cluster refuses messages above 64 MB."""
KEYS = 1_000
"""Keys asked for at once."""
NOTE = "The vectors are in the collection of the cluster that component.json names. This folder holds no vectors and no token."


class MilvusIndex(BaseEstimator):
    """Keeps vectors in Milvus and finds those of the largest inner product.

    Without ``uri`` the engine is Milvus Lite: it runs within this process over a private folder, ``save`` copies that folder
    and ``load`` works on a copy. It goes through all its ids for each call, so it is for tests and for small collections.

    With ``uri`` the vectors are in a collection of a cluster, which is made if it is absent and which other processes may use
    too. What is added or removed is there at once, and stays: ``save`` writes the address and the name of the collection, not
    the vectors. Two indexes must not share a collection unless they are to share their vectors.

    Milvus names the candidates; their scores are then computed once more, row by row, so that scores and the order of ties are
    those of ``ExactIndex``. Where more than 16,384 vectors tie at the cutoff, which of them are found is Milvus's choice.

    Args:
        uri: Address of a cluster, such as ``http://localhost:19530``; None for the embedded engine.
        collection: Name of the collection.
        token_variable: Environment variable that holds the cluster's token, or ``user:password``. The token itself is no
            argument, for arguments are saved and shown.
        kind: ``flat`` compares with every vector and is exact; ``hnsw`` walks a graph, faster on large collections, and misses
            a few. It matters when the collection is made.
        neighbours: Links of a vector in the graph (``hnsw``).
        effort: Candidates kept while the graph is searched (``hnsw``); more finds more.
        timeout_s: Patience while connecting to a cluster.

    Raises:
        InputError: at the first use, if ``kind`` or ``uri`` is none.
        MissingResourceError: at the first use, if pymilvus is not installed or the cluster does not answer.

    Source: Wang et al. 2021 (Milvus); Malkov and Yashunin 2018 (HNSW).

    Example:
        >>> import numpy as np
        >>> index = MilvusIndex()
        >>> index.add(["north", "east"], np.eye(2, dtype=np.float32))  # doctest: +SKIP
        >>> [hit.id for hit in index.search(np.array([[0.2, 0.9]], dtype=np.float32), k=5)[0]]  # doctest: +SKIP
        ['east', 'north']
    """

    def __init__(
        self,
        uri: str | None = None,
        collection: str = "nlpref",
        token_variable: str = "MILVUS_TOKEN",
        kind: Literal["flat", "hnsw"] = "flat",
        neighbours: int = 32,
        effort: int = 128,
        timeout_s: float = 10.0,
    ) -> None:
        self.uri = uri
        self.collection = collection
        self.token_variable = token_variable
        self.kind = kind
        self.neighbours = neighbours
        self.effort = effort
        self.timeout_s = timeout_s
        self._engine: EmbeddedMilvus | MilvusCluster | None = None
        self._dim: int | None = None
        self._longest = 1.0
        self._saved_dim: int | None = None

    def __len__(self) -> int:
        if self._width() is None:
            return 0
        with self._asking() as client:
            rows = client.query(self.collection, output_fields=["count(*)"], consistency_level="Strong")
        return int(rows[0]["count(*)"])

    def add(self, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Store vectors, float32 (n, dim), under new ids; the first ones given fix ``dim``.

        They go in blocks: if a cluster fails in the middle, the blocks before it are stored, and the others are not.

        Raises:
            InputError: if an id is not new or too long, or the vectors do not fit.
        """
        names = check_texts(check_ids(ids))
        dim = self._width()
        rows = check_vectors(vectors, dim)
        if len(names) != len(rows):
            raise InputError(f"got {len(names)} ids for {len(rows)} vectors, expected one id for each vector")
        if long := [id_ for id_ in names if len(id_.encode()) > LONGEST_ID]:
            raise InputError(f"an id is longer than {LONGEST_ID} bytes: {long[0]!r:.40}")
        check_new(names, self._held(names))
        if not names:
            return
        if dim is None:
            self._make(rows.shape[1])
        step = max(1, MESSAGE // (4 * rows.shape[1]))
        with self._asking() as client:
            for start in range(0, len(names), step):
                part = zip(names[start : start + step], rows[start : start + step], strict=True)
                # upsert: an id that another process added meanwhile is replaced, never there twice
                client.upsert(self.collection, [{KEY: _key(id_), ID: id_, VECTOR: row} for id_, row in part])
        self._longest = max(self._longest, float(np.linalg.norm(rows, axis=1).max()))

    def remove(self, ids: Sequence[str]) -> None:
        """Forget vectors.

        Raises:
            InputError: if an id is not in the index; nothing is removed then.
        """
        names = check_texts(check_ids(ids))
        check_known(names, self._held(names))
        for keys in _blocks([_key(id_) for id_ in names], KEYS):
            with self._asking() as client:
                client.delete(self.collection, ids=keys)

    def search(self, vectors: NDArray[np.float32], k: int) -> list[list[Hit]]:
        """The ``k`` most similar for each query vector (n_queries, dim); fewer when fewer are found.

        Raises:
            InputError: if the vectors do not fit, or ``k`` is below 1 or above 16,384.
        """
        k = check_cutoff(k)
        if k > MOST:
            raise InputError(f"k is {k}, and Milvus gives at most {MOST} hits for a query")
        dim = self._width()
        queries = check_vectors(vectors, dim)
        found: list[list[Hit]] = [[] for _ in queries]
        pending = list(range(len(queries) if dim is not None else 0))
        fetch = min(k + MARGIN, MOST)
        while pending:
            widen = []
            for block in _blocks(pending, max(1, MESSAGE // (4 * queries.shape[1] * fetch))):
                for position, (ids, rows) in zip(block, self._candidates(queries[block], fetch), strict=True):
                    found[position], seen_all = self._rescore(queries[position], ids, rows, k)
                    if not seen_all and len(ids) == fetch < MOST:
                        widen.append(position)
            pending, fetch = widen, min(4 * fetch, MOST)
        return found

    def save(self, folder: Path) -> None:
        """Write the embedded engine's files; of a cluster only where it is, after asking it to store what it was given."""
        dim = self._width()
        with storage.draft(self, folder) as made:
            state: dict[str, Any] = {"dim": dim, "longest": self._longest}
            if isinstance(self._engine, EmbeddedMilvus):
                self._engine.copy(made / FILE)
                self._dim = None  # the engine starts anew, and must load the collection again
            elif self._engine is not None:
                with self._asking() as client:
                    if dim is not None:
                        client.flush(self.collection)
                state["note"] = NOTE
            storage.write_json(made / "milvus.json", state)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote; a cluster is asked when the index is first used."""
        index = storage.restore(cls, folder)
        saved = storage.read_json(Path(folder) / "milvus.json")
        index._longest, index._saved_dim = saved["longest"], saved["dim"]
        if (Path(folder) / FILE).is_dir():
            index._engine = EmbeddedMilvus(Path(folder) / FILE)
        return index

    @contextmanager
    def _asking(self) -> Iterator[Any]:
        """A connected client; what Milvus refuses inside the block is explained."""
        if self._engine is None:
            if self.uri is None:
                self._engine = EmbeddedMilvus()
            else:
                self._engine = MilvusCluster(self.uri, self.token_variable, self.timeout_s)
        client = self._engine.client()
        with explained(self._engine.where):
            yield client

    def _width(self) -> int | None:
        """Components of the stored vectors; None as long as there is no collection."""
        if self._dim is None and (self.uri is not None or self._engine is not None):
            with self._asking() as client:
                if client.has_collection(self.collection):
                    self._dim = self._described(client.describe_collection(self.collection))
                    client.load_collection(self.collection)
            if self._saved_dim not in (None, self._dim):
                there = "is not there" if self._dim is None else f"holds vectors of {self._dim} components"
                raise StorageError(
                    f"the index was saved with vectors of {self._saved_dim} components in the collection {self.collection!r}, "
                    f"which {there} now; build it anew"
                )
        return self._dim

    def _described(self, description: dict[str, Any]) -> int:
        fields = {field["name"]: field.get("params", {}) for field in description["fields"]}
        if fields.keys() != {KEY, ID, VECTOR}:
            raise InputError(f"the collection {self.collection!r} is not one of MilvusIndex: its fields are {', '.join(fields)}")
        return int(fields[VECTOR]["dim"])

    def _make(self, dim: int) -> None:
        if self.kind not in TYPES:
            raise InputError(f"kind is {self.kind!r}, expected one of {', '.join(TYPES)}")
        links = {"M": check_cutoff(self.neighbours, "neighbours"), "efConstruction": max(200, 2 * self.neighbours)}
        with self._asking() as client:
            from pymilvus import DataType

            schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
            # ids as people write them would have to be escaped in filters, and Milvus wants short keys
            schema.add_field(KEY, DataType.VARCHAR, is_primary=True, max_length=64)
            schema.add_field(ID, DataType.VARCHAR, max_length=LONGEST_ID)
            schema.add_field(VECTOR, DataType.FLOAT_VECTOR, dim=dim)
            search = client.prepare_index_params()
            params = links if self.kind == "hnsw" else {}
            search.add_index(VECTOR, index_type=TYPES[self.kind], metric_type="IP", params=params)
            client.create_collection(self.collection, schema=schema, consistency_level="Strong")
            client.create_index(self.collection, search, sync=False)  # there is nothing yet to wait for
            client.load_collection(self.collection)
        self._dim = dim

    def _held(self, names: Sequence[str]) -> set[str]:
        """Which of the ids are stored."""
        found: set[str] = set()
        if self._width() is None:
            return found
        for keys in _blocks([_key(id_) for id_ in names], KEYS):
            with self._asking() as client:
                rows = client.query(self.collection, ids=keys, output_fields=[ID], consistency_level="Strong")
            found.update(row[ID] for row in rows)
        return found

    def _candidates(self, queries: NDArray[np.float32], fetch: int) -> Iterator[tuple[list[str], NDArray[np.float32]]]:
        """Ids and vectors, (n, dim), of what Milvus holds to be the most similar to each query."""
        params = {"ef": max(fetch, check_cutoff(self.effort, "effort"))} if self.kind == "hnsw" else {}
        with self._asking() as client:
            answers = client.search(
                self.collection,
                data=list(queries),
                limit=fetch,
                output_fields=[ID, VECTOR],
                search_params={"metric_type": "IP", "params": params},
                consistency_level="Strong",
            )
        for hits in answers:
            entities = [hit["entity"] for hit in hits]
            rows = np.array([entity[VECTOR] for entity in entities], dtype=np.float32)
            yield [entity[ID] for entity in entities], rows.reshape(len(entities), queries.shape[1])

    def _rescore(self, query: NDArray[np.float32], ids: list[str], rows: NDArray[np.float32], k: int) -> tuple[list[Hit], bool]:
        """The best ``k`` candidates, and whether no vector beyond the candidates can tie with them."""
        if not ids:
            return [], True
        scores = inner_products(rows, query)
        hits = top_hits(ids, scores, k)
        longest = max(self._longest, float(np.linalg.norm(rows, axis=1).max()))
        rounding = 1e-5 * float(np.linalg.norm(query)) * longest
        return hits, len(hits) == k and float(scores.min()) < hits[-1].score - 2 * rounding


def _key(id_: str) -> str:
    return hashlib.sha256(id_.encode()).hexdigest()


def _blocks(items: Sequence[T], size: int) -> Iterator[list[T]]:
    for start in range(0, len(items), size):
        yield list(items[start : start + size])
