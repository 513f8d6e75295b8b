"""Words before queries and documents."""

from __future__ import annotations

import pytest
from tests.contracts.small_model import small_minilm

from nlpref.errors import InputError
from nlpref.neural.encoder import SentenceEncoder
from nlpref.neural.prompted import PromptedEncoder
from nlpref.neural.static import StaticEncoder
from nlpref.neural.truncated import TruncatedEncoder
from nlpref.retrieval.trainable_encoder import innermost, prefixes, rebuilt


@pytest.fixture(scope="module")
def plain() -> SentenceEncoder:
    return SentenceEncoder(small_minilm(), max_length=12, layers=1)


def test_each_role_has_its_words(plain: SentenceEncoder) -> None:
    encoder = PromptedEncoder(plain, "ask: ", "page: ")
    assert encoder.dim == plain.dim
    assert encoder.encode(["a dog"], role="query") == pytest.approx(plain.encode(["ask: a dog"]), abs=1e-6)
    assert encoder.encode(["a dog"]) == pytest.approx(plain.encode(["page: a dog"]), abs=1e-6)
    assert encoder.exceeds(["a dog", "dog " * 9]).tolist() == [False, True]


def test_the_heart_of_an_encoder_is_found_and_replaced(plain: SentenceEncoder) -> None:
    around = TruncatedEncoder(PromptedEncoder(PromptedEncoder(plain, "b "), "a ", "d "), 8)
    assert innermost(around) is plain
    assert prefixes(around) == {"query": "b a ", "document": "d "}
    assert around.encoder.encoder._told(around.encoder._told(["x"], "query"), "query") == ["b a x"]
    other = SentenceEncoder(small_minilm(), layers=2)
    made = rebuilt(around, other)
    assert (type(made), made.dim, innermost(made)) == (TruncatedEncoder, 8, other)
    assert innermost(around) is plain
    with pytest.raises(InputError, match="StaticEncoder cannot be fine-tuned"):
        innermost(StaticEncoder(small_minilm(), dim=8))
