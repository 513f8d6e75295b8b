"""The tagger of a saved folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nlpref import storage
from nlpref.errors import InputError, StorageError
from nlpref.protocols import TokenTagger

__all__ = ["open_tagger"]


def open_tagger(folder: str | Path, trusted: Sequence[str] | None = None) -> TokenTagger:
    """The tagger that a training run left in its folder, or that was saved in this folder itself.

    Args:
        folder: The folder of a run, or what a tagger's ``save`` wrote.
        trusted: As for ``nlpref.load_component``.

    Raises:
        StorageError: if nothing was saved there, or it was changed, or may not be loaded.
        InputError: if what was saved there is no tagger.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise StorageError(f"{folder} does not exist; give the folder of a finished run with task=ner, or of a saved tagger")
    home = folder / "model" if (folder / "model").is_dir() else folder
    found = storage.load_component(home, trusted)
    if not isinstance(found, TokenTagger):
        raise InputError(f"{home} holds a {type(found).__name__}, which finds no entities; give a run with task=ner")
    return found
