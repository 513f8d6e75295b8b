"""The few-shot tagger: names of types count, and what was learned of other types is carried over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.contracts.small_model import small_minilm

from nlpref.errors import InputError
from nlpref.neural.finetuning import FineTuning
from nlpref.protocols import ChainTagger
from nlpref.tagging import FewShotTagger, TransformerTagger
from nlpref.tagging.named_head import NamedHead, carry_over
from nlpref.types import Span, TaggedTokens

STILL = FineTuning(epochs=1, learning_rate=1e-12, batch_size=8)
QUICK = FineTuning(epochs=6, learning_rate=1e-3, batch_size=4)
CITIES = [TaggedTokens(("in", city), (Span(1, 2, "city"),)) for city in ("Rome", "Oslo", "Lima", "Paris")]
PEOPLE = [TaggedTokens(("said", name), (Span(1, 2, "person"),), "", ("person",)) for name in ("Ann", "Bob", "Mary", "John")]


def small(**given: object) -> FewShotTagger:
    return FewShotTagger(
        **{"name": small_minilm(), "training": STILL, "layers": 1, "frozen": 0, "max_length": 24, "overlap": 8} | given
    )  # type: ignore[arg-type]


def filled(n_types: int, dim: int, seed: int, rate: float = 1.0) -> NamedHead:
    head = NamedHead(5, n_types, dim, rate)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for tensor in (*head.parameters(), head.names):
            tensor.copy_(torch.randn(tensor.shape, generator=generator))
    return head


def test_weights_are_a_map_of_the_name_and_a_part_of_their_own() -> None:
    head = filled(n_types=3, dim=4, seed=1, rate=2.0)
    features = torch.randn(2, 6, 5, generator=torch.Generator().manual_seed(2))
    scores = head(features).detach().numpy()
    weight, bias, maps, outside, names = (
        tensor.detach().numpy() for tensor in (head.weight, head.bias, head.maps, head.outside, head.names)
    )
    for word in features.reshape(-1, 5).numpy():
        row = scores.reshape(-1, 7)[[np.array_equal(word, other) for other in features.reshape(-1, 5).numpy()]][0]
        assert row[0] == pytest.approx(2 * ((weight[0] + outside) @ word + bias[0]), rel=1e-4)
        for number in range(3):
            for inside in (0, 1):
                tag = 1 + 2 * number + inside
                own = weight[tag] + maps[inside] @ names[number]
                assert row[tag] == pytest.approx(2 * (own @ word + bias[tag]), rel=1e-4, abs=1e-4)


def test_a_new_head_knows_nothing_and_types_of_one_name_score_alike() -> None:
    head = NamedHead(5, 2, 4)
    features = torch.randn(3, 5)
    assert not head(features).detach().any()
    head.read(torch.nn.functional.normalize(torch.ones(2, 4), dim=1))
    with torch.no_grad():
        head.maps.normal_()
    scores = head(features)
    assert torch.allclose(scores[:, 1:3], scores[:, 3:5])
    assert not torch.allclose(scores[:, 1], scores[:, 2])


def test_maps_and_the_types_of_both_are_carried_over(tmp_path: Path) -> None:
    tagger = small().fit([*CITIES, TaggedTokens(("said", "Ann"), (Span(1, 2, "person"),))])
    head = tagger.engine.network.head  # type: ignore[attr-defined]
    with torch.no_grad():
        for tensor in (head.weight, head.bias, head.maps, head.outside):
            tensor.copy_(torch.randn(tensor.shape))
    tagger.save(tmp_path / "saved")
    width = head.in_features
    other = NamedHead(width, 2, width)
    carry_over(tmp_path / "saved", other, ("animal", "person"))
    assert torch.equal(other.maps, head.maps)
    assert torch.equal(other.outside, head.outside)
    assert torch.equal(other.weight[[0, 3, 4]], head.weight[[0, 3, 4]])
    assert torch.equal(other.bias[[0, 3, 4]], head.bias[[0, 3, 4]])
    assert not other.weight[1:3].any()


def test_a_tagger_that_reads_no_names_is_no_start(tmp_path: Path) -> None:
    TransformerTagger(small_minilm(), STILL, layers=1).fit(CITIES).save(tmp_path / "plain")
    with pytest.raises(InputError, match="reads no names"):
        small(start=str(tmp_path / "plain")).fit(CITIES)


def test_descriptions_change_what_is_learned_from() -> None:
    plain, described = small().fit(CITIES), small(descriptions={"city": "a very small animal"}).fit(CITIES)
    names = [tagger.engine.network.head.names for tagger in (plain, described)]  # type: ignore[attr-defined]
    assert not torch.allclose(*names)
    with pytest.raises(InputError, match="'town'"):
        small(descriptions={"town": "a place"}).fit(CITIES)


def test_the_complete_sentences_say_what_is_looked_for() -> None:
    tagger = small(first=QUICK, training=QUICK, seed=1).fit(PEOPLE + CITIES, CITIES)
    assert isinstance(tagger, ChainTagger)
    assert tagger.labels == ("city",)
    assert small(first=None).fit(PEOPLE + CITIES).labels == ("city", "person")
    assert small(first=QUICK).fit(PEOPLE).labels == ("person",)


def test_what_all_sentences_taught_is_still_there_when_the_complete_ones_teach_nothing() -> None:
    together = small(training=QUICK).fit(PEOPLE + CITIES)
    after = small(first=QUICK).fit(PEOPLE + CITIES)
    for name in ("maps", "outside"):
        assert torch.allclose(getattr(together.engine.network.head, name), getattr(after.engine.network.head, name), atol=1e-6)  # type: ignore[attr-defined]
    place = 1 + 2 * together.labels.index("city")
    assert torch.allclose(
        after.engine.network.head.weight[1:3], together.engine.network.head.weight[place : place + 2], atol=1e-6
    )  # type: ignore[attr-defined]


def test_lower_layers_stay_as_they_are_and_the_upper_ones_learn() -> None:
    before = small(layers=2, frozen=1).fit(CITIES).engine.network  # type: ignore[attr-defined]
    after = small(layers=2, frozen=1, training=QUICK).fit(CITIES).engine.network  # type: ignore[attr-defined]
    same = {name: torch.equal(tensor, after.state_dict()[name]) for name, tensor in before.state_dict().items()}
    still = {name for name in same if "embeddings." in name or "layer.0." in name or name == "head.names"}
    assert {name for name in same if same[name]} == still | {name for name in same if name.endswith("key.bias") and same[name]}
    with pytest.raises(InputError, match="frozen=2"):
        small(layers=2, frozen=2).fit(CITIES)


def test_what_does_not_learn_has_no_dropout() -> None:
    network = small(layers=2, frozen=1).fit(CITIES).engine.network.train()  # type: ignore[attr-defined]
    layers = network.backbone.encoder.layer
    assert [layer.training for layer in layers] == [False, True]
    assert not network.backbone.embeddings.training


def test_shapes_are_added_where_learning_begins() -> None:
    network = small(layers=2, frozen=1).fit(CITIES).engine.network  # type: ignore[attr-defined]
    ids, mask, shapes = torch.tensor([[101, 2000, 2001, 102]]), torch.ones(1, 4, dtype=torch.long), torch.tensor([[0, 1, 2, 0]])
    with torch.inference_mode():
        network.shape_embedding.weight.normal_()
        below = network.backbone(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states[1]
        expected = network.backbone.encoder.layer[1](below + 10 * network.shape_embedding(shapes))
        assert torch.allclose(network.states(ids, mask, shapes), expected, atol=1e-5)
        assert not torch.allclose(network.states(ids, mask, shapes * 0), expected, atol=1e-2)
