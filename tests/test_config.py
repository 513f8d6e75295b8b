"""What is said about a configuration or a command line that does not fit, and what is made of one that does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from nlpref import train
from nlpref.config import build, fingerprint, plain
from nlpref.data import InMemoryDataset
from nlpref.errors import ConfigError, InputError
from nlpref.overrides import check_command, check_overrides


def fault(overrides: list[str]) -> str:
    with pytest.raises(ConfigError) as caught:
        check_command("train", overrides)
    return str(caught.value)


BAD = [
    ("classifer=tfidf", "the configuration has no 'classifer'; did you mean 'classifier'?"),
    ("classifier=tfdif", "there is no classifier 'tfdif'; did you mean 'tfidf'?"),
    ("classifier.ngram=3", "classifier has no 'ngram'; did you mean 'word_ngrams'?"),
    ("dataset.tset=x", "dataset has no 'tset'"),
    ("classifier.seed.x=1", "classifier.seed holds a value, so it has no 'x'"),
    ("tagger=crf", "task=classification has no tagger; give task=ner beside it"),
    ("hydra/launcher=basix", "there is no hydra/launcher 'basix'; did you mean 'basic'?"),
    ("seed=0,1", "several values are a sweep; add --multirun"),
]


@pytest.mark.parametrize(("override", "message"), BAD, ids=[override for override, _ in BAD])
def test_a_wrong_override_names_the_nearest_right_one(override: str, message: str) -> None:
    assert fault([override]).startswith(f"{override}: {message}")


@pytest.mark.parametrize("override", ["+foo", "dataset.=3", "classifier"])
def test_what_is_no_override_is_quoted(override: str) -> None:
    assert fault([override]).startswith(f"{override!r} is not an override, as key=value: ")


def test_a_group_inside_a_component_is_shown_with_its_place() -> None:
    expected = "encoder=minilm: the encoder is part of another component; did you mean 'encoder@classifier.encoder=minilm'?"
    assert fault(["classifier=frozen", "encoder=minilm"]) == expected


def test_all_wrong_overrides_are_told_and_no_right_one() -> None:
    told = fault(["retriever.k=1", "task=retreival", "seed=3", "nme=x", "retriever=bm25"]).split("\n")
    assert [line.partition(":")[0] for line in told] == ["task=retreival", "retriever.k=1", "nme=x"]


def test_overrides_may_come_in_any_order() -> None:
    told = fault(["retriever.index.kind=hnsw", "retriever=dense", "nme=x", "task=retrieval"])
    assert told.split("\n") == [told]
    assert told.startswith("nme=x: ")
    check_command("train", ["retriever.index.kind=hnsw", "retriever=dense", "task=retrieval"])


def test_a_broken_configuration_is_not_blamed_on_the_overrides() -> None:
    with pytest.raises(ConfigError, match="absent"):
        check_overrides("absent", ["seed=3"])


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("+classifier.foo=1", "classifier.foo: nlpref.classification.TfidfClassifier takes no 'foo'; did you mean 'folds'?"),
        ("classifier._target_=nlpref.classification.TfidfClasifier", "has no 'TfidfClasifier'; did you mean 'TfidfClassifier'?"),
        ("seed=abc", "classifier.seed: is 'abc', expected int"),
        ("classifier.word_ngrams=[1,x]", "classifier.word_ngrams: is [1, 'x'], expected Sequence[int] or null"),
        ("dataset=csv", "dataset.train: must be given, as dataset.train=VALUE"),
        ("name=${seeed}", "name: Interpolation key 'seeed' not found"),
    ],
)
def test_what_composes_but_does_not_fit_is_told_with_its_path(override: str, message: str) -> None:
    assert message in fault([override])


def test_a_sweep_is_checked_job_by_job() -> None:
    check_command("train", ["-m", "seed=0,1,2", "classifier=tfidf,transformer"])
    check_command("train", ["classifier=glob(t*)", "--multirun"])
    told = fault(["seed=0,x", "classifier=tfidf,frzen", "dataset=csv", "dataset.train=a.csv", "--multirun"])
    assert "classifier=frzen: there is no classifier 'frzen'; did you mean 'frozen'?" in told
    assert "classifier.seed: is 'x', expected int" in told
    assert told.count("frzen'") == 1
    assert fault(["seed=interval(0,1)", "-m"]).startswith("seed=interval(0,1): an interval holds no list of values")


def test_what_only_shows_the_configuration_may_lack_values() -> None:
    check_command("train", ["--cfg", "job", "dataset=csv"])
    check_command("train", ["--help", "dataset=csv"])
    check_command("train", ["--config-name", "other", "anything=1"])
    with pytest.raises(ConfigError, match="nme"):
        check_command("train", ["--cfg", "job", "nme=x"])


@pytest.mark.parametrize("arguments", [["classifer=tfidf"], ["dataset=csv"], ["seed=0,x", "-m"], ["classifier.folds=two"]])
def test_training_stops_before_any_work(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["nlpref", *arguments])
    with pytest.raises(SystemExit, match=r"^error: "):
        train.main()
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr().out == ""


def test_plain_resolves_and_drops_hydra() -> None:
    config = OmegaConf.create({"a": 1, "b": {"c": "${a}", "d": [1, "${b.c}"]}, "hydra": {"x": "???"}})
    assert plain(config) == {"a": 1, "b": {"c": 1, "d": [1, 1]}}
    assert type(plain(config)["b"]["d"]) is list
    assert plain({"a": 1}) == {"a": 1}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (OmegaConf.create([1]), "expected a mapping at the top"),
        ("text", "expected a configuration, got a str"),
        (OmegaConf.create({"a": {"b": "???"}, "c": "???"}), "a.b: must be given, as a.b=VALUE\n  c: must be given, as c=VALUE"),
        (OmegaConf.create({"a": {"b": "${nowhere}"}}), "a.b: Interpolation key 'nowhere' not found"),
    ],
)
def test_plain_says_what_is_missing(config: Any, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        plain(config)
    assert message in str(caught.value)


def test_build_gives_plain_python_and_nested_objects(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label,x\n" + "".join(f"text {n},{n % 2},{n}\n" for n in range(10)))
    data = build({"_target_": "nlpref.data.sources.csv", "train": str(tmp_path / "a.csv"), "facts": ["x"]})
    assert isinstance(data, InMemoryDataset)
    index = {"_target_": "nlpref.retrieval.ExactIndex"}
    node = OmegaConf.create(
        {"_target_": "nlpref.classification.TfidfClassifier", "grid": [1.0], "C": None, "word_ngrams": [1, 1]}
    )
    assert type(build(node).grid) is list
    dense = build({"_target_": "nlpref.retrieval.DenseRetriever", "encoder": None, "index": index})
    assert type(dense.index).__name__ == "ExactIndex"


def test_build_lets_deliberate_errors_through(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.csv"):
        build({"_target_": "nlpref.data.sources.csv", "train": str(tmp_path / "absent.csv")})
    with pytest.raises(Exception, match="division by zero") as caught:
        build({"_target_": "operator.truediv", "_args_": [1, 0]})
    assert not isinstance(caught.value, ConfigError)


@pytest.mark.parametrize("change", ["seed=1", "classifier.C=2.0", "dataset.validation_fraction=0.5", "split=validation"])
def test_fingerprint_changes_with_what_is_computed(change: str, fixed: Callable[..., str]) -> None:
    assert fixed(change) != fixed()


@pytest.mark.parametrize("change", ["name=other", "tracker=none", "progress=false", "overwrite=true", "tracker.uri=x"])
def test_fingerprint_ignores_what_is_not(change: str, fixed: Callable[..., str]) -> None:
    assert fixed(change) == fixed()


@pytest.fixture
def fixed() -> Callable[..., str]:
    return lambda *overrides: fingerprint(plain(check_overrides("train", list(overrides))))


def test_fingerprint_does_not_depend_on_the_order_of_keys() -> None:
    assert fingerprint({"a": 1, "b": {"c": 2, "d": 3}}) == fingerprint({"b": {"d": 3, "c": 2}, "a": 1})
    assert len(fingerprint({"a": 1})) == 8


def test_the_name_of_a_run_is_known_without_a_run() -> None:
    assert plain(check_overrides("train", []))["name"] == "supportdesk-tfidf"
    assert plain(check_overrides("train", ["name=${hydra:runtime.output_dir}"]))["name"] == "."
