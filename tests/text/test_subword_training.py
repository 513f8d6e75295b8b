"""Sub-words trained on a text: by hand, and against BERT's own vocabulary."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from nlpref.errors import InputError
from nlpref.neural.subwords import Subwords
from nlpref.pretrained import MINILM, resolve
from nlpref.text import Preparation, SubwordReport, SubwordTokeniser, read_subwords, subword_report, train_subwords

TEXTS = ["low lower lowest", "new newer newest", "the widest river", "slow snow"] * 20
KINDS = ("bpe", "wordpiece", "unigram")


@pytest.mark.parametrize("kind", KINDS)
def test_learned_pieces_cover_what_they_were_learned_from(kind: str, tmp_path: Path) -> None:
    made = train_subwords(TEXTS, kind, 60)  # type: ignore[arg-type]
    assert made.get_vocab_size() <= 60
    assert [made.token_to_id(token) for token in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")] == [0, 1, 2, 3, 4]
    report = subword_report(made, TEXTS)
    assert report.words == 11 * 20
    assert report.unknown == 0
    assert 1 <= report.fertility < 4
    made.save(str(tmp_path / "tokenizer.json"))
    [encoding] = Subwords(tmp_path, 16).texts(["Lower snow"])
    assert (encoding.tokens[0], encoding.tokens[-1]) == ("[CLS]", "[SEP]")
    assert "".join(made.decode(encoding.ids).split()) == "lowersnow"
    if kind == "bpe":
        assert train_subwords(TEXTS, kind, 60).get_vocab() == made.get_vocab()


@pytest.mark.parametrize("kind", KINDS)
def test_letters_that_were_never_seen_are_unknown(kind: str) -> None:
    made = train_subwords(TEXTS, kind, 60)  # type: ignore[arg-type]
    assert subword_report(made, ["\u1234\u1235"]).unknown_rate > 0
    assert subword_report(made, ["low \u1234\u1235"]).unknown < subword_report(made, ["low \u1234\u1235"]).pieces


@pytest.mark.parametrize("kind", KINDS)
def test_more_pieces_split_less(kind: str) -> None:
    few, many = (subword_report(train_subwords(TEXTS, kind, size), TEXTS).fertility for size in (25, 60))  # type: ignore[arg-type]
    assert many < few


def test_bpe_merges_by_hand() -> None:
    """Of "aab" and "ab", "ab" meets most often; then "a" and "ab"."""
    made = train_subwords(["xaab xaab xab xab xab"], "bpe", 100, min_frequency=2)
    vocabulary = made.get_vocab()
    assert "ab" in vocabulary
    assert made.encode("xab", add_special_tokens=False).tokens == ["\u2581xab"]


def test_the_report_by_hand() -> None:
    bert = Tokenizer.from_file(str(resolve(MINILM) / "tokenizer.json"))
    report = subword_report(bert, ["the tokenizer", "\u1234\u1235 river"])  # token ##izer; letters it does not know
    assert report == SubwordReport(words=4, pieces=5, unknown=1, split=1)
    assert (report.fertility, report.unknown_rate, report.split_rate) == (1.25, 0.2, 0.25)


def test_case_is_kept_if_asked() -> None:
    assert "\u2581New" in train_subwords(["New York"] * 5, "bpe", 100, lowercase=False).get_vocab()


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(InputError, match="kind is 'bqe'"):
        train_subwords(TEXTS, "bqe")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="size is 5"):
        train_subwords(TEXTS, "bpe", 5)
    with pytest.raises(InputError, match="2 texts hold no character"):
        train_subwords(["", " "])
    with pytest.raises(InputError, match="1 texts have no word"):
        subword_report(train_subwords(TEXTS), [" "])


def test_a_tokeniser_of_pieces_is_a_value_that_is_saved(tmp_path: Path) -> None:
    learnt = train_subwords(TEXTS, "wordpiece", 60)
    learnt.save(str(tmp_path / "subwords.json"))
    tokeniser = read_subwords(tmp_path / "subwords.json")
    assert tokeniser == copy.deepcopy(tokeniser)
    prepare = Preparation(tokeniser=tokeniser)
    assert prepare.words(TEXTS[0]) == learnt.encode(TEXTS[0], add_special_tokens=False).tokens
    prepare.save(tmp_path / "saved")
    assert Preparation.load(tmp_path / "saved").tokeniser == tokeniser
    with pytest.raises(InputError, match="this is no tokenizer"):
        SubwordTokeniser("{}")
    with pytest.raises(InputError, match=r"absent\.json does not exist; make one by"):
        read_subwords(tmp_path / "absent.json")
