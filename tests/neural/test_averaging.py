"""The moving average of a module's weights, followed by hand."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from nlpref.neural.averaging import Averaged


def set_to(module: nn.Linear, value: float) -> None:
    with torch.no_grad():
        module.weight.fill_(value)


def made(decay: float, values: tuple[float, ...]) -> tuple[nn.Linear, Averaged]:
    module = nn.Linear(1, 1, bias=False)
    averaged = Averaged(module, decay)
    for value in values:
        set_to(module, value)
        averaged.follow()
    return module, averaged


@pytest.mark.parametrize(
    ("decay", "values", "expected"),
    [
        (0.5, (8.0,), 8.0),  # the first step alone
        (0.5, (8.0, 19.0), 17.0),  # 2/11 of the old average: 8 * 2/11 + 19 * 9/11
        (0.1, (8.0, 19.0), 17.9),  # a decay below the bound holds: 8 * 0.1 + 19 * 0.9
        (0.9, (11.0, 0.0, 12.0), 9.5),  # 2, then 3/12 of it and 9/12 of 12
    ],
)
def test_the_average_is_worked_out_by_hand(decay: float, values: tuple[float, ...], expected: float) -> None:
    module, averaged = made(decay, values)
    assert module.weight.item() == values[-1]
    with averaged.swapped():
        assert module.weight.item() == pytest.approx(expected)
        assert averaged(torch.ones(1)).item() == pytest.approx(expected)
    assert module.weight.item() == values[-1]


def test_after_many_steps_about_the_last_ones_count() -> None:
    module, averaged = made(0.9, (0.0,) * 200 + (1.0,) * 10)
    averaged.swap()
    assert module.weight.item() == pytest.approx(1 - 0.9**10)


def test_an_error_within_the_block_leaves_the_trained_weights() -> None:
    module, averaged = made(0.5, (1.0, 2.0))
    with pytest.raises(KeyError), averaged.swapped():
        raise KeyError
    assert module.weight.item() == 2.0


def test_only_the_module_learns_and_the_state_holds_both() -> None:
    module, averaged = made(0.5, (1.0, 2.0))
    assert [name for name, weight in averaged.named_parameters() if weight.requires_grad] == ["module.weight"]
    averaged(torch.ones(1)).sum().backward()
    assert module.weight.grad is not None
    other, empty = made(0.5, ())
    empty.load_state_dict(averaged.state_dict())
    empty.swap()
    assert other.weight.item() == pytest.approx(1 * 2 / 11 + 2 * 9 / 11)
