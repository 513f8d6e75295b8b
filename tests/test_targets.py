"""All faults of a configuration, found without building anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nlpref.config import check
from nlpref.errors import ConfigError

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
        "deep.index.kind": "'flat', 'hnsw', 'ivf', 'sq8', 'ivfsq8', 'pq', 'ivfpq'; did you mean 'flat'?",
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
