"""Wrong entities that were put there: found, named by kind, and beside cleanlab's ranking of tokens."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from tests.decisions.spans.told import ToldTagger, sentence

from nlpref.chain import Chain, Steps
from nlpref.data.supportdesk import supportdesk
from nlpref.decisions.spans.label_errors import SpanSuspect, find_span_errors, out_of_fold_readings, rank_spans
from nlpref.decisions.spans.reading import Reading
from nlpref.errors import InputError
from nlpref.tagging import CrfTagger
from nlpref.tagging.bio import tag_set, to_bio
from nlpref.types import Span, TaggedTokens

CRF = CrfTagger(c2=1.0, max_iterations=40)


def spoiled(example: TaggedTokens, kind: str, random: np.random.Generator, labels: list[str]) -> TaggedTokens | None:
    """The sentence with one wrong entity of this kind; None if there is no place for it."""
    spans, n = list(example.spans), len(example.tokens)
    if kind == "spurious":
        taken = {place for span in spans for place in range(span.start, span.end)}
        free = [place for place in range(n) if place not in taken and example.tokens[place].isalpha()]
        spans.append(Span(place := int(random.choice(free)), place + 1, str(random.choice(labels))))
        return TaggedTokens(example.tokens, tuple(sorted(spans)), example.id)
    if not spans:
        return None
    span = spans.pop(int(random.integers(len(spans))))
    if kind == "wrong type":
        spans.append(Span(span.start, span.end, str(random.choice([one for one in labels if one != span.label]))))
    if kind == "wrong boundary":
        if span.end - span.start < 2:
            return None
        spans.append(Span(span.start + 1, span.end, span.label))
    return TaggedTokens(example.tokens, tuple(sorted(spans)), example.id)


@cache
def planted() -> tuple[tuple[TaggedTokens, ...], dict[int, str]]:
    """Tickets, 48 of which have one wrong entity."""
    examples = list(supportdesk("ner").split("train")[:600])
    labels = sorted({span.label for one in examples for span in one.spans})
    random, wrong = np.random.default_rng(0), {}
    kinds = ["missing", "spurious", "wrong type", "wrong boundary"] * 12
    for row in random.permutation(len(examples)).tolist():
        if kinds and (made := spoiled(examples[row], kinds[-1], random, labels)) is not None:
            examples[row], wrong[row] = made, kinds.pop()
    return tuple(examples), wrong


@cache
def readings() -> tuple[list[Reading], ...]:
    return tuple(out_of_fold_readings(CRF, planted()[0], folds=3))


@cache
def suspects() -> tuple[SpanSuspect, ...]:
    return tuple(rank_spans(planted()[0], readings()))


def test_planted_errors_come_first() -> None:
    _, wrong = planted()
    top = suspects()[: len(wrong)]
    hits = [one for one in top if one.position in wrong]
    found = {one.position for one in hits}
    assert len(hits) / len(top) > 0.5, f"{len(hits)} of the first {len(top)}"
    assert len(found) / len(wrong) > 0.4
    rows = {one.position for one in suspects()[: 3 * len(wrong)]}
    assert len(rows & set(wrong)) / len(wrong) > 0.7
    kinds = [one.kind == wrong[one.position] for one in hits]
    assert np.mean(kinds) > 0.8
    seen = {one.kind for one in suspects()[: 3 * len(wrong)] if wrong.get(one.position) == one.kind}
    assert seen == {"missing", "spurious", "wrong type", "wrong boundary"}


def test_the_ranking_finds_as_many_sentences_as_that_of_cleanlab() -> None:
    rank = pytest.importorskip("cleanlab.token_classification.rank")
    examples, wrong = planted()
    chains = [views[0].chain for views in readings()]
    labels = tuple(sorted({span.label for one in examples for span in one.spans}))
    assert all(chain is not None and chain.steps.labels == labels for chain in chains)
    number = {tag: column for column, tag in enumerate(tag_set(labels))}
    codes = [[number[tag] for tag in to_bio(one.spans, len(one.tokens))] for one in examples]
    tables = [np.clip(chain.marginals(), 0, 1) for chain in chains if chain is not None]
    quality, _ = rank.get_label_quality_scores(codes, [table / table.sum(axis=1, keepdims=True) for table in tables])
    k = len(wrong)
    theirs = set(np.argsort(quality, kind="stable")[:k].tolist())
    ours = set(list(dict.fromkeys(one.position for one in suspects()))[:k])
    assert len(ours & theirs) / k > 0.6
    assert len(ours & set(wrong)) >= len(theirs & set(wrong)) - 3


def test_every_gold_span_is_judged_once_and_the_list_falls() -> None:
    examples, _ = planted()
    given = [(one.position, one.given) for one in suspects() if one.given is not None]
    assert sorted(given) == [(row, span) for row, one in enumerate(examples) for span in one.spans]
    assert [one.suspicion for one in suspects()] == sorted((one.suspicion for one in suspects()), reverse=True)
    for one in suspects():
        assert one.doubted == (one.suggested_probability > one.probability)
        assert (one.given is None) == (one.kind == "missing")
        assert (one.suggested is None) == (one.kind == "spurious")
        if one.kind == "missing":
            assert one.suggested_probability >= 0.1
            assert one.suggested is not None
            assert all(one.suggested.end <= s.start or s.end <= one.suggested.start for s in one.example.spans)


def test_kinds_by_hand() -> None:
    """Two tokens; the chain says city on both with 0.56, and no other entity with more than 0.24."""
    chain = Chain(np.log([[0.2, 0.8, 1e-9, 1e-9, 1e-9], [0.3, 1e-9, 0.7, 1e-9, 1e-9]]), Steps.legal(["city", "person"]))
    reading = Reading(2, tuple(chain.best()), chain)
    both, alone = (one.score for one in chain.scored([Span(0, 2, "city"), Span(0, 1, "city")]))

    def first(*spans: Span) -> SpanSuspect:
        return rank_spans([TaggedTokens(("New", "York"), spans)], [[reading]])[0]

    for span, kind in ((Span(0, 2, "person"), "wrong type"), (Span(0, 1, "city"), "wrong boundary")):
        found = first(span)
        assert (found.kind, found.given, found.suggested) == (kind, span, Span(0, 2, "city"))
    assert found.suspicion == pytest.approx(np.log(both / alone))
    assert (found.probability, found.suggested_probability) == pytest.approx((alone, both))
    missing = first()
    assert (missing.kind, missing.given, missing.suggested) == ("missing", None, Span(0, 2, "city"))
    assert missing.suspicion == pytest.approx(np.log(both / (1 - both)))
    assert not first(Span(0, 2, "city")).doubted
    outside = Chain(np.log([[0.98, 0.02, 1e-9]]), Steps.legal(["city"]))
    (spurious,) = rank_spans([TaggedTokens(("x",), (Span(0, 1, "city"),))], [[Reading(1, (), outside)]])
    assert (spurious.kind, spurious.suggested, round(spurious.suggested_probability, 2)) == ("spurious", None, 0.98)
    (unknown,) = rank_spans([TaggedTokens(("x",), (Span(0, 1, "rare"),))], [[Reading(1, (), outside)]])
    assert (unknown.kind, unknown.probability) == ("spurious", 0.0)


def test_a_tagger_without_a_chain_judges_by_what_it_finds() -> None:
    examples = [sentence([("a", 0.9)], [True]) for _ in range(6)]
    examples[2] = TaggedTokens(("a:0.9", "end"), (Span(0, 1, "b"),))
    examples[4] = TaggedTokens(("a:0.9", "end"))
    found = find_span_errors(ToldTagger(), examples, folds=3, repeats=2)
    assert [(one.position, one.kind) for one in found[:2]] == [(2, "wrong type"), (4, "missing")]
    assert found[1].suspicion == pytest.approx(np.log(9))
    assert not any(one.doubted for one in found[2:])


def test_what_does_not_fit_is_named() -> None:
    examples = [sentence([("a", 0.9)], [True]) for _ in range(6)]
    with pytest.raises(InputError, match="two folds or more, got 1"):
        find_span_errors(ToldTagger(), examples, folds=1)
    with pytest.raises(InputError, match="one tagger or more and one division or more"):
        find_span_errors([], examples)
    with pytest.raises(InputError, match="three sentences or more, two of them with entities; got 1"):
        find_span_errors(ToldTagger(), examples[:1])
    with pytest.raises(InputError, match="sentence 'half' was annotated for some types alone"):
        find_span_errors(ToldTagger(), [*examples, TaggedTokens(("x",), (), "half", ("a",))])
    with pytest.raises(InputError, match="expected a floor above 0"):
        find_span_errors(ToldTagger(), examples, floor=0.0)
