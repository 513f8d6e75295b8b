"""Every law, over components that break it: the laws notice, or they would be worth nothing."""

from __future__ import annotations

import pytest
from tests.contracts.broken import HONEST, proofs
from tests.contracts.laws import LAWS, Law
from tests.contracts.line import Line
from tests.contracts.own_laws import OWN_LAWS

ALL_LAWS = {**LAWS, **OWN_LAWS}
PROOFS = list(proofs())
BINDING = [(law, name) for law, names in ALL_LAWS.items() for name in names]


@pytest.mark.parametrize(("law", "name"), BINDING, ids=[f"{name}-{law.__name__}" for law, name in BINDING])
def test_honest_components_pass(law: Law, name: str) -> None:
    """So that a broken one, which differs in one point, fails for that point."""
    law(HONEST[name])


@pytest.mark.parametrize(
    ("law", "line"), [(law, line) for law, _, line in PROOFS], ids=[f"{name}-{law.__name__}" for law, name, _ in PROOFS]
)
def test_law_rejects_a_broken_component(law: Law, line: Line) -> None:
    with pytest.raises(AssertionError):
        law(line)


def test_every_law_is_proved_for_every_contract_it_binds() -> None:
    assert {(law, name) for law, name, _ in PROOFS} == set(BINDING)
