"""Learning from one's own answers: which sentences are used, which round is kept, and what is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.contracts.examples import TAGGED, TRAIN_TAGGED, VALIDATION_TAGGED
from tests.contracts.small_model import small_minilm

from nlpref.chain import Chain, Steps
from nlpref.errors import InputError
from nlpref.neural.session import training_session
from nlpref.neural.settings import FineTuning
from nlpref.storage import load_component
from nlpref.tagging import CrfTagger, SelfTrainingTagger, TransformerTagger
from nlpref.tagging.self_training import sureness
from nlpref.types import Span, TaggedTokens

BARE = [replace(one, spans=(), annotated=()) for one in VALIDATION_TAGGED]
PLAIN = TaggedTokens(("nothing", "to", "see"))


def crf() -> CrfTagger:
    return CrfTagger(c2=0.1, max_iterations=40)


FREE = Steps(("city",), np.zeros((3, 3)), np.zeros(3), np.zeros(3))


class Chained(CrfTagger):
    """Shows chains of which the probabilities are known: of O 0.9 at every token, but 0.2 at Oslo, where it is 0.6 of I-."""

    def chains(self, sentences: Sequence[Sequence[str]]) -> list[Chain]:
        rows = [[[0.2, 0.2, 0.6] if word == "Oslo" else [0.9, 0.05, 0.05] for word in sentence] for sentence in sentences]
        return [Chain(np.log(np.array(row).reshape(-1, 3)), FREE) for row in rows]


def test_sureness_by_the_least_sure_token_of_a_chain() -> None:
    tagger = Chained().fit(TRAIN_TAGGED)
    spans = [[], [Span(0, 2, "city")], [Span(0, 1, "city")]]
    assert sureness(tagger, [["a", "b"], ["a", "Oslo"], ["Oslo"]], spans) == pytest.approx([0.9, 0.05, 0.2])
    assert sureness(tagger, [[]], [[]]) == [1.0]


def test_sureness_by_the_least_score_of_a_span() -> None:
    class Scored(CrfTagger):
        chains = None

    spans = [[Span(0, 1, "city", 0.7), Span(1, 2, "city", 0.4)], []]
    assert sureness(Scored().fit(TRAIN_TAGGED), [["a", "b"], ["c"]], spans) == [0.4, 0.0]


def test_it_learns_names_that_only_the_unlabelled_sentences_have() -> None:
    known = [one for one in TAGGED if "Bob" in one.tokens or "Ann" in one.tokens][:12]
    more = [replace(one, spans=(), annotated=()) for one in TAGGED]
    made = SelfTrainingTagger(crf(), floor=0.5).fit([*known, *more])
    told = made.learnt_
    assert (told["kept"], told["unlabelled"], len(told["rounds"])) == (1, len(more), 2)
    assert told["rounds"][1]["used"] > 10
    assert told["rounds"][1]["entities"] >= told["rounds"][1]["used"]


def test_the_best_round_on_validation_is_kept(tmp_path: Path) -> None:
    made = SelfTrainingTagger(crf(), rounds=3, floor=0.5).fit([*TRAIN_TAGGED[:20], *BARE], VALIDATION_TAGGED)
    worth = [one["f1_micro"] for one in made.learnt_["rounds"]]
    assert made.learnt_["kept"] == worth.index(max(worth))  # of equals the first
    made.save(tmp_path / "model")
    assert load_component(tmp_path / "model").learnt_ == made.learnt_


def test_sentences_without_entities_keep_their_share() -> None:
    many = [TaggedTokens(("nothing", "to", "see", str(n)), annotated=()) for n in range(50)]

    def used(train: list[TaggedTokens], **more: int) -> tuple[int, int]:
        class Sure(CrfTagger):
            def chains(self, sentences: Sequence[Sequence[str]]) -> list[Chain]:
                plain = self.decode(super().chains(sentences))
                return [
                    Chain(50.0 * _tags(one, found, self.labels), Steps.legal(self.labels))
                    for one, found in zip(sentences, plain, strict=True)
                ]

        made = SelfTrainingTagger(Sure(c2=0.1, max_iterations=40), **more)
        told = made.fit([*train, *BARE, *many]).learnt_["rounds"]
        return told[1]["used"], told[1]["entities"]

    assert used(TRAIN_TAGGED) == (len(BARE), 2 * len(BARE))  # train has no empty sentence, so none is used
    half = [*TRAIN_TAGGED[:30], *(PLAIN for _ in range(15))]
    assert used(half)[0] == len(BARE) + round(len(BARE) / 2)
    assert used(half, most=7)[0] == 7


def _tags(sentence: Sequence[str], found: Sequence[Span], labels: Sequence[str]) -> np.ndarray:
    """1 for each tag that the spans have, else 0."""
    made = np.zeros((len(sentence), 1 + 2 * len(labels)))
    made[:, 0] = 1.0
    for span in found:
        begin = 1 + 2 * labels.index(span.label)
        made[span.start : span.end] = np.eye(made.shape[1])[begin + 1]
        made[span.start] = np.eye(made.shape[1])[begin]
    return made


def test_lines_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "more.txt").write_text("Bob lives in Oslo now\n\nyesterday Eve left for Lima\n", "utf-8")
    made = SelfTrainingTagger(crf(), unlabelled=tmp_path / "more.txt", floor=0.3).fit(TRAIN_TAGGED)
    assert made.learnt_["unlabelled"] == 2
    with pytest.raises(InputError, match=r"gone\.txt does not exist; give a text file with a sentence on each line"):
        SelfTrainingTagger(crf(), unlabelled=tmp_path / "gone.txt").fit(TRAIN_TAGGED)
    (tmp_path / "bad.txt").write_bytes(b"Jos\xe9\n")
    with pytest.raises(InputError, match="is not UTF-8"):
        SelfTrainingTagger(crf(), unlabelled=tmp_path / "bad.txt").fit(TRAIN_TAGGED)


def test_without_sentences_or_sureness_it_is_the_tagger_inside() -> None:
    plain = crf().fit(TRAIN_TAGGED)
    for train, floor in ((TRAIN_TAGGED, 0.5), ([*TRAIN_TAGGED, TaggedTokens(("zzz", "qqq"), annotated=())], 1.0)):
        made = SelfTrainingTagger(crf(), floor=floor).fit(train)
        assert made.learnt_["kept"] == 0
        sentences = [one.tokens for one in VALIDATION_TAGGED]
        assert made.predict(sentences) == plain.predict(sentences)


@pytest.mark.parametrize("wrong", [{"rounds": 0}, {"rounds": True}, {"floor": 0.0}, {"floor": 1.5}, {"most": 0}])
def test_numbers_out_of_range(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match=f"{next(iter(wrong))}={next(iter(wrong.values()))}: expected"):
        SelfTrainingTagger(crf(), **wrong).fit(TRAIN_TAGGED)  # type: ignore[arg-type]


def test_a_tagger_without_chains_says_so() -> None:
    class Unchained(CrfTagger):
        chains = property()

    made = SelfTrainingTagger(Unchained(c2=0.1, max_iterations=40)).fit(TRAIN_TAGGED)
    with pytest.raises(InputError, match="Unchained shows no chains"):
        made.chains([["a"]])


def test_a_network_is_trained_anew_in_each_round_of_a_run_that_keeps_checkpoints(tmp_path: Path) -> None:
    def learned() -> list[list[Span]]:
        training = FineTuning(epochs=2, learning_rate=3e-3, batch_size=8, patience=None)
        inside = TransformerTagger(small_minilm(), training, max_length=24, overlap=8, layers=1)
        tagger = SelfTrainingTagger(inside, floor=0.01).fit([*TRAIN_TAGGED, *BARE])
        assert tagger.learnt_["rounds"][1]["used"] > 0
        return tagger.predict([one.tokens for one in TAGGED])

    with training_session(tmp_path):
        kept = learned()
    assert kept == learned()
    assert (tmp_path / "training-2").is_dir()
