"""Types of one corpus as those of another, and corpora mixed by them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.data.sentences import sentences

from nlpref.data import InMemoryDataset
from nlpref.data.handles import join_handles
from nlpref.data.label_map import LEAVE_OUT, relabel
from nlpref.data.mixed_entities import Corpus, mixed_entities
from nlpref.errors import InputError
from nlpref.tagging.bio import span_labels
from nlpref.tagging.lattice import allowed_tags
from nlpref.types import Span, TaggedTokens


def sentence(text: str, *spans: tuple[int, int, str], id: str = "") -> TaggedTokens:
    return TaggedTokens(tuple(text.split()), tuple(Span(*span) for span in spans), id)


NEWS = sentence("Ann of Reuters met Danes in Rome", (0, 1, "PER"), (2, 3, "ORG"), (4, 5, "MISC"), (6, 7, "LOC"), id="n1")
MAP = {"PER": "person", "ORG": ["group", "corporation"], "MISC": None, "LOC": "location"}


def test_one_to_one_one_to_several_and_one_to_none() -> None:
    (mapped,) = relabel([NEWS], MAP)
    assert [(span.start, span.label) for span in mapped.spans] == [(0, "person"), (2, "corporation|group"), (6, "location")]
    assert mapped.annotated == ("corporation", "group", "location", "person")
    assert (mapped.tokens, mapped.id) == (NEWS.tokens, "n1")


def test_what_a_tagger_may_say_of_each_token() -> None:
    """Worked by hand: what is not known may be anything that was not looked for, and nothing that was."""
    (mapped,) = relabel([NEWS], MAP)
    labels = ["corporation", "group", "location", "person", "product"]
    columns = ["O", *(f"{prefix}-{label}" for label in labels for prefix in "BI")]
    allowed = [{columns[tag] for tag in row.nonzero()[0]} for row in allowed_tags(mapped, labels)]
    outside = {"O", "B-product", "I-product"}
    assert allowed == [{"B-person"}, outside, {"B-corporation", "B-group"}, outside, outside, outside, {"B-location"}]


def test_a_type_that_is_marked_only_in_part() -> None:
    (mapped,) = relabel([NEWS], MAP, ["person", "location"])
    assert mapped.annotated == ("location", "person")
    assert [span.label for span in mapped.spans] == ["person", "corporation|group", "location"]


def test_sentences_that_cannot_be_mapped_are_left_out() -> None:
    assert relabel([NEWS, sentence("Bob", (0, 1, "PER"))], {**MAP, "MISC": LEAVE_OUT})[0].tokens == ("Bob",)


def test_texts_alone() -> None:
    assert relabel([NEWS], None) == [TaggedTokens(NEWS.tokens, (), "n1", ())]


@given(st.lists(sentences(), max_size=4))
def test_nothing_is_lost_or_moved(given: list[TaggedTokens]) -> None:
    mapping = {"PER": "p", "LOC": ["l", "k"], "a-b": None, "ärzte": "p"}
    mapped = relabel(given, mapping)
    assert [one.tokens for one in mapped] == [one.tokens for one in given]
    kept = [[(span.start, span.end) for span in one.spans if span.label != "a-b"] for one in given]
    assert [[(span.start, span.end) for span in one.spans] for one in mapped] == kept
    assert set(span_labels(mapped)) <= {"p", "l", "k"}


@pytest.mark.parametrize(
    ("mapping", "annotated", "message"),
    [
        ({"PER": "person"}, None, "the label map has no place for 'ORG', of 'n1'; it has one of 'PER'"),
        (MAP, ["product"], r"annotated=\['product'\]: the label map reaches only 'corporation', 'group', 'location', 'person'"),
    ],
)
def test_maps_that_do_not_fit(mapping: dict[str, str], annotated: list[str] | None, message: str) -> None:
    with pytest.raises(InputError, match=message):
        relabel([NEWS], mapping, annotated)


def test_a_mapped_sentence_is_not_mapped_again() -> None:
    with pytest.raises(InputError, match="sentence 'n1' is partially annotated already"):
        relabel(relabel([NEWS], MAP), MAP)


TWEETS = InMemoryDataset(
    "tweets",
    {
        "train": [sentence("hi Ann", (1, 2, "person"), id="1"), sentence("in Rome", (1, 2, "location"), id="2")],
        "validation": [sentence("bye Bob", (1, 2, "person"), id="3")],
        "test": [sentence("at Oslo", (1, 2, "location"), id="4")],
    },
    {"source": "made up"},
)
PRESS = InMemoryDataset(
    "press",
    {
        "train": [sentence("Kim left", (0, 1, "PER"), id="1"), sentence("AT  Oslo", (1, 2, "LOC"), id="2")],
        "test": [sentence("Eve spoke", (0, 1, "PER"), id="9"), sentence("hi Ann", id="10")],
    },
)


def test_a_mixture() -> None:
    made = mixed_entities(TWEETS, {"press": Corpus(PRESS, {"PER": "person", "LOC": None}, copies=2)}, copies=3)
    train = made.split("train")
    assert [one.id for one in train] == ["1", "2"] * 3 + ["press:train:1", "press:test:9"] * 2
    assert {one.annotated for one in train} == {None, ("person",)}
    assert made.split("validation") == TWEETS.split("validation")
    assert made.split("test") == TWEETS.split("test")
    assert made.name == "tweets_with_press"
    told = made.notes["others"]["press"]
    assert (told["sentences"], told["spans"], told["annotated"]) == (2, {"person": 2}, ["person"])
    assert told["left_out"] == {"unsure": 0, "in_target": 2, "not_drawn": 0}
    assert made.notes["source"] == "made up"


def test_train_alone_of_the_others() -> None:
    made = mixed_entities(TWEETS, {"press": Corpus(PRESS, {"PER": "person", "LOC": None})}, everything=False)
    assert [one.id for one in made.split("train")] == ["1", "2", "press:train:1"]


def test_a_corpus_that_knows_all_types_is_fully_annotated() -> None:
    made = mixed_entities(TWEETS, {"press": Corpus(PRESS, {"PER": "person", "LOC": "location"})})
    assert not any(one.partial for one in made.split("train"))
    either = mixed_entities(TWEETS, {"press": Corpus(PRESS, {"PER": ["person", "location"], "LOC": "location"})})
    assert sum(one.partial for one in either.split("train")) == 2


def test_texts_of_another_corpus_alone() -> None:
    made = mixed_entities(TWEETS, {"press": Corpus(PRESS, None)})
    assert [(one.spans, one.annotated) for one in made.split("train")[2:]] == [((), ())] * 2


def test_a_share_of_a_corpus_grows_with_the_share() -> None:
    many = InMemoryDataset("many", {"train": [sentence(f"w{n} Ann", (1, 2, "PER"), id=str(n)) for n in range(200)]})
    drawn = [
        {one.id for one in mixed_entities(TWEETS, {"m": Corpus(many, {"PER": "person"}, fraction=share)}).split("train")[2:]}
        for share in (0.25, 0.5, 1.0)
    ]
    assert drawn[0] < drawn[1] < drawn[2]
    assert 30 < len(drawn[0]) < 70
    assert len(drawn[2]) == 200


@pytest.mark.parametrize(
    ("corpus", "message"),
    [
        (Corpus(PRESS, {"PER": "persn", "LOC": None}), "the label map of press leads to 'persn'; expected 'person'"),
        (Corpus(PRESS, {"PER": "person"}), "the label map has no place for 'LOC'"),
        (Corpus(PRESS, None, copies=0), "copies of press is 0, expected a whole number from 1"),
        (Corpus(PRESS, None, fraction=0.0), "fraction of press is 0.0, expected a share above 0"),
    ],
)
def test_what_does_not_fit_is_named(corpus: Corpus, message: str) -> None:
    with pytest.raises(InputError, match=message):
        mixed_entities(TWEETS, {"press": corpus})


def test_a_target_without_entities() -> None:
    with pytest.raises(InputError, match="press has no entities in train"):
        mixed_entities(InMemoryDataset("press", {"train": [sentence("a b")]}), {})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (sentence("@ ann hi", (0, 1, "PER"), (1, 2, "PER")), sentence("@ann hi")),
        (sentence("@ ann hi", (0, 2, "PER")), sentence("@ann hi")),
        (sentence("@ ann hi Bob", (1, 2, "PER"), (3, 4, "PER")), sentence("@ann hi Bob", (2, 3, "PER"))),
        (sentence("@ bbc @ ann", (0, 1, "ORG"), (1, 2, "ORG"), (2, 3, "PER"), (3, 4, "PER")), sentence("@bbc @ann")),
        (sentence("@ the pub in Rome", (4, 5, "LOC")), sentence("@ the pub in Rome", (4, 5, "LOC"))),
        (sentence("hi @", (1, 2, "PER")), sentence("hi @", (1, 2, "PER"))),
        (sentence("@ @ ann", (1, 2, "PER"), (2, 3, "PER")), sentence("@@ ann", (1, 2, "PER"))),
    ],
)
def test_handles_are_joined(given: TaggedTokens, expected: TaggedTokens) -> None:
    assert join_handles([given]) == [expected]
