"""Learning from one domain for another, against scikit-learn on the same vectors and moments worked out by numpy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from tests.classification.test_frozen import Letters

from nlpref.classification import AdaptedClassifier
from nlpref.classification.alignment import ALIGNMENTS, align_covariances
from nlpref.classification.self_training import surest
from nlpref.errors import InputError
from nlpref.types import UNLABELLED, LabelledText

SOURCE = [
    LabelledText(f"{word} {n}", label, facts={"domain": "source"})
    for n, (word, label) in enumerate([("aaeai", "+"), ("oouco", "-"), ("aieau", "+"), ("ocuoo", "-")] * 3)
]
KNOWN = [LabelledText("taipgst", "+"), LabelledText("tofpgst", "-")]
POOL = [LabelledText(f"{word}{n}", UNLABELLED) for n in range(4) for word in ("taatpgs", "toupgsd", "tucfpgs", "tiedpgs")]
NEW = ["taisp", "toudd", "fga"]


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLPREF_CACHE", str(tmp_path))


def vectors(examples: list[LabelledText]) -> NDArray[np.float64]:
    return Letters().encode([one.text for one in examples]).astype(np.float64)


def regression(x: NDArray[np.float64], y: list[str], weights: list[float]) -> NDArray[np.float64]:
    fitted = LogisticRegression(C=1.0, tol=1e-8, max_iter=10_000).fit(x, y, sample_weight=weights)
    return np.asarray(fitted.predict_proba(Letters().encode(NEW)))


def test_a_labelled_text_of_the_target_counts_for_its_weight() -> None:
    model = AdaptedClassifier(Letters(), target_weight=3.0).fit([*SOURCE, *KNOWN])
    examples = [*SOURCE, *KNOWN]
    expected = regression(vectors(examples), [one.label for one in examples], [1.0] * 12 + [3.0] * 2)
    assert model.predict_proba(NEW) == pytest.approx(expected, abs=1e-3)
    assert model.learned_.__dict__ == {"source": 12, "target": 2, "unlabelled": 0}


@pytest.mark.parametrize("alignment", [None, *ALIGNMENTS])
def test_the_source_is_moved_to_the_whole_target(alignment: str | None) -> None:
    train = [*SOURCE, *KNOWN, *POOL]
    model = AdaptedClassifier(Letters(), alignment=alignment).fit(train)
    target = vectors([*KNOWN, *POOL])
    source = ALIGNMENTS[alignment](vectors(SOURCE), target) if alignment else vectors(SOURCE)
    labels = [one.label for one in [*SOURCE, *KNOWN]]
    expected = regression(np.concatenate([source, target[:2]]), labels, [1.0] * 14)
    assert model.predict_proba(NEW) == pytest.approx(expected, abs=1e-3)


def test_self_training_learns_the_surest_of_each_label() -> None:
    train = [*SOURCE, *POOL]
    model = AdaptedClassifier(Letters(), rounds=1, share=0.5, unlabelled_weight=2.0).fit(train)
    first = LogisticRegression(C=1.0, tol=1e-8, max_iter=10_000).fit(vectors(SOURCE), [one.label for one in SOURCE])
    rows, codes = surest(first.predict_proba(vectors(POOL)), 0.5)
    learned = [*SOURCE, *(replace(POOL[row], label=first.classes_[code]) for row, code in zip(rows, codes, strict=True))]
    expected = regression(vectors(learned), [one.label for one in learned], [1.0] * 12 + [2.0] * len(rows))
    assert model.predict_proba(NEW) == pytest.approx(expected, abs=1e-3)
    assert model.learned_.unlabelled == len(rows) == 8
    assert model.describe([]) == {"adaptation": {"source": 12, "target": 0, "unlabelled": 8}}


def test_unlabelled_texts_need_not_be_there() -> None:
    with_rounds, without = (AdaptedClassifier(Letters(), rounds=rounds).fit([*SOURCE, *KNOWN]) for rounds in (3, 0))
    assert (with_rounds.predict_proba(NEW) == without.predict_proba(NEW)).all()
    alone = AdaptedClassifier(Letters(), alignment="covariances").fit(SOURCE)  # no target to move to
    assert alone.labels == ("+", "-")


@given(st.integers(1, 30), st.integers(2, 4), st.sampled_from([0.1, 0.5, 1.0]), st.integers(0, 9))
def test_surest_takes_its_share_of_each_label(n: int, n_labels: int, share: float, seed: int) -> None:
    probabilities = np.random.default_rng(seed).dirichlet(np.ones(n_labels), n)
    rows, codes = surest(probabilities, share)
    assert (np.diff(rows) > 0).all()
    assert (codes == probabilities[rows].argmax(axis=1)).all()
    left = np.setdiff1d(np.arange(n), rows)
    for label in range(n_labels):
        members = probabilities.argmax(axis=1) == label
        assert (codes == label).sum() == int(np.ceil(share * members.sum()))
        others = left[members[left]]
        if len(others):
            assert probabilities[others].max() <= probabilities[rows[codes == label]].max(axis=1).min()


def test_alignments_give_the_moments_of_the_target() -> None:
    random = np.random.default_rng(0)
    source = random.normal(size=(400, 3)) @ random.normal(size=(3, 3)) + 1
    target = random.normal(size=(300, 3)) @ random.normal(size=(3, 3)) - 2
    for align in ALIGNMENTS.values():
        assert align(source, target).mean(axis=0) == pytest.approx(target.mean(axis=0))
    assert ALIGNMENTS["means"](source, target).std(axis=0) == pytest.approx(source.std(axis=0))
    assert ALIGNMENTS["variances"](source, target).std(axis=0) == pytest.approx(target.std(axis=0))
    moved = align_covariances(source, target, ridge=1e-9)
    assert np.cov(moved.T) * 399 / 400 == pytest.approx(np.cov(target.T) * 299 / 300, rel=1e-5)
    kept = align_covariances(source, source)
    assert kept == pytest.approx(source)


def test_a_dimension_that_never_varies_stays_finite() -> None:
    flat = np.ones((5, 2))
    for align in ALIGNMENTS.values():
        assert np.isfinite(align(flat, np.eye(2))).all()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"alignment": "coral"}, "alignment='coral': expected one of means, variances, covariances, or None"),
        ({"C": 0.0}, "must be above 0"),
        ({"target_weight": -1.0}, "must be above 0"),
        ({"rounds": 1.5}, "rounds=1.5"),
        ({"share": 0.0}, "share=0.0"),
    ],
)
def test_settings_that_do_not_fit_are_named(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        AdaptedClassifier(Letters(), **wrong).fit(SOURCE)  # type: ignore[arg-type]
