"""Rows of unit length."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nlpref.neural.unit import unit_or_zero_rows, unit_rows

ROWS = arrays(np.float32, st.tuples(st.integers(0, 5), st.integers(1, 6)), elements=st.floats(-1e3, 1e3, width=32))


def test_by_hand() -> None:
    rows = np.array([[3.0, 4.0, 0.0], [0.0, 0.0, 0.0]], dtype=np.float32)
    assert unit_rows(rows).tolist() == [pytest.approx([0.6, 0.8, 0.0]), [0.0, 0.0, 1.0]]
    assert unit_or_zero_rows(rows).tolist() == [pytest.approx([0.6, 0.8, 0.0]), [0.0, 0.0, 0.0]]
    assert rows.tolist() == [[3.0, 4.0, 0.0], [0.0, 0.0, 0.0]]


@given(ROWS)
def test_every_row_has_length_one_and_its_own_direction(rows: np.ndarray) -> None:
    found = unit_rows(rows)
    assert found.dtype == np.float32
    assert found.shape == rows.shape
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(len(rows)), abs=1e-5)
    lengths = np.linalg.norm(rows.astype(np.float64), axis=1)
    long = lengths > 1e-6
    assert np.einsum("ij,ij->i", found, rows)[long] == pytest.approx(lengths[long], rel=1e-4)
    assert unit_or_zero_rows(rows)[long] == pytest.approx(found[long])
