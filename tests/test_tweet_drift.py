"""The benchmark of drift over the sections of the Broad Twitter Corpus, on few tweets."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RECORD = ROOT / "runs" / "tweet_drift" / "record.json"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "tweet_drift.py"), *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.real_data
def test_each_training_group_is_scored_on_each_section() -> None:
    done = run("train=ab,g", "tweets=150", "scored=60")
    assert done.returncode == 0, done.stderr
    record = json.loads(RECORD.read_text("utf-8"))
    assert record["command"] == "python benchmarks/tweet_drift.py train=ab,g tweets=150 scored=60"
    assert list(record["trained_on"]) == ["ab", "g"]
    for told in record["trained_on"].values():
        assert 140 <= told["tweets"] <= 160
        assert list(told["scores"]) == ["a", "b", "e", "f", "g"]
        for one in told["scores"].values():
            assert 35 <= one["tweets"] <= 60
            assert one["f1_micro"]["low"] <= one["f1_micro"]["value"] <= one["f1_micro"]["high"]
            assert 0 <= one["seen"] <= 1
    assert "f  2009 to 2014" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train=ah"], "train=ah: expected groups of the sections a, b, e, f, g"),
        (["run=x", "tagger=spacy"], "run= names a tagger that is trained; leave out tagger= and train="),
        (["tweets=-1"], "tweets=-1: expected a whole number"),
        (["year=2012"], "there is no 'year'"),
    ],
)
def test_arguments_that_do_not_fit(arguments: list[str], message: str) -> None:
    done = run(*arguments)
    assert done.returncode == 1
    assert message in done.stderr
