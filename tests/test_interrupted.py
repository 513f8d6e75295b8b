"""Training through the command line in real processes: killed and taken up again, and spread over two processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

WAIT_S = 240
COMMAND = [
    "-m", "nlpref.train", "dataset=csv", "dataset.train=train.csv", "dataset.test=test.csv",
    "classifier=transformer", "classifier.layers=1", "classifier.max_length=16", "classifier.head_start=null",
    "classifier.training.epochs=4", "classifier.training.learning_rate=0.001", "classifier.training.batch_size=8",
    "tracker=none", "progress=false",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Texts of three labels, a few of them wrong, so that the scores are not perfect."""
    made = tmp_path_factory.mktemp("texts")
    words = {"track": "where parcel late courier", "refund": "money back refund please", "login": "password account lost mail"}
    labels = list(words)
    for name, count in (("train.csv", 160), ("test.csv", 40)):
        rows = []
        for number in range(count):
            label = labels[number % 3]
            some = words[label].split()
            text = f"{some[number % 4]} {some[number // 3 % 4]} number {number} {name[:2]}"
            rows.append(f"{text},{labels[(number + 1) % 3] if number % 7 == 0 else label}\n")
        (made / name).write_text("text,label\n" + "".join(rows), "utf-8")
    return made


def start(folder: Path, run: str, launcher: Sequence[str] = (), overrides: Sequence[str] = ()) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("RANK", "WORLD_SIZE")}
    return subprocess.Popen(
        [sys.executable, *launcher, *COMMAND, *overrides, f"hydra.run.dir={run}"],
        cwd=folder,
        env={**environment, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[str, str]:
    said, complained = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0, complained
    return said, complained


def outcome(run: Path) -> dict[str, Any]:
    """What must be the same for the same command."""
    record = json.loads((run / "result.json").read_text("utf-8"))
    return {
        "metrics": record["metrics"],
        "config_hash": record["config_hash"],
        "predictions": (run / "predictions.jsonl").read_text("utf-8"),
        "weights": json.loads((run / "model" / "manifest.json").read_text("utf-8"))["model.safetensors"],
    }


@pytest.fixture(scope="module")
def whole(folder: Path) -> Path:
    said, complained = finish(start(folder, "whole"))
    assert "f1_macro" in said
    assert complained == ""
    return folder / "whole"


def test_killed_training_goes_on_and_ends_in_the_same_result(folder: Path, whole: Path) -> None:
    process = start(folder, "killed")
    second = folder / "killed" / "checkpoints" / "checkpoint-36" / "trainer_state.json"
    until = time.monotonic() + WAIT_S
    while not second.exists() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL, "it was over before it could be killed"
    assert not (folder / "killed" / "result.json").exists()
    assert not (folder / "killed" / "model").exists()
    said, _ = finish(start(folder, "killed"))
    assert "resuming from checkpoint-36" in said
    assert outcome(folder / "killed") == outcome(whole)
    assert not (folder / "killed" / "checkpoints").exists()


@pytest.mark.slow
def test_torchrun_trains_one_model_in_two_processes(folder: Path) -> None:
    launcher = ("-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2")
    overrides = ["classifier.training.patience=null"]
    said, _ = finish(start(folder, "both", launcher, overrides))
    assert said.count("f1_macro") == 1
    record = json.loads((folder / "both" / "result.json").read_text("utf-8"))
    assert record["n"] == 40
    assert record["metrics"]["accuracy"]["value"] > 0.6
    history = [json.loads(line) for line in (folder / "both" / "history.jsonl").read_text("utf-8").splitlines()]
    assert max(entry["step"] for entry in history) == 4 * 9  # 144 texts in 2 processes by batches of 8
    finish(start(folder, "both", launcher, overrides))  # complete: neither process waits for the other
