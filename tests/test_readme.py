"""The README's examples run, its commands fit the configuration, and its figures are those of the records."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from nlpref.config import check_command

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
    assert capsys.readouterr().out == "unexpected_charge\nreturns\n"


@pytest.mark.parametrize("command", [command for command in COMMANDS if "nlpref.train" in command])
def test_training_commands_fit_the_configuration(command: str) -> None:
    words = _words(command)
    check_command("train", words[words.index("nlpref.train") + 1 :])


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
