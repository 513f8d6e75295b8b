"""``nlpref extract`` over small files: the formats, the sources, and what it refuses."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.contracts.examples import TRAIN_TAGGED

from nlpref import extract
from nlpref.extraction import EntityExtractor
from nlpref.tagging import CrfTagger

DOCUMENT = "Ann lives in New York now.\r\n\r\n🙂 in Oslo you can meet Bob !\r\n"
Invoke = Callable[..., str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("extract") / "run"
    CrfTagger(c2=0.1, max_iterations=20).fit(TRAIN_TAGGED).save(folder / "model")
    return folder


@pytest.fixture
def invoke(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Invoke:
    monkeypatch.chdir(tmp_path)
    Path("document.txt").write_text(DOCUMENT, "utf-8", newline="")
    Path("texts.txt").write_text("Ann lives in Oslo now\n\nin Rome you can meet Bob !\n", "utf-8")

    def called(*arguments: str, run: str | Path = run) -> str:
        monkeypatch.setattr(sys, "argv", ["extract", f"run={run}", *arguments])
        extract.main()
        return capsys.readouterr().out

    return called


@pytest.fixture
def expected(run: Path) -> EntityExtractor:
    return EntityExtractor(CrfTagger.load(run / "model"))


def test_texts_as_json_lines(invoke: Invoke, expected: EntityExtractor) -> None:
    rows = [json.loads(line) for line in invoke("file=texts.txt").splitlines()]
    assert [row["text"] for row in rows] == ["Ann lives in Oslo now", "", "in Rome you can meet Bob !"]
    for row in rows:
        assert [(one["start"], one["end"], one["label"], one["text"]) for one in row["entities"]] == [
            (one.start, one.end, one.label, one.text) for one in expected.extract(row["text"])
        ]
        assert all(row["text"][one["start"] : one["end"]] == one["text"] for one in row["entities"])
    assert rows[1]["entities"] == []
    assert "value" not in rows[0]["entities"][0]
    assert json.loads(invoke("text=")) == {"text": "", "entities": []}


def test_a_document_in_all_formats(invoke: Invoke, expected: EntityExtractor) -> None:
    found = expected.extract(DOCUMENT)
    assert "Oslo" in [one.text for one in found]
    rows = [json.loads(line) for line in invoke("document=document.txt").splitlines()]
    assert [(row["start"], row["end"], row["text"]) for row in rows] == [(one.start, one.end, one.text) for one in found]
    lines = invoke("document=document.txt", "format=standoff").splitlines()
    assert [line.split("\t")[0] for line in lines] == [f"T{number + 1}" for number in range(len(found))]
    assert [line.split("\t")[1].split() for line in lines] == [[one.label, str(one.start), str(one.end)] for one in found]
    tags = [line.split("\t")[1] for line in invoke("document=document.txt", "format=conll").splitlines() if line]
    assert [tag[2:] for tag in tags if tag.startswith("B-")] == [one.label for one in found]
    html = invoke("document=document.txt", "format=html")
    assert html.startswith("<!DOCTYPE html>")
    assert html.count("<mark") == len(found)
    assert ">Rome" in invoke("file=texts.txt", "format=html").replace("\n", "").replace(" ", "")
    assert invoke("text=Ann lives in Oslo now", "format=standoff").startswith("T1\tperson 0 3\tAnn\n")
    assert "Oslo\tB-city" in invoke("text=Ann lives in Oslo now", "format=conll")


def test_a_floor_and_a_unit(invoke: Invoke) -> None:
    everything = invoke("document=document.txt", "floor=0.000001").splitlines()
    surest = [json.loads(line) for line in invoke("document=document.txt", "floor=0.9").splitlines()]
    assert len(everything) >= len(surest)
    assert all(row["score"] >= 0.9 for row in surest)
    assert invoke("document=document.txt", "unit=paragraph")


def test_values(tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    read = extract.read_normalisers("true", "2025-06-05")
    assert (read["DATE"]("yesterday"), read["MONEY"]("£5"), read["ORDER_ID"]("wf-482913")) == ("2025-06-04", "5.00 GBP", "482913")
    assert extract.read_normalisers("false") == {}
    Path("values.yaml").write_text(
        "person: {_target_: nlpref.extraction.OrderIdNormaliser, pattern: '.+', form: '\\g<0>'}\n", "utf-8"
    )
    [row] = invoke("text=Ann lives in Oslo now", "normalise=values.yaml").splitlines()
    assert [one.get("value") for one in json.loads(row)["entities"]] == ["ANN", None]
    assert "value" not in invoke("text=Ann lives in Oslo now", "normalise=true", "reference=2025-06-05")


def test_texts_from_standard_input_are_answered_as_they_come(run: Path) -> None:
    command = [sys.executable, "-m", "nlpref.extract", f"run={run}"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, encoding="utf-8") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for text in ("Ann lives in Oslo now", "in Rome you can meet Bob ! 🙂"):
            process.stdin.write(text + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["text"] == text  # the pipe is still open
        process.stdin.close()
        assert process.wait(60) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["text=a", "file=b"], "text= and file= were given"),
        (["text=a", "document=b"], "text= and document= were given"),
        (["text=a", "format=xml"], "format=xml: expected one of jsonl"),
        (["format=standoff"], "counts characters of one text"),
        (["text=a", "floor=2"], "floor=2: expected a probability"),
        (["text=a", "floor=x"], "floor=x: expected a probability"),
        (["text=a", "unit=page"], "unit=page: unit is 'page'"),
        (["text=a", "normalise=nowhere.yaml"], "expected true, false, or a YAML file that exists"),
        (["text=a", "normalise=document.txt"], "document.txt"),
        (["text=a", "normalise=true", "reference=soon"], "reference is 'soon'"),
        (["text=a", "reference=2025-06-05"], "reference= is for normalise=true"),
        (["document=nowhere.txt"], "nowhere.txt: no such file"),
        (["file=nowhere.txt"], "nowhere.txt: no such file"),
        (["document=latin.txt"], "latin.txt: not UTF-8"),
        (["text=a", "normalise=foreign.yaml"], "not from a trusted package"),
        (["text=a", "normalise=plain.yaml"], "DATE is 'today', expected a mapping"),
    ],
)
def test_wrong_arguments(invoke: Invoke, arguments: list[str], said: str) -> None:
    Path("latin.txt").write_bytes("Zoë lives in Rome".encode("latin-1"))
    Path("foreign.yaml").write_text("DATE: {_target_: os.system}\n", "utf-8")
    Path("plain.yaml").write_text("DATE: today\n", "utf-8")
    with pytest.raises(SystemExit, match=f"(?s)error: .*{re.escape(said)}"):
        invoke(*arguments)


def test_a_folder_without_a_tagger(invoke: Invoke, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"error: .*does not exist; give the folder of a finished run"):
        invoke("text=a", run=tmp_path / "nowhere")


def test_help_shows_examples(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["extract", "--help"])
    with pytest.raises(SystemExit):
        extract.main()
    said = capsys.readouterr().out
    assert said.count("python -m nlpref.extract run=RUN_FOLDER") == 5
    assert all(f"{name}=" in said for name in extract.DEFAULTS)


def test_the_benchmark_of_long_documents_writes_its_record(run: Path, tmp_path: Path) -> None:
    program = Path(__file__).parents[1] / "benchmarks" / "long_document.py"
    sizes = "4000,8000"
    command = [sys.executable, str(program), f"run={run}", f"sizes={sizes}", "rounds=1", f"record={tmp_path / 'record.json'}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / "record.json").read_text("utf-8"))
    assert [row["characters"] for row in record["sizes"]] == [4000, 8000]
    assert all(row["peak_memory_mb"] >= row["short_mb"] > 0 and row["seconds"] for row in record["sizes"])
    assert record["sizes"][1]["tokens"] > 1.5 * record["sizes"][0]["tokens"]
    assert (record["tagger"], record["run"]) == ("CrfTagger", "run")
    assert {"exponent", "environment", "command"} <= record.keys()


def test_standard_input_is_lines(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"Ann lives in Oslo now\nAnn")))
    assert len(invoke().splitlines()) == 2
