"""What is hidden of a text, against shares counted over many draws and words that are seen by eye."""

from __future__ import annotations

import numpy as np
import pytest

from nlpref.errors import InputError
from nlpref.neural.masking import IGNORED, Masking
from nlpref.neural.subwords import Subwords
from nlpref.pretrained import MINILM, resolve

MASK, VOCABULARY = 103, 30522
SUBWORDS = Subwords(resolve(MINILM), 64)
TEXT = "the blender overheats and the chargeback took weeks, so I would not recommend buying this toaster to anybody here"
[ENCODING] = SUBWORDS.tokenizer.encode_batch([TEXT])
REAL = [place for place, special in enumerate(ENCODING.special_tokens_mask) if not special]


def test_targets_are_what_stood_there_and_special_tokens_stay() -> None:
    ids = np.array(ENCODING.ids)
    generator = np.random.default_rng(0)
    for _ in range(50):
        hidden = Masking().hide(ENCODING, MASK, VOCABULARY, generator)
        guessed = hidden.targets != IGNORED
        assert (hidden.targets[guessed] == ids[guessed]).all()
        assert (hidden.ids[~guessed] == ids[~guessed]).all()
        assert set(np.flatnonzero(guessed)) <= set(REAL)
    assert list(ENCODING.ids) == ids.tolist()


def test_shares_are_those_of_the_paper() -> None:
    generator = np.random.default_rng(1)
    ids, masking = np.array(ENCODING.ids), Masking(whole_words=False)
    counts = np.zeros(4)
    for _ in range(1500):
        hidden = masking.hide(ENCODING, MASK, VOCABULARY, generator)
        guessed = hidden.targets != IGNORED
        seen, true = hidden.ids[guessed], ids[guessed]
        counts += [guessed.sum(), (seen == MASK).sum(), ((seen != MASK) & (seen != true)).sum(), (seen == true).sum()]
    assert counts[0] == 1500 * round(0.15 * len(REAL))
    assert counts[1:] / counts[0] == pytest.approx([0.8, 0.1, 0.1], abs=0.015)


def test_whole_words_are_hidden_together() -> None:
    words = [word for word in ENCODING.word_ids if word is not None]
    [split] = [word for word in set(words) if ENCODING.tokens[ENCODING.word_ids.index(word)] == "charge"]
    pieces = [place for place, word in enumerate(ENCODING.word_ids) if word == split]
    assert [ENCODING.tokens[place] for place in pieces] == ["charge", "##back"]
    generator = np.random.default_rng(2)
    together = {True: set(), False: set()}
    for whole in together:
        for _ in range(300):
            hidden = Masking(whole_words=whole).hide(ENCODING, MASK, VOCABULARY, generator)
            together[whole].add(int((hidden.targets[pieces] != IGNORED).sum()))
    assert together == {True: {0, 2}, False: {0, 1, 2}}


def test_one_sub_word_at_least_is_hidden_unless_there_is_none() -> None:
    short, nothing = SUBWORDS.tokenizer.encode_batch(["ok", ""])
    generator = np.random.default_rng(3)
    assert (Masking(share=0.01).hide(short, MASK, VOCABULARY, generator).targets != IGNORED).sum() == 1
    assert (Masking().hide(nothing, MASK, VOCABULARY, generator).targets == IGNORED).all()


@pytest.mark.parametrize("wrong", [{"share": 0.0}, {"share": 1.0}, {"masked": 0.8, "random": 0.3}, {"random": -0.1}])
def test_shares_out_of_range_are_named(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match="expected 0 < share < 1"):
        Masking(**wrong)
