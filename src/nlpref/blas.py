"""numpy's products of matrices, where torch has threads of its own."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController

__all__ = ["one_blas_thread"]


def one_blas_thread() -> AbstractContextManager[Any]:
    """Within it numpy multiplies on one thread.

    torch's threads wait for work by turning, so a product that wakes a second pool waits for a core, for many times as long as
    one thread takes for it. Entering takes some microseconds. A library of numpy's that is not known is left as it is.
    """
    limit: AbstractContextManager[Any] = _controller().limit(limits=1, user_api="blas")
    return limit


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
