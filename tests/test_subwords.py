"""The verb that learns sub-words, and a model that reads them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from nlpref import explain, predict, subwords, train
from nlpref.results import EvalResult


def call(monkeypatch: pytest.MonkeyPatch, module: object, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["nlpref", *arguments])
    module.main()  # type: ignore[attr-defined]


def test_learns_tells_and_is_read_by_a_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    pairs = (("refunding", "pay"), ("refunded", "pay"), ("parcels", "post"), ("parceling", "post"))
    rows = "".join(f"please {word} number {n},{label}\n" for n in range(20) for word, label in pairs)
    (tmp_path / "train.csv").write_text("text,label\n" + rows, "utf-8")
    data = ["dataset=csv", "dataset.train=train.csv"]
    call(monkeypatch, subwords, *data, "kind=bpe", "size=60", "out=made/subwords.json")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["sub-words", "bpe", "sentence-transformers/all-MiniLM-L6-v2", "file:"]
    size, fertility = lines[1].split()[1:3]
    assert int(size) == Tokenizer.from_file("made/subwords.json").get_vocab_size()
    assert float(fertility) > float(lines[2].split()[2]) > 1.0  # sixty pieces are more a word than thirty thousand
    reads = ["preparation@classifier.preparation=subwords", "classifier.preparation.tokeniser.file=made/subwords.json"]
    quiet = ["tracker=none", "progress=false", "hydra.run.dir=run"]
    call(monkeypatch, train, *data, "classifier=logistic", "classifier.C=10.0", *reads, *quiet)
    assert EvalResult.load(tmp_path / "run" / "result.json").metrics["accuracy"].value == 1.0
    (tmp_path / "made" / "subwords.json").unlink()  # the model has its own copy
    capsys.readouterr()
    call(monkeypatch, predict, "run=run", "text=refundable")  # a word not seen, of pieces that were
    assert json.loads(capsys.readouterr().out)["label"] == "pay"
    call(monkeypatch, explain, "run=run", "text=please refund", "methods=linear", "out=why.html")
    assert "label: pay" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["out=x.json"], "give either texts=FILE or dataset="),
        (["texts=absent.txt", "out=x.json"], "data file absent.txt does not exist"),
        (["texts=one.txt", "out=x.json"], "1 texts are too few"),
        (["texts=one.txt", "out=x.json", "kind=words"], "kind=words: expected one of bpe, wordpiece, unigram"),
        (["texts=one.txt", "out=x.json", "lowercase=no"], "lowercase=no: expected true or false"),
        (["texts=one.txt", "out=x.json", "size=0"], "size=0: expected a whole number"),
        (["texts=one.txt"], "out"),
    ],
)
def test_what_does_not_fit_ends_in_one_line(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.txt").write_text("a single text\n", "utf-8")
    with pytest.raises(SystemExit) as stop:
        call(monkeypatch, subwords, *arguments)
    assert said in str(stop.value)
    assert not (tmp_path / "x.json").exists()
