"""Least squares on likeness, against scikit-learn and against leaving out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.kernel_ridge import KernelRidge
from sklearn.metrics.pairwise import rbf_kernel

from nlpref.classification.kernel_head import KernelHead, likeness
from nlpref.classification.kernel_training import fit_kernel, solve
from nlpref.errors import StorageError
from nlpref.storage import write_json

RANDOM = np.random.default_rng(0)
VECTORS = RANDOM.normal(size=(20, 6)).astype(np.float32)
VECTORS /= np.linalg.norm(VECTORS, axis=1, keepdims=True)
TARGETS = np.arange(20) % 3
AIMS = np.eye(3)[TARGETS] - 1 / 3
PENALTIES = np.repeat([0.1, 0.4], [15, 5])


def test_likeness_is_the_radial_basis_function() -> None:
    assert likeness(VECTORS, VECTORS[:4], 0.5) == pytest.approx(rbf_kernel(VECTORS, VECTORS[:4], gamma=1.0), abs=1e-6)


def test_weights_are_those_of_scikit_learn() -> None:
    peer = KernelRidge(alpha=0.1, kernel="rbf", gamma=1.0).fit(VECTORS, AIMS)
    assert solve(VECTORS, TARGETS, 3, np.full(20, 0.1), 20, 0.5)[0] == pytest.approx(peer.dual_coef_, abs=1e-4)


def test_margins_without_a_text_are_those_of_solving_without_it() -> None:
    _, left_out = solve(VECTORS, TARGETS, 3, PENALTIES, 12, 0.5)
    assert left_out.shape == (12, 3)
    for row in range(12):
        rest = np.arange(20) != row
        kernel = likeness(VECTORS[rest], VECTORS[rest], 0.5) + np.diag(PENALTIES[rest])
        expected = likeness(VECTORS[[row]], VECTORS[rest], 0.5) @ np.linalg.solve(kernel, AIMS[rest])
        assert left_out[row] == pytest.approx(expected[0], abs=1e-4)


def test_texts_that_are_left_out_make_the_temperature() -> None:
    mixed = fit_kernel(VECTORS, TARGETS, ("a", "b", "c"), np.full(20, 0.1), 20, 0.5)
    apart = np.eye(3, dtype=np.float32)[TARGETS]
    clear = fit_kernel(apart, TARGETS, ("a", "b", "c"), np.full(20, 0.1), 20, 0.5)
    assert mixed.probabilities(VECTORS[:1]).max() < 0.6
    assert clear.probabilities(apart).max(axis=1).min() > 0.8


def test_one_text_of_each_label_leaves_it_unsure() -> None:
    head = fit_kernel(np.eye(2, dtype=np.float32), np.arange(2), ("a", "b"), np.full(2, 0.1), 2, 0.5)
    found = head.probabilities(np.eye(2, dtype=np.float32))
    assert found.argmax(axis=1).tolist() == [0, 1]
    assert found.max() < 0.75


def test_a_folder_whose_labels_do_not_fit(tmp_path: Path) -> None:
    KernelHead(("a", "b"), VECTORS, np.zeros((20, 2), np.float32), 0.5).save(tmp_path)
    write_json(tmp_path / "labels.json", ["a", "b", "c"])
    with pytest.raises(StorageError, match="do not fit 3 labels"):
        KernelHead.load(tmp_path)
