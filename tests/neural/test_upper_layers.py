"""Upper layers by themselves say what the whole network says, and share its weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tests.contracts import examples as given
from tests.contracts.small_model import small_minilm
from transformers import DistilBertConfig, DistilBertModel

from nlpref.errors import InputError
from nlpref.neural.backbone import open_backbone
from nlpref.neural.network import EncoderNetwork
from nlpref.neural.subwords import Subwords
from nlpref.neural.torch_engine import tensors
from nlpref.neural.upper_layers import UpperLayers


@pytest.fixture
def network() -> EncoderNetwork:
    return EncoderNetwork(open_backbone(small_minilm())).eval()


SUBWORDS = Subwords(Path(small_minilm()), 32)
ENCODINGS = SUBWORDS.texts(given.TEXTS)


@pytest.mark.parametrize("below", [0, 1])
@pytest.mark.parametrize("size", [1, 3, 32])
def test_both_parts_together_are_the_whole(network: EncoderNetwork, below: int, size: int) -> None:
    upper = UpperLayers(network, below, size)
    with torch.no_grad():
        expected = network(**tensors(SUBWORDS.pad(ENCODINGS)))
        found = upper(upper.lower_states(ENCODINGS, SUBWORDS))
    assert found.numpy() == pytest.approx(expected.numpy(), abs=1e-5)


def test_only_the_upper_layers_are_trained_and_the_network_has_what_they_learn(network: EncoderNetwork) -> None:
    before = {name: weights.clone() for name, weights in network.state_dict().items()}
    upper = UpperLayers(network, 1)
    upper(upper.lower_states(ENCODINGS, SUBWORDS))[:, 0].sum().backward()
    torch.optim.SGD(upper.parameters(), lr=0.1).step()
    changed = {name for name, weights in network.state_dict().items() if not torch.equal(weights, before[name])}
    assert changed
    assert all(name.startswith("backbone.encoder.layer.1.") for name in changed)


def test_the_network_keeps_its_layers(network: EncoderNetwork) -> None:
    UpperLayers(network, 1)
    assert len(network.backbone.encoder.layer) == 2


@pytest.mark.parametrize("below", [2, -1, 0.5])
def test_layers_that_cannot_stay_as_they_are(network: EncoderNetwork, below: object) -> None:
    with pytest.raises(InputError, match=r"expected 0 to 1: the model has 2"):
        UpperLayers(network, below)  # type: ignore[arg-type]


def test_a_model_of_another_kind() -> None:
    other = DistilBertModel(DistilBertConfig(vocab_size=20, dim=8, hidden_dim=8, n_heads=2, n_layers=1))
    with pytest.raises(InputError, match="DistilBertModel, whose layers are not where those of BERT are"):
        UpperLayers(EncoderNetwork(other), 0)
