"""Documents on disk that are searched by words and vectors, filtered by facts, and changed while others read.

The names below are imported when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nlpref.collection.collection import Collection
    from nlpref.collection.filters import Between, Equals, OneOf
    from nlpref.collection.retriever import CollectionRetriever
    from nlpref.collection.settings import CollectionSettings
    from nlpref.collection.snippets import Snippet

__all__ = ["Between", "Collection", "CollectionRetriever", "CollectionSettings", "Equals", "OneOf", "Snippet"]

_MODULES = {
    "Between": "filters",
    "Collection": "collection",
    "CollectionRetriever": "retriever",
    "CollectionSettings": "settings",
    "Equals": "filters",
    "OneOf": "filters",
    "Snippet": "snippets",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
