"""The BiLSTM-CRF: what it learns from, what it reads, and that padding changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.tagging.test_crf import Kinds, tagged

from nlpref.errors import InputError, StorageError
from nlpref.metrics.spans import span_scores
from nlpref.neural.session import training_session
from nlpref.neural.settings import FineTuning
from nlpref.protocols import ChainTagger
from nlpref.storage import MANIFEST, read_json, sha256, write_json
from nlpref.tagging import RecurrentTagger
from nlpref.tagging.recurrent_network import PADDING, UNKNOWN, RecurrentNetwork
from nlpref.tagging.recurrent_reader import Reader, batch_of
from nlpref.tagging.recurrent_training import collate
from nlpref.types import Span, TaggedTokens

NAMES, PLACES = ["Ann", "Bob Dylan", "Carla", "Dan"], ["Rome", "New York", "Oslo", "Lima"]
FRAMES = ["{0} moved to {1} last week", "in {1} I met {0} !", "nothing happened here today"]
ALL = [tagged(frame, name, place) for name in NAMES for place in PLACES for frame in FRAMES]
TRAIN, VALIDATION = ALL[::2], ALL[1::2]
QUICK = FineTuning(epochs=16, learning_rate=2e-2, batch_size=4, patience=None)
SMALL: dict[str, Any] = {"dim": 16, "filters": 8, "hidden": 16, "dropout": 0.1, "seed": 3}


@pytest.fixture(scope="module")
def fitted() -> RecurrentTagger:
    return RecurrentTagger(training=QUICK, **SMALL).fit(TRAIN, VALIDATION)


def f1(tagger: RecurrentTagger, examples: list[TaggedTokens]) -> float:
    return span_scores([one.spans for one in examples], tagger.predict([one.tokens for one in examples]))["f1_micro"]


def test_the_best_epoch_on_validation_is_kept(fitted: RecurrentTagger) -> None:
    scores = [entry["eval_f1"] for entry in fitted.history_ if "eval_f1" in entry]
    assert f1(fitted, VALIDATION) == pytest.approx(max(scores))
    assert max(scores) > 0.9


def test_predictions_are_the_best_of_its_chains(fitted: RecurrentTagger) -> None:
    assert isinstance(fitted, ChainTagger)
    sentences = [*(one.tokens for one in VALIDATION), ()]
    chains = fitted.chains(sentences)
    assert [chain.best() for chain in chains] == fitted.predict(sentences)
    assert [len(chain) for chain in chains] == [len(tokens) for tokens in sentences]
    assert chains[0].steps.labels == fitted.labels == ("person", "place")
    assert np.abs(chains[0].steps.between[0, [0, 1]]).min() > 0  # learned


def test_a_word_never_seen_is_tagged_by_its_place_and_shape(fitted: RecurrentTagger) -> None:
    [found] = fitted.predict([["Zed", "moved", "to", "Quito", "last", "week"]])
    assert found == [Span(0, 1, "person"), Span(3, 4, "place")]


def test_it_learns_from_sentences_in_which_only_some_types_were_looked_for() -> None:
    """Half of train says nothing of places, the other half nothing of persons."""
    partial = [
        TaggedTokens(one.tokens, tuple(span for span in one.spans if span.label == label), str(row), (label,))
        for row, one in enumerate(TRAIN)
        for label in (("person", "place")[row % 2],)
    ]
    tagger = RecurrentTagger(training=QUICK, **SMALL).fit(partial)
    assert f1(tagger, VALIDATION) > 0.8
    with pytest.raises(InputError, match="validation has sentences in which only some entity types"):
        RecurrentTagger(training=QUICK, **SMALL).fit(TRAIN, partial)


def test_an_encoder_brings_in_words_never_seen() -> None:
    """In the same places, told apart by nothing but the vectors."""
    train = [
        TaggedTokens(("see", word), (Span(1, 2, label),))
        for words, label in (("rome oslo lima", "place"), ("ann bob carla", "person"))
        for word in words.split()
    ] * 4
    tagger = RecurrentTagger(training=QUICK, encoder=Kinds(), **(SMALL | {"filters": 0})).fit(train)
    assert tagger.predict([["see", "quito"], ["see", "zoe"]]) == [[Span(1, 2, "place")], [Span(1, 2, "person")]]


def test_the_reader_by_hand() -> None:
    reader = Reader.learn([["Ann", "saw", "Ann"], ["ann", "42"]], min_df=2)
    assert reader.words.words == ("ann",)
    assert reader.sizes == (3, 2 + len(set("Annsaw42")))
    [read, empty] = reader([["ANN", "saw", "", "x" * 100], []], None)
    assert read.words == [2, UNKNOWN, UNKNOWN, UNKNOWN]
    assert [len(letters) for letters in read.letters] == [3, 3, 1, 24]
    assert read.letters[0][0] == UNKNOWN + 1 + reader.letters.numbers["A"]
    assert read.letters[2] == [UNKNOWN]
    assert read.letters[3] == [UNKNOWN] * 24
    assert len(empty) == 0


def test_a_batch_is_padded_and_told_apart_from_its_padding() -> None:
    reader = Reader.learn([["ab", "c"]], min_df=1)
    [one, two] = reader([["ab", "c"], ["c"]], Kinds())
    allowed = np.eye(3, dtype=bool)
    batch = collate([{"sentence": one, "allowed": allowed[[1, 0]]}, {"sentence": two, "allowed": allowed[[0]]}])
    assert batch["words"].tolist()[1] == [one.words[1], PADDING]
    assert batch["letters"].shape == (2, 2, 2)
    assert batch["real"].tolist() == [[True, True], [True, False]]
    assert batch["allowed"][0].tolist() == allowed[[1, 0]].tolist()
    assert batch["allowed"][1, 0].tolist() == allowed[0].tolist()
    assert batch["vectors"].shape == (2, 2, 8)
    assert batch["vectors"][1, 1].abs().max() == 0


def test_what_a_sentence_or_a_word_is_padded_to_changes_nothing() -> None:
    torch.manual_seed(0)
    network = RecurrentNetwork(9, 9, dim=6, filters=5, hidden=4, n_tags=5).eval()
    reader = Reader.learn([["ab", "c", "abcabc"]], min_df=1)
    sentences = reader([["ab", "c"], ["abcabc", "c", "ab", "ab"], ["c"]], None)
    with torch.inference_mode():
        together = network(**batch_of(sentences))
        for row, sentence in enumerate(sentences):
            alone = network(**batch_of([sentence]))[0]
            torch.testing.assert_close(together[row, : len(sentence)], alone, atol=1e-6, rtol=0)


def test_words_are_dropped_to_the_unknown_one_in_training_only() -> None:
    torch.manual_seed(0)
    network = RecurrentNetwork(9, 9, dim=6, filters=0, hidden=4, n_tags=5, word_dropout=0.999)
    batch = batch_of(Reader.learn([["ab", "c"]], min_df=1)([["ab", "c", "ab"]], None))
    unknown = batch | {"words": torch.full_like(batch["words"], UNKNOWN)}
    assert torch.equal(network(**batch), network(**unknown))
    network.eval()
    assert not torch.equal(network(**batch), network(**unknown))


def test_metrics_are_told_and_a_killed_training_goes_on(tmp_path: Path) -> None:
    """A run of one epoch more, in the folder of the shorter one, ends where the longer one alone ends."""
    heard: list[Any] = []
    settings = FineTuning(epochs=2, learning_rate=1e-2, batch_size=8, patience=None)
    with training_session(tmp_path / "kept", on_metrics=lambda metrics, step: heard.append(metrics)):
        first = RecurrentTagger(training=settings, **SMALL).fit(TRAIN, VALIDATION)
    assert sum("eval_f1" in entry for entry in heard) == 2
    with training_session(tmp_path / "kept"):
        again = RecurrentTagger(training=settings, **SMALL).fit(TRAIN, VALIDATION)
    sentences = [one.tokens for one in VALIDATION]
    assert again.predict(sentences) == first.predict(sentences)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"dim": 0}, "dim=0"),
        ({"filters": -1}, "filters=-1"),
        ({"dropout": 1.0}, "dropout=1.0"),
        ({"word_dropout": -1}, "word_dropout=-1"),
    ],
)
def test_settings_that_do_not_fit(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=named):
        RecurrentTagger(**settings).fit(TRAIN)


def test_weights_that_do_not_fit_the_words_are_refused(fitted: RecurrentTagger, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    fitted.save(folder)
    known = read_json(folder / "fitted.json")
    write_json(folder / "fitted.json", {**known, "words": known["words"][1:]})
    write_json(folder / MANIFEST, {**read_json(folder / MANIFEST), "fitted.json": sha256(folder / "fitted.json")})
    with pytest.raises(StorageError, match=r"network\.safetensors does not fit"):
        RecurrentTagger.load(folder)
