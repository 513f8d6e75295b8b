"""The bundled corpus as shipped: sizes, spans, splits, launch, judgements, and that the generator makes these very files."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from nlpref.data.supportdesk import supportdesk
from nlpref.errors import InputError
from nlpref.types import TaggedTokens

CORPUS = Path(str(files("nlpref.data.supportdesk")))
SCRIPTS = Path(__file__).parents[2] / "scripts" / "supportdesk"
FILES = ("tickets.jsonl", "articles.jsonl", "queries.jsonl", "qrels.tsv", "DATASHEET.md")
LAUNCH = "2025-09-02"

Record = dict[str, Any]


def lines(name: str) -> list[Record]:
    return [json.loads(line) for line in (CORPUS / name).read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def tickets() -> list[Record]:
    return lines("tickets.jsonl")


@pytest.fixture(scope="module")
def qrels() -> list[tuple[str, str, int]]:
    rows = [line.split("\t") for line in (CORPUS / "qrels.tsv").read_text("utf-8").splitlines()[1:]]
    return [(query, article, int(grade)) for query, article, grade in rows]


def spans(tickets: list[Record], label: str) -> Iterator[str]:
    for ticket in tickets:
        yield from (ticket["text"][span["start"] : span["end"]] for span in ticket["entities"] if span["label"] == label)


def test_is_large_enough_and_small_enough(tickets: list[Record]) -> None:
    assert len(tickets) >= 3000
    assert len(lines("articles.jsonl")) >= 200
    assert len(lines("queries.jsonl")) >= 400
    assert sum((CORPUS / name).stat().st_size for name in FILES) < 3_000_000


def test_has_24_intents_with_a_long_tail_in_every_split(tickets: list[Record]) -> None:
    for split in ("train", "validation", "test"):
        counts = Counter(ticket["true_intent"] for ticket in tickets if ticket["split"] == split)
        assert len(counts) == 24
        assert max(counts.values()) > 5 * min(counts.values())
        assert min(counts.values()) >= 5


def test_ids_and_texts_are_unique(tickets: list[Record]) -> None:
    assert len({ticket["id"] for ticket in tickets}) == len(tickets)
    assert len({re.sub(r"\W+", " ", ticket["text"].lower()).strip() for ticket in tickets}) == len(tickets)


def test_channels_segments_and_dates_are_the_announced_ones(tickets: list[Record]) -> None:
    channels, segments = Counter(ticket["channel"] for ticket in tickets), Counter(ticket["segment"] for ticket in tickets)
    assert set(channels) == {"email", "chat", "social"}
    assert set(segments) == {"new", "regular", "plus", "business"}
    assert min(channels.values()) > 0.1 * len(tickets)
    assert min(segments.values()) > 0.05 * len(tickets)
    assert {ticket["date"][:7] for ticket in tickets} == {f"2025-{month:02}" for month in range(1, 13)}


def test_wrong_labels_are_a_few_per_cent_of_train_and_none_of_test(tickets: list[Record]) -> None:
    wrong = Counter(ticket["split"] for ticket in tickets if ticket["intent"] != ticket["true_intent"])
    sizes = Counter(ticket["split"] for ticket in tickets)
    assert 0.02 < wrong["train"] / sizes["train"] < 0.05
    assert 0.02 < wrong["validation"] / sizes["validation"] < 0.05
    assert wrong["test"] == 0


def test_some_tickets_hold_two_requests_or_end_too_early(tickets: list[Record]) -> None:
    second, cut = [bool(ticket["second"]) for ticket in tickets], [ticket["cut"] for ticket in tickets]
    assert 0.03 < sum(second) / len(tickets) < 0.08
    assert 0.02 < sum(cut) / len(tickets) < 0.06
    for ticket in tickets:
        assert not ticket["second"] or ticket["second"].split("/")[0] != ticket["true_intent"]


@pytest.mark.parametrize("column", ["voice", "template", "asks", "second"])
def test_no_hand_written_part_is_in_two_splits(tickets: list[Record], column: str) -> None:
    homes: dict[str, set[str]] = defaultdict(set)
    for ticket in tickets:
        values = ticket[column] if isinstance(ticket[column], list) else [ticket[column]]
        for value in filter(None, values):
            homes["template" if column == "second" else column, value].add(ticket["split"])
            if column == "second":  # it is also some ticket's template
                homes["template", value] |= {other["split"] for other in tickets if other["template"] == value}
    assert len(homes) > 40
    assert not [part for part, splits in homes.items() if len(splits) > 1]


def test_spans_are_in_range_sorted_disjoint_and_end_with_words(tickets: list[Record]) -> None:
    for ticket in tickets:
        text, last = ticket["text"], 0
        for span in ticket["entities"]:
            assert last <= span["start"] < span["end"] <= len(text)
            assert text[span["start"] : span["end"]] == text[span["start"] : span["end"]].strip()
            inside = [text[edge - 1 : edge + 1].isalnum() for edge in (span["start"], span["end"]) if 0 < edge < len(text)]
            assert not any(inside), text[span["start"] : span["end"]]
            last = span["end"]


def test_order_numbers_and_sums_look_like_it(tickets: list[Record]) -> None:
    for text in spans(tickets, "ORDER_ID"):
        assert re.fullmatch(r"#?(WF[-_ ]?)?\d{6}(-(UK|IE|NL|DE))?", text, re.IGNORECASE), text
    for text in spans(tickets, "MONEY"):
        assert re.search(r"\d|pound|tenner|quid|euro", text, re.IGNORECASE), text


def test_every_order_number_is_a_span(tickets: list[Record]) -> None:
    for ticket in tickets:
        covered = {position for span in ticket["entities"] for position in range(span["start"], span["end"])}
        for found in re.finditer(r"\bWF[-_ ]?\d{6}\b", ticket["text"], re.IGNORECASE):
            assert found.start() in covered, ticket["id"]


def test_all_six_entity_types_are_frequent_in_test(tickets: list[Record]) -> None:
    test = [ticket for ticket in tickets if ticket["split"] == "test"]
    counts = Counter(span["label"] for ticket in test for span in ticket["entities"])
    assert set(counts) == {"PRODUCT", "ORDER_ID", "DATE", "MONEY", "PERSON", "LOCATION"}
    assert min(counts.values()) >= 60


def test_the_launch_in_september_is_visible(tickets: list[Record]) -> None:
    named = [ticket for ticket in tickets if re.search(r"\btumble\b(?! dr)", ticket["text"], re.IGNORECASE)]
    late = [ticket for ticket in tickets if ticket["date"] >= LAUNCH]
    assert min(ticket["date"] for ticket in named) >= LAUNCH
    assert len(named) > 0.15 * len(late)


def test_articles_have_60_to_250_words() -> None:
    for article in lines("articles.jsonl"):
        assert 60 <= len(article["text"].split()) <= 250, article["id"]
        assert article["title"].strip()
        assert article["category"].strip()


def test_judgements_refer_to_articles_and_answer_every_query(qrels: list[tuple[str, str, int]]) -> None:
    articles, queries = {article["id"] for article in lines("articles.jsonl")}, {query["id"] for query in lines("queries.jsonl")}
    assert {article for _, article, _ in qrels} <= articles
    assert {query for query, _, grade in qrels if grade == 2} == queries
    assert {grade for _, _, grade in qrels} == {1, 2}


def test_an_article_answers_queries_of_one_split_only(qrels: list[tuple[str, str, int]]) -> None:
    split_of = {query["id"]: query["split"] for query in lines("queries.jsonl")}
    homes: dict[str, set[str]] = defaultdict(set)
    for query, article, grade in qrels:
        if grade == 2:
            homes[article].add(split_of[query])
    assert len(homes) > 200
    assert not [article for article, splits in homes.items() if len(splits) > 1]


def test_tickets_are_read_with_their_facts() -> None:
    desk = supportdesk("classification")
    first = desk.split("test")[0]
    assert set(first.facts) == {"channel", "date", "segment", "true_intent"}
    assert first.label == first.facts["true_intent"]


def test_spans_survive_as_spans_of_tokens(tickets: list[Record]) -> None:
    texts = {ticket["id"]: ticket for ticket in tickets}
    for sentence in supportdesk("ner").split("test"):
        assert isinstance(sentence, TaggedTokens)
        gold = texts[str(sentence.id)]
        assert [span.label for span in sentence.spans] == [span["label"] for span in gold["entities"]]
        for span, wanted in zip(sentence.spans, gold["entities"], strict=True):
            words = "".join(sentence.tokens[span.start : span.end])
            assert words == re.sub(r"\s", "", gold["text"][wanted["start"] : wanted["end"]])


def test_queries_are_read_with_their_grades(qrels: list[tuple[str, str, int]]) -> None:
    desk = supportdesk("retrieval")
    read = {
        (query.id, article, grade)
        for split in desk.splits
        for query in desk.split(split)
        for article, grade in query.relevance.items()
    }
    assert read == set(qrels)
    assert len(desk.documents) == len(lines("articles.jsonl"))


def test_an_unknown_task_is_named() -> None:
    with pytest.raises(InputError, match="'summaries'"):
        supportdesk("summaries")  # type: ignore[call-overload]


def test_the_datasheet_counts_what_is_there(tickets: list[Record]) -> None:
    page = (CORPUS / "DATASHEET.md").read_text("utf-8")
    assert f"{len(tickets):,} messages" in page
    for word in ("Motivation", "Composition", "Splits", "Noise", "Limits", "Licence", "Use", "maintenance"):
        assert word in page
    assert "$" not in page


def test_the_generator_makes_these_very_files_under_any_hash_seed(tmp_path: Path) -> None:
    generate(tmp_path)
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (CORPUS / name).read_bytes(), name


def test_faulty_parts_are_listed_together_and_nothing_is_written(tmp_path: Path) -> None:
    copy_of(
        tmp_path / "scripts", {"plain/how_to.txt": "chat: how do i reset my {GADGET} on Monday\nchat: how do i set a schedule\n"}
    )
    with pytest.raises(subprocess.CalledProcessError) as failure:
        generate(tmp_path / "out", tmp_path / "scripts")
    for fault in ("unknown slot GADGET", "'Monday' is an entity", "repeats how_to/plain/"):
        assert fault in failure.value.stderr
    assert not (tmp_path / "out").exists()


def generate(out: Path, scripts: Path = SCRIPTS) -> None:
    command = [sys.executable, "-B", str(scripts / "generate.py"), "--out", str(out)]
    subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "PYTHONHASHSEED": "random"})


def copy_of(folder: Path, more: dict[str, str]) -> None:
    """A copy of the scripts, with lines added to some of the parts."""
    for source in SCRIPTS.rglob("*"):
        if source.suffix in (".py", ".txt", ".md"):
            target = folder / source.relative_to(SCRIPTS)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    for name, text in more.items():
        part = folder / "parts" / name
        part.write_text(part.read_text("utf-8") + text, "utf-8")
