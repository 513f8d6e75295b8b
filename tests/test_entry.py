"""Programs end with one line for what can be foreseen."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nlpref import __main__, __version__
from nlpref.entry import clean_end
from nlpref.errors import InputError


def ending(error: BaseException) -> object:
    with pytest.raises(SystemExit) as stop, clean_end("interrupted; call again"):
        raise error
    return stop.value.code


def test_errors_made_on_purpose_and_files_that_cannot_be_used_are_one_line(tmp_path: Path) -> None:
    assert ending(InputError("give two")) == "error: give two"
    with pytest.raises(SystemExit, match=r"error: .*nowhere cannot be used: No such file or directory"), clean_end():
        (tmp_path / "nowhere").read_text()


def test_an_interrupt_says_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert ending(KeyboardInterrupt()) == 130
    assert capsys.readouterr().err == "\ninterrupted; call again\n"


def test_faults_of_ours_are_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError), clean_end():
        raise ZeroDivisionError


def test_the_console_script_knows_its_version_and_its_verbs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["nlpref", "--version"])
    __main__.main()
    assert capsys.readouterr().out == f"nlpref {__version__}\n"
    monkeypatch.setattr(sys, "argv", ["nlpref", "demo", "--help"])
    with pytest.raises(SystemExit):
        __main__.main()
    assert "takes some minutes" in capsys.readouterr().out


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small finished run, made by the real program."""
    folder = tmp_path_factory.mktemp("entry")
    rows = "".join(f"refund {n},pay\nparcel {n},post\n" for n in range(8))
    (folder / "train.csv").write_text("text,label\n" + rows, "utf-8")
    (folder / "test.csv").write_text("text,label\nmy refund,pay\na parcel,post\n", "utf-8")
    command = ["train", "dataset=csv", "dataset.train=train.csv", "dataset.test=test.csv", "tracker=none", "hydra.run.dir=run"]
    made = subprocess.run([sys.executable, "-m", "nlpref", *command], cwd=folder, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    return folder / "run"


Start = Callable[..., "subprocess.Popen[str]"]


def _heed_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def predicting(run: Path) -> Start:
    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "nlpref.predict", f"run={run}", *arguments]
        pipe = subprocess.PIPE
        # A shell that starts the tests in the background has them ignore Ctrl-C, and children inherit that.
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, preexec_fn=_heed_interrupts)

    return start


def test_texts_from_standard_input_are_answered_as_they_come(predicting: Start) -> None:
    with predicting() as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for text, label in (("my refund", "pay"), ("the parcel", "post")):
            process.stdin.write(text + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["label"] == label  # the pipe is still open
        process.stdin.write("refund without an end of line")
        process.stdin.close()
        assert json.loads(process.stdout.readline())["label"] == "pay"
        assert process.wait(60) == 0


def test_a_reader_that_has_seen_enough_is_no_fault(predicting: Start, tmp_path: Path) -> None:
    (tmp_path / "many.txt").write_text("my refund\n" * 20_000, "utf-8")
    with predicting(f"file={tmp_path / 'many.txt'}") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
        process.wait(60)


def test_an_interrupt_leaves_no_traceback(predicting: Start) -> None:
    with predicting() as process:
        assert process.stdin is not None
        process.stdin.write("my refund\n")
        process.stdin.flush()
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.1)
        process.send_signal(2)
        assert process.stderr is not None
        assert process.stderr.read() == "\ninterrupted\n"
        assert process.wait(60) == 130


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["k=0", "text=a"], "k=0: expected a whole number"),
        (["k=abc", "text=a"], "k=abc: expected a whole number"),
        (["text=a", "file=b"], "text= and file= were both given"),
        (["file=/"], "/ cannot be used: Is a directory"),
        (["file=nowhere.txt"], "nowhere.txt: no such file"),
    ],
)
def test_wrong_arguments_of_predict(predicting: Start, arguments: list[str], said: str) -> None:
    with predicting(*arguments) as process:
        _, complained = process.communicate(timeout=60)
        assert complained.startswith("error: ")
        assert said in complained
        assert process.returncode == 1


def test_an_empty_text_is_answered_as_one(predicting: Start) -> None:
    with predicting("text=") as process:
        said, _ = process.communicate(timeout=60)
        assert json.loads(said) == {"text": "", "error": "empty text"}
