"""The simplest components that obey the laws: what the broken ones in ``broken.py`` differ from in one point each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import numpy as np
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.classification.checks import check_training as check_labelled
from nlpref.errors import InputError, MissingResourceError, NotFittedError
from nlpref.retrieval.checks import check_collection, check_cutoff, check_known, check_new, check_pairs, check_vectors
from nlpref.tagging.checks import check_training as check_tagged
from nlpref.text.checks import check_role, check_sentences, check_text, check_texts
from nlpref.types import Document, Hit, LabelledText, Span, TaggedTokens

DIM = 64


class Toy(BaseEstimator):
    """What the toys share: parameters, and a state of JSON values that is saved."""

    def __init__(self, sharpness: float = 1.0, seed: int = 0) -> None:
        self.sharpness = sharpness
        self.seed = seed

    def save(self, folder: Path) -> None:
        self._check_fitted()
        with storage.draft(self, folder) as made:
            storage.write_json(made / "state.json", self.state_)

    @classmethod
    def load(cls, folder: Path) -> Self:
        toy = storage.restore(cls, folder)
        toy.state_ = storage.read_json(Path(folder) / "state.json")
        return toy

    def _check_fitted(self) -> None:
        if not hasattr(self, "state_"):
            raise NotFittedError("this toy is not fitted yet; call fit or load")


class ToyClassifier(Toy):
    """Counts the words that a text shares with the texts of each label."""

    @property
    def labels(self) -> tuple[str, ...]:
        self._check_fitted()
        return tuple(self.state_)

    def fit(self, train: Sequence[LabelledText], validation: Sequence[LabelledText] = ()) -> Self:
        labels = check_labelled(train, validation)
        words = {label: [set(e.text.split()) for e in train if e.label == label] for label in labels}
        self.state_ = {label: sorted(set.intersection(*sets) | _common(sets)) for label, sets in words.items()}
        return self

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        powers = np.exp(self.represent(self._checked(texts))[1])
        return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)

    def represent(self, texts: Sequence[str], *, remember: bool = False) -> tuple[np.ndarray, np.ndarray]:
        self._check_fitted()
        shared = [[len(set(text.split()) & set(words)) for words in self.state_.values()] for text in texts]
        counts = np.array(shared, dtype=np.float32).reshape(len(texts), len(self.state_))
        return counts, 3 * counts.astype(np.float64)

    def _checked(self, texts: Any) -> list[str]:
        return check_texts(texts)


def _common(sets: Sequence[set[str]]) -> set[str]:
    """Words that stand in at least two of the texts."""
    return {word for words in sets for word in words if sum(word in other for other in sets) > 1}


class ToyTagger(Toy):
    """Remembers the entities of training by their words."""

    @property
    def labels(self) -> tuple[str, ...]:
        self._check_fitted()
        return tuple(sorted(set(self.state_.values())))

    def fit(self, train: Sequence[TaggedTokens], validation: Sequence[TaggedTokens] = ()) -> Self:
        check_tagged(train, validation)
        self.state_ = {" ".join(e.tokens[s.start : s.end]): s.label for e in train for s in e.spans}
        return self

    def predict(self, sentences: Sequence[Sequence[str]]) -> list[list[Span]]:
        self._check_fitted()
        return [list(self._spans(tokens)) for tokens in self._checked(sentences)]

    def _spans(self, tokens: Sequence[str]) -> list[Span]:
        found, start = [], 0
        while start < len(tokens):
            size = next((size for size in (2, 1) if " ".join(tokens[start : start + size]) in self.state_), 0)
            size = min(size, len(tokens) - start)
            if size:
                found.append(Span(start, start + size, self.state_[" ".join(tokens[start : start + size])], 0.9))
            start += size or 1
        return found

    def _checked(self, sentences: Any) -> list[list[str]]:
        return check_sentences(sentences)


class ToyEncoder(Toy):
    """Counts letters; every vector has a constant part, so that none is zero."""

    @property
    def state_(self) -> list[int]:
        return [DIM]

    @state_.setter
    def state_(self, value: list[int]) -> None:
        pass

    @property
    def dim(self) -> int:
        return DIM

    def encode(self, texts: Sequence[str], *, role: Literal["query", "document"] = "document") -> np.ndarray:
        texts = self._checked(texts)
        check_role(role)
        counts = np.zeros((len(texts), DIM), dtype=np.float64)
        for row, text in enumerate(texts):
            counts[row, 0] = 0.1
            for letter in text:
                counts[row, 1 + ord(letter) % (DIM - 1)] += 1
        return (counts / np.linalg.norm(counts, axis=1, keepdims=True)).astype(np.float32)

    def _checked(self, texts: Any) -> list[str]:
        return check_texts(texts)


class ToyIndex(Toy):
    """Brute force, one query after the other."""

    @property
    def state_(self) -> dict[str, list[float]]:
        return self.__dict__.setdefault("_rows", {})

    @state_.setter
    def state_(self, value: dict[str, list[float]]) -> None:
        self._rows = value

    def __len__(self) -> int:
        return len(self.state_)

    def add(self, ids: Sequence[str], vectors: np.ndarray) -> None:
        names, rows = check_new(ids, self.state_), check_vectors(vectors, self._dim())
        if len(names) != len(rows):
            raise InputError(f"got {len(names)} ids for {len(rows)} vectors")
        self.state_.update(zip(names, rows.tolist(), strict=True))

    def remove(self, ids: Sequence[str]) -> None:
        for id_ in check_known(ids, self.state_):
            del self.state_[id_]

    def search(self, vectors: np.ndarray, k: int) -> list[list[Hit]]:
        k, queries = check_cutoff(k), self._checked(vectors)
        return [self._nearest(query)[:k] for query in queries]

    def _nearest(self, query: np.ndarray) -> list[Hit]:
        scores = {id_: float(np.einsum("d,d->", np.float32(row), query)) for id_, row in self.state_.items()}
        return [Hit(id_, scores[id_]) for id_ in sorted(scores, key=lambda id_: (-scores[id_], id_))]

    def _checked(self, vectors: Any) -> np.ndarray:
        return check_vectors(vectors, self._dim())

    def _dim(self) -> int | None:
        return len(next(iter(self.state_.values()))) if self.state_ else None


class ToyReranker(Toy):
    """Counts the words that query and text share, rare ones more."""

    def fit(self, train: Sequence[tuple[str, str, float]], validation: Sequence[tuple[str, str, float]] = ()) -> Self:
        pairs = check_pairs(train, "train")
        check_pairs(validation, "validation")
        if {grade > 0 for _, _, grade in pairs} != {True, False}:
            raise InputError(f"no relevant text or no negative among {len(pairs)} pairs")
        texts = {text for _, text, _ in pairs}
        self.state_ = {word: sum(word in text.lower() for text in texts) for text in texts for word in text.lower().split()}
        return self

    def score(self, query: str, texts: Sequence[str]) -> np.ndarray:
        self._check_fitted()
        words = set(check_text(query, "the query").lower().split())
        shared = [words & set(text.lower().split()) for text in self._checked(texts)]
        return np.array([sum(1 / self.state_.get(word, 9) for word in both) for both in shared], dtype=np.float32)

    def _checked(self, texts: Any) -> list[str]:
        return check_texts(texts)


class ToyRetriever(Toy):
    """Counts the words that query and document share."""

    def fit(self, documents: Sequence[Document], train: Sequence[Any] = (), validation: Sequence[Any] = ()) -> Self:
        found = check_collection(documents, train, validation)
        self.state_ = {document.id: document.content.lower() for document in found}
        return self

    def search(self, queries: Sequence[str], k: int = 10) -> list[list[Hit]]:
        self._check_fitted()
        k = check_cutoff(k)
        return [self._ranked(query)[:k] for query in self._checked(queries)]

    def _ranked(self, query: str) -> list[Hit]:
        words = set(query.split())
        scores = {id_: sum(1 + len(word) for word in words & set(text.split())) for id_, text in self.state_.items()}
        return [Hit(id_, float(scores[id_])) for id_ in sorted(scores, key=lambda id_: (-scores[id_], id_))]

    def _checked(self, queries: Any) -> list[str]:
        return check_texts(queries)


class ToyTracker:
    """Notes everything in a list."""

    def __init__(self, working: bool = True) -> None:
        self.working = working

    def __enter__(self) -> Self:
        if not self.working:
            raise MissingResourceError("nowhere to record")
        self.notes: list[Any] = []
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool | None:
        return None

    def log_params(self, params: Mapping[str, Any]) -> None:
        self.notes.append(params)

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        self.notes.append((metrics, step))

    def log_artifacts(self, folder: Path) -> None:
        self.notes.append(folder)


class ToyDataset:
    """Two splits of texts."""

    def __init__(self, name: str, train: Sequence[str], test: Sequence[str]) -> None:
        self.name = name
        self._splits = {"train": tuple(train), "test": tuple(test)}

    @property
    def splits(self) -> tuple[str, ...]:
        return tuple(self._splits)

    @property
    def revision(self) -> str:
        return storage.hashlib.sha256(repr(self._splits).encode()).hexdigest()

    def split(self, name: str) -> Sequence[LabelledText]:
        if name not in self._splits:
            raise InputError(f"there is no split {name!r}")
        return [LabelledText(text, "label") for text in self._splits[name]]
