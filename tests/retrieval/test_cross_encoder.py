"""The cross-encoder: pairs read together, a loss worked out by hand, and a small task learned."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.contracts.small_model import small_minilm

from nlpref.neural.encoder import SentenceEncoder
from nlpref.neural.finetuning import FineTuning
from nlpref.retrieval import CrossEncoder
from nlpref.retrieval.cross_encoder_training import Learner, collator

THINGS = ["book", "house", "car", "dog", "tree", "river", "door", "table"]
PAIRS = [(f"a {asked}", f"here is the {given}", float(asked == given)) for asked in THINGS for given in THINGS[:6]]
STANDING_STILL = FineTuning(epochs=1, learning_rate=1e-12, batch_size=8)


@pytest.fixture(scope="module")
def fitted() -> CrossEncoder:
    settings = FineTuning(epochs=12, learning_rate=1e-3, batch_size=6)
    return CrossEncoder(small_minilm(), settings, max_length=24, layers=2).fit(PAIRS)


def test_learns_which_text_answers(fitted: CrossEncoder) -> None:
    for asked in THINGS[:6]:
        scores = fitted.score(f"a {asked}", [f"here is the {given}" for given in THINGS[:6]])
        assert scores.argmax() == THINGS.index(asked)
        assert scores.dtype == np.float32


def test_reads_both_texts_together(fitted: CrossEncoder) -> None:
    """No function of the two texts apart can prefer each text for another query by the same margin everywhere."""
    texts = [f"here is the {given}" for given in THINGS[:6]]
    table = np.stack([fitted.score(f"a {asked}", texts) for asked in THINGS[:6]])
    interaction = table - table.mean(0) - table.mean(1, keepdims=True) + table.mean()
    assert np.diag(interaction).min() > interaction[~np.eye(6, dtype=bool)].max()


def test_order_of_the_texts_does_not_matter(fitted: CrossEncoder) -> None:
    texts = ["here is the dog", "tree " * 30, "", "dog"]
    scores = fitted.score("a dog", texts)
    assert fitted.score("a dog", texts[::-1])[::-1] == pytest.approx(scores, abs=1e-5)
    assert fitted.score("a dog", []).shape == (0,)


def test_loss_is_the_softmax_over_each_group() -> None:
    pairs = [("a dog", "here", 1.0), ("a dog", "there", 0.0), ("a dog", "dog", 2.0), ("a car", "car", 1.0), ("a car", "no", -1.0)]
    model = CrossEncoder(small_minilm(), STANDING_STILL, layers=1).fit(pairs)
    groups = [("a dog", ["here", "there"]), ("a dog", ["dog", "there"]), ("a car", ["car", "no"])]
    losses = []
    for query, texts in groups:
        scores = model.score(query, texts).astype(np.float64)
        losses.append(np.log(np.exp(scores).sum()) - scores[0])
    batch = collator(model._subwords)(
        [{"pairs": model._subwords.pairs(query, texts), "grades": [1.0, 0.0]} for query, texts in groups]
    )
    with torch.inference_mode():
        assert float(Learner(model.engine.network)(**batch)["loss"]) == pytest.approx(np.mean(losses), abs=1e-5)


def test_validation_score_is_the_mean_reciprocal_rank() -> None:
    model = CrossEncoder(small_minilm(), STANDING_STILL, layers=1).fit(PAIRS, PAIRS[:24])
    [found] = [entry["eval_mrr"] for entry in model.history_ if "eval_mrr" in entry]
    ranks = []
    for asked in THINGS[:4]:
        scores = model.score(f"a {asked}", [f"here is the {given}" for given in THINGS[:6]])
        ranks.append(1 + sum(scores > scores[THINGS.index(asked)]))
    assert found == pytest.approx(np.mean([1 / rank for rank in ranks]))


def test_a_group_of_equal_scores_ranks_the_answer_last() -> None:
    twins = [("a dog", "the same", 1.0), ("a dog", "the same", 0.0), ("a dog", "the same", 0.0)]
    model = CrossEncoder(small_minilm(), STANDING_STILL, layers=1).fit(PAIRS[:12], twins)
    [found] = [entry["eval_mrr"] for entry in model.history_ if "eval_mrr" in entry]
    assert found == pytest.approx(1 / 3)


def test_scores_start_from_the_pretrained_states() -> None:
    """Not far from zero and not all alike: the scale of the pooled states is that of a hidden state."""
    model = CrossEncoder(small_minilm(), STANDING_STILL, layers=1).fit(PAIRS)
    scores = model.score("a dog", [text for _, text, _ in PAIRS[:6]])
    assert np.abs(scores).max() < 5
    assert scores.std() > 1e-4
    assert SentenceEncoder(small_minilm(), layers=1).dim == model.engine.network.head.in_features


def test_pairs_that_are_cut_are_told(fitted: CrossEncoder) -> None:
    assert fitted.exceeds("a dog", ["here", "tree " * 600]).tolist() == [False, True]
