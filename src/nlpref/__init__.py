"""Reference implementations of text classification, entity tagging and retrieval."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "NlprefError": "nlpref.errors",
    "load_component": "nlpref.storage",
}
"""Public names and the modules they live in, imported on first use: ``import nlpref`` itself stays light."""

__all__ = ["NlprefError", "__version__", "load_component"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'nlpref' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
