"""An encoder of prepared texts is the encoder inside on texts that were prepared by hand."""

from __future__ import annotations

from pathlib import Path

from tests.contracts.small_model import small_minilm

from nlpref.neural.encoder import SentenceEncoder
from nlpref.neural.prepared import PreparedEncoder
from nlpref.neural.static import StaticEncoder
from nlpref.text import Preparation, RepeatedLetters, Urls


def test_texts_are_prepared_before_they_are_read(tmp_path: Path) -> None:
    inside = SentenceEncoder(small_minilm(), max_length=8)
    encoder = PreparedEncoder(inside, Preparation([Urls("link"), RepeatedLetters(most=2)]))
    given, by_hand = ["soooo good https://example.org/a/b", "fine"], ["soo good link", "fine"]
    assert (encoder.encode(given) == inside.encode(by_hand)).all()
    assert inside.exceeds(given).tolist() == [True, False]
    assert encoder.exceeds(given).tolist() == [False, False]
    assert encoder.long_texts == "cut"
    encoder.save(tmp_path / "encoder")
    assert (PreparedEncoder.load(tmp_path / "encoder").encode(given) == encoder.encode(given)).all()


def test_without_a_preparation_nothing_is_done() -> None:
    inside = StaticEncoder(small_minilm(), dim=16)
    encoder = PreparedEncoder(inside)
    assert (encoder.encode(["soooo"]) == inside.encode(["soooo"])).all()
    assert encoder.dim == 16
    assert encoder.exceeds(["a", "b"]).tolist() == [False, False]
