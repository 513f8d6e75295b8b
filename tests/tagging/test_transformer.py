"""The transformer tagger: sub-words lead back to words, and windows do not show in what is found."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.contracts.small_model import small_minilm
from tokenizers import Tokenizer
from torch import Tensor, nn

from nlpref.errors import InputError
from nlpref.neural.finetuning import FineTuning
from nlpref.neural.subwords import Subwords
from nlpref.neural.torch_engine import TorchEngine
from nlpref.tagging import TransformerTagger
from nlpref.tagging.bio import from_bio
from nlpref.tagging.shapes import shape_id
from nlpref.tagging.transformer_training import collator
from nlpref.tagging.windows import owners, windows
from nlpref.types import Span, TaggedTokens

SHORT = FineTuning(epochs=1, learning_rate=1e-12, batch_size=8)
PLACES = ("england", "london", "paris")
TRAIN = [
    TaggedTokens(("i", "saw", "england"), (Span(2, 3, "place"),)),
    TaggedTokens(("we", "left", "new", "york"), (Span(2, 4, "place"),)),
]
ODD = "\u200b"
"""A word of no visible letter, for which the tokenizer gives no sub-word."""


@pytest.fixture(scope="module")
def fitted() -> TransformerTagger:
    return TransformerTagger(small_minilm(), SHORT, layers=1).fit(TRAIN)


class Local(nn.Module):
    """Tags a sub-word by its own id alone, so that no window can change what is found."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        super().__init__()
        self.scores = nn.Embedding(tokenizer.get_vocab_size(), 3)
        with torch.no_grad():
            self.scores.weight.copy_(torch.tensor([4.0, 0.0, 0.0]))
            for word in PLACES:
                self.scores.weight[tokenizer.token_to_id(word)] = torch.tensor([0.0, 3.0, 0.0])
            self.scores.weight[tokenizer.token_to_id("city")] = torch.tensor([0.0, 0.0, 2.0])

    def forward(self, input_ids: Tensor, **_: Tensor) -> Tensor:
        return self.scores(input_ids)


def local(fitted: TransformerTagger, max_length: int, overlap: int, batch_size: int = 4) -> TransformerTagger:
    """A fitted tagger with other windows and with that model in place of its own."""
    tagger = TransformerTagger(fitted.name, max_length=max_length, overlap=overlap, batch_size=batch_size)
    tagger.labels_, tagger.steps_, tagger.threshold_ = fitted.labels_, fitted.steps_, None
    tagger._subwords = Subwords(Path(fitted.name), max_length)
    tagger._engine = TorchEngine(Local(fitted._subwords.tokenizer))
    return tagger


def drawn(count: int, seed: int) -> list[str]:
    words = [*PLACES, "city", "the", "of", "Wrenfield", "unbelievably", "a.b.c", ODD, "", "42", "…", "ÉTÉ"]
    return np.random.default_rng(seed).choice(words, size=count).tolist()


def expected(tokens: Sequence[str]) -> list[Span]:
    tags, inside = [], False
    for token in tokens:
        tag = "B-place" if token in PLACES else "O"
        if token == "city":
            tag = "I-place" if inside else "B-place"  # alone it may not stand inside, and O is worth less
        inside = tag != "O"
        tags.append(tag)
    return from_bio(tags)


def test_windows_do_not_change_what_a_local_model_finds(fitted: TransformerTagger) -> None:
    sentences = [drawn(count, seed) for seed, count in enumerate([1, 5, 20, 21, 22, 23, 60, 200])]
    whole = local(fitted, max_length=512, overlap=64).predict(sentences)
    for max_length, overlap in ((24, 8), (12, 0), (9, 6)):
        assert local(fitted, max_length, overlap).predict(sentences) == whole
    for tokens, found in zip(sentences, whole, strict=True):
        assert [span for span in found if tokens[span.start] in PLACES] == [
            span for span in expected(tokens) if tokens[span.start] in PLACES
        ]


