"""The laws of one contract each."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from scipy.special import softmax
from tests.contracts import examples as given
from tests.contracts.kinds import K
from tests.contracts.laws import Law, raised
from tests.contracts.line import Line, scratch

from nlpref.errors import InputError, NlprefError, NotFittedError
from nlpref.types import UNLABELLED, Document, JudgedQuery, LabelledText, TaggedTokens

__all__ = ["OWN_LAWS"]


def probabilities_follow_labels(line: Line) -> None:
    labels = line.fitted.labels
    assert isinstance(labels, tuple)
    assert labels == tuple(sorted({example.label for example in given.LABELLED} | set(line.added)))
    probabilities = line.fitted.predict_proba(list(given.TEXTS))
    assert probabilities.dtype == np.float32
    assert probabilities.shape == (len(given.TEXTS), len(labels))
    assert np.isfinite(probabilities).all()
    assert probabilities.min() >= 0
    assert np.abs(probabilities.sum(axis=1) - 1).max() < 1e-5
    known = line.fitted.predict_proba([example.text for example in given.TRAIN_TEXTS])
    right = [labels[best] == example.label for best, example in zip(known.argmax(axis=1), given.TRAIN_TEXTS, strict=True)]
    assert np.mean(right) > 0.9, "columns do not follow labels, or nothing was learned"


def what_an_answer_is_made_from_makes_it(line: Line) -> None:
    """Of those that show it."""
    if not hasattr(line.fitted, "represent"):
        return
    assert isinstance(raised(lambda: line.make().represent(["where is it"])), NotFittedError)
    texts = list(given.TEXTS)
    features, margins = line.fitted.represent(texts)
    assert features.dtype == np.float32
    assert features.ndim == 2
    assert len(features) == len(texts)
    assert margins.dtype == np.float64
    assert np.abs(softmax(margins, axis=1) - line.fitted.predict_proba(texts)).max() < 1e-5
    none, no_margins = line.fitted.represent([])
    assert (none.shape, no_margins.shape) == ((0, features.shape[1]), (0, margins.shape[1]))


def a_text_without_a_label_is_no_label(line: Line) -> None:
    """It is learnt from or refused, but its empty label is never one of those to be told."""
    component, texts = line.make(), [LabelledText("where is it", UNLABELLED), LabelledText("stop the order", UNLABELLED)]
    error = raised(lambda: component.fit([*given.TRAIN_TEXTS, *texts], given.VALIDATION_TEXTS))
    if error is not None:
        assert isinstance(error, InputError), f"gives {error!r}"
        assert "texts of train have no label" in str(error), str(error)
    else:
        assert component.labels == line.fitted.labels


def spans_are_sorted_disjoint_and_in_range(line: Line) -> None:
    assert line.fitted.labels == ("city", "person")
    answers = line.fitted.predict([list(sentence) for sentence in given.SENTENCES])
    assert len(answers) == len(given.SENTENCES)
    for sentence, spans in zip(given.SENTENCES, answers, strict=True):
        for span in spans:
            assert 0 <= span.start < span.end <= len(sentence)
            assert span.label in line.fitted.labels
            assert 0 <= span.score <= 1
        assert all(one.end <= other.start for one, other in pairwise(spans)), f"not sorted or not disjoint: {spans}"
    found = line.fitted.predict([example.tokens for example in given.TRAIN_TAGGED])
    right = [list(example.spans) == spans for example, spans in zip(given.TRAIN_TAGGED, found, strict=True)]
    assert np.mean(right) > 0.6, "spans are not half-open ranges of tokens, or nothing was learned"


def vectors_have_unit_length(line: Line) -> None:
    encoder, texts = line.fitted, list(given.TEXTS)
    for role in ("query", "document"):
        vectors = encoder.encode(texts, role=role)
        assert vectors.dtype == np.float32
        assert vectors.shape == (len(texts), encoder.dim)
        assert np.abs(np.linalg.norm(vectors.astype(np.float64), axis=1) - 1).max() < 1e-5
    near, far = encoder.encode(["where is my parcel", "my parcel, where is it", "clean a wooden table"])[1:] @ vectors[0]
    assert near > far, "texts of like meaning are not more alike"


def neighbours_are_the_nearest(line: Line) -> None:
    """Compared with brute force in float64."""
    index, vectors = line.fitted, np.stack(given.QUERY_VECTORS)
    exact = vectors.astype(np.float64) @ given.VECTORS.T.astype(np.float64)
    found = index.search(vectors, K)
    assert len(index) == len(given.IDS)
    shares = []
    for scores, hits in zip(exact, found, strict=True):
        score_of = dict(zip(given.IDS, scores, strict=True))
        ranked = sorted(given.IDS, key=lambda id_: (-np.float32(score_of[id_]), id_))[:K]
        assert len(hits) == K
        assert all(abs(hit.score - score_of[hit.id]) < line.rounding for hit in hits), "scores are not inner products"
        _check_order(hits)
        shares.append(len({hit.id for hit in hits} & set(ranked)) / K)
        if line.recall == 1:
            assert [hit.id for hit in hits] == ranked
    assert np.mean(shares) >= line.recall, f"finds {np.mean(shares):.2f} of the nearest, states {line.recall}"


def added_is_found_and_removed_is_not(line: Line) -> None:
    index = line.make()
    assert len(index) == 0
    assert index.search(given.VECTORS[:2], 3) == [[], []]
    index.add(["b", "a", "c"], given.VECTORS[:3])
    given_before = given.VECTORS[:3].copy()
    assert [hits[0].id for hits in index.search(given.VECTORS[:3], 9)] == ["b", "a", "c"]
    assert {len(hits) for hits in index.search(given.VECTORS[:3], 9)} == {3}, "more are asked for than there are"
    index.add([], given.VECTORS[:0])
    index.remove([])
    error = raised(lambda: index.remove(["a"]))
    if isinstance(error, InputError) and "cannot remove" in str(error):
        assert len(index) == 3
        return
    assert error is None
    assert len(index) == 2
    assert {hit.id for hit in index.search(given.VECTORS[1:2], 9)[0]} == {"b", "c"}
    index.add(["a"], given.VECTORS[5:6])
    assert index.search(given.VECTORS[5:6], 1)[0][0].id == "a"
    assert (given.VECTORS[:3] == given_before).all()


def relevant_texts_score_higher(line: Line) -> None:
    shown = given.DOCUMENTS[:6]
    right = []
    for query in given.TRAIN_QUERIES:
        scores = line.fitted.score(query.text, [document.content for document in shown])
        assert scores.dtype == np.float32
        assert scores.shape == (6,)
        assert np.isfinite(scores).all()
        relevant = np.array([document.id in query.relevance for document in shown])
        right += [scores[relevant] > score for score in scores[~relevant]]
    assert np.mean(right) > 0.7, f"in {np.mean(right):.0%} of pairs the relevant text scores higher: higher is better"


def hits_fall_in_score(line: Line) -> None:
    known = {document.id for document in given.DOCUMENTS}
    for hits in line.fitted.search(list(given.QUERIES), K):
        assert len(hits) <= K
        assert {hit.id for hit in hits} <= known
        assert len({hit.id for hit in hits}) == len(hits), "a document is found twice"
        _check_order(hits)
    asked = [query.text for query in given.JUDGED]
    best = [next(iter(query.relevance)) for query in given.JUDGED]
    found = line.fitted.search(asked, K)
    first = [[hit.id for hit in hits[:1]] == [id_] for hits, id_ in zip(found, best, strict=True)]
    assert np.mean(first) > 0.7, "the obvious is not found"
    for hits, fewer in zip(found, line.fitted.search(asked, 2), strict=True):
        assert fewer == hits[:2], "a smaller k gives other hits"


def _check_order(hits: list[Any]) -> None:
    for one, other in pairwise(hits):
        assert (-one.score, one.id) < (-other.score, other.id), f"score does not fall, or ties are not by id: {one}, {other}"


def splits_are_disjoint_and_stable(line: Line) -> None:
    dataset, again = line.make(), line.make()
    assert dataset.splits
    seen: dict[Any, str] = {}
    for name in dataset.splits:
        examples = list(dataset.split(name))
        assert examples, f"split {name} is empty"
        assert examples == list(dataset.split(name)) == list(again.split(name)), "the order is another one each time"
        for text in {_text(example) for example in examples}:
            assert text not in seen, f"{text!r:.60} is in {seen[text]} and in {name}"
            seen[text] = name
    error = raised(lambda: dataset.split("unheard-of"))
    assert isinstance(error, InputError), f"an unknown split gives {error!r}"
    assert "unheard-of" in str(error)


def _text(example: LabelledText | TaggedTokens | JudgedQuery | Document) -> Any:
    return example.tokens if isinstance(example, TaggedTokens) else example.text.strip().lower()


def the_revision_is_a_hash_of_the_content(line: Line) -> None:
    dataset = line.make()
    renamed, *changed = (make() for make in line.other)
    assert len(dataset.revision) >= 8
    assert dataset.revision == line.make().revision
    assert renamed.name != dataset.name
    assert renamed.revision == dataset.revision, "the name is no part of the content"
    assert changed
    assert len({dataset.revision, *(one.revision for one in changed)}) == 1 + len(changed), "other content, same revision"


def a_tracker_records_or_fails_at_its_start(line: Line) -> None:
    if line.fails is not None:
        hopeless = line.fails()  # made without complaint
        entered = []

        def run() -> None:
            with hopeless:
                entered.append(True)

        error = raised(run)
        assert isinstance(error, NlprefError), f"opening a tracker that cannot record gives {error!r}"
        assert not entered, "the failure shows only after the start"
    folder = scratch()
    (folder / "file.txt").write_text("content")
    with line.make() as tracker:
        assert isinstance(tracker, line.kind)
        tracker.log_params({"a": {"b": 1}, "c": [1, 2]})
        tracker.log_metrics({"loss": 0.5, "ndcg@10": 1.0}, step=1)
        tracker.log_metrics({"loss": 0.25})
        tracker.log_artifacts(folder)

    def fail() -> None:
        with line.make():
            raise ZeroDivisionError

    assert isinstance(raised(fail), ZeroDivisionError), "an error inside the block is swallowed"


OWN_LAWS: dict[Law, tuple[str, ...]] = {
    probabilities_follow_labels: ("TextClassifier",),
    a_text_without_a_label_is_no_label: ("TextClassifier",),
    what_an_answer_is_made_from_makes_it: ("TextClassifier",),
    spans_are_sorted_disjoint_and_in_range: ("TokenTagger",),
    vectors_have_unit_length: ("Encoder",),
    neighbours_are_the_nearest: ("VectorIndex",),
    added_is_found_and_removed_is_not: ("VectorIndex",),
    relevant_texts_score_higher: ("Reranker",),
    hits_fall_in_score: ("Retriever",),
    splits_are_disjoint_and_stable: ("Dataset",),
    the_revision_is_a_hash_of_the_content: ("Dataset",),
    a_tracker_records_or_fails_at_its_start: ("Tracker",),
}
"""Each law, and the contract whose components it binds."""
