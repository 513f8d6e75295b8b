"""The verb that goes on with pretraining."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from tests.contracts.small_model import small_minilm

from nlpref import adapt
from nlpref.neural.continued_pretraining import NOTES

QUICK = ["epochs=1", "head_epochs=1", "max_length=16", "batch_size=8"]


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["nlpref adapt", *arguments])
    adapt.main()


def test_adapts_to_a_file_of_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "texts.txt").write_text("\n".join(f"the lamp number {n} is broken" for n in range(20)) + "\n\n", "utf-8")
    out = tmp_path / "adapted"
    call(monkeypatch, f"texts={tmp_path / 'texts.txt'}", f"out={out}", f"name={small_minilm()}", "mask=0.3", *QUICK)
    shown = capsys.readouterr().out
    assert [line.split()[0] for line in shown.splitlines()[:3]] == ["before", "head", "epoch"]
    assert "cosine of embeddings before and after" in shown
    assert "2 texts held out of 20" in shown
    settings = json.loads((out / NOTES).read_text("utf-8"))["settings"]
    assert settings["masking"]["share"] == 0.3
    assert settings["training"]["epochs"] == 1


def test_adapts_to_the_train_split_of_a_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(f"the lamp number {n} is broken,{'ab'[n % 2]}\n" for n in range(20))
    (tmp_path / "train.csv").write_text("text,label\n" + rows, "utf-8")
    of = ["dataset=csv", f"dataset.train={tmp_path / 'train.csv'}", "dataset.validation_fraction=0"]
    call(monkeypatch, *of, f"out={tmp_path / 'adapted'}", f"name={small_minilm()}", *QUICK)
    assert sum(json.loads((tmp_path / "adapted" / NOTES).read_text("utf-8"))["texts"].values()) == 16


def test_adapts_to_the_sentences_of_tagged_tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(f"lamp\tO\nnumber\tO\n{n}\tB-number\n\n" for n in range(20))
    (tmp_path / "train.conll").write_text(rows, "utf-8")
    of = ["dataset=conll", f"dataset.train={tmp_path / 'train.conll'}", "dataset.validation_fraction=0"]
    call(monkeypatch, *of, f"out={tmp_path / 'adapted'}", f"name={small_minilm()}", *QUICK)
    assert sum(json.loads((tmp_path / "adapted" / NOTES).read_text("utf-8"))["texts"].values()) == 16


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "give either texts=FILE or dataset="),
        (["texts=a.txt", "dataset=csv"], "give either texts=FILE or dataset="),
        (["texts=absent.txt"], "data file absent.txt does not exist"),
        (["texts=absent.txt", "epochs=0"], "epochs=0: expected a whole number"),
        (["texts=absent.txt", "whole_words=maybe"], "whole_words=maybe: expected true or false"),
        (["texts=absent.txt", "seed=-1"], "seed=-1: expected a whole number"),
        (["texts=absent.txt", "mask=1"], "expected 0 < share < 1"),
        (["texts=absent.txt", "rate=0"], "learning_rate > 0"),
    ],
)
def test_what_does_not_fit_ends_in_one_line(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match=said):
        call(monkeypatch, *arguments, "out=adapted")
    assert list(tmp_path.iterdir()) == []
