"""Names looked up on tokens: against brute force, and by hand where train tells how far to believe them."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from nlpref.errors import InputError
from nlpref.tagging import GazetteerTagger
from nlpref.tagging.names import NameList, occurrences
from nlpref.text.tokenisers import WordTokeniser
from nlpref.types import Span, TaggedTokens

ANN = TaggedTokens(("Ann", "lives", "in", "Rome"), (Span(0, 1, "person"), Span(3, 4, "city")))


def found(tagger: GazetteerTagger, text: str) -> list[Span]:
    return tagger.predict([text.split(" ")])[0]


def listed(folder: Path, *names: str, **settings: Any) -> GazetteerTagger:
    (folder / "names.txt").write_text("\n".join(names), "utf-8")
    return GazetteerTagger(lists={"city": str(folder / "names.txt")}, **settings).fit([ANN] * 5)


def test_occurrences_against_brute_force() -> None:
    chance = random.Random(3)
    names = {" ".join(chance.choices("abc", k=chance.randint(1, 4))) for _ in range(12)}
    lists = [NameList(dict.fromkeys(sorted(names)[::2], ("x",))), NameList(dict.fromkeys(sorted(names)[1::2], ("y",)))]
    for _ in range(50):
        words = chance.choices("abcd", k=chance.randint(0, 9))
        ranges = [(start, end) for start in range(len(words)) for end in range(len(words), start, -1)]
        expected = [(start, end, name) for start, end in ranges if (name := " ".join(words[start:end])) in names]
        assert list(occurrences(words, lists)) == expected


def test_the_longest_name_wins_wherever_it_begins(tmp_path: Path) -> None:
    tagger = listed(tmp_path, "New York", "York City Hall", "New", "Hall", "", "  ")
    assert found(tagger, "New York City Hall") == [Span(0, 1, "city"), Span(1, 4, "city")]
    assert found(tagger, "New York City") == [Span(0, 2, "city")]
    assert found(tagger, "Ann in Hall") == [Span(0, 1, "person"), Span(2, 3, "city")]


def test_of_equally_long_names_the_one_believed_more(tmp_path: Path) -> None:
    (tmp_path / "table.tsv").write_text("Old Bridge\tplace\nBridge Town\tcity\n", "utf-8")
    train = [TaggedTokens(("Bridge", "Town"), (Span(0, 2, "city"),)), TaggedTokens(("Old", "Bridge"))] * 3
    tagger = GazetteerTagger(False, table=str(tmp_path / "table.tsv"), min_precision=0.0).fit(train)
    assert found(tagger, "Old Bridge Town") == [Span(1, 3, "city")]
    assert tagger.labels == ("city", "place")


@pytest.mark.parametrize(
    ("case", "expected"),
    [("exact", ["May", "Zug"]), ("folded", ["May", "may", "MAY", "Zug", "zug"]), ("smart", ["May", "MAY", "Zug", "zug"])],
)
def test_case(case: Any, expected: list[str]) -> None:
    train = [
        TaggedTokens(("May", "may", "go"), (Span(0, 1, "person"),)),
        TaggedTokens(("may", "I", "ask", "Zug"), (Span(3, 4, "person"),)),
    ] * 5
    tagger = GazetteerTagger(case=case, min_precision=0.0).fit(train)
    assert [word for word in ("May", "may", "MAY", "Zug", "zug") if found(tagger, word)] == expected


def test_a_name_that_is_mostly_something_else_is_dropped() -> None:
    """It is learned from one sentence and contradicted by the others, which do not know it from themselves."""
    odd = TaggedTokens(("the", "end", "in", "Rome"), (Span(0, 1, "person"), Span(3, 4, "city")))
    plain = TaggedTokens(("the", "end", "in", "Rome"), (Span(3, 4, "city"),))
    train = [odd, *[plain] * 9]
    assert found(GazetteerTagger(case="exact").fit(train), "the end in Rome") == [Span(3, 4, "city")]
    kept = found(GazetteerTagger(case="exact", min_precision=0.0).fit(train), "the end in Rome")
    assert kept == [Span(0, 1, "person"), Span(3, 4, "city")]
    assert kept[0].score < 0.1 < 0.9 < kept[1].score


def test_the_score_is_the_smoothed_precision_out_of_fold() -> None:
    """Ten sentences, fold by fold in turn; Rome is an entity in all but the last two and is learned from any other fold."""
    train = [TaggedTokens(("in", "Rome"), (Span(1, 2, "city"),))] * 8 + [TaggedTokens(("in", "Rome"))] * 2
    tagger = GazetteerTagger().fit(train)
    prior = (8 + 1) / (10 + 2)
    [span] = found(tagger, "Rome")
    assert span.score == pytest.approx((8 + prior) / (10 + 1))


def test_a_name_that_train_says_nothing_of_has_the_precision_of_its_label(tmp_path: Path) -> None:
    tagger = listed(tmp_path, "Oslo", "Rome", learn=False)
    assert found(tagger, "Oslo")[0].score == pytest.approx((5 + 1) / (5 + 2))
    assert found(tagger, "Rome")[0].score == pytest.approx((5 + 6 / 7) / 6)


def test_a_name_learned_once_is_not_believed_by_its_own_sentence() -> None:
    names = ["Ann", "Bob", "Carla", "Dan", "Eve", "Fay"]
    train = [TaggedTokens((name, "calls"), (Span(0, 1, "person"),)) for name in names]
    tagger = GazetteerTagger().fit(train)
    assert tagger.scores_ == {}
    assert found(tagger, "Ann")[0].score == 0.5


def test_files_are_read_with_their_faults_named(tmp_path: Path) -> None:
    table = tmp_path / "table.tsv"
    for content, named in (("Oslo\tcity\nRome\n", "line 2"), ("a\tb\tc\n", "line 1"), ("\tcity\n", "line 1")):
        table.write_text(content, "utf-8")
        with pytest.raises(InputError, match=f"{named}: found .* expected a name, a tab and a label"):
            GazetteerTagger(table=str(table)).fit([ANN])
    table.write_bytes(b"Z\xfcrich\tcity\n")
    with pytest.raises(InputError, match="cannot be read as a file of names in UTF-8"):
        GazetteerTagger(table=str(table)).fit([ANN])
    with pytest.raises(InputError, match=r"absent.txt' cannot be read"):
        GazetteerTagger(lists={"city": "absent.txt"}).fit([ANN])
    table.write_bytes(b"\xef\xbb\xbfOslo\tcity\r\n\r\nNew York\tcity\r\n")
    tagger = GazetteerTagger(table=str(table)).fit([ANN])
    assert found(tagger, "oslo New York") == [Span(0, 1, "city"), Span(1, 3, "city")]


def test_names_of_files_are_split_as_the_data_is(tmp_path: Path) -> None:
    assert found(listed(tmp_path, "St. Mary's"), "at St . Mary 's") == []
    tagger = listed(tmp_path, "St. Mary's", tokeniser=WordTokeniser())
    assert found(tagger, " ".join(["at", *WordTokeniser()("St. Mary's")]))[0].start == 1


@pytest.mark.parametrize(
    ("settings", "named"),
    [({"case": "upper"}, "case='upper'"), ({"min_precision": 2}, "min_precision=2"), ({"learn": False}, "needs names")],
)
def test_settings_that_do_not_fit(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=named):
        GazetteerTagger(**settings).fit([ANN])


def test_a_token_with_a_space_is_one_token_before_and_after_saving(tmp_path: Path) -> None:
    train = [TaggedTokens(("in", "New York"), (Span(1, 2, "city"),)), TaggedTokens(("", "x"), (Span(0, 1, "gap"),))] * 3
    tagger = GazetteerTagger(min_precision=0).fit(train)
    sentences = [["New York"], ["New", "York"], ["", "New York", ""]]
    assert tagger.predict(sentences) == [
        [Span(0, 1, "city")],
        [],
        [Span(0, 1, "gap"), Span(1, 2, "city"), Span(2, 3, "gap")],
    ]
    tagger.save(tmp_path / "model")
    assert GazetteerTagger.load(tmp_path / "model").predict(sentences) == tagger.predict(sentences)


@pytest.mark.slow
def test_a_million_names_are_looked_up_as_fast_as_ten_thousand(tmp_path: Path) -> None:
    """Counted in ranges that are tried, not in seconds."""
    few = listed(tmp_path, *(f"Name{number} Place" for number in range(10_000)))
    many = listed(tmp_path, *(f"Name{number} Place" for number in range(1_000_000)))
    words = [f"name{number}" for number in range(0, 10_000, 7)]
    assert [few.names_.longest.get(word, 0) for word in words] == [many.names_.longest.get(word, 0) for word in words]
    assert len(many.names_) > 1_000_000
    assert found(many, "to Name999999 Place") == [Span(1, 3, "city")]
