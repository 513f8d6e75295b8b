"""The program: from a trained run to a file that trains the next one."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nlpref import train
from nlpref.data.answers import Answer, read_answers
from nlpref.review import __main__ as review
from nlpref.review.server import TOKEN


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small run, made by the real program."""
    folder = tmp_path_factory.mktemp("review")
    block = "Ann\tB-person\nlives\tO\nin\tO\n{}\tB-city\n\n"
    (folder / "train.conll").write_text("".join(block.format(f"{name}ton") for name in "ABCDEFGH"), "utf-8")
    (folder / "test.conll").write_text(block.format("Upton"), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["nlpref train", *ner(folder, f"hydra.run.dir={folder / 'run'}")])
        train.main()
    (folder / "texts.txt").write_text("Ann lives in Aton\n\nBob sings\nEve was in Zton\n", "utf-8")
    return folder / "run"


def ner(folder: Path, *more: str) -> list[str]:
    return [
        "task=ner", "dataset=conll", f"dataset.train={folder / 'train.conll'}", f"dataset.test={folder / 'test.conll'}",
        "dataset.validation_fraction=0", "tagger=crf", "tagger.max_iterations=20", "tracker=none", "progress=false", *more,
    ]  # fmt: skip


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["nlpref review", *arguments])
    review.main()


def test_a_sitting_is_ended_by_an_interrupt_and_trains_the_next_tagger(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "reviewed.jsonl"
    arguments = [f"run={run}", f"file={run.parent / 'texts.txt'}", f"out={out}"]
    command = [sys.executable, "-m", "nlpref.review", *arguments, "port=0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ) as program:
        assert program.stdout is not None
        lines = [program.stdout.readline() for _ in range(2)]
        address = re.search(r"http://127\.0\.0\.1:(\d+)/\?token=(\S+)", lines[1])
        assert address is not None, (lines, program.stderr and program.stderr.read())
        connection = http.client.HTTPConnection("127.0.0.1", int(address[1]), timeout=20)
        body = {"number": 0, "spans": [{"start": 0, "end": 1, "label": "person"}], "seconds": 4.0}
        headers = {TOKEN: address[2], "Content-Type": "application/json"}
        connection.request("POST", "/api/answer", json.dumps(body), headers)
        assert json.loads(connection.getresponse().read())["progress"]["left"] == 2
        connection.close()
        program.send_signal(signal.SIGINT)
        try:
            rest, errors = program.communicate(timeout=60)
        finally:
            program.kill()
    assert program.returncode == 0, errors
    assert "3 sentences, 0 answers" in lines[0]
    assert re.search(r"1 answer, 4\.0 s each \(1 \w+\); 2 left; saved in .*reviewed\.jsonl", rest)
    assert f"dataset.reviewed={out}" in rest
    assert [one.spans[0].label for one in read_answers(out)] == ["person"]
    assert re.fullmatch(r"conll-crf [0-9a-f]{8} [0-9a-f]{16}", next(read_answers(out)).model)

    _the_rest(run, out)
    call(monkeypatch, *arguments)
    assert "nothing is left to review" in capsys.readouterr().out
    based = [one.replace("dataset.", "dataset.base.") for one in ner(run.parent)]
    argv = ["dataset=reviewed", "dataset@dataset.base=conll", f"dataset.reviewed={out}", f"hydra.run.dir={tmp_path / 'next'}"]
    monkeypatch.setattr(sys, "argv", ["nlpref train", *(one for one in based if one != "dataset=conll"), *argv])
    train.main()
    result = json.loads((tmp_path / "next" / "result.json").read_text("utf-8"))
    assert result["dataset"]["name"] == "train_reviewed"
    assert result["details"]["dataset_notes"]["reviewed"]["sentences"] == 3


def _the_rest(run: Path, out: Path) -> None:
    given = {one.tokens for one in read_answers(out)}
    texts = [tuple(text.split()) for text in (run.parent / "texts.txt").read_text("utf-8").split("\n") if text]
    with out.open("a", encoding="utf-8") as stream:
        for tokens in texts:
            if tokens not in given:
                stream.write(Answer("x", tokens, labels=("city", "person")).line() + "\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "what is to be reviewed"),
        (["file=x.txt", "split=train"], "not both"),
        (["file=x.txt"], r"x\.txt does not exist"),
        (["split=train", "strategy=best"], "expected one of expected_value"),
        (["split=train", "port=70000"], "from 0 to 65535"),
        (["split=train", "limit=0"], "1 or more"),
        (["split=rest"], "no split 'rest'"),
        (["dataset=conl"], "did you mean|there is no dataset"),
    ],
)
def test_what_does_not_fit_is_one_line(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match=message):
        call(monkeypatch, f"run={run}", *arguments)
    with pytest.raises(SystemExit, match="not the folder of a training run"):
        call(monkeypatch, f"run={tmp_path}", "split=train")
    assert list(tmp_path.iterdir()) == []