def test_a_score_is_the_share_of_all_legal_readings_that_have_the_span(fitted: TransformerTagger) -> None:
    tokens = ["the", "england", "of", "england", "city", "the", "of"]
    [found] = local(fitted, 7, 2).predict([tokens])
    assert found == [Span(1, 2, "place"), Span(3, 5, "place")]
    worth = {"the": (4, 0, 0), "of": (4, 0, 0), "england": (0, 3, 0), "city": (0, 0, 2)}
    shares = dict.fromkeys(found, 0.0)
    whole = 0.0
    for tags in product(range(3), repeat=len(tokens)):
        if tags[0] == 2 or (0, 2) in pairwise(tags):
            continue
        weight = np.exp(sum(worth[token][tag] for token, tag in zip(tokens, tags, strict=True)))
        whole += weight
        for span in from_bio([["O", "B-place", "I-place"][tag] for tag in tags]):
            if span in shares:
                shares[span] += weight
    for span in found:
        assert span.score == pytest.approx(shares[span] / whole, abs=1e-6)


def test_a_word_is_taken_from_the_window_that_shows_most_of_its_context(fitted: TransformerTagger) -> None:
    tagger = local(fitted, max_length=12, overlap=6)

    class Position(nn.Module):
        """Surer of an entity the farther a sub-word is from its window's edges."""

        def __init__(self) -> None:
            super().__init__()
            self.none = nn.Parameter(torch.zeros(1))

        def forward(self, input_ids: Tensor, attention_mask: Tensor, **_: Tensor) -> Tensor:
            places = torch.arange(input_ids.shape[1]).expand_as(input_ids)
            edge = torch.minimum(places, attention_mask.sum(1, keepdim=True) - 1 - places).float()
            return torch.stack([torch.full_like(edge, -9), edge, torch.full_like(edge, -9)], -1)

    tagger._engine = TorchEngine(Position())
    n_words = 40
    [found] = tagger.predict([["the"] * n_words])
    ranges = windows([1] * n_words, 10, 6)
    best = owners(ranges, n_words)
    assert [span.start for span in found] == list(range(n_words))
    for word, number in enumerate(best):
        start, end = ranges[number]
        edge = min(word - start + 1, end - word)
        assert tagger.chains([["the"] * n_words])[0].scores[word, 1] == pytest.approx(
            edge - np.log(np.exp(edge) + 2 * np.exp(-9)), abs=1e-6
        )


def test_labels_stand_at_the_first_sub_word_of_each_word(fitted: TransformerTagger) -> None:
    tokens = ["Wrenfield", ODD, "unbelievably", "england", "a.b.c"]
    [piece] = fitted._pieces([tokens])
    allowed = np.eye(3, dtype=bool)[[1, 2, 0, 2, 1]]
    batch = collator(fitted._batch)([{"piece": piece, "allowed": allowed}])
    tokenizer = Tokenizer.from_file(f"{small_minilm()}/tokenizer.json")
    tokenizer.no_padding()
    encoding = tokenizer.encode(tokens, is_pretokenized=True)
    before = [None, *encoding.word_ids]
    firsts = [word is not None and word != before[place] for place, word in enumerate(encoding.word_ids)]
    assert sum(firsts) == 4
    assert batch["places"].tolist() == [[place for place, first in enumerate(firsts) if first]]
    assert batch["real"].tolist() == [[True] * 4]
    assert batch["allowed"].tolist() == [allowed[[0, 2, 3, 4]].tolist()]
    assert batch["shapes"].tolist() == [[0 if word is None else shape_id(tokens[word]) for word in encoding.word_ids]]
    assert batch["input_ids"].tolist() == [encoding.ids]


@pytest.mark.parametrize("tokens", [[ODD], ["", ""], [ODD] * 400, ["the"] + [ODD] * 3])
def test_sentence_of_words_without_sub_words(fitted: TransformerTagger, tokens: list[str]) -> None:
    assert local(fitted, 12, 4).predict([tokens, ["england"], tokens]) == [[], [Span(0, 1, "place")], []]


def test_a_dropped_word_keeps_the_others_in_place(fitted: TransformerTagger) -> None:
    [found] = local(fitted, 64, 4).predict([[ODD, "england", ODD, "paris", "city", "", "the", "london"]])
    assert found == [Span(1, 2, "place"), Span(3, 5, "place"), Span(7, 8, "place")]


