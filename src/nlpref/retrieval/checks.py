"""Checks of what callers hand to a retriever or an index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError
from nlpref.text.checks import check_examples, check_texts
from nlpref.types import Document, JudgedQuery

__all__ = [
    "check_collection",
    "check_cutoff",
    "check_ids",
    "check_known",
    "check_new",
    "check_pairs",
    "check_share",
    "check_vectors",
]


def check_cutoff(value: Any, name: str = "k") -> int:
    """A whole number of at least 1.

    Raises:
        InputError: if it is something else.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise InputError(f"{name} is {value!r}, expected a whole number of at least 1")
    return int(value)


def check_share(value: Any, name: str) -> float:
    """A number from 0 to 1.

    Raises:
        InputError: if it is something else.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | np.floating) or not 0 <= value <= 1:
        raise InputError(f"{name} is {value!r}, expected a number from 0 to 1, or None to have it chosen on train queries")
    return float(value)


def check_collection(
    documents: Sequence[Document], train: Sequence[JudgedQuery] = (), validation: Sequence[JudgedQuery] = ()
) -> list[Document]:
    """The documents as a list, once documents and queries are known to be fit for training a retriever.

    Raises:
        InputError: if there are no documents, something is no ``Document`` or ``JudgedQuery`` of strings, or an
            id comes twice.
    """
    found = check_examples(documents, Document, "documents")
    if not found:
        raise InputError("got no documents, expected at least one to search in")
    check_ids([document.id for document in found])
    check_texts([document.title for document in found])
    check_texts([document.text for document in found])
    for name, queries in (("train", train), ("validation", validation)):
        check_texts([query.text for query in check_examples(queries, JudgedQuery, name)])
    return found


def check_pairs(pairs: Sequence[tuple[str, str, float]], name: str) -> list[tuple[str, str, float]]:
    """Triples of query, text and grade as a list.

    Raises:
        InputError: if something is no such triple.
    """
    found = check_examples(pairs, tuple, name)
    for position, pair in enumerate(found):
        fits = len(pair) == 3 and isinstance(pair[0], str) and isinstance(pair[1], str) and isinstance(pair[2], int | float)
        if not fits:
            raise InputError(f"{name}[{position}] is {pair!r:.80}, expected (query, text, grade)")
    return found


def check_ids(ids: Sequence[str]) -> list[str]:
    """The ids as a list of distinct strings.

    Raises:
        InputError: if one string was given, an id is no string, or an id comes twice.
    """
    if isinstance(ids, str):
        raise InputError(f"expected a sequence of ids, got one string {ids[:40]!r}; put it in a list: [id]")
    for position, id_ in enumerate(ids):
        if not isinstance(id_, str):
            raise InputError(f"id {position} is a {type(id_).__name__} ({id_!r:.40}), expected str")
    twice = [id_ for id_, count in Counter(ids).items() if count > 1]
    if twice:
        raise InputError(f"ids must be distinct, these come more than once: {_some(twice)}")
    return list(ids)


def check_new(ids: Sequence[str], known: Container[str]) -> list[str]:
    """The ids as a list, none of them known.

    Raises:
        InputError: as ``check_ids``, and if an id is in the index.
    """
    checked = check_ids(ids)
    if found := [id_ for id_ in checked if id_ in known]:
        raise InputError(f"these ids are in the index already: {_some(found)}; remove them first")
    return checked


def check_known(ids: Sequence[str], known: Container[str]) -> list[str]:
    """The ids as a list, all of them known.

    Raises:
        InputError: as ``check_ids``, and if an id is not in the index.
    """
    checked = check_ids(ids)
    if lost := [id_ for id_ in checked if id_ not in known]:
        raise InputError(f"these ids are not in the index: {_some(lost)}")
    return checked


def check_vectors(vectors: Any, dim: int | None) -> NDArray[np.float32]:
    """The vectors as contiguous float32, (n, dim).

    Raises:
        InputError: if they are no floating-point matrix, of another width, or not finite.
    """
    if not isinstance(vectors, np.ndarray) or vectors.dtype.kind != "f":
        given = f"{vectors.dtype} array" if isinstance(vectors, np.ndarray) else type(vectors).__name__
        raise InputError(f"vectors are given as {given}, expected a numpy array of float32")
    if vectors.ndim != 2 or vectors.shape[1] == 0 or (dim is not None and vectors.shape[1] != dim):
        raise InputError(f"vectors have shape {vectors.shape}, expected (n, {dim or 'dim'})")
    with np.errstate(over="ignore"):
        made = np.ascontiguousarray(vectors, dtype=np.float32)
    finite = np.isfinite(made).all(axis=1)
    if not finite.all():
        raise InputError(f"vector {int(np.argmin(finite))} holds NaN or infinity, expected finite float32 numbers")
    return made


def _some(ids: Iterable[str]) -> str:
    listed = list(ids)
    return ", ".join(repr(id_) for id_ in listed[:5]) + (f" and {len(listed) - 5} more" if len(listed) > 5 else "")
