"""FAISS against the exact index, and both against sums in double precision, also while vectors come and go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from nlpref.errors import InputError
from nlpref.neural.static import StaticEncoder
from nlpref.retrieval import DenseRetriever, ExactIndex, FaissIndex, faiss_kinds
from nlpref.types import Document, Hit, JudgedQuery

Floats = NDArray[np.float32]
DIM = 24


def drawn(count: int, seed: int, dim: int = DIM) -> Floats:
    """Unit vectors around a few centres, as embeddings are."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(size=(12, dim))
    vectors = centres[random.integers(12, size=count)] + 0.7 * random.normal(size=(count, dim))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def names(count: int) -> list[str]:
    return [f"v{number:04d}" for number in range(count)]


def filled(index: Any, vectors: Floats) -> Any:
    index.add(names(len(vectors)), vectors)
    return index


def test_exact_index_is_the_sum_of_products() -> None:
    vectors, queries = drawn(300, 0), drawn(20, 1)
    products = queries.astype(np.float64) @ vectors.astype(np.float64).T
    for row, hits in zip(products, filled(ExactIndex(), vectors).search(queries, 7), strict=True):
        assert [hit.id for hit in hits] == [f"v{column:04d}" for column in np.argsort(-row)[:7]]
        assert [hit.score for hit in hits] == pytest.approx(np.sort(row)[::-1][:7], abs=1e-6)


@pytest.mark.parametrize("k", [1, 10, 500, 1000])
def test_flat_is_exact(k: int) -> None:
    vectors, queries = drawn(500, 2), drawn(30, 3)
    assert filled(FaissIndex("flat"), vectors).search(queries, k) == filled(ExactIndex(), vectors).search(queries, k)


def test_flat_is_exact_for_lengths_other_than_one() -> None:
    random = np.random.default_rng(4)
    vectors = drawn(200, 5) * random.uniform(1e-3, 1e3, size=(200, 1)).astype(np.float32)
    queries = drawn(10, 6) * np.float32(50)
    assert filled(FaissIndex("flat"), vectors).search(queries, 20) == filled(ExactIndex(), vectors).search(queries, 20)


def test_ties_wider_than_any_margin_go_by_id() -> None:
    """Three hundred equal vectors: FAISS names some of them, and the first ids must still come first."""
    vectors = np.concatenate([np.repeat(drawn(1, 7), 300, axis=0), drawn(100, 8)])
    random = np.random.default_rng(0)
    ids = [f"t{number:04d}" for number in random.permutation(400)]
    flat, exact = FaissIndex("flat"), ExactIndex()
    for index in (flat, exact):
        index.add(ids, vectors)
    found = flat.search(vectors[:1], 5)
    assert found == exact.search(vectors[:1], 5)
    assert [hit.id for hit in found[0]] == sorted(ids[:300])[:5]


@given(st.lists(st.tuples(st.sampled_from(["add", "remove", "search"]), st.integers(1, 9), st.integers(0, 99)), max_size=12))
@settings(max_examples=40)
def test_flat_stays_exact_while_vectors_come_and_go(steps: list[tuple[str, int, int]]) -> None:
    flat, exact, held, made = FaissIndex("flat"), ExactIndex(), list[str](), 0
    for action, count, seed in steps:
        if action == "add":
            ids = [f"n{made + number}" for number in range(count)]
            made += count
            for index in (flat, exact):
                index.add(ids, drawn(count, seed, dim=3))
            held += ids
        elif action == "remove":
            gone = np.random.default_rng(seed).permutation(held)[:count].tolist()
            for index in (flat, exact):
                index.remove(gone)
            held = [id_ for id_ in held if id_ not in gone]
        else:
            queries = drawn(3, seed, dim=3)
            assert flat.search(queries, count) == exact.search(queries, count)
    assert len(flat) == len(exact) == len(held)
    everything = flat.search(drawn(1, 0, dim=3), 200)
    assert sorted(hit.id for hit in everything[0]) == sorted(held)


@pytest.mark.parametrize(("kind", "recall"), [("hnsw", 0.99), ("ivf", 0.9)])
def test_stated_recall_of_the_quick_kinds(kind: Any, recall: float) -> None:
    """On 3,000 clustered vectors of 24 dimensions, default settings."""
    vectors, queries = drawn(3000, 9), drawn(100, 10)
    found = filled(FaissIndex(kind), vectors).search(queries, 10)
    truth = filled(ExactIndex(), vectors).search(queries, 10)
    shares = [len({hit.id for hit in one} & {hit.id for hit in other}) / 10 for one, other in zip(found, truth, strict=True)]
    assert np.mean(shares) >= recall
    scores = {hit.id: hit.score for hit in filled(ExactIndex(), vectors).search(queries[:1], 3000)[0]}
    assert all(hit.score == scores[hit.id] for hit in found[0])


