"""Reranking in time: what is chosen, when it stops, and what it says of itself; by a clock that the parts move themselves."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.retrieval.shelves import DOCUMENTS, Clock, Reader, Shelf, asked

from nlpref import storage
from nlpref.errors import InputError, NotFittedError
from nlpref.latency import Stopwatch
from nlpref.retrieval import Bm25Retriever, DeadlineRetriever, RerankedRetriever
from nlpref.retrieval import costs as costing
from nlpref.retrieval import deadline as timing
from nlpref.retrieval.costs import LENGTHS, PairCosts, cut, measure_costs
from nlpref.retrieval.guard import Guard
from nlpref.types import Document, JudgedQuery

PLACED = [asked(number, number % 8) for number in range(32)]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    for module in (timing, costing):
        monkeypatch.setattr(module, "Stopwatch", partial(Stopwatch, made))
    return made


def shelved(clock: Clock | None, held: Sequence[JudgedQuery] = (), **settings: Any) -> DeadlineRetriever:
    """Steps of 5 to 17 ms after a first stage of 5 ms."""
    first, reader = Shelf(), Reader()
    first.clock = reader.clock = clock
    inside = RerankedRetriever(first, reader, depth=8, blend=settings.pop("blend", 1.0), guard=settings.pop("guard", None))
    return DeadlineRetriever(inside, **{"depths": (2, 4), "lengths": (3,), "headroom": 0.0, **settings}).fit(DOCUMENTS, (), held)


def test_costs_are_those_that_the_clock_shows(clock: Clock) -> None:
    reader = Reader()
    reader.clock = clock
    costs = measure_costs(reader, ["some words of a page"])
    assert costs.lengths == LENGTHS
    assert costs.pair_ms == pytest.approx([2.0] * len(LENGTHS))
    assert costs.call_ms == pytest.approx(1.0)
    assert costs.measured_on["runs"] == "tests.retrieval.shelves.Reader"


def test_costs_rise_with_the_length(clock: Clock) -> None:
    class Slow(Reader):
        def score(self, query: str, texts: Sequence[str]) -> np.ndarray:
            clock.pass_ms(sum(0.01 * (len(query) + len(text)) for text in texts))
            return super().score(query, texts)

    costs = measure_costs(Slow(), ["words that are put together to texts of any length"])
    assert costs.pairs_ms([64, 256, 2048]) == pytest.approx([0.64, 2.56, 20.48], rel=0.2)
    assert costs.pairs_ms([10**6]) == pytest.approx(costs.pair_ms[-1:])


@given(st.text(), st.integers(1, 40))
def test_a_text_is_cut_to_its_beginning(text: str, characters: int) -> None:
    head = cut(text, characters)
    assert text.startswith(head)
    assert len(head) <= characters
    assert cut(text, None) == cut(text, len(text) + 1) == text


def test_each_choice_gains_what_its_reranking_gains() -> None:
    held = [asked(number, 3) for number in range(20)]
    made = shelved(None, held, blend=None, lengths=(30,))
    gains = {(rung.length, rung.depth): rung.gain for rung in made.rungs_}
    found = 1 - 1 / math.log2(5)  # from the fourth place to the first
    for length in (30, None):
        assert [gains[length, depth] for depth in (2, 4, 8)] == pytest.approx([0, found, found])
    for length in (30, None):
        [blend] = {rung.blend for rung in made.rungs_ if rung.length == length}
        assert blend > 0


def test_gains_do_not_fall_with_the_depth() -> None:
    class Misled(Reader):
        """Takes the eighth page for the best of all."""

        def score(self, query: str, texts: Sequence[str]) -> np.ndarray:
            scores = super().score(query, texts)
            return scores + 100 * (np.arange(len(texts)) == 7)

    inside = RerankedRetriever(Shelf(), Misled(), depth=8, blend=1.0).fit(DOCUMENTS)
    held = [asked(number, 1) for number in range(20)]
    made = DeadlineRetriever(inside, depths=(2, 4), lengths=(30,), headroom=0.0).judge(held)
    found, misled = 1 - 1 / math.log2(3), 0.0  # from the second place to the first; back to the second
    assert [rung.gain for rung in made.rungs_[:3]] == pytest.approx([(2 * found + misled) / 3] * 3)


def test_another_reranker_inside_is_judged_without_fitting_again() -> None:
    held = [asked(number, 3) for number in range(20)]
    inside = shelved(None, held, blend=None).reranked
    anew = DeadlineRetriever(inside, depths=(2, 4), lengths=(3,), headroom=0.0).judge(held)
    assert anew.rungs_ == shelved(None, held, blend=None).rungs_
    with pytest.raises(NotFittedError):
        DeadlineRetriever(RerankedRetriever(Shelf(), Reader())).judge(held)


@pytest.mark.parametrize(
    ("deadline_ms", "reranked", "elapsed_ms"),
    [(4, 0, 5), (9.9, 0, 5), (10.1, 2, 10), (15.1, 4, 15), (22.9, 4, 15), (23.1, 8, 23), (1000, 8, 22)],
)
def test_as_much_is_reranked_as_there_is_time_for(clock: Clock, deadline_ms: float, reranked: int, elapsed_ms: float) -> None:
    made = shelved(clock)
    [ranking] = made.rank([asked(40, 1).text], 10, deadline_ms)
    assert ranking.reranked == reranked
    assert ranking.elapsed_ms == pytest.approx(elapsed_ms)
    if reranked:
        alone = RerankedRetriever(Shelf(), Reader(), depth=reranked, blend=1.0).fit(DOCUMENTS)
        assert ranking.hits == alone.search([asked(40, 1).text], 10)[0]
        assert ranking.hits[0].id == "d40"
    else:
        assert ranking.hits == made.reranked.first.search([asked(40, 1).text], 10)[0]


def test_headroom_is_not_planned_with(clock: Clock) -> None:
    made = shelved(clock, headroom=0.5)
    assert [made.rank([PLACED[0].text], deadline_ms=limit)[0].reranked for limit in (20.2, 21, 29, 30.2)] == [2, 2, 2, 4]


def test_every_query_has_a_deadline_of_its_own(clock: Clock) -> None:
    made = shelved(clock, deadline_ms=15.1)
    assert [one.reranked for one in made.rank([query.text for query in PLACED[:5]])] == [4] * 5


def test_a_machine_that_slows_down_stops_in_time(clock: Clock) -> None:
    made = shelved(clock)
    made.reranked.reranker.call_ms, made.reranked.reranker.pair_ms = 3.0, 6.0
    [ranking] = made.rank([asked(40, 1).text], deadline_ms=30)
    assert ranking.reranked == 2
    assert ranking.elapsed_ms == pytest.approx(20)  # the next step is expected to take 15 more
    assert ranking.hits[0].id == "d40"


def test_what_gains_nothing_is_not_paid_for(clock: Clock) -> None:
    made = shelved(clock, [asked(number, 0) for number in range(20)], blend=None)
    [ranking] = made.rank([asked(40, 0).text], deadline_ms=1000)
    assert (ranking.reranked, ranking.elapsed_ms) == (0, pytest.approx(5))
    shallow = shelved(clock, [asked(number, 1) for number in range(20)], blend=None)
    assert shallow.rank([asked(40, 1).text], deadline_ms=1000)[0].reranked == 2  # deeper is no better, and dearer


def test_of_texts_cut_and_whole_the_better_is_read(clock: Clock) -> None:
    made = shelved(clock, PLACED, blend=None)  # of three characters no page is told from another
    made.reranked.reranker.read.clear()
    made.rank([asked(40, 1).text], deadline_ms=1000)
    assert set(made.reranked.reranker.read) <= {document.text for document in DOCUMENTS}
    unjudged = shelved(clock)
    unjudged.reranked.reranker.read.clear()
    unjudged.rank([asked(40, 1).text], deadline_ms=1000)
    assert len(unjudged.reranked.reranker.read) == 8


def test_without_a_deadline_it_is_the_retriever_inside() -> None:
    for held in ((), PLACED):
        made = shelved(None, held, blend=None if held else 0.5)
        texts = [query.text for query in PLACED]
        assert made.search(texts, 12) == made.reranked.search(texts, 12)
        assert {one.reranked for one in made.rank(texts)} == {8}


def test_a_guard_that_reranks_nothing_costs_nothing(clock: Clock) -> None:
    made = shelved(clock, PLACED[:3], guard=Guard(), deadline_ms=1000)
    made.reranked.reranker.read.clear()
    assert [(one.reranked, one.elapsed_ms) for one in made.rank([PLACED[0].text])] == [(0, pytest.approx(5))]
    assert made.reranked.reranker.read == []


@pytest.mark.parametrize("value", [0, -1, math.inf, math.nan, True, "50"])
def test_a_deadline_that_is_none_is_refused(value: Any) -> None:
    made = shelved(None)
    with pytest.raises(InputError, match="deadline_ms is"):
        made.search(["page 1 at 1"], 10, value)
    with pytest.raises(InputError, match="deadline_ms is"):
        shelved(None, deadline_ms=value)


def test_other_settings_out_of_range_are_refused() -> None:
    for settings, named in (({"headroom": 1.0}, "headroom"), ({"depths": (0,)}, "depths"), ({"lengths": (1.5,)}, "lengths")):
        with pytest.raises(InputError, match=named):
            shelved(None, **settings)
    with pytest.raises(NotFittedError, match="fit"):
        DeadlineRetriever(RerankedRetriever(Shelf(), Reader())).measure()


def test_another_machine_is_measured_anew(clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = shelved(clock, PLACED)
    made.save(tmp_path / "made")
    trusted = ("nlpref", "tests")
    monkeypatch.setattr(timing, "measure_costs", lambda *_: PairCosts((1,), (7.0,), 3.0, {}))
    same = storage.load_component(tmp_path / "made", trusted)
    assert (same.costs_, same.rungs_) == (made.costs_, made.rungs_)
    monkeypatch.setattr(timing, "surroundings", lambda _: {"hardware": "another"})
    other = storage.load_component(tmp_path / "made", trusted)
    assert (other.costs_.pair_ms, other.rungs_) == ((7.0,), made.rungs_)


class Sleeper(Reader):
    """Takes two milliseconds of real time for each pair."""

    def score(self, query: str, texts: Sequence[str]) -> np.ndarray:
        time.sleep(0.002 * len(texts))
        return np.array([len(text) for text in texts], dtype=np.float32)


def test_a_deadline_holds_in_real_time() -> None:
    documents = [Document(f"d{number:02}", f"parcel number {number}") for number in range(60)]
    inside = RerankedRetriever(Bm25Retriever(), Sleeper(), depth=60, blend=1.0)
    made = DeadlineRetriever(inside, depths=(4, 8, 16, 32), lengths=()).fit(documents)
    taken, counts = [], []
    for _ in range(9):
        watch = Stopwatch()
        [ranking] = made.rank(["parcel"], 10, deadline_ms=60)
        taken.append(watch.ms)
        counts.append(ranking.reranked)
    assert np.median(taken) < 120  # slack, for the machine may be busy with other tests; all pairs take at least this long
    assert max(counts) < 60
    assert made.rank(["parcel"], 10)[0].reranked == 60
