"""Components on disk: atomic folders, a manifest of sha256 sums, no pickle.

A component's folder holds ``component.json`` (its class and constructor arguments), the files that its
``save`` writes, one sub-folder for each component among its arguments (``name``, or ``name/0``, ``name/1`` and so on
for those in a list), and ``manifest.json``, which is verified before anything else is parsed.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import inspect
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

from nlpref.errors import StorageError

__all__ = [
    "TRUSTED_MODULES",
    "draft",
    "load_component",
    "parameters",
    "read_json",
    "replace_folder",
    "restore",
    "sha256",
    "verify",
    "write_json",
    "write_text",
]

TRUSTED_MODULES: tuple[str, ...] = ("nlpref", *filter(None, os.environ.get("NLPREF_TRUST", "").replace(" ", "").split(",")))
"""Top-level packages whose classes may be loaded from a folder: ours, and those that NLPREF_TRUST names, with commas between."""

_trusted: ContextVar[tuple[str, ...]] = ContextVar("trusted", default=TRUSTED_MODULES)
"""What the ``load_component`` under way trusts, so that it holds for the components inside as well."""
MANIFEST = "manifest.json"
COMPONENT = "component.json"
T = TypeVar("T")


def sha256(path: Path) -> str:
    """Hexadecimal sha256 of a file, read in blocks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_text(path: Path, text: str) -> None:
    """Write a text file so that a reader sees the old content or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        Path(name).chmod(0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically, indented, keys in the given order."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        StorageError: if it is absent or not JSON.
    """
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise StorageError(f"{path} does not exist") from None
    except ValueError as error:
        raise StorageError(f"{path} is not valid JSON: {error}") from None


@contextmanager
def replace_folder(folder: Path) -> Iterator[Path]:
    """Give a temporary folder beside ``folder``; on success rename it into place, on error remove it."""
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        made.chmod(0o755)
        yield made
        if folder.exists():
            old = made.with_name(made.name + ".old")
            folder.rename(old)
            try:
                made.rename(folder)
            except BaseException:
                old.rename(folder)
                raise
            shutil.rmtree(old)
        else:
            made.rename(folder)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise


def parameters(component: object) -> dict[str, Any]:
    """Constructor arguments of a component, read back from the attributes of the same names."""
    return {name: getattr(component, name) for name in inspect.signature(type(component)).parameters}


@contextmanager
def draft(component: object, folder: Path) -> Iterator[Path]:
    """Save a component: yields an empty folder for its own files, then seals and renames it into place."""
    with replace_folder(Path(folder)) as made:
        arguments = {name: _encode(name, value, made) for name, value in parameters(component).items()}
        write_json(made / COMPONENT, {"class": _path(type(component)), "arguments": arguments})
        yield made
        _seal(made)


def restore(kind: type[T], folder: Path) -> T:
    """Verify a folder and construct its component from the saved arguments; the caller reads the rest.

    Raises:
        StorageError: if the folder is absent, incomplete, changed, or holds another class.
    """
    folder = Path(folder)
    verify(folder)
    saved = read_json(folder / COMPONENT)
    if saved["class"] != _path(kind):
        raise StorageError(f"{folder} holds a {saved['class']}, not a {_path(kind)}; use load_component")
    return kind(**{name: _decode(value, folder) for name, value in saved["arguments"].items()})


def load_component(folder: Path, trusted: Sequence[str] | None = None) -> Any:
    """Load whatever component a folder holds, if its class and those of the components inside may be trusted.

    Args:
        folder: What ``save`` wrote.
        trusted: Top-level packages that classes may come from; default: ``TRUSTED_MODULES``, or inside the loading
            of another component what that one trusts.

    Raises:
        StorageError: if the folder is absent, incomplete or changed, or its class is not trusted.
    """
    folder = Path(folder)
    verify(folder)
    token = _trusted.set(_trusted.get() if trusted is None else tuple(trusted))
    try:
        return _resolve(read_json(folder / COMPONENT)["class"]).load(folder)
    finally:
        _trusted.reset(token)


def verify(folder: Path) -> None:
    """Compare every file of a folder with its manifest.

    Raises:
        StorageError: naming the files that are missing, changed or not in the manifest.
    """
    folder = Path(folder)
    if not (folder / MANIFEST).is_file():
        raise StorageError(f"{folder} holds no {MANIFEST}: it is not a saved component, or saving was interrupted")
    expected = read_json(folder / MANIFEST)
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    found.pop(MANIFEST)
    faults = [f"{name}: missing" for name in sorted(expected.keys() - found.keys())]
    faults += [f"{name}: not in the manifest" for name in sorted(found.keys() - expected.keys())]
    faults += [f"{name}: changed" for name in sorted(expected.keys() & found.keys()) if sha256(found[name]) != expected[name]]
    if faults:
        raise StorageError(f"{folder} does not match its {MANIFEST}, so nothing was loaded:\n  " + "\n  ".join(faults))


def _seal(folder: Path) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    write_json(folder / MANIFEST, {path.relative_to(folder).as_posix(): sha256(path) for path in files})


def _path(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _resolve(path: str) -> Any:
    module, _, name = path.rpartition(".")
    trusted = _trusted.get()
    if module.partition(".")[0] not in trusted:
        raise StorageError(
            f"{path} is not from a trusted package ({', '.join(trusted)}), and loading it would run its code; if you trust it, "
            f"set NLPREF_TRUST={module.partition('.')[0]} in the environment, or in Python pass trusted=[...]"
        )
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise StorageError(f"the saved class {path} cannot be imported: {error}") from error


def _encode(name: str, value: Any, folder: Path) -> Any:
    if hasattr(value, "save") and hasattr(value, "load"):
        value.save(folder / name)
        return {"component": name}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {"dataclass": _path(type(value)), "fields": dataclasses.asdict(value)}
    if isinstance(value, Mapping):
        return {"mapping": dict(value)}
    if isinstance(value, Path):
        return {"path": str(value)}
    if isinstance(value, list | tuple):
        return [_encode(f"{name}/{position}", item, folder) for position, item in enumerate(value)]
    return value


def _decode(value: Any, folder: Path) -> Any:
    if isinstance(value, list):
        return [_decode(item, folder) for item in value]
    if not isinstance(value, dict):
        return value
    if "component" in value:
        return load_component(folder / value["component"])
    if "dataclass" in value:
        return _resolve(value["dataclass"])(**value["fields"])
    if "path" in value:
        return Path(value["path"])
    return value["mapping"]
