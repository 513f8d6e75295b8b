"""Gradients and attention of a real, small transformer."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import torch
from tests.contracts.small_model import small_minilm

from nlpref.classification import TfidfClassifier, TransformerClassifier
from nlpref.errors import InputError, MissingResourceError
from nlpref.explanation import METHODS, Attention, IntegratedGradients, Occlusion, explainers_for
from nlpref.explanation.attention import rollout
from nlpref.explanation.opened import OpenedText
from nlpref.neural.finetuning import FineTuning
from nlpref.text import Handles, Hashtags, Preparation
from nlpref.types import LabelledText

TRAIN = [LabelledText(text, label) for label, text in (("card", "I lost my card"), ("money", "send the money abroad"))] * 6
TEXT = "My card, unbelievably, has money!"


@pytest.fixture(scope="module")
def model() -> TransformerClassifier:
    settings = FineTuning(epochs=3, learning_rate=5e-4, batch_size=4)
    return TransformerClassifier(small_minilm(), settings, max_length=24, long_texts="windows", overlap=4).fit(TRAIN)


@pytest.mark.parametrize("label", ["card", "money"])
def test_base_and_scores_add_up_to_the_logit(model: TransformerClassifier, label: str) -> None:
    found = IntegratedGradients(model).explain(TEXT, label)
    assert [word.text for word in found.words] == ["My", "card", ",", "unbelievably", ",", "has", "money", "!"]
    assert found.total is not None
    assert found.base is not None
    assert found.gap is not None
    assert abs(found.gap) <= 0.02 * abs(found.total - found.base)
    # of two labels, the logit less the mean is half of the log odds
    chance = model.predict_proba([TEXT])[0].astype(np.float64)
    column = model.labels.index(label)
    assert 2 * found.total == pytest.approx(np.log(chance[column] / chance[1 - column]), abs=1e-4)
    assert sum(score for _, score in found.parts) == pytest.approx(sum(found.scores), abs=1e-5)


def test_the_integral_is_that_of_plain_sums(model: TransformerClassifier) -> None:
    """The midpoint rule by hand, without captum."""
    opened = OpenedText.of(model, TEXT)
    table = opened.network.backbone.get_input_embeddings()
    start, end = table(opened.reference).detach(), table(opened.batch["input_ids"]).detach()
    summed = torch.zeros_like(start)
    for step in range(60):
        point = (start + (step + 0.5) / 60 * (end - start)).requires_grad_()
        mask = opened.batch["attention_mask"]
        states = opened.network.backbone(inputs_embeds=point, attention_mask=mask).last_hidden_state
        pooled = torch.nn.functional.normalize(states.mean(dim=1), dim=-1)
        logits = opened.network.head(pooled * opened.network.scale)
        (gradient,) = torch.autograd.grad(logits[0, 0] - logits[0].mean(), point)
        summed += gradient / 60
    expected = ((end - start) * summed).sum(dim=-1)[0].numpy().astype(np.float64)
    found = IntegratedGradients(model, steps=64).explain(TEXT, model.labels[0])
    assert found.scores == pytest.approx(opened.on_words(found.words, expected), abs=0.02)


def test_what_is_explained_is_the_text_as_it_is_read() -> None:
    settings = FineTuning(epochs=1, learning_rate=5e-4, batch_size=4)
    preparation = Preparation([Handles("user"), Hashtags()])
    model = TransformerClassifier(small_minilm(), settings, max_length=24, preparation=preparation).fit(TRAIN)
    text = "@anna send #MyCard"
    chance = np.log(model.predict_proba([text])[0].astype(np.float64))
    found = IntegratedGradients(model).explain(text, "card")
    assert found.text == preparation(text) != text
    assert found.total == pytest.approx(chance[0] - chance.mean(), abs=1e-4)
    assert [word.text for word in Attention(model).explain(text).words] == ["user", "send", "My", "Card"]


def test_more_steps_are_taken_until_it_is_close_enough(model: TransformerClassifier) -> None:
    rough = IntegratedGradients(model, steps=2, most_steps=2).explain(TEXT, "card")
    fine = IntegratedGradients(model, steps=2, tolerance=1e-3).explain(TEXT, "card")
    assert fine.gap is not None
    assert rough.gap is not None
    assert abs(fine.gap) <= abs(rough.gap)


def test_attention_is_a_share_and_leaves_the_model_as_it_was(model: TransformerClassifier) -> None:
    before = model.predict_proba([TEXT])
    kept = model.engine.network.backbone.config._attn_implementation
    for layers in ("rollout", "last"):
        found = Attention(model, layers).explain(TEXT)  # type: ignore[arg-type]
        assert all(score > 0 for score in found.scores)
        assert 0.1 < sum(found.scores) < 1  # the special tokens have the rest
        assert found.gap is None
    assert model.engine.network.backbone.config._attn_implementation == kept
    assert np.array_equal(model.predict_proba([TEXT]), before)


def test_rollout_by_hand() -> None:
    swap, mix = [[0.0, 1.0], [1.0, 0.0]], [[1.0, 0.0], [0.5, 0.5]]
    # half itself: (0.5 0.5; 0.5 0.5), then (1 0; 0.25 0.75) of that
    assert rollout(np.array([swap, mix])).tolist() == [[0.5, 0.5], [0.5, 0.5]]
    # the other way round: (0.5 0.5; 0.5 0.5) of (1 0; 0.25 0.75)
    assert rollout(np.array([mix, swap])).tolist() == [[0.625, 0.375], [0.625, 0.375]]


def test_words_that_are_cut_off_say_nothing() -> None:
    cut = TransformerClassifier(small_minilm(), FineTuning(epochs=1), max_length=5, layers=1).fit(TRAIN)
    found = IntegratedGradients(cut).explain("my card and money")
    assert found.scores[0] != 0
    assert found.scores[3] == 0


def test_what_does_not_fit_is_named(model: TransformerClassifier, monkeypatch: pytest.MonkeyPatch) -> None:
    words = TfidfClassifier(C=1.0).fit(TRAIN)
    assert [type(one) for one in explainers_for(words)] == [METHODS["linear"], Occlusion]
    assert [one.method for one in explainers_for(model)] == ["integrated_gradients", "occlusion", "attention"]
    assert [one.method for one in explainers_for(model, ["occlusion"])] == ["occlusion"]
    with pytest.raises(InputError, match="linear does not fit a TransformerClassifier; these do: integrated_gradients, occ"):
        explainers_for(model, ["linear"])
    with pytest.raises(InputError, match="there is no method 'shap'; there are: linear, "):
        explainers_for(model, ["shap"])
    with pytest.raises(InputError, match="TfidfClassifier has no network of torch"):
        Attention(words).explain(TEXT)
    with pytest.raises(InputError, match="longer than the 24 sub-words of a window"):
        Attention(model).explain("card " * 40)
    monkeypatch.setitem(sys.modules, "captum.attr", None)
    with pytest.raises(MissingResourceError, match=r"pip install nlpref\[explain\]"):
        IntegratedGradients(model).explain(TEXT)
