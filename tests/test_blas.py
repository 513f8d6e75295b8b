"""Products on one thread, and what is left behind."""

from __future__ import annotations

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from nlpref.blas import one_blas_thread


def test_one_thread_within_and_as_many_as_before_after_it() -> None:
    def counts() -> set[int]:
        return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

    np.ones((2, 2)) @ np.ones((2, 2))
    with threadpool_limits(2, user_api="blas"):
        if counts() != {2}:
            pytest.skip("numpy multiplies by a library whose threads are not known")
        with one_blas_thread(), one_blas_thread():
            assert counts() == {1}
        assert counts() == {2}
