"""Every YAML file, and what is said about a configuration that does not fit."""

from __future__ import annotations

import inspect
import shlex
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from nlpref import train
from nlpref.config import build, check, check_command, check_overrides, config_dir, fingerprint, plain
from nlpref.data import InMemoryDataset
from nlpref.errors import ConfigError, InputError

FILES = sorted(config_dir().rglob("*.yaml"))
RUNS = "python -m nlpref.train"
SCORES = "python -m nlpref.evaluate run=RUN_FOLDER"


def command_of(file: Path) -> str:
    """The first line that is no package directive, without its comment sign."""
    lines = [line for line in file.read_text("utf-8").split("\n") if not line.startswith("# @package")]
    return lines[0].removeprefix("# ")


def overrides_of(file: Path) -> list[str]:
    command = command_of(file)
    scores = command.startswith(SCORES)
    return shlex.split(command.removeprefix(SCORES if scores else RUNS)) + (["name=evaluation"] if scores else [])


def name_of(file: Path) -> str:
    return file.relative_to(config_dir()).as_posix()


@cache
def composed(file: Path) -> dict[str, Any]:
    """The configuration that a file's command gives; values that must be given may be missing."""
    return OmegaConf.to_container(check_overrides("train", overrides_of(file)))


def choices_of(overrides: list[str]) -> set[tuple[str, str]]:
    """Groups and their chosen options, by Hydra alone."""
    with initialize_config_dir(version_base="1.3", config_dir=str(config_dir())):
        choices = compose("train", overrides, return_hydra_config=True).hydra.runtime.choices
    return {(str(group).partition("@")[0], option) for group, option in choices.items()}


def fault(overrides: list[str]) -> str:
    with pytest.raises(ConfigError) as caught:
        check_command("train", overrides)
    return str(caught.value)


def test_all_files_are_seen() -> None:
    groups = {file.parent.name for file in FILES} - {config_dir().name}
    assert groups == {path.name for path in config_dir().iterdir() if path.is_dir()}
    assert len(FILES) > 45


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_begins_with_a_command_that_fits(file: Path) -> None:
    assert command_of(file).startswith((RUNS, SCORES)), f"{name_of(file)} begins with {command_of(file)!r}"
    check(composed(file))


@pytest.mark.parametrize("file", [file for file in FILES if file.name != "train.yaml"], ids=name_of)
def test_the_command_uses_the_file(file: Path) -> None:
    group, overrides = file.parent.relative_to(config_dir()).as_posix(), overrides_of(file)
    named = any(text.partition("@")[0] == group or text.startswith(f"{group}=") for text in overrides)
    if not named:  # then it must come in by the defaults of what is named
        assert (group, file.stem) in choices_of(overrides)
    else:
        assert any(text.startswith(group) and text.endswith(f"={file.stem}") for text in overrides)


