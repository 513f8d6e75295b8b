"""Entities stand where they say, alone as in a document, at once as in blocks, and candidates are exact."""

from __future__ import annotations

import io
import tracemalloc
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, pairwise, product
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contracts.examples import SENTENCES, VALIDATION_TAGGED
from tests.extraction.written_text import blocks, texts

from nlpref.chain import Chain, Steps
from nlpref.errors import InputError, NotFittedError, StorageError
from nlpref.extraction import Entity, EntityExtractor, LocatedTokeniser, SentenceSplitter, TaggedSentence, open_tagger, resolve
from nlpref.tagging import CrfTagger
from nlpref.types import Span, TaggedTokens

few = settings(max_examples=60)


def shifted(entities: Iterable[Entity], by: int) -> list[Entity]:
    return [Entity(one.start + by, one.end + by, one.label, one.score, one.text) for one in entities]


def facts(entities: Iterable[Entity]) -> list[tuple[int, int, str, str, float]]:
    return [(one.start, one.end, one.label, one.text, round(one.score, 9)) for one in entities]


@few
@given(a=texts, b=texts)
def test_a_text_has_the_same_entities_alone_and_in_a_document(tagger: CrfTagger, a: str, b: str) -> None:
    extractor = EntityExtractor(tagger, batch_size=3)
    alone, document = extractor.extract(a), f"{a}\n\n{b}"
    found = extractor.extract(document)
    assert facts(found) == facts([*alone, *shifted(extractor.extract(b), len(a) + 2)])
    assert all(document[one.start : one.end] == one.text for one in found)
    assert facts(found) == facts(sorted(found))
    assert [facts(one) for one in extractor.extract_many([a, b, document])] == [
        facts(alone),
        facts(extractor.extract(b)),
        facts(found),
    ]


@few
@given(blocks=blocks, batch_size=st.sampled_from((1, 2, 7)))
def test_blocks_and_batches_change_nothing(tagger: CrfTagger, blocks: list[str], batch_size: int) -> None:
    text = "".join(blocks)
    expected = facts(EntityExtractor(tagger).extract(text))
    extractor = EntityExtractor(tagger, batch_size=batch_size)
    assert facts(extractor.stream(blocks)) == expected
    assert facts(extractor.stream(io.StringIO(text, newline=""))) == expected


def test_what_the_tagger_knows_is_found(extractor: EntityExtractor) -> None:
    first = "🙂\r\n\r\nyesterday Ann left for Rome 🙂\nin Lima you can meet Eve . "
    text = f"{first}Ann lives in New York now. 👩\u200d🚀 yesterday Dan Brown left for Oslo"
    found = extractor.extract(text)
    assert [(one.text, one.label) for one in found if one.score > 0.5] == [
        ("Ann", "person"),
        ("Rome", "city"),
        ("Lima", "city"),
        ("Eve", "person"),
        ("Ann", "person"),
        ("New York", "city"),
        ("Dan Brown", "person"),
        ("Oslo", "city"),
    ]
    assert [found[-1].start, found[-1].end] == [len(text) - 4, len(text)]


def test_it_finds_in_raw_text_what_the_tagger_finds_in_tokens(tagger: CrfTagger, extractor: EntityExtractor) -> None:
    for one in VALIDATION_TAGGED:
        text = " ".join(one.tokens)
        starts = [len(" ".join(one.tokens[:row])) + (row > 0) for row in range(len(one.tokens))]
        expected = [
            (starts[span.start], starts[span.end - 1] + len(one.tokens[span.end - 1]), span.label)
            for span in tagger.predict([one.tokens])[0]
        ]
        assert [(found.start, found.end, found.label) for found in extractor.extract(text)] == expected


@pytest.mark.parametrize("text", ["", " \n\t\u3000 ", "\x1c\x85\u2029"])
def test_nothing_to_read(extractor: EntityExtractor, text: str) -> None:
    assert extractor.extract(text) == extractor.n_best(text) == list(extractor.stream([text, text])) == []
    assert list(extractor.extract_many([text, text])) == [[], []]
    assert extractor.extract_tokens([]) == []


def test_control_characters_are_characters(extractor: EntityExtractor) -> None:
    text = "\0\x1b[0m Ann\x07 lives in\x00 Oslo now\x7f"
    found = extractor.extract(text)
    assert found
    assert all(text[one.start : one.end] == one.text for one in found)


