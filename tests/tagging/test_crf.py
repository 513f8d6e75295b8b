"""The CRF tagger against python-crfsuite used directly, and its clusters and names against brute force."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, product
from pathlib import Path
from typing import Literal, Self

import numpy as np
import pycrfsuite
import pytest
from numpy.typing import NDArray

from nlpref import storage
from nlpref.metrics.spans import span_scores
from nlpref.protocols import ChainTagger
from nlpref.tagging import CrfTagger
from nlpref.tagging.bio import from_bio, tag_set, to_bio
from nlpref.tagging.clusters import WordClusters
from nlpref.tagging.features import sentence_features
from nlpref.tagging.gazetteer import learn_names, name_features
from nlpref.types import Span, TaggedTokens

NAMES = ["Ann", "Bob Dylan", "Carla", "Dan", "Eve Adams"]
PLACES = ["Rome", "New York", "Oslo", "Lima", "Cairo"]
FRAMES = ["{0} moved to {1} last week", "in {1} I met {0} !", "{0} and {0} like {1}", "nothing happened here today"]


def tagged(frame: str, name: str, place: str) -> TaggedTokens:
    tokens: list[str] = []
    spans = []
    for word in frame.split():
        value, label = {"{0}": (name, "person"), "{1}": (place, "place")}.get(word, (word, ""))
        if label:
            spans.append(Span(len(tokens), len(tokens) + len(value.split()), label))
        tokens += value.split()
    return TaggedTokens(tuple(tokens), tuple(spans))


ALL = [tagged(frame, name, place) for name in NAMES for place in PLACES for frame in FRAMES]
TRAIN, VALIDATION = ALL[::3], ALL[1::3]


class Kinds:
    """Words of one kind have almost the same vector; counts what it was asked for."""

    def __init__(self, kinds: Sequence[str] = ("rome oslo lima cairo quito", "ann bob carla dan eve zoe")) -> None:
        self.kinds = kinds
        self.asked: list[str] = []

    @property
    def dim(self) -> int:
        return 8

    def encode(self, texts: Sequence[str], *, role: Literal["query", "document"] = "document") -> NDArray[np.float32]:
        self.asked += texts
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        for row, text in enumerate(texts):
            kind = next((number for number, words in enumerate(self.kinds) if text in words.split()), 2)
            vectors[row, kind] = 1
            vectors[row, 3 + sum(map(ord, text)) % 5] = 0.2
        return vectors

    def save(self, folder: Path) -> None:
        with storage.draft(self, folder):
            pass

    @classmethod
    def load(cls, folder: Path) -> Self:
        return storage.restore(cls, folder)


@pytest.fixture(scope="module")
def fitted() -> CrfTagger:
    return CrfTagger(c2=0.3, max_iterations=15).fit(TRAIN)


@pytest.mark.parametrize(
    "tokens", [["Zed", "York", "met", "Oslo"], ["new", "Ann", "York"], ["York"], ["\0", "Eve\n", "to", "\r"]]
)
def test_chains_give_the_probabilities_of_crfsuite_to_sequences(fitted: CrfTagger, tokens: list[str], tmp_path: Path) -> None:
    """But for sequences that BIO forbids: crfsuite knows nothing of it, so all are weighed by what it gives to the legal ones."""
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", params={"c1": 0.0, "c2": 0.3, "max_iterations": 15}, verbose=False)
    for example in TRAIN:
        trainer.append(sentence_features(example.tokens, 2), to_bio(example.spans, len(example.tokens)))
    trainer.train(str(tmp_path / "model"))
    theirs = pycrfsuite.Tagger()
    theirs.open(str(tmp_path / "model"))
    theirs.set(fitted._features([tokens])[0])
    tags = tag_set(fitted.labels)
    paths = [path for path in product(range(len(tags)), repeat=len(tokens)) if _legal([tags[number] for number in path])]
    told = np.array([theirs.probability([tags[number] for number in path]) for path in paths])
    [chain] = fitted.chains([tokens])
    shares = told / told.sum()
    found = {}
    for span in chain.candidates(1e-3):
        having = [p for path, p in zip(paths, shares, strict=True) if span in from_bio([tags[number] for number in path])]
        assert span.score == pytest.approx(sum(having), abs=1e-5)
        found[span] = span.score
    assert found
    for span in fitted.predict([tokens])[0]:
        assert span.score == found[span] >= 0.5


def _legal(path: Sequence[str]) -> bool:
    return all(after[0] != "I" or before[1:] == after[1:] for before, after in pairwise(("O", *path)))


def test_tags_that_train_never_had_are_impossible() -> None:
    train = [TaggedTokens(("Rome", "Ann"), (Span(0, 1, "place"), Span(1, 2, "person")))] * 3
    tagger = CrfTagger().fit(train, [TaggedTokens(("in", "New", "York"), (Span(1, 3, "place"),))])
    [chain] = tagger.chains([["Rome", "Ann", "Oslo"]])
    assert isinstance(tagger, ChainTagger)
    marginals = chain.marginals()
    assert marginals[:, [0, 2, 4]].max() == 0
    np.testing.assert_allclose(marginals.sum(axis=1), 1.0)
    assert tagger.chains([]) == []
    assert [len(one) for one in tagger.chains([[], ["Rome"], []])] == [0, 1, 0]


def test_the_threshold_is_the_best_on_validation() -> None:
    weak = {"c2": 50.0, "max_iterations": 10}
    chosen = CrfTagger(**weak).fit(TRAIN[:10], VALIDATION)
    gold = [one.spans for one in VALIDATION]

    def f1(threshold: float) -> float:
        tagger = CrfTagger(**weak, threshold=threshold).fit(TRAIN[:10])
        return span_scores(gold, tagger.predict([one.tokens for one in VALIDATION]))["f1_micro"]

    scores = {threshold: f1(threshold) for threshold in (0.05, 0.1, 0.2, 0.3, 0.5)}
    assert f1(chosen.threshold_) >= max(scores.values()) > scores[0.5]
    assert chosen.threshold_ < 0.5
    assert CrfTagger(**weak).fit(TRAIN[:10]).threshold_ == 0.5
    assert CrfTagger(**weak, threshold=0.2).fit(TRAIN[:10], VALIDATION).threshold_ == 0.2


def test_train_without_any_outside_word() -> None:
    tagger = CrfTagger().fit([TaggedTokens(("Rome", "Ann"), (Span(0, 1, "place"), Span(1, 2, "person")))] * 3)
    assert tagger.predict([["Rome", "Ann"]]) == [[Span(0, 1, "place"), Span(1, 2, "person")]]


def test_empty_sentences_in_train_do_no_harm(fitted: CrfTagger) -> None:
    with_empty = CrfTagger(c2=0.3, max_iterations=15).fit([TaggedTokens(()), *TRAIN, TaggedTokens(())])
    sentences = [one.tokens for one in VALIDATION]
    assert with_empty.predict(sentences) == fitted.predict(sentences)


def test_names_are_looked_up_longest_first_by_hand() -> None:
    names = learn_names(
        [
            TaggedTokens(("New", "York", "Times"), (Span(0, 2, "place"), Span(2, 3, "paper"))),
            TaggedTokens(("new", "york", "NEW"), (Span(0, 2, "team"), Span(2, 3, "place"))),
        ]
    )
    assert names == {"new": ["place"], "new york": ["place", "team"], "times": ["paper"]}
    assert name_features(["a", "NEW", "York", "new", "x"], names) == [
        [],
        ["name=B-", "name=B-place", "name=B-team"],
        ["name=I-", "name=I-place", "name=I-team"],
        ["name=B-", "name=B-place"],
        [],
    ]
    assert name_features([], names) == []


def test_a_sentence_of_train_is_not_looked_up_in_its_own_names() -> None:
    def learned(train: Sequence[TaggedTokens]) -> set[str]:
        return {name for name in CrfTagger(gazetteer=True).fit(train).weights_.features if name.startswith("name=")}

    once = [tagged(FRAMES[0], f"Name{chr(97 + number)}", f"Place{chr(97 + number)}") for number in range(10)]
    assert learned(once) == set()
    assert learned(once * 2) == set()  # ten sentences on, a repetition is in the same one of five folds
    assert learned([*once, *once[1:], once[0]]) == {"name=B-", "name=B-person", "name=B-place"}


def test_clusters_bring_in_words_never_seen() -> None:
    frames = ("{0} moved to {1} last week", "{1} moved to {0} last week")
    pairs = [(name, place) for name in ("ann", "bob", "carla", "dan") for place in ("rome", "oslo", "lima")]
    train = [tagged(frame, name, place) for name, place in pairs for frame in frames]
    sentences = [frame.format("zoe", "quito").split() for frame in frames]
    settings = {"c2": 0.1, "window": 0, "threshold": 0.3}
    with_clusters = CrfTagger(**settings, encoder=Kinds(), clusters=(3,)).fit(train)
    assert with_clusters.predict(sentences) == [
        [Span(0, 1, "person"), Span(3, 4, "place")],
        [Span(0, 1, "place"), Span(3, 4, "person")],
    ]
    assert CrfTagger(**settings).fit(train).predict(sentences) != with_clusters.predict(sentences)


def test_a_word_is_in_the_cluster_of_the_nearest_mean() -> None:
    words = [f"w{number}" for number in range(60)]
    encoder = Kinds([" ".join(words[:20]), " ".join(words[20:40])])
    clusters = WordClusters.fit(encoder, [*words, *words], sizes=(3, 500), seed=0)
    assert encoder.asked == sorted(words)
    assert [len(means) for means in clusters.centres] == [3, 60]
    for word, numbers in clusters.lookup(encoder, [*words, "new"]).items():
        [vector] = encoder.encode([word])
        for number, means in zip(numbers, clusters.centres, strict=True):
            distances = np.linalg.norm(means - vector, axis=1)
            assert distances[number] == pytest.approx(distances.min(), abs=1e-6)


def test_only_new_words_are_encoded() -> None:
    encoder = Kinds()
    clusters = WordClusters.fit(encoder, ["ann", "rome"], sizes=(2,), seed=0)
    encoder.asked.clear()
    clusters.lookup(encoder, ["rome", "zoe", "ann", "zoe"])
    assert encoder.asked == ["zoe"]
    clusters.lookup(encoder, ["rome"])
    assert encoder.asked == ["zoe"]