def targets_in(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        if "_target_" in node:
            yield path, node
        for key, value in node.items():
            yield from targets_in(value, f"{path}.{key}")


UNNAMED = {
    "nlpref.tracking.MlflowTracker": {"run_id", "run_file", "run_name", "tags"},  # the run sets them
    "nlpref.retrieval.FaissIndex": {"neighbours", "effort", "cells", "probes"},  # each for one kind only
}


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_every_argument_can_be_overridden(file: Path) -> None:
    """Hydra refuses what a file does not name, so a file names all that its class takes."""
    for path, node in targets_in(composed(file)):
        module, _, name = node["_target_"].rpartition(".")
        expected = set(inspect.signature(getattr(import_module(module), name)).parameters)
        unnamed = expected - node.keys() - UNNAMED.get(node["_target_"], set())
        assert not unnamed, f"{path[1:]} as {name_of(file)} sets it lacks {unnamed}"


@pytest.mark.parametrize("task", ["classification", "ner", "retrieval"])
def test_every_component_of_a_task_composes(task: str) -> None:
    group = {"classification": "classifier", "ner": "tagger", "retrieval": "retriever"}[task]
    options = [path.stem for path in (config_dir() / group).glob("*.yaml")]
    assert len(options) >= 3
    for option in options:
        for tracker in ("none", "mlflow"):
            check(check_overrides("train", [f"task={task}", f"{group}={option}", f"tracker={tracker}"]))


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


TREE: dict[str, Any] = {
    "module": {"_target_": "nlpref.clasification.TfidfClassifier"},
    "package": {"_target_": "nlprf.tracking.NullTracker"},
    "class": {"_target_": "nlpref.tagging.CrfTager"},
    "argument": {"_target_": "nlpref.classification.TfidfClassifier", "min_dff": 2, "seed": 1},
    "missing": {"_target_": "nlpref.data.sources.csv", "text": "t"},
    "nested": {"inside": [{"_target_": "nlpref.tracking.NullTracker"}, {"_target_": "nlpref.tracking.NulTracker", "x": [1]}]},
    "deep": {"_target_": "nlpref.retrieval.DenseRetriever", "index": {"_target_": "nlpref.retrieval.FaissIndex", "kind": "fat"}},
    "private": {"_target_": "nlpref.tracking._database", "uri": ""},
    "value": {"_target_": "nlpref.latency.time"},
    "odd": {"_target_": 3},
    "blank": "???",
}


def test_all_faults_are_told_together_with_their_paths() -> None:
    with pytest.raises(ConfigError) as caught:
        check(TREE)
    expected = {
        "module._target_": "'nlpref' has no 'clasification'; did you mean 'classification'?",
        "package._target_": "there is no module 'nlprf.tracking'; did you mean 'nlpref'?",
        "class._target_": "'nlpref.tagging' has no 'CrfTager'; did you mean 'CrfTagger'?",
        "argument.min_dff": "takes no 'min_dff'; did you mean 'min_df'?",
        "missing.train": "nlpref.data.sources.csv needs it, and it is not given",
        "nested.inside[1]._target_": "'nlpref.tracking' has no 'NulTracker'; did you mean 'NullTracker'?",
        "deep.encoder": "nlpref.retrieval.DenseRetriever needs it, and it is not given",
        "deep.index.kind": "is 'fat', expected one of 'flat', 'hnsw', 'ivf'; did you mean 'flat'?",
        "private._target_": "'nlpref.tracking._database' is private",
        "value._target_": "'nlpref.latency.time' is a module, expected a class or a function",
        "odd._target_": "is 3, expected an import path",
        "blank": "must be given, as blank=VALUE",
    }
    lines = [line.strip() for line in str(caught.value).split("\n")[1:]]
    assert sorted(line.partition(": ")[0] for line in lines) == sorted(expected)
    for line in lines:
        assert expected[line.partition(": ")[0]] in line


def test_what_fits_is_let_through() -> None:
    check({"a": {"_target_": "nlpref.data.sources.csv", "_args_": ["train.csv"], "facts": ["x"]}, "b": [1, {"c": None}]})
    check({"a": {"_target_": "nlpref.data.sources.csv", "_partial_": True}, "_target_": "collections.OrderedDict", "any": 1})
    check({"_target_": "nlpref.neural.finetuning.FineTuning", "learning_rate": 1, "patience": None})


def test_a_module_that_fails_to_import_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_one.py").write_text("1 / 0\n")
    (tmp_path / "needy_one.py").write_text("import absent_package\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match=r"a._target_: 'broken_one' cannot be imported \(ZeroDivisionError"):
        check({"a": {"_target_": "broken_one.Thing"}})
    with pytest.raises(ConfigError, match="'needy_one' cannot be imported, as it needs 'absent_package'"):
        check({"a": {"_target_": "needy_one.Thing"}})


def test_only_trusted_packages_are_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stranger.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match=r"'stranger.Thing' is not from a trusted package"):
        check({"a": {"_target_": "stranger.Thing"}}, trusted=("nlpref",))
    assert not (tmp_path / "ran").exists()


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