def test_a_sentence_of_ten_thousand_tokens(extractor: EntityExtractor) -> None:
    text = "Ann lives in New York , and " * 1500
    found = extractor.extract(text)
    sizes = [len(sentence.words) for sentence in extractor.read(text)]
    assert sum(sizes) == 10_500
    assert len(sizes) == 5  # of at most 10,000 characters each
    assert abs(sum(one.text == "New York" for one in found) - 1500) <= 2 * len(sizes)
    alone = EntityExtractor(Capitals(), sentences=SentenceSplitter(longest=10**6))
    assert [len(sentence.words) for sentence in alone.read(text)] == [10_500]


def test_halves_of_surrogate_pairs_and_other_things_are_refused(extractor: EntityExtractor) -> None:
    for call in (
        extractor.extract,
        extractor.n_best,
        lambda text: list(extractor.stream([text])),
        lambda text: [*extractor.extract_many([text])],
    ):
        with pytest.raises(InputError, match="half of a surrogate pair"):
            call("Ann \udc80")
    with pytest.raises(InputError, match="half of a surrogate pair"):
        extractor.extract_tokens(["Ann", "\ud800"])
    with pytest.raises(InputError, match="the text is a bytes"):
        extractor.extract(b"Ann")  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"call extract\(text\)"):
        extractor.extract_many("Ann")
    with pytest.raises(InputError, match="a block of the document is a bytes"):
        list(extractor.stream(io.BytesIO(b"Ann")))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="floor is 0"):
        extractor.n_best("Ann", floor=0)
    with pytest.raises(InputError, match="k is 0"):
        extractor.n_best("Ann", k=0)
    with pytest.raises(InputError, match="batch_size is 0"):
        EntityExtractor(extractor.tagger, batch_size=0).extract("Ann")
    with pytest.raises(NotFittedError):
        EntityExtractor(CrfTagger()).extract("Ann")


def test_texts_are_read_as_they_are_needed(extractor: EntityExtractor) -> None:
    taken = []

    def source() -> Iterator[str]:
        for number in range(1000):
            taken.append(number)
            yield "Ann lives in Oslo now. in Rome you can meet Bob !"

    assert len(list(islice(extractor.extract_many(source()), 5))) == 5
    assert len(taken) <= 5 + 2 * extractor.batch_size
    assert len(list(extractor.extract_many(iter(["", "Ann", " ", "Bob lives"])))) == 4


def test_given_tokens(extractor: EntityExtractor) -> None:
    for tokens in SENTENCES:
        text = " ".join(tokens)
        found = extractor.extract_tokens(tokens)
        assert all(text[one.start : one.end] == one.text for one in found)
        expected = extractor.tagger.predict([tokens])[0]
        assert [one.label for one in found] == [span.label for span in expected if "".join(tokens[span.start : span.end])]
    tokens, text = ["Ann", "lives", "in", "New", "York", "now"], "  Ann lives\nin (New\tYork)now"
    assert [(one.start, one.text) for one in extractor.extract_tokens(tokens, text)] == [(2, "Ann"), (16, "New\tYork")]
    with pytest.raises(InputError, match="'York', is not in the text"):
        extractor.extract_tokens(["New", "York"], "New Jersey")


def test_values_and_tokenisers_of_ones_own(tagger: CrfTagger) -> None:
    extractor = EntityExtractor(tagger, LocatedTokeniser(), normalisers={"city": str.upper})
    found = extractor.extract("Ann lives in Oslo now")
    assert [(one.text, one.value) for one in found] == [("Ann", None), ("Oslo", "OSLO")]


class WordScores:
    """A ``ChainTagger`` by hand: the scores of a word's tags are given."""

    labels = ("city", "person")
    scores: ClassVar = {"New": [0.0, 1.0, -2.0, 0.5, -1.0], "York": [0.2, 0.9, 0.8, 0.1, 0.3], "Ann": [0.0, -1.0, -1.0, 1.5, 0.2]}

    def fit(self, train: Sequence[TaggedTokens], validation: Sequence[TaggedTokens] = ()) -> Self:
        return self

    def predict(self, sentences: Sequence[Sequence[str]]) -> list[list[Span]]:
        return self.decode(self.chains(sentences))

    def decode(self, chains: Sequence[Chain]) -> list[list[Span]]:
        return [chain.best() for chain in chains]

    def chains(self, sentences: Sequence[Sequence[str]]) -> list[Chain]:
        plain = [3.0, 0.0, 0.0, 0.0, 0.0]
        rows = [
            np.array([self.scores.get(word, plain) for word in sentence], dtype=float).reshape(-1, 5) for sentence in sentences
        ]
        return [Chain(one, Steps.legal(self.labels)) for one in rows]

    def save(self, folder: Path) -> None: ...

    @classmethod
    def load(cls, folder: Path) -> Self:
        return cls()


