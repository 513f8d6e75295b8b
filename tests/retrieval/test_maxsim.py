"""Late interaction against loops over single tokens."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.contracts.small_model import small_minilm

from nlpref.errors import InputError
from nlpref.neural.backbone import open_backbone
from nlpref.neural.subwords import Subwords
from nlpref.retrieval import Bm25Retriever, MaxSimReranker, RerankedRetriever
from nlpref.retrieval.token_vectors import TokenVectors
from nlpref.types import Document

TEXTS = ["the parcel was lost on its way", "a wooden table", "", "lost " * 60, "where is it?"]
QUERY = "who has lost a parcel"


def states(text: str, max_length: int) -> list[np.ndarray]:
    """Unit vectors of the sub-words between the two special ones, one by one."""
    encoding = Subwords(Path(small_minilm()), max_length).texts([text])[0]
    with torch.inference_mode():
        output = open_backbone(small_minilm())(torch.tensor([encoding.ids])).last_hidden_state[0].numpy()
    return [row / np.linalg.norm(row) for row in output[1:-1]]


def plain_score(query: str, text: str, max_length: int = 32) -> float:
    asked, held = states(query, max_length), states(text, max_length)
    if not asked or not held:
        return 0.0
    return float(np.mean([max(float(one @ other) for other in held) for one in asked]))


@pytest.mark.parametrize(("precision", "error"), [("float32", 2e-6), ("float16", 5e-4), ("int8", 5e-3)])
def test_score_is_the_mean_of_greatest_products(precision: str, error: float) -> None:
    reranker = MaxSimReranker(small_minilm(), max_length=32, precision=precision)  # type: ignore[arg-type]
    expected = [plain_score(QUERY, text) for text in TEXTS]
    assert reranker.score(QUERY, TEXTS).tolist() == pytest.approx(expected, abs=error)
    assert reranker.score("", TEXTS).tolist() == [0.0] * len(TEXTS)


def test_a_text_matches_itself() -> None:
    reranker = MaxSimReranker(small_minilm(), precision="float32")
    assert reranker.score(TEXTS[0], TEXTS[:1])[0] == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("precision", ["float32", "float16", "int8"])
def test_what_is_prepared_scores_the_same_and_is_not_read_again(precision: str, tmp_path: Path) -> None:
    plain = MaxSimReranker(small_minilm(), max_length=32, precision=precision)  # type: ignore[arg-type]
    prepared = MaxSimReranker(small_minilm(), max_length=32, precision=precision)  # type: ignore[arg-type]
    prepared.prepare([*TEXTS, *TEXTS[:2]])
    expected = plain.score(QUERY, TEXTS)
    asked: list[int] = []
    read = prepared._read
    prepared._read = lambda texts: asked.append(len(texts)) or read(texts)  # type: ignore[method-assign]
    assert np.array_equal(prepared.score(QUERY, TEXTS), expected)
    assert asked == [1, 0], "the query alone is read"
    prepared.save(tmp_path / "made")
    loaded = MaxSimReranker.load(tmp_path / "made")
    assert np.array_equal(loaded.score(QUERY, TEXTS), expected)
    assert loaded._kept.keys() == prepared._kept.keys()


def test_preparing_anew_forgets_and_reuses() -> None:
    reranker = MaxSimReranker(small_minilm(), max_length=32)
    reranker.prepare(TEXTS[:2])
    first = dict(reranker._kept)
    reranker.prepare(TEXTS[1:3])
    assert len(reranker._kept) == 2
    [shared] = first.keys() & reranker._kept.keys()
    assert reranker._kept[shared] is first[shared]
    none = MaxSimReranker(small_minilm(), prepared=False)
    none.prepare(TEXTS)
    assert none._kept == {}


def test_a_retriever_has_its_documents_prepared() -> None:
    documents = [Document(str(row), text) for row, text in enumerate(TEXTS)]
    reranker = MaxSimReranker(small_minilm(), max_length=32)
    retriever = RerankedRetriever(Bm25Retriever(), reranker, blend=1.0).fit(documents)
    assert len(reranker._kept) == len(TEXTS)
    [hits] = retriever.search([QUERY])
    scores = reranker.score(QUERY, TEXTS)
    assert [hit.id for hit in hits] == sorted((hit.id for hit in hits), key=lambda id_: -scores[int(id_)])


def test_eight_bits_are_within_half_a_step() -> None:
    vectors = np.random.default_rng(0).normal(size=(9, 16)).astype(np.float32)
    vectors[3] = 0
    coded = TokenVectors.of(vectors, "int8")
    assert coded.codes.dtype == np.int8
    assert (np.abs(coded.floats() - vectors) <= np.abs(vectors).max(axis=1, keepdims=True) / 127 / 2 + 1e-6).all()


def test_unknown_precision_is_refused() -> None:
    with pytest.raises(InputError, match="'float8', expected one of float32, float16, int8"):
        MaxSimReranker(small_minilm(), precision="float8").score("a", ["b"])  # type: ignore[arg-type]