def test_train_may_hold_dropped_words_and_sentences_longer_than_a_window() -> None:
    train = [TaggedTokens((ODD,)), TaggedTokens(()), TaggedTokens((ODD, "england"), (Span(0, 2, "place"),))]
    train.append(TaggedTokens(("the",) * 50 + ("england",), (Span(50, 51, "place"),)))
    tagger = TransformerTagger(small_minilm(), SHORT, layers=1, max_length=12, overlap=4).fit(train)
    assert tagger.labels == ("place",)


def test_three_thousand_words(fitted: TransformerTagger) -> None:
    tokens = drawn(3000, 1)
    [found] = fitted.predict([tokens])
    assert all(span.end <= 3000 for span in found)
    [known] = local(fitted, 64, 16, batch_size=64).predict([tokens])
    assert known == local(fitted, 512, 64).predict([tokens])[0]
    assert len(known) > 300


def test_a_word_longer_than_the_window(fitted: TransformerTagger) -> None:
    tokens = ["england", "a.b.c.d.e.f.g.h.i.j.k.l", "paris"]
    assert local(fitted, 12, 4).predict([tokens]) == [[Span(0, 1, "place"), Span(2, 3, "place")]]


def test_shapes_tell_capitals_apart_for_an_uncased_model() -> None:
    train = [TaggedTokens((word.title(),), (Span(0, 1, "name"),)) for word in PLACES] + [TaggedTokens((word,)) for word in PLACES]
    settings = FineTuning(epochs=12, learning_rate=3e-3, batch_size=6)
    seen = TransformerTagger(small_minilm(), settings, layers=1, dropout=0.0).fit(train)
    assert seen.predict([["England"], ["england"]]) == [[Span(0, 1, "name")], []]
    blind = TransformerTagger(small_minilm(), SHORT, layers=1, shapes=False).fit(train)
    with torch.inference_mode():
        [upper, lower] = blind._piece_scores(blind._pieces([["England"], ["england"]]))
    assert upper == pytest.approx(lower, abs=1e-6)


@pytest.mark.parametrize("overlap", [-1, 10, 40])
def test_overlap_as_wide_as_the_window_is_refused(overlap: int) -> None:
    with pytest.raises(InputError, match="less than max_length - 2 = 10"):
        TransformerTagger(small_minilm(), max_length=12, overlap=overlap).fit(TRAIN)


NAMES, CITIES = ("ann", "bob", "eve", "dan"), ("rome", "oslo", "lima", "bern")
LEARNED = FineTuning(epochs=30, learning_rate=3e-3, batch_size=8, patience=None)


def corpora(annotated: tuple[str, ...] | None) -> list[TaggedTokens]:
    """One corpus that knows people and cities, and one in which only people were looked for."""
    both = [TaggedTokens((name, "sees", "rome"), (Span(0, 1, "person"), Span(2, 3, "city"))) for name in NAMES]
    people = [
        TaggedTokens((name, "left", city), (Span(0, 1, "person"),), annotated=annotated) for name in NAMES for city in CITIES
    ]
    return [*both, *(TaggedTokens(("bob", "left"), (Span(0, 1, "person"),)) for _ in NAMES), *people]


def test_a_type_that_a_corpus_does_not_annotate_is_unknown_there() -> None:
    made = TransformerTagger(small_minilm(), LEARNED, layers=1, dropout=0.0, head="crf")
    naive = made.fit(corpora(None)).predict([["ann", "left", "rome"]])[0]
    aware = TransformerTagger(**made.get_params()).fit(corpora(("person",))).predict([["ann", "left", "rome"]])[0]
    assert naive == [Span(0, 1, "person")]
    assert aware == [Span(0, 1, "person"), Span(2, 3, "city")]