@pytest.mark.parametrize(
    ("kind", "settings"),
    [("flat", {}), ("hnsw", {"neighbours": 4, "effort": 10}), ("ivf", {"probes": 1}), ("pq", {"oversampling": 1})],
)
def test_recall_is_that_against_the_exact_index(kind: Any, settings: dict[str, Any]) -> None:
    vectors, queries = drawn(900, 21), drawn(40, 22)
    index = filled(FaissIndex(kind, **settings), vectors)
    pairs = zip(filled(ExactIndex(), vectors).search(queries, 10), index.search(queries, 10), strict=True)
    shares = [len({hit.id for hit in exact} & {hit.id for hit in found}) / 10 for exact, found in pairs]
    assert index.recall(queries, 10) == pytest.approx(np.mean(shares))
    assert (kind == "flat") == (np.mean(shares) == 1)


def test_recall_is_unknown_where_there_is_nothing_to_compare_with() -> None:
    vectors = drawn(300, 23)
    assert filled(FaissIndex("sq8", keep_vectors=False), vectors).recall(vectors[:3], 5) is None
    assert FaissIndex().recall(vectors[:3], 5) is None


def test_effort_and_probes_buy_recall() -> None:
    vectors, queries = drawn(3000, 9), drawn(100, 10)
    truth = [{hit.id for hit in hits} for hits in filled(ExactIndex(), vectors).search(queries, 10)]

    def recall(index: FaissIndex) -> float:
        found = filled(index, vectors).search(queries, 10)
        return float(np.mean([len({hit.id for hit in hits} & best) / 10 for hits, best in zip(found, truth, strict=True)]))

    assert recall(FaissIndex("hnsw", neighbours=4, effort=1)) < recall(FaissIndex("hnsw", neighbours=32, effort=256))
    assert recall(FaissIndex("ivf", cells=50, probes=1)) < recall(FaissIndex("ivf", cells=50, probes=50)) == 1.0


def test_a_graph_does_not_depend_on_how_vectors_arrive_in_chunks() -> None:
    vectors, queries = drawn(400, 11), drawn(20, 12)
    one, two = FaissIndex("hnsw", effort=4), FaissIndex("hnsw", effort=4)
    one.add(names(400), vectors)
    for start in range(0, 400, 64):
        two.add(names(400)[start : start + 64], vectors[start : start + 64])
    assert one.search(queries, 10) == two.search(queries, 10)


@pytest.mark.parametrize("kind", ["hnsw", "ivf", "ivfsq8", "ivfpq"])
def test_quick_kinds_say_that_they_cannot_remove(kind: Any) -> None:
    index = filled(FaissIndex(kind), drawn(50, 13))
    with pytest.raises(InputError, match="cannot remove vectors; use kind='flat'"):
        index.remove(["v0001"])
    index.remove([])
    assert len(index) == 50


def test_refused_removal_removes_nothing() -> None:
    for index in (filled(FaissIndex(), drawn(5, 14)), filled(ExactIndex(), drawn(5, 14))):
        with pytest.raises(InputError, match="not in the index: 'x'"):
            index.remove(["v0001", "x"])
        assert len(index) == 5


@pytest.mark.parametrize("make", [ExactIndex, FaissIndex, lambda: FaissIndex("sq8"), lambda: FaissIndex("pq")])
def test_removed_ids_may_come_back_with_other_vectors(make: Any) -> None:
    index = filled(make(), drawn(10, 15))
    index.remove(["v0003", "v0000"])
    index.add(["v0003"], -drawn(10, 15)[3:4])
    [[last]] = [hits[-1:] for hits in index.search(drawn(10, 15)[3:4], 20)]
    assert last == Hit("v0003", pytest.approx(-1.0, abs=1e-6))


def test_auto_is_exact_for_few_vectors_and_a_graph_for_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, queries = drawn(400, 11), drawn(20, 12)
    assert filled(FaissIndex(), vectors).search(queries, 10) == filled(ExactIndex(), vectors).search(queries, 10)
    monkeypatch.setattr(faiss_kinds, "SMALL", 399)
    many = filled(FaissIndex(effort=4), vectors)
    assert many.search(queries, 10) == filled(FaissIndex("hnsw", effort=4), vectors).search(queries, 10)
    with pytest.raises(InputError, match="'hnsw' cannot remove vectors; use kind='flat'"):
        many.remove(["v0001"])
    few = filled(FaissIndex(), vectors[:399])
    few.add(names(400)[399:], vectors[399:])  # what it is stays what it was at the first add
    few.remove(["v0001"])
    for index in (few, many):
        index.save(tmp_path / "index")
        assert FaissIndex.load(tmp_path / "index").search(queries, 10) == index.search(queries, 10)


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(InputError, match="'lsh', expected auto or one of flat, hnsw, ivf, sq8, ivfsq8, pq, ivfpq"):
        filled(FaissIndex("lsh"), drawn(3, 16))  # type: ignore[arg-type]


