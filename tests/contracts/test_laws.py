"""Every law, over every component of its contract."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.contracts.laws import LAWS, Law
from tests.contracts.line import Line
from tests.contracts.matrix import MATRIX
from tests.contracts.own_laws import OWN_LAWS


def cases() -> Iterator[object]:
    """By component, so that one is used up before the next is fitted."""
    for line in MATRIX:
        skip = pytest.mark.skipif(bool(line.lacks), reason=f"not installed: {', '.join(line.lacks)}")
        for law, contracts in {**LAWS, **OWN_LAWS}.items():
            if line.contract.name in contracts:
                yield pytest.param(law, line, id=f"{line.name}-{law.__name__}", marks=skip)


@pytest.mark.parametrize(("law", "line"), list(cases()))
def test_law(law: Law, line: Line) -> None:
    law(line)
