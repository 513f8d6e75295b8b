"""New terms in a pretrained vocabulary: one token each, started from the mean of their pieces."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tests.contracts.small_model import small_minilm

from nlpref.classification import TransformerClassifier
from nlpref.errors import InputError
from nlpref.neural.backbone import open_backbone
from nlpref.neural.finetuning import FineTuning
from nlpref.neural.new_terms import add_terms
from nlpref.neural.subwords import Subwords
from nlpref.pretrained import MINILM, resolve
from nlpref.types import LabelledText


def test_a_term_starts_from_the_mean_of_its_pieces() -> None:
    backbone, subwords = open_backbone(MINILM, 1), Subwords(resolve(MINILM), 32)
    before = backbone.get_input_embeddings().weight.detach().clone()  # type: ignore[operator, union-attr]
    pieces = subwords.tokenizer.encode("chargeback", add_special_tokens=False)
    assert pieces.tokens == ["charge", "##back"]
    assert add_terms(backbone, subwords.tokenizer, ["Chargeback", "card", "direct debit"]) == ["Chargeback", "direct debit"]
    [encoding] = subwords.texts(["My CHARGEBACK by direct debit; chargebacks"])
    assert encoding.tokens[1:-1] == ["my", "chargeback", "by", "direct debit", ";", "charge", "##backs"]
    after = backbone.get_input_embeddings().weight.detach()  # type: ignore[operator, union-attr]
    assert torch.equal(after[: len(before)], before)
    assert torch.allclose(after[encoding.ids[2]], before[pieces.ids].mean(dim=0))
    assert backbone.config.vocab_size == len(after) == len(before) + 2
    assert add_terms(backbone, subwords.tokenizer, ["chargeback"]) == []


def test_terms_that_cannot_start_are_named() -> None:
    backbone, subwords = open_backbone(MINILM, 1), Subwords(resolve(MINILM), 32)
    for term in ("", " ", "\U00012000"):
        with pytest.raises(InputError, match="has no pieces that the vocabulary knows"):
            add_terms(backbone, subwords.tokenizer, ["card", term])
    with pytest.raises(InputError, match="one string"):
        add_terms(backbone, subwords.tokenizer, "chargeback")


def test_a_classifier_learns_saves_and_reads_them(tmp_path: Path) -> None:
    train = [LabelledText("my payback is late", "a"), LabelledText("where is my card", "b")] * 4
    settings = FineTuning(epochs=1, batch_size=4)
    model = TransformerClassifier(small_minilm(), settings, max_length=16, layers=1, new_terms=["payback"]).fit(train)
    assert "payback" in model._subwords.texts(["my payback"])[0].tokens
    model.save(tmp_path / "model")
    loaded = TransformerClassifier.load(tmp_path / "model")
    assert loaded.new_terms == ["payback"]
    assert (loaded.predict_proba(["my payback"]) == model.predict_proba(["my payback"])).all()
