"""The contracts between components: small surfaces, checked by ``tests/contracts``.

A class fulfils a contract by having these members; there is no base class to inherit. Every model
follows the same laws: one by one equals batched, empty in gives empty out, predicting changes no
state, the same seed gives the same result, ``save`` then ``load`` predicts the same, and predicting
before ``fit`` raises ``NotFittedError``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Protocol, Self, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from nlpref.chain import Chain
from nlpref.contributions import Contributions
from nlpref.types import Decision, Document, Hit, JudgedQuery, LabelledText, Span, TaggedTokens

__all__ = [
    "Additive",
    "ChainTagger",
    "Dataset",
    "Decider",
    "Encoder",
    "Persistent",
    "Representing",
    "Reranker",
    "Retriever",
    "SoftTextClassifier",
    "TextClassifier",
    "TokenTagger",
    "Tracker",
    "VectorIndex",
]

Floats = NDArray[np.float32]
ExampleT_co = TypeVar("ExampleT_co", covariant=True)


@runtime_checkable
class Persistent(Protocol):
    """Can be written to a folder and read back; see ``nlpref.storage``."""

    def save(self, folder: Path) -> None: ...

    @classmethod
    def load(cls, folder: Path) -> Self: ...


@runtime_checkable
class Dataset(Protocol[ExampleT_co]):
    """Named splits of examples. Splits are disjoint, order is stable, ``revision`` is a content hash."""

    @property
    def name(self) -> str: ...

    @property
    def revision(self) -> str: ...

    @property
    def splits(self) -> tuple[str, ...]: ...

    def split(self, name: str) -> Sequence[ExampleT_co]: ...


@runtime_checkable
class TextClassifier(Persistent, Protocol):
    """Texts in, label probabilities out. Rows sum to 1, columns follow ``labels``."""

    @property
    def labels(self) -> tuple[str, ...]: ...

    def fit(self, train: Sequence[LabelledText], validation: Sequence[LabelledText] = ()) -> Self: ...

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """Probabilities, shape (n_texts, n_labels)."""
        ...


@runtime_checkable
class SoftTextClassifier(TextClassifier, Protocol):
    """A text classifier that can also learn from uncertain labels."""

    def fit_soft(
        self, train: Sequence[LabelledText], weights: NDArray[np.floating], validation: Sequence[LabelledText] = ()
    ) -> Self:
        """Each text of train has its most probable label; the weights of all labels have shape (n_train, n_labels)."""
        ...


@runtime_checkable
class Representing(TextClassifier, Protocol):
    """A classifier that also shows what its answer is made from."""

    def represent(self, texts: Sequence[str], *, remember: bool = False) -> tuple[Floats, NDArray[np.float64]]:
        """Features that the last layer reads, float32, (n_texts, width), and margins, whose softmax is ``predict_proba``.

        Margins are float64, (n_texts, n_labels). With ``remember`` a cache on disk may be used.
        """
        ...


@runtime_checkable
class Additive(TextClassifier, Protocol):
    """A classifier whose logits are a sum over parts of the text, and that shows the parts."""

    def contributions(self, text: str) -> Contributions:
        """What each part of one text adds to the logits, whose softmax is ``predict_proba``."""
        ...


@runtime_checkable
class Decider(TextClassifier, Protocol):
    """A classifier that also says what to do with a text."""

    def decisions(self, probabilities: NDArray[Any]) -> list[Decision]:
        """One for each row of what ``predict_proba`` gave, shape (n_texts, n_labels)."""
        ...

    def decide(self, texts: Sequence[str]) -> list[Decision]: ...


@runtime_checkable
class TokenTagger(Persistent, Protocol):
    """Token lists in, spans out (token offsets; sorted, disjoint, in range, each with a score)."""

    @property
    def labels(self) -> tuple[str, ...]: ...

    def fit(self, train: Sequence[TaggedTokens], validation: Sequence[TaggedTokens] = ()) -> Self: ...

    def predict(self, sentences: Sequence[Sequence[str]]) -> list[list[Span]]: ...


@runtime_checkable
class ChainTagger(TokenTagger, Protocol):
    """A tagger that shows the chain of scores behind its spans, for exact probabilities and further candidates."""

    def chains(self, sentences: Sequence[Sequence[str]]) -> list[Chain]:
        """One chain for each sentence."""
        ...

    def decode(self, chains: Sequence[Chain]) -> list[list[Span]]:
        """What ``predict`` finds, given the chains of the sentences."""
        ...


@runtime_checkable
class Encoder(Persistent, Protocol):
    """Texts in, unit-length float32 vectors out. ``role`` says whether they are queries or documents."""

    @property
    def dim(self) -> int: ...

    def encode(self, texts: Sequence[str], *, role: Literal["query", "document"] = "document") -> Floats:
        """Vectors, shape (n_texts, dim)."""
        ...


@runtime_checkable
class VectorIndex(Persistent, Protocol):
    """Stores vectors by id and finds the most similar; ties are broken by id."""

    def add(self, ids: Sequence[str], vectors: Floats) -> None: ...

    def remove(self, ids: Sequence[str]) -> None: ...

    def search(self, vectors: Floats, k: int) -> list[list[Hit]]: ...

    def __len__(self) -> int: ...


@runtime_checkable
class Reranker(Persistent, Protocol):
    """Scores texts against one query; higher is better, and the order of the texts does not matter."""

    def score(self, query: str, texts: Sequence[str]) -> Floats:
        """Scores, shape (n_texts,)."""
        ...


@runtime_checkable
class Retriever(Persistent, Protocol):
    """Learns a collection of documents, then finds the best ``k`` for each query."""

    def fit(
        self, documents: Sequence[Document], train: Sequence[JudgedQuery] = (), validation: Sequence[JudgedQuery] = ()
    ) -> Self: ...

    def search(self, queries: Sequence[str], k: int = 10) -> list[list[Hit]]: ...


@runtime_checkable
class Tracker(Protocol):
    """Records a run somewhere. Opening it fails at once if it cannot record."""

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...

    def log_params(self, params: Mapping[str, Any]) -> None: ...

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None: ...

    def log_artifacts(self, folder: Path) -> None: ...
