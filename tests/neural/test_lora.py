"""Low-rank adapters: what moves while they learn, and that nothing tells of them afterwards."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.contracts.examples import TEXTS, TRAIN_TEXTS
from tests.contracts.small_model import small_minilm
from torch import Tensor

from nlpref.classification import TransformerClassifier
from nlpref.errors import InputError, MissingResourceError
from nlpref.neural.backbone import open_backbone
from nlpref.neural.finetuning import FineTuning
from nlpref.neural.lora import adapted
from nlpref.neural.network import EncoderNetwork
from nlpref.neural.settings import Lora

RANK = 3
LORA = Lora(RANK, 6, dropout=0.0, targets=["query", "intermediate.dense"])
BATCH = {"input_ids": torch.tensor([[101, 2026, 2047, 102], [101, 2073, 102, 0]])}
BATCH |= {"attention_mask": (BATCH["input_ids"] > 0).long(), "token_type_ids": torch.zeros(2, 4, dtype=torch.long)}


@pytest.fixture
def network() -> EncoderNetwork:
    torch.manual_seed(0)
    return EncoderNetwork(open_backbone(small_minilm()), 3).eval()


def weights(network: torch.nn.Module) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}


def learn(network: EncoderNetwork) -> None:
    optimizer = torch.optim.AdamW([one for one in network.parameters() if one.requires_grad], lr=1e-2)
    for _ in range(5):
        torch.nn.functional.cross_entropy(network(**BATCH), torch.tensor([0, 2])).backward()
        optimizer.step()
        optimizer.zero_grad()


def test_only_adapters_and_head_move_and_merging_changes_no_answer(network: EncoderNetwork) -> None:
    plain, names = network(**BATCH).detach(), list(network.state_dict())
    with adapted(network.backbone, LORA):
        torch.testing.assert_close(network(**BATCH).detach(), plain)  # an adapter starts at no change
        before = weights(network)
        learn(network)
        moved = {name for name, tensor in weights(network).items() if not torch.equal(tensor, before[name])}
        unmerged = network(**BATCH).detach()
    assert {"head.weight", "head.bias"} < moved
    assert all("lora_" in name for name in moved - {"head.weight", "head.bias"})
    assert len(moved) == 2 + 2 * 2 * 2  # A and B of two matrices of two layers
    assert (unmerged - plain).abs().max() > 0.1
    torch.testing.assert_close(network(**BATCH).detach(), unmerged, atol=1e-5, rtol=0)
    assert list(network.state_dict()) == names
    assert all(one.requires_grad for one in network.parameters())
    assert not hasattr(network.backbone, "peft_config")


def test_a_change_is_of_low_rank_and_only_where_it_was_asked_for(network: EncoderNetwork) -> None:
    before = weights(network.backbone)
    with adapted(network.backbone, LORA):
        learn(network)
    for name, tensor in weights(network.backbone).items():
        if name.endswith(("query.weight", "intermediate.dense.weight")):
            assert int(torch.linalg.matrix_rank(tensor - before[name], atol=1e-4)) == RANK
        else:
            assert torch.equal(tensor, before[name])


@pytest.mark.parametrize("validated", [True, False])
def test_a_classifier_is_plain_once_it_is_trained(validated: bool, tmp_path: Path) -> None:
    training = FineTuning(epochs=3, learning_rate=5e-3, batch_size=8)
    make = lambda lora: TransformerClassifier(small_minilm(), training, max_length=32, layers=1, lora=lora)  # noqa: E731
    model = make(Lora(4, 8)).fit(TRAIN_TEXTS, TRAIN_TEXTS[:9] if validated else [])
    found = model.predict_proba(TEXTS)
    model.save(tmp_path / "model")
    loaded = TransformerClassifier.load(tmp_path / "model")
    assert (loaded.predict_proba(TEXTS) == found).all()
    assert loaded.lora.rank == 4
    assert list(loaded.engine.network.state_dict()) == list(model.engine.network.state_dict())
    assert not any("lora" in name for name in model.engine.network.state_dict())
    right = [model.labels[row.argmax()] for row in model.predict_proba([one.text for one in TRAIN_TEXTS])]
    assert np.mean([label == one.label for label, one in zip(right, TRAIN_TEXTS, strict=True)]) > 0.9


def test_none_leaves_everything_as_it_is(network: EncoderNetwork) -> None:
    before = weights(network)
    with adapted(network.backbone, None):
        assert list(network.state_dict()) == list(before)


def test_what_does_not_fit_is_named(network: EncoderNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    lora, names = Lora(targets=["query", "q_proj"]), "'dense', 'key', 'query', 'value'"
    with pytest.raises(InputError, match=f"no linear layer 'q_proj'; it has {names}"), adapted(network.backbone, lora):
        pass
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(MissingResourceError, match=r"pip install nlpref\[lora\]"), adapted(network.backbone, LORA):
        pass


def test_a_list_of_targets_is_as_good_as_a_tuple() -> None:
    assert Lora(targets=["query", "key"]) == Lora(targets=("query", "key"))


@pytest.mark.parametrize("setting", [{"rank": 0}, {"alpha": 0}, {"dropout": 1.0}, {"targets": []}, {"targets": "query"}])
def test_settings_that_do_not_fit(setting: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="expected rank >= 1, alpha >= 1"):
        Lora(**setting)