def enumerated(words: Sequence[str]) -> dict[tuple[int, int, str], float]:
    """Probability of each range and label, by adding up all legal sequences of tags."""
    names = ["O", "B-city", "I-city", "B-person", "I-person"]
    sums: dict[tuple[int, int, str], float] = {}
    total = 0.0
    for path in product(range(5), repeat=len(words)):
        tags = ["O", *(names[tag] for tag in path), "O"]
        if any(after[0] == "I" and before[1:] != after[1:] for before, after in pairwise(tags)):
            continue
        weight = np.exp(sum(WordScores.scores.get(word, [3.0, 0, 0, 0, 0])[tag] for word, tag in zip(words, path, strict=True)))
        total += weight
        for start in range(len(words)):
            if tags[start + 1][0] == "B":
                end = start + 1
                while tags[end + 1][0] == "I":
                    end += 1
                key = (start, end, tags[start + 1][2:])
                sums[key] = sums.get(key, 0.0) + float(weight)
    return {key: value / total for key, value in sums.items()}


def test_candidates_are_those_of_all_sequences() -> None:
    extractor = EntityExtractor(WordScores())
    words = ["Ann", "in", "New", "York"]
    text = "Ann in New  York"
    starts, ends = [0, 4, 7, 12], [3, 6, 10, 16]
    expected = {key: value for key, value in enumerated(words).items() if value >= 0.02}
    found = extractor.n_best(text, floor=0.02)
    assert {(starts.index(one.start), ends.index(one.end) + 1, one.label): one.score for one in found} == pytest.approx(expected)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert extractor.n_best(text, floor=0.02, k=2) == found[:2]
    assert len(resolve(found)) < len(found)
    twice = extractor.n_best(f"{text}\n\n{text}", floor=0.02)
    assert facts(sorted(twice)) == facts([*sorted(found), *shifted(sorted(found), len(text) + 2)])
    assert facts(extractor.stream(text, floor=0.02)) == facts(sorted(found))


def test_without_a_chain_the_entities_themselves_are_the_candidates() -> None:
    class Plain(WordScores):
        chains = None  # type: ignore[assignment]

        def predict(self, sentences: Sequence[Sequence[str]]) -> list[list[Span]]:
            return [[Span(0, 1, "city", 0.9), Span(1, 2, "city", 0.3)] for _ in sentences]

    del Plain.chains
    hidden = type("Hidden", (), {name: getattr(Plain, name) for name in ("labels", "fit", "predict", "save", "load")})()
    assert [one.text for one in EntityExtractor(hidden).n_best("a b c", floor=0.5)] == ["a"]


class Capitals(WordScores):
    """Takes capitals for entities; what it costs is what the extractor costs."""

    def predict(self, sentences: Sequence[Sequence[str]]) -> list[list[Span]]:
        return [[Span(row, row + 1, "city") for row, word in enumerate(words) if word.istitle()] for words in sentences]


def test_memory_is_flat() -> None:
    extractor = EntityExtractor(Capitals(), sentences=SentenceSplitter(longest=1000), batch_size=16)
    line = "Ann lives in Oslo now. Bob left for Rome!\n"

    def peak(lines: int, consume: Callable[[Iterator[TaggedSentence]], object]) -> int:
        tracemalloc.start()
        consume(extractor.read(line for _ in range(lines)))
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    for _ in range(2):  # what is made once is there after the first time
        one_by_one, all_at_once = peak(2000, lambda sentences: deque(sentences, maxlen=0)), peak(2000, list)
    assert 10 * one_by_one < all_at_once


def test_a_saved_tagger_is_opened(saved: Path, tagger: CrfTagger, tmp_path: Path) -> None:
    expected = tagger.predict([["Ann", "lives", "in", "Oslo"]])
    assert open_tagger(saved).predict([["Ann", "lives", "in", "Oslo"]]) == expected
    tagger.save(tmp_path / "run" / "model")
    assert open_tagger(str(tmp_path / "run")).predict([["Ann", "lives", "in", "Oslo"]]) == expected
    with pytest.raises(StorageError, match="nowhere does not exist"):
        open_tagger(tmp_path / "nowhere")


def test_what_is_no_tagger_is_refused(tmp_path: Path) -> None:
    from nlpref.retrieval import Bm25Retriever
    from nlpref.types import Document

    Bm25Retriever().fit([Document("a", "lamp"), Document("b", "shoe")]).save(tmp_path / "search")
    with pytest.raises(InputError, match="holds a Bm25Retriever, which finds no entities"):
        open_tagger(tmp_path / "search")