def test_an_entity_of_one_of_two_types_takes_the_one_that_fits() -> None:
    known = [TaggedTokens(("king", name), (Span(1, 2, "royal"),)) for name in NAMES]
    known += [TaggedTokens(("miss", name), (Span(1, 2, "person"),)) for name in NAMES]
    either = [
        TaggedTokens((title, name, "came"), (Span(1, 2, "person|royal"),), annotated=("person", "royal"))
        for title in ("king", "miss")
        for name in NAMES
    ]
    tagger = TransformerTagger(small_minilm(), LEARNED, layers=1, dropout=0.0).fit(known + either)
    assert tagger.labels == ("person", "royal")
    assert tagger.predict([["king", "ann", "came"], ["miss", "ann", "came"]]) == [[Span(1, 2, "royal")], [Span(1, 2, "person")]]


def test_validation_must_know_all_types() -> None:
    with pytest.raises(InputError, match="validation has sentences in which only some entity types were looked for"):
        TransformerTagger(small_minilm(), SHORT, layers=1).fit(corpora(None), corpora(("person",)))


def test_the_threshold_is_the_best_on_validation_and_is_kept(tmp_path: Path) -> None:
    unsure = [TaggedTokens((word,), (Span(0, 1, "place"),) if row % 3 == 0 else ()) for row, word in enumerate(PLACES * 4)]
    validation = [TaggedTokens((word,), (Span(0, 1, "place"),)) for word in PLACES]
    training = FineTuning(epochs=8, learning_rate=3e-3, batch_size=8, patience=None)
    tagger = TransformerTagger(small_minilm(), training, layers=1, threshold=None).fit(unsure, validation)
    tagger.save(tmp_path / "tagger")
    assert tagger.threshold_ is not None
    assert TransformerTagger.load(tmp_path / "tagger").threshold_ == tagger.threshold_ < 0.5
    assert tagger.predict([["england"]]) == [[Span(0, 1, "place")]]


@pytest.mark.parametrize("threshold", ["best", 0.0])
def test_a_threshold_is_a_probability_or_the_word_for_none(threshold: str | float) -> None:
    with pytest.raises(InputError, match="expected 'sequence', a probability above 0, or None"):
        TransformerTagger(small_minilm(), SHORT, layers=1, threshold=threshold).fit(TRAIN)  # type: ignore[arg-type]


def test_training_can_go_on_from_a_tagger_of_other_types(tmp_path: Path) -> None:
    first = TransformerTagger(small_minilm(), LEARNED, layers=1).fit(corpora(None))
    first.save(tmp_path / "first")
    second = TransformerTagger(small_minilm(), SHORT, layers=1, start=str(tmp_path / "first")).fit(TRAIN)
    plain = TransformerTagger(small_minilm(), SHORT, layers=1).fit(TRAIN)
    inputs = [first._engine, second._engine, plain._engine]
    one, two, three = (engine.network.shape_embedding.weight.detach().numpy() for engine in inputs)  # type: ignore[attr-defined]
    assert np.abs(one - two).max() < 1e-6 < np.abs(one - three).max()
    assert second.labels == ("place",)


def test_a_start_that_does_not_fit_is_refused(tmp_path: Path, fitted: TransformerTagger) -> None:
    with pytest.raises(InputError, match="expected the folder of a saved TransformerTagger"):
        TransformerTagger(small_minilm(), SHORT, layers=1, start=str(tmp_path)).fit(TRAIN)
    fitted.save(tmp_path / "one")
    with pytest.raises(InputError, match="holds another network"):
        TransformerTagger(small_minilm(), SHORT, layers=2, start=str(tmp_path / "one")).fit(TRAIN)


def test_hidden_words_are_those_of_entities(fitted: TransformerTagger) -> None:
    [piece] = fitted._pieces([["unbelievably", "new", "york", "unbelievably"]])
    allowed = np.eye(3, dtype=bool)[[0, 1, 2, 1]]
    mask = Tokenizer.from_file(f"{small_minilm()}/tokenizer.json").token_to_id("[MASK]")
    torch.manual_seed(0)
    make = collator(fitted._batch, mask, 0.99)
    hidden = make([{"piece": piece, "allowed": allowed}])["input_ids"][0].tolist()
    for place, word in enumerate(piece.encoding.word_ids):
        assert (hidden[place] == mask) == (word in (1, 2, 3))
    assert piece.encoding.ids != hidden
