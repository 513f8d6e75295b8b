"""The README's examples run, its commands fit the configuration, and its figures are those of the records."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from nlpref.__main__ import main as dispatch
from nlpref.overrides import check_command

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
COMMANDS = [line for kind, block in BLOCKS if kind == "bash" for line in block.splitlines() if line]


def _words(command: str) -> list[str]:
    words = shlex.split(command, comments=True)
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
        words = words[1:]
    return words


def test_python_examples_run_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for kind, block in BLOCKS:
        if kind == "python":
            exec(compile(block, "README.md", "exec"), names)
    printed = [
        "(3, 384)",
        "a",
        "unexpected_charge",
        "unexpected_charge",
        "person",
        "['charged', 'twice']",
        "pay",
        "£59 14 17 59.00 GBP ORDER_ID",
        "returns",
    ]
    assert capsys.readouterr().out.splitlines() == printed


@pytest.mark.parametrize("command", [command for command in COMMANDS if "nlpref.train" in command])
def test_training_commands_fit_the_configuration(command: str) -> None:
    words = _words(command)
    check_command("train", words[words.index("nlpref.train") + 1 :])


def _own_data(folder: Path) -> None:
    texts = "".join(f"refund {n} please,pay\nparcel {n} is late,post\n" for n in range(12))
    (folder / "train.csv").write_text("text,label\n" + texts, "utf-8")
    for name in ("test.csv", "new.csv"):
        (folder / name).write_text(f"text,label\nmy refund in {name},pay\na parcel in {name},post\n", "utf-8")
    for name, cities in (("train", ("Rome", "Oslo", "Lima", "Bonn", "Cork")), ("test", ("Nice", "Kyiv"))):
        (folder / f"{name}.conll").write_text("".join(f"she O\nleft O\n{city} B-CITY\n\n" for city in cities), "utf-8")
    (folder / "folder" / "qrels").mkdir(parents=True)
    things = ("lamp", "chair", "shoe")
    documents = [{"_id": f"d{n}", "title": thing, "text": f"all about the {thing}"} for n, thing in enumerate(things)]
    queries = [{"_id": f"q{n}", "text": f"my {thing} broke"} for n, thing in enumerate(things)]
    for name, rows in (("corpus", documents), ("queries", queries)):
        (folder / "folder" / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    judged = "".join(f"q{n}\td{n}\t1\n" for n in range(len(things)))
    (folder / "folder" / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + judged, "utf-8")


def test_the_commands_for_your_own_data_do_what_they_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _own_data(tmp_path)
    monkeypatch.chdir(tmp_path)
    section = README.partition("## Your own data")[2].partition("\n## ")[0]
    commands = [_words(line) for line in section.splitlines() if line.startswith("python -m nlpref.")]
    assert [words[2].removeprefix("nlpref.") for words in commands] == ["train"] * 3 + [
        "predict",
        "evaluate",
        "bench",
        "report",
        "choose",
    ]
    quick = {"task=ner": "tagger=crf", "task=retrieval": "retriever=bm25"}
    for words in commands:
        verb, arguments = words[2].removeprefix("nlpref."), words[3:]
        if verb == "train":
            arguments += ["tracker=none", *(quick[task] for task in arguments if task in quick)]
        run = next((tmp_path / "runs" / "classification").glob("*"), tmp_path)
        monkeypatch.setattr(sys, "argv", ["nlpref", verb, *(text.replace("RUN_FOLDER", str(run)) for text in arguments)])
        with pytest.raises(SystemExit) as stop:
            dispatch()
        assert not stop.value.code, words
    printed = capsys.readouterr().out
    assert {path.parent.parent.name for path in tmp_path.glob("runs/*/*/result.json")} == {"classification", "ner", "retrieval"}
    assert '"label": "post"' in printed  # where is my parcel?
    assert list(tmp_path.glob("runs/classification/*/evaluations/new-test-*/result.json"))
    assert "3 finished runs" in (tmp_path / "reports" / "index.html").read_text("utf-8")


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    used = {words[1] for command in COMMANDS if (words := _words(command))[0] == "make"} | set(
        re.findall(r"`make ([a-z-]+)`", README)
    )
    assert used >= {"demo", "test", "evidence", "readme", "overhead", "mlflow", "help"}
    assert used <= targets


def test_linked_files_exist() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def test_figures_are_those_of_the_records() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "fill_readme.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
