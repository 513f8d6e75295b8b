"""Folders that are written whole or not at all, and refused when anything in them has changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest

from nlpref import storage
from nlpref.errors import StorageError
from nlpref.storage import draft, load_component, read_json, replace_folder, restore, verify, write_json, write_text

TRUSTED = ("nlpref", __name__.partition(".")[0])


@dataclass(frozen=True)
class Settings:
    rate: float = 0.5
    names: Sequence[str] = ("a", "b")


class Part:
    """The smallest component."""

    def __init__(self, number: int = 1) -> None:
        self.number = number

    def save(self, folder: Path) -> None:
        with draft(self, folder) as made:
            (made / "data.txt").write_text(f"data of {self.number}")

    @classmethod
    def load(cls, folder: Path) -> Self:
        return restore(cls, folder)


class Whole(Part):
    """One argument of each kind that can be stored."""

    def __init__(
        self,
        inner: Part | None = None,
        settings: Settings = Settings(),
        options: Mapping[str, Any] | None = None,
        sizes: Sequence[int] = (),
        place: Path | None = None,
        text: str = "",
        number: int = 0,
        parts: Sequence[Any] = (),
    ) -> None:
        self.inner = inner
        self.settings = settings
        self.options = options
        self.sizes = sizes
        self.place = place
        self.text = text
        self.number = number
        self.parts = parts


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    Whole(Part(7)).save(tmp_path / "saved")
    return tmp_path / "saved"


def test_arguments_of_every_kind_come_back(tmp_path: Path) -> None:
    whole = Whole(
        Whole(Part(3), text="inner"),
        Settings(0.25, ["x"]),
        {"class": "odd", "component": "odder", "nested": {"dataclass": [1, None]}},
        (1, 2),
        Path("a/b"),
        "ünï\n",
        4,
    )
    whole.save(tmp_path / "saved")
    back = load_component(tmp_path / "saved", TRUSTED)
    assert isinstance(back, Whole)
    assert (back.settings, back.options, back.text, back.number) == (whole.settings, whole.options, "ünï\n", 4)
    assert list(back.sizes) == [1, 2]
    assert back.place == Path("a/b")
    assert back.inner is not None
    assert (type(back.inner), back.inner.text) == (Whole, "inner")  # type: ignore[attr-defined]
    assert back.inner.inner.number == 3  # type: ignore[attr-defined]
    assert (tmp_path / "saved" / "inner" / "inner" / "data.txt").read_text() == "data of 3"


def test_components_in_a_list_come_back_in_their_order(tmp_path: Path) -> None:
    parts = [
        Part(4),
        [Part(5), (1, "text")],
        Whole(parts=[Part(6)]),
        Settings(0.25, ["x"]),
        Path("a/b"),
        {"component": "odd"},
        None,
    ]
    Whole(Part(3), parts=parts).save(tmp_path / "saved")
    assert (tmp_path / "saved" / "parts" / "0" / "data.txt").read_text() == "data of 4"
    back = load_component(tmp_path / "saved", TRUSTED).parts
    assert [type(part) for part in back] == [Part, list, Whole, Settings, type(Path()), dict, type(None)]
    assert (back[0].number, back[1][0].number, back[1][1], back[2].parts[0].number) == (4, 5, [1, "text"], 6)
    assert back[3:] == [Settings(0.25, ["x"]), Path("a/b"), {"component": "odd"}, None]
    (tmp_path / "saved" / "parts" / "2" / "parts" / "0" / "data.txt").write_text("data of 7")
    with pytest.raises(StorageError, match=r"parts/2/parts/0/data\.txt: changed"):
        load_component(tmp_path / "saved", TRUSTED)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: (folder / "data.txt").write_text("data of 1"), "data.txt: changed"),
        (lambda folder: (folder / "data.txt").unlink(), "data.txt: missing"),
        (lambda folder: (folder / "more.txt").touch(), "more.txt: not in the manifest"),
        (lambda folder: (folder / "inner" / "more.txt").touch(), "inner/more.txt: not in the manifest"),
        (lambda folder: (folder / "inner" / "data.txt").write_text("x"), "inner/data.txt: changed"),
        (lambda folder: (folder / "component.json").write_text("{}"), "component.json: changed"),
        (lambda folder: (folder / "manifest.json").unlink(), "holds no manifest.json"),
        (lambda folder: (folder / "manifest.json").write_text("{"), "is not valid JSON"),
    ],
)
def test_a_folder_that_is_not_as_it_was_saved_is_refused(saved: Path, spoil: Callable[[Path], Any], said: str) -> None:
    load_component(saved, TRUSTED)
    spoil(saved)
    for read in (lambda: load_component(saved, TRUSTED), lambda: verify(saved), lambda: restore(Whole, saved)):
        with pytest.raises(StorageError, match=said):
            read()


def test_all_faults_are_named_at_once(saved: Path) -> None:
    (saved / "data.txt").unlink()
    (saved / "a.txt").touch()
    (saved / "inner" / "data.txt").write_text("x")
    with pytest.raises(StorageError) as raised:
        verify(saved)
    for said in ("data.txt: missing", "a.txt: not in the manifest", "inner/data.txt: changed"):
        assert said in str(raised.value)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"holds no manifest\.json"):
        load_component(tmp_path / "absent", TRUSTED)


def reseal(folder: Path, **changed: Any) -> None:
    """Write another ``component.json`` with a manifest that fits it, as an attacker would."""
    write_json(folder / "component.json", {**read_json(folder / "component.json"), **changed})
    manifest = read_json(folder / "manifest.json")
    write_json(folder / "manifest.json", {**manifest, "component.json": storage.sha256(folder / "component.json")})


@pytest.mark.parametrize("name", ["os.system", "subprocess.Popen", "builtins.eval", "nlprefx.Thing", "Thing"])
def test_classes_of_packages_that_are_not_trusted_are_refused(saved: Path, name: str) -> None:
    reseal(saved, **{"class": name})
    with pytest.raises(StorageError, match="not from a trusted package"):
        load_component(saved, TRUSTED)


def test_a_dataclass_of_a_package_that_is_not_trusted_is_refused(saved: Path) -> None:
    reseal(saved, arguments={"settings": {"dataclass": "subprocess.Popen", "fields": {"args": ["true"]}}})
    with pytest.raises(StorageError, match=r"subprocess\.Popen is not from a trusted package"):
        load_component(saved, TRUSTED)


@pytest.mark.parametrize("name", ["nlpref.absent.Thing", "nlpref.storage.Absent"])
def test_a_class_that_is_no_more_is_named(saved: Path, name: str) -> None:
    reseal(saved, **{"class": name})
    with pytest.raises(StorageError, match=f"the saved class {name} cannot be imported"):
        load_component(saved)


def test_trust_is_asked_for_and_reaches_the_parts(saved: Path) -> None:
    with pytest.raises(StorageError, match=r"set NLPREF_TRUST=tests in the environment, or in Python pass trusted=\[...\]"):
        load_component(saved)
    assert load_component(saved, TRUSTED).inner.number == 7
    with pytest.raises(StorageError, match="not from a trusted package"):  # trust ends with the call
        load_component(saved)


def test_a_folder_of_another_class_is_refused(saved: Path) -> None:
    with pytest.raises(StorageError, match=r"holds a .*Whole, not a .*Part; use load_component"):
        restore(Part, saved)


def test_saving_over_a_folder_replaces_all_of_it(saved: Path) -> None:
    Part(2).save(saved)
    assert sorted(path.name for path in saved.iterdir()) == ["component.json", "data.txt", "manifest.json"]
    assert load_component(saved, TRUSTED).number == 2
    assert [path.name for path in saved.parent.iterdir()] == ["saved"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_in_the_middle_leaves_the_old_folder(saved: Path, error: type[BaseException]) -> None:
    before = {path: path.read_bytes() for path in saved.rglob("*") if path.is_file()}
    with pytest.raises(error), draft(Part(9), saved) as made:  # noqa: PT012
        (made / "data.txt").write_text("half")
        raise error
    assert {path: path.read_bytes() for path in saved.rglob("*") if path.is_file()} == before
    assert [path.name for path in saved.parent.iterdir()] == ["saved"]
    with pytest.raises(error), replace_folder(saved.parent / "new"):
        raise error
    assert [path.name for path in saved.parent.iterdir()] == ["saved"]


def test_a_rename_that_fails_leaves_the_old_folder(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.rename

    def fails_for_new(path: Path, target: Path) -> Path:
        if target == saved and (path / "data.txt").read_text() == "data of 9":
            raise OSError("no space left")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fails_for_new)
    with pytest.raises(OSError, match="no space left"):
        Part(9).save(saved)
    assert load_component(saved, TRUSTED).inner.number == 7
    assert [path.name for path in saved.parent.iterdir()] == ["saved"]


def test_an_argument_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        Whole(options={"a": object()}).save(tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_a_reader_sees_the_old_text_or_the_new(tmp_path: Path) -> None:
    file = tmp_path / "sub" / "text.txt"
    write_text(file, "old\n")
    with pytest.raises(UnicodeEncodeError):
        write_text(file, "new \ud800")
    assert file.read_bytes() == b"old\n"
    assert [path.name for path in file.parent.iterdir()] == ["text.txt"]
    write_text(file, "new\r\n")
    assert file.read_bytes() == b"new\r\n"
    assert file.stat().st_mode & 0o777 == 0o644


def test_json_keeps_its_order_and_its_letters(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"z": "ü", "a": [1.5, None]})
    assert list(read_json(tmp_path / "a.json")) == ["z", "a"]
    assert "ü" in (tmp_path / "a.json").read_text("utf-8")
    with pytest.raises(StorageError, match="does not exist"):
        read_json(tmp_path / "b.json")
    (tmp_path / "b.json").write_bytes(b"\xff")
    with pytest.raises(StorageError, match="not valid JSON"):
        read_json(tmp_path / "b.json")


def test_parameters_are_the_constructors() -> None:
    assert storage.parameters(Part(5)) == {"number": 5}


def test_writers_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from nlpref.storage import write_json\n"
        "for _ in range(50): write_json(Path(sys.argv[1]), [sys.argv[2]] * 2000)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "a.json")]
    environment = {**os.environ, "PYTHONPATH": str(Path(storage.__file__).parents[1])}
    writers = [subprocess.Popen([*command, name], env=environment) for name in "ab"]
    seen = set()
    while any(writer.poll() is None for writer in writers):
        if (tmp_path / "a.json").exists():
            value = json.loads((tmp_path / "a.json").read_text())
            assert len(value) == 2000
            seen |= set(value)
    assert [writer.returncode for writer in writers] == [0, 0]
    assert seen <= {"a", "b"}
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
