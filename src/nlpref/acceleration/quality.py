"""What a model of any contract answers, and how good that is, example by example."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError
from nlpref.metrics.ranking import per_query
from nlpref.metrics.significance import PairedTest, f1_of, paired_f1_test, paired_test
from nlpref.metrics.spans import span_counts
from nlpref.protocols import Encoder, Reranker, Retriever, TextClassifier, TokenTagger
from nlpref.types import JudgedQuery, LabelledText, TaggedTokens

__all__ = ["Answers", "answer", "compare", "contract_of", "inputs_of"]

Kind = Literal["classifier", "tagger", "retriever", "reranker", "encoder"]
DEPTH = 10
_PROTOCOLS: dict[Kind, type] = {
    "classifier": TextClassifier, "tagger": TokenTagger, "retriever": Retriever, "reranker": Reranker, "encoder": Encoder,
}  # fmt: skip
_EXAMPLES: dict[Kind, type] = {
    "classifier": LabelledText, "tagger": TaggedTokens, "retriever": JudgedQuery, "reranker": tuple, "encoder": str,
}  # fmt: skip
_EXPECTED = {
    "classifier": "LabelledText", "tagger": "TaggedTokens", "retriever": "JudgedQuery",
    "reranker": "(query, text, grade)", "encoder": "str",
}  # fmt: skip


@dataclass(frozen=True)
class Answers:
    """What a model says of a sample.

    Args:
        given: One comparable answer for each example: a label, spans, ids in order.
        metric: Name of the task's metric, empty if there is nothing to be right about.
        scores: Its value for each example, (n,); for F1 the counts of right, spurious and missed spans, (n, 3).
    """

    given: list[Any]
    metric: str = ""
    scores: NDArray[Any] | None = None

    @property
    def quality(self) -> float | None:
        """The metric over the sample."""
        if self.scores is None:
            return None
        return float(f1_of(self.scores.sum(axis=0)[:, None])[0]) if self.scores.ndim == 2 else float(self.scores.mean())


def contract_of(model: Any) -> Kind:
    """Which contract a model fulfils.

    Raises:
        InputError: if it is none that can be accelerated.
    """
    for kind, protocol in _PROTOCOLS.items():
        if all(hasattr(type(model), name) for name in ("save", "load")) and isinstance(model, protocol):
            return kind
    raise InputError(f"expected a fitted classifier, tagger, encoder, cross-encoder or retriever, got a {type(model).__name__}")


def answer(model: Any, validation: Sequence[Any]) -> Answers:
    """Ask a model about a sample of its own kind of examples.

    Args:
        model: Fulfils a contract of ``nlpref.protocols``.
        validation: ``LabelledText``, ``TaggedTokens``, ``JudgedQuery``, (query, text, grade) triples, or texts.

    Raises:
        InputError: if the examples are of another kind, or there is none.
    """
    kind = contract_of(model)
    _check(kind, validation)
    if kind == "classifier":
        return _labels(model, validation)
    if kind == "tagger":
        return _spans(model, validation)
    if kind == "retriever":
        return _rankings(model, validation)
    if kind == "reranker":
        return _orders(model, validation)
    model.encode(list(validation))
    return Answers([None] * len(validation))


def inputs_of(model: Any, validation: Sequence[Any]) -> tuple[str, list[Any]]:
    """The method to time, and what to call it with one by one; a cross-encoder is timed by whole queries."""
    kind = contract_of(model)
    if kind == "classifier":
        return "predict_proba", [example.text for example in validation]
    if kind == "tagger":
        return "predict", [example.tokens for example in validation]
    if kind == "retriever":
        return "search", [example.text for example in validation]
    return ("encode", list(validation)) if kind == "encoder" else ("score", list(_by_query(validation).items()))


def compare(candidate: Answers, reference: Answers) -> PairedTest | None:
    """Paired test of candidate less reference; None if there is no metric."""
    if candidate.scores is None or reference.scores is None:
        return None
    test = paired_f1_test if candidate.scores.ndim == 2 else paired_test
    return test(candidate.scores, reference.scores, resamples=2000)


def _labels(model: Any, validation: Sequence[LabelledText]) -> Answers:
    chosen = model.predict_proba([example.text for example in validation]).argmax(axis=1)
    given = [model.labels[column] for column in chosen]
    right = [float(label == example.label) for label, example in zip(given, validation, strict=True)]
    return Answers(given, "accuracy", np.array(right))


def _spans(model: Any, validation: Sequence[TaggedTokens]) -> Answers:
    found = model.predict([example.tokens for example in validation])
    given = [[(span.start, span.end, span.label) for span in spans] for spans in found]
    return Answers(given, "f1_micro", span_counts([list(example.spans) for example in validation], found))


def _rankings(model: Any, validation: Sequence[JudgedQuery]) -> Answers:
    given = [[hit.id for hit in hits] for hits in model.search([query.text for query in validation], DEPTH)]
    return Answers(given, f"ndcg@{DEPTH}", _ndcg([query.relevance for query in validation], given))


def _orders(model: Any, validation: Sequence[tuple[str, str, float]]) -> Answers:
    given, judged = [], []
    for query, texts in _by_query(validation).items():
        scores = model.score(query, [text for text, _ in texts])
        given.append([str(row) for row in np.argsort(-scores, kind="stable")])
        judged.append({str(row): math.ceil(grade) for row, (_, grade) in enumerate(texts)})
    return Answers(given, f"ndcg@{DEPTH}", _ndcg(judged, given))


def _ndcg(relevance: Sequence[Any], given: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    scored = [
        per_query(judged, ids, DEPTH)[f"ndcg@{DEPTH}"]
        for judged, ids in zip(relevance, given, strict=True)
        if any(grade > 0 for grade in judged.values())
    ]
    if not scored:
        raise InputError("no query of the sample has a relevant text, so there is nothing to measure")
    return np.array(scored)


def _by_query(triples: Sequence[tuple[str, str, float]]) -> dict[str, list[tuple[str, float]]]:
    found: dict[str, list[tuple[str, float]]] = {}
    for query, text, grade in triples:
        found.setdefault(query, []).append((text, grade))
    return found


def _check(kind: Kind, validation: Sequence[Any]) -> None:
    wanted: type = _EXAMPLES[kind]
    if isinstance(validation, str) or not len(validation):
        raise InputError(
            f"this {kind} is checked on a sequence of {_EXPECTED[kind]}, got {f'{validation!r:.40}' if validation else 'none'}"
        )
    for place, example in enumerate(validation):
        if not isinstance(example, wanted) or (isinstance(example, tuple) and len(example) != 3):
            raise InputError(
                f"this {kind} is checked on a sequence of {_EXPECTED[kind]}; number {place} is a {type(example).__name__}"
            )
