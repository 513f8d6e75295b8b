"""The head that guesses hidden sub-words, against values worked out by hand."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.contracts.small_model import small_minilm
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from nlpref.errors import MissingResourceError
from nlpref.neural.backbone import open_backbone
from nlpref.neural.masked_language_model import MaskedLanguageModel, collator, hidden_batch, mask_of, unigram_logits
from nlpref.neural.masking import IGNORED, Masking
from nlpref.neural.subwords import Subwords

TEXTS = ["the lamp is bright", "the lamp broke", "a chair", "the table is big and the chair is small"]


@pytest.fixture(scope="module")
def subwords() -> Subwords:
    return Subwords(small_minilm(), 16)


def test_frequencies_are_counted_and_smoothed(subwords: Subwords) -> None:
    encodings = subwords.texts(TEXTS)
    logits = unigram_logits(encodings, 4000)
    counts = Counter(id_ for encoding in encodings for id_ in encoding.ids)
    the = subwords.tokenizer.token_to_id("the")
    assert counts[the] == 4
    assert float(logits[the].exp()) == pytest.approx(5 / (sum(counts.values()) + 4000), rel=1e-5)
    assert float(logits.exp().sum()) == pytest.approx(1.0, abs=1e-4)


def test_the_first_guess_is_how_frequent_a_sub_word_is(subwords: Subwords) -> None:
    encodings = subwords.tokenizer.encode_batch(TEXTS)
    bias = unigram_logits(encodings, 4000)
    model = MaskedLanguageModel(open_backbone(small_minilm()), bias).eval()
    batch = hidden_batch(subwords, encodings, Masking(share=0.3), 4000, np.random.default_rng(0))
    wanted = batch["targets"][batch["targets"] != IGNORED]
    judged = model.judge([batch])
    assert judged["loss"] == pytest.approx(float(-bias.log_softmax(-1)[wanted].mean()), rel=1e-5)
    assert judged["likelihood"] == pytest.approx(np.exp(-judged["loss"]))
    assert judged["accuracy"] == pytest.approx(float((wanted == bias.argmax()).float().mean()))
    model(**batch)["loss"].backward()
    grown = {name: float(one.grad.abs().max()) for name, one in model.backbone.named_parameters() if one.grad is not None}
    layers = [value for name, value in grown.items() if name.startswith("encoder.")]
    assert max(layers) == 0.0  # a head that knows nothing moves no layer below it


def test_only_places_with_a_target_are_guessed(subwords: Subwords) -> None:
    """The loss of a batch is the mean over hidden places, as transformers' own head computes it from the whole batch."""
    encodings = subwords.tokenizer.encode_batch(TEXTS)
    model = MaskedLanguageModel(open_backbone(small_minilm()), unigram_logits(encodings, 4000)).eval()
    torch.nn.init.ones_(model.norm.weight)
    batch = hidden_batch(subwords, encodings, Masking(share=0.3), 4000, np.random.default_rng(0))
    inputs = {name: tensor for name, tensor in batch.items() if name != "targets"}
    with torch.inference_mode():
        states = model.backbone(**inputs).last_hidden_state
        states = model.norm(torch.nn.functional.gelu(model.transform(states)))
        whole = states @ model.backbone.get_input_embeddings().weight.T + model.bias  # type: ignore[operator, union-attr]
        expected = torch.nn.functional.cross_entropy(whole.flatten(0, 1), batch["targets"].flatten(), ignore_index=IGNORED)
        assert float(model(**batch)["loss"]) == pytest.approx(float(expected), rel=1e-5)


def test_a_tokenizer_without_a_mask_is_named(tmp_path: Path) -> None:
    Tokenizer(WordLevel({"a": 0, "[UNK]": 1}, unk_token="[UNK]")).save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(MissingResourceError, match=r"no \[MASK\]"):
        mask_of(Subwords(tmp_path, 8))


def test_what_is_hidden_is_drawn_anew_and_the_same_for_a_seed(subwords: Subwords) -> None:
    examples = [{"encoding": one} for one in subwords.tokenizer.encode_batch(TEXTS)]
    draws = []
    for _ in range(2):
        collate = collator(subwords, Masking(share=0.5), 4000, seed=7)
        draws.append([collate(examples)["targets"] for _ in range(2)])
    assert torch.equal(draws[0][0], draws[1][0])
    assert torch.equal(draws[0][1], draws[1][1])
    assert not torch.equal(draws[0][0], draws[0][1])