def test_more_cells_than_vectors() -> None:
    vectors = drawn(3, 17)
    assert len(filled(FaissIndex("ivf", cells=100, probes=100), vectors).search(vectors, 5)[0]) == 3


CODED = [
    ("sq8", {}, 0.95),
    ("pq", {"parts": 8}, 0.6),
    ("ivfsq8", {"probes": 20}, 0.9),
    ("ivfpq", {"probes": 20, "parts": 8}, 0.6),
]


@pytest.mark.parametrize(("kind", "settings", "recall"), CODED)
def test_codes_alone_and_with_the_vectors_kept(kind: Any, settings: dict[str, Any], recall: float) -> None:
    """Kept vectors give the true scores and more of the nearest; codes alone give the scores of what they stand for."""
    vectors, queries = drawn(1500, 20), drawn(40, 21)
    truth = [{hit.id: hit.score for hit in hits} for hits in filled(ExactIndex(), vectors).search(queries, 1500)]
    shares = {}
    for keep in (True, False):
        index = filled(FaissIndex(kind, keep_vectors=keep, **settings), vectors)
        found = index.search(queries, 10)
        best = [set(list(scores)[:10]) for scores in truth]
        shares[keep] = np.mean([len({hit.id for hit in hits} & ten) / 10 for hits, ten in zip(found, best, strict=True)])
        errors = [abs(hit.score - scores[hit.id]) for hits, scores in zip(found, truth, strict=True) for hit in hits]
        assert max(errors) == 0 if keep else 0 < max(errors) < (0.02 if "sq8" in kind else 0.6)
        assert [index.search(queries[row : row + 1], 10)[0] for row in range(5)] == found[:5], "one by one"
    assert shares[False] >= recall
    assert shares[True] >= max(shares[False], 0.95)


def test_codes_alone_are_what_faiss_reconstructs() -> None:
    vectors, queries = drawn(300, 22), drawn(3, 23)
    index = filled(FaissIndex("pq", parts=6, keep_vectors=False), vectors)
    stand_for = index._index.reconstruct_n(0, 300)
    for query, hits in zip(queries, index.search(queries, 5), strict=True):
        products = stand_for @ query
        assert [hit.score for hit in hits] == pytest.approx(np.sort(products)[::-1][:5], abs=1e-6)


def test_an_index_of_codes_takes_less_room(tmp_path: Any) -> None:
    vectors, sizes = drawn(2000, 24, dim=64), {}
    for kind in ("flat", "sq8", "pq"):
        filled(FaissIndex(kind, keep_vectors=False), vectors).save(tmp_path / kind)  # type: ignore[arg-type]
        sizes[kind] = (tmp_path / kind / "vectors.faiss").stat().st_size
    assert sizes["sq8"] < sizes["flat"] / 3.5
    assert sizes["pq"] < sizes["flat"] / 6
    kept = filled(FaissIndex("pq"), vectors)
    kept.save(tmp_path / "kept")
    loaded = FaissIndex.load(tmp_path / "kept")
    assert isinstance(loaded._kept, np.memmap)
    assert loaded.search(vectors[:9], 5) == kept.search(vectors[:9], 5)
    loaded.add(["new"], vectors[:1])
    assert [hit.id for hit in loaded.search(vectors[:1], 2)[0]] == ["new", "v0000"]


@pytest.mark.parametrize("bad", [{"parts": 5}, {"parts": 0}, {"oversampling": 0}])
def test_numbers_of_codes_that_do_not_fit_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(bad))):
        filled(FaissIndex("pq", **bad), drawn(10, 25)).search(drawn(1, 26), 2)


def test_a_dense_retriever_tells_what_its_index_finds() -> None:
    documents = [Document(name, f"text {name}") for name in names(60)]
    queries = [JudgedQuery(f"q{number}", f"text v{number:04d}", {f"v{number:04d}": 1}) for number in range(5)]
    for index, told in ((FaissIndex("flat"), {"neighbours": {"recall@10": 1.0, "queries": 5}}), (ExactIndex(), {})):
        model = DenseRetriever(StaticEncoder(), index, cache=False).fit(documents)
        assert model.describe(queries) == told
