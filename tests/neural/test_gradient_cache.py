"""Chunks change memory and nothing else: vectors and gradients are those of the whole batch."""

from __future__ import annotations

import pytest
import torch
from tests.contracts.small_model import small_minilm
from torch import Tensor, nn

from nlpref.neural.backbone import open_backbone
from nlpref.neural.contrastive import Contrastive, info_nce
from nlpref.neural.gradient_cache import in_chunks
from nlpref.neural.network import EncoderNetwork
from nlpref.neural.subwords import Subwords
from nlpref.neural.torch_engine import tensors
from nlpref.pretrained import resolve

TEXTS = ["a dog", "where is my parcel, it has not come", "tree", "", "my money back for the lamp please", "one two three"]


@pytest.fixture(scope="module")
def network() -> EncoderNetwork:
    return EncoderNetwork(open_backbone(small_minilm(), 1)).eval()


def batch_of(texts: list[str]) -> dict[str, Tensor]:
    subwords = Subwords(resolve(small_minilm()), 32)
    return tensors(subwords.pad(subwords.texts(texts)))


def gradient(network: EncoderNetwork, size: int | None) -> tuple[float, list[Tensor]]:
    network.zero_grad()
    vectors = in_chunks(network, batch_of(TEXTS), size)
    [scores] = Contrastive().scores(vectors[:3], vectors[3:])
    loss = info_nce(scores, torch.arange(3), torch.zeros(3, 3, dtype=torch.bool))
    loss.backward()
    return float(loss.detach()), [parameter.grad.clone() for parameter in network.parameters() if parameter.grad is not None]


@pytest.mark.parametrize("size", [1, 4, 100])
def test_the_gradient_is_that_of_the_whole_batch(network: EncoderNetwork, size: int) -> None:
    loss, expected = gradient(network, None)
    chunked, found = gradient(network, size)
    assert chunked == pytest.approx(loss, abs=1e-5)
    assert len(found) == len(expected) > 10
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


class Dropping(nn.Module):
    """What it gives is its one weight times the kept inputs, so that the gradient of the sum is the sum over the weight."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(3.0))
        self.calls = 0

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        self.calls += 1
        return self.weight * nn.functional.dropout(input_ids.float(), 0.5)


def test_the_second_run_drops_what_the_first_one_dropped() -> None:
    module = Dropping()
    torch.manual_seed(0)
    made = in_chunks(module, {"input_ids": torch.ones(8, 5), "attention_mask": torch.ones(8, 5, dtype=torch.long)}, 3)
    assert 0 < int((made == 0).sum()) < made.numel()
    torch.manual_seed(99)
    made.sum().backward()
    assert module.calls == 6
    assert float(module.weight.grad) == pytest.approx(float(made.detach().sum()) / 3)


def test_order_is_kept_and_padding_is_cut() -> None:
    seen = []

    def encode(input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        seen.append(input_ids.shape)
        return (input_ids * attention_mask).sum(1, keepdim=True).float()

    lengths = torch.tensor([1, 4, 2, 3])
    mask = (torch.arange(4) < lengths.unsqueeze(1)).long()
    made = in_chunks(encode, {"input_ids": lengths.unsqueeze(1).expand(4, 4), "attention_mask": mask}, 2)
    assert made[:, 0].tolist() == [1, 16, 4, 9]
    assert seen == [(2, 4), (2, 2)]
