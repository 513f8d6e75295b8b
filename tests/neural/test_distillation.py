"""Distilled vectors against scikit-learn's principal components and against model2vec."""

from __future__ import annotations

from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import PCA
from tests.contracts.small_model import small_minilm
from transformers import AutoModel

from nlpref.errors import InputError
from nlpref.neural.distillation import UNUSED, distil, principal_components, zipf_weights
from nlpref.neural.quiet import quiet_transformers
from nlpref.neural.unit import unit_or_zero_rows

TEXTS = ["where is my parcel", "a", "I would like to return the shoes. " * 20, "", "🙂", "Füße, 12,50 €"]


@pytest.fixture(scope="module")
def model2vec() -> Any:
    """The peer's own functions; the package around that file asks for an older transformers."""
    package = find_spec("model2vec")
    if package is None or package.origin is None:
        pytest.skip("the peer is an optional package")
    spec = spec_from_file_location("model2vec_inference", Path(package.origin).parent / "distill" / "inference.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_components_are_scikit_learns() -> None:
    rows = np.random.default_rng(0).normal(size=(60, 9)).astype(np.float32) * np.arange(1, 10, dtype=np.float32)
    found, theirs = principal_components(rows, 4), PCA(4, svd_solver="full").fit_transform(rows)
    assert np.abs(found) == pytest.approx(np.abs(theirs), abs=1e-4)
    assert found[np.abs(found).argmax(axis=0), range(4)].min() > 0, "the farthest row lies on the positive side of an axis"


def test_weights_by_hand() -> None:
    """Ranks 1 and 2 count as 2 and 3: shares 1/2 and 1/3 of 5/6, that is 0.6 and 0.4."""
    assert zipf_weights(2, sif=0.1).tolist() == pytest.approx([0.1 / 0.7, 0.1 / 0.5])
    assert np.diff(zipf_weights(50)).min() > 0


def test_agrees_with_model2vec(model2vec: Any) -> None:
    """Token vectors by their functions from the same transformer, texts by their model."""
    static_model = pytest.importorskip("model2vec").StaticModel
    table = distil(small_minilm(), Path(small_minilm()), 32)
    names = sorted(table.tokenizer.get_vocab().items(), key=lambda item: item[1])
    kept = [id_ for token, id_ in names if not UNUSED.fullmatch(token)]
    assert len(kept) < len(names)
    with quiet_transformers():
        transformer = AutoModel.from_pretrained(small_minilm())
    states = model2vec.create_embeddings(transformer, [[101, id_, 102] for id_ in kept], "cpu", 0)
    theirs = model2vec.apply_pca(states, 32) * model2vec.compute_weights(len(kept), 1e-4)[:, None]
    assert table.vectors[kept] == pytest.approx(theirs, rel=2e-3, abs=2e-4)
    assert not table.vectors[sorted({id_ for _, id_ in names} - set(kept))].any()
    peer = static_model(table.vectors, table.tokenizer, normalize=True)
    assert unit_or_zero_rows(table.sums(TEXTS)) == pytest.approx(peer.encode(TEXTS), abs=1e-6)


@pytest.mark.parametrize("dim", [0, 385, 2.5])
def test_dimensions_that_the_model_has_not(dim: Any) -> None:
    with pytest.raises(InputError, match=f"dim is {dim}, expected 1 to 384"):
        distil(small_minilm(), Path(small_minilm()), dim)
