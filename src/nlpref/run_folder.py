"""The folder of a run: to which configuration and data it belongs, and what in it may be deleted."""

from __future__ import annotations

import shutil
from pathlib import Path

from nlpref.errors import StorageError
from nlpref.storage import write_text

__all__ = ["MARKER", "OWN", "claim", "clear", "config_hash_of"]

MARKER = "fingerprint.txt"
"""Holds the fingerprint of the configuration, and in its second line the revision of the data."""
OWN = (
    "checkpoints", "config.yaml", "documents.jsonl", "environment.json", "evaluations", "faithfulness.json", "familiarity.jsonl",
    "folds", "history.jsonl", "latency.json", "mlflow_run.txt", "model", "predictions.jsonl", "result.json", "robustness.json",
    MARKER,
)  # fmt: skip
"""All that nlpref writes into such a folder, the marker last."""


def claim(folder: Path, config_hash: str, revision: str) -> None:
    """Make a folder the one of this configuration and these data, or find that it is.

    Raises:
        StorageError: if it belongs to another run, to the same run on data that have changed since, or holds files
            of the same names that are not of a run.
    """
    _refuse_foreign(folder)
    if not (folder / MARKER).exists():
        write_text(folder / MARKER, f"{config_hash}\n{revision}\n")
        return
    what_to_do = "choose another hydra.run.dir, or overwrite=true to start anew"
    other, made_from = _read(folder)
    if other != config_hash:
        raise StorageError(
            f"{folder} holds a run of another configuration (fingerprint {other}, this one is {config_hash}); {what_to_do}"
        )
    if made_from not in ("", revision):
        raise StorageError(
            f"{folder} holds a run of this configuration on other data (revision {made_from}, they now have {revision}); "
            f"{what_to_do}"
        )


def clear(folder: Path) -> None:
    """Delete what a run left in its folder, and nothing else.

    Raises:
        StorageError: if there are files of such names, but the folder is not that of a run.
    """
    _refuse_foreign(folder)
    for name in OWN:
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def config_hash_of(folder: Path) -> str:
    """Fingerprint of the configuration that a run's folder belongs to; empty if it does not say."""
    return _read(folder)[0]


def _read(folder: Path) -> tuple[str, str]:
    lines = (folder / MARKER).read_text("utf-8").splitlines() if (folder / MARKER).exists() else []
    config_hash, revision, *_ = [*lines, "", ""]
    return config_hash.strip(), revision.strip()


def _refuse_foreign(folder: Path) -> None:
    foreign = [name for name in OWN if (folder / name).exists()]
    if foreign and not (folder / MARKER).exists():
        raise StorageError(
            f"{folder} holds {', '.join(foreign)}, but no {MARKER}, so it is not the folder of a run and is left alone; "
            "choose another hydra.run.dir"
        )
