"""The loss of a network of labels: against torch's own, and worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from nlpref.classification.losses import LabelLoss

LOGITS = torch.randn(7, 4, generator=torch.Generator().manual_seed(0))
LABELS = torch.tensor([0, 3, 1, 1, 2, 0, 3])
SURE = torch.eye(4)[LABELS]
BY_HAND = [(0.9, 2.0, 0.01), (0.5, 2.0, 0.25), (0.9, 1.0, 0.1), (0.2, 0.5, 0.8**0.5)]


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("labels", [LABELS, SURE, 0.6 * SURE + 0.1], ids=["certain", "as weights", "uncertain"])
def test_without_focus_and_weights_it_is_torchs_cross_entropy(smoothing: float, labels: Tensor) -> None:
    expected = functional.cross_entropy(LOGITS, labels, label_smoothing=smoothing)
    torch.testing.assert_close(LabelLoss(smoothing)(LOGITS, labels), expected)
    torch.testing.assert_close(LabelLoss(smoothing, label_weights=np.ones(4))(LOGITS, labels), expected)


def test_weights_are_those_of_examples() -> None:
    """Twice the weight is twice the example; the mean is over their number."""
    weights = np.array([1.0, 2.0, 1.0, 3.0])
    each = functional.cross_entropy(LOGITS, LABELS, reduction="none", label_smoothing=0.1)
    expected = (each * torch.tensor(weights, dtype=torch.float32)[LABELS]).mean()
    torch.testing.assert_close(LabelLoss(0.1, label_weights=weights)(LOGITS, LABELS), expected)


@pytest.mark.parametrize(("chance", "focal", "factor"), BY_HAND)
def test_focal_loss_by_hand(chance: float, focal: float, factor: float) -> None:
    """Lin et al. 2017, section 3.2: with focal 2, an example told with 0.9 has a hundredth of the loss."""
    logits = torch.tensor([[math.log(chance), math.log(1 - chance)]])
    found = LabelLoss(focal=focal)(logits, torch.tensor([0]))
    assert float(found) == pytest.approx(-factor * math.log(chance), rel=1e-5)
    weighted = LabelLoss(focal=focal, label_weights=np.array([4.0, 1.0]))(logits, torch.tensor([0]))
    assert float(weighted) == pytest.approx(-4 * factor * math.log(chance), rel=1e-5)


@pytest.mark.parametrize("focal", [0.5, 1.0, 2.0])
def test_there_is_a_slope_where_the_answer_is_certain(focal: float) -> None:
    logits = torch.tensor([[200.0, -200.0], [-200.0, 200.0]], requires_grad=True)
    LabelLoss(0.1, focal)(logits, torch.tensor([0, 0])).backward()
    assert torch.isfinite(logits.grad).all()
