"""spaCy's pipeline: trained through our contract, and readable by spaCy alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import spacy
from spacy.tokens import Doc

from nlpref.errors import InputError
from nlpref.metrics.spans import span_scores
from nlpref.neural.session import training_session
from nlpref.tagging import SpacyTagger
from nlpref.types import Span, TaggedTokens

NAMES, PLACES = ("Ann", "Bob", "Carla"), ("Rome", "New York", "Oslo")


def tagged(name: str, place: str) -> TaggedTokens:
    tokens = (name, "went", "to", *place.split(), "yesterday")
    return TaggedTokens(tokens, (Span(0, 1, "person"), Span(3, len(tokens) - 1, "place")))


TRAIN = [tagged(name, place) for name in NAMES for place in PLACES] * 2
VALIDATION = [tagged("Dora", "Lima"), tagged("Ann", "New Delhi"), TaggedTokens(("we", "went", "home"))]


@pytest.fixture(scope="module")
def heard() -> list[dict[str, float]]:
    return []


@pytest.fixture(scope="module")
def fitted(heard: list[dict[str, float]]) -> SpacyTagger:
    with training_session(on_metrics=lambda metrics, step: heard.append({**metrics, "step": step})):
        return SpacyTagger(epochs=10, patience=3, dropout=0.1, seed=1).fit(TRAIN, VALIDATION)


def f1(tagger: SpacyTagger) -> float:
    found = tagger.predict([one.tokens for one in VALIDATION])
    return span_scores([one.spans for one in VALIDATION], found)["f1_micro"]


def test_keeps_the_best_epoch_and_stops_when_patience_ends(fitted: SpacyTagger) -> None:
    scores = [entry["eval_f1"] for entry in fitted.history_]
    assert f1(fitted) == max(scores) > 0
    last_gain = scores.index(max(scores))
    assert len(scores) == min(10, last_gain + 1 + 3)
    assert fitted.history_[-1]["loss"] < fitted.history_[0]["loss"]


def test_metrics_are_heard_epoch_by_epoch(fitted: SpacyTagger, heard: list[dict[str, float]]) -> None:
    assert heard == [{**entry, "step": entry["epoch"]} for entry in fitted.history_]
    assert [entry["epoch"] for entry in heard] == list(range(1, len(heard) + 1))


def test_an_epoch_that_finds_nothing_is_no_best_one_to_wait_from() -> None:
    nothing = [TaggedTokens(("x", "y"), (Span(0, 1, "never seen"),))]
    tagger = SpacyTagger(epochs=5, patience=1, dropout=0.0).fit(TRAIN[:3], nothing)
    assert [entry["eval_f1"] for entry in tagger.history_] == [0.0] * 5


def test_spacy_reads_the_saved_pipeline(fitted: SpacyTagger, tmp_path: Path) -> None:
    fitted.save(tmp_path / "model")
    pipeline = spacy.load(tmp_path / "model" / "pipeline")
    assert pipeline.pipe_names == ["ner"]
    sentences = [one.tokens for one in (*TRAIN[:9], *VALIDATION)]
    docs = [pipeline(Doc(pipeline.vocab, words=list(tokens))) for tokens in sentences]
    theirs = [[Span(entity.start, entity.end, entity.label_) for entity in doc.ents] for doc in docs]
    assert theirs == fitted.predict(sentences)
    assert any(theirs)
    assert [entity.text for entity in pipeline("Bob went to Oslo yesterday").ents] == ["Bob", "Oslo"]


def test_without_validation_all_epochs_are_trained() -> None:
    tagger = SpacyTagger(epochs=3, patience=1).fit(TRAIN)
    assert [sorted(entry) for entry in tagger.history_] == [["epoch", "loss"]] * 3


def test_the_seed_decides() -> None:
    one, two, other = (SpacyTagger(epochs=2, seed=seed).fit(TRAIN) for seed in (3, 3, 4))
    assert one.history_ == two.history_ != other.history_
    assert one._pipeline.to_bytes() == two._pipeline.to_bytes()


@pytest.mark.parametrize("odd", ["", " ", "\n", "\u200b"])
def test_words_of_no_visible_letter(fitted: SpacyTagger, odd: str) -> None:
    train = [*TRAIN, TaggedTokens(("Ann", odd, "Rome"), (Span(0, 2, "person"), Span(2, 3, "place"))), TaggedTokens(())]
    train.append(TaggedTokens((odd, "Rome"), (Span(0, 1, "person"),)))
    assert SpacyTagger(epochs=1).fit(train).labels == ("person", "place")
    [found] = fitted.predict([[odd, "Bob", odd, "went", "to", "Oslo", odd]])
    assert all(0 <= span.start < span.end <= 7 for span in found)


def test_unknown_language_is_named() -> None:
    with pytest.raises(InputError, match="language='xq'"):
        SpacyTagger(language="xq").fit(TRAIN)
