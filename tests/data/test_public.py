"""The public sets as they are: sizes, labels, revisions, leakage, and the traps that each of them sets."""

from __future__ import annotations

import ast
import csv
import io
import json
import os
import re
import zipfile
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from nlpref.config import build, plain
from nlpref.data import public
from nlpref.data.catalogue import entry
from nlpref.data.dataset import content_key
from nlpref.data.splits import labels_in
from nlpref.errors import InputError, NlprefError
from nlpref.overrides import check_overrides

POLITICS = ["country", "election", "event", "location", "misc", "organisation", "person", "politicalparty", "politician"]


class Expected(NamedTuple):
    call: str
    revision: str
    sizes: tuple[int, int, int]
    """Train, validation, test."""
    removed: tuple[int, int, int] = (0, 0, 0)
    """Validation in test, train in test, train in validation."""
    labels: int = 0
    documents: int = 0


SETS = [
    Expected("amazon_reviews('books')", "86181146bd2df847", (1408, 157, 391), labels=2),
    Expected("amazon_reviews('dvd')", "7e1e1b2f4c1f5fd9", (1407, 156, 391), labels=2),
    Expected("amazon_reviews('electronics')", "d03acfed9293a693", (1415, 157, 393), labels=2),
    Expected("amazon_reviews('kitchen')", "67e7c1d75d7bfd8d", (1424, 158, 395), labels=2),
    Expected("banking77()", "657d11700c8a5ee5", (8996, 1000, 3080), (0, 7, 0), labels=77),
    Expected("clinc150()", "262fbf15cd9de19c", (15095, 3100, 5500), (0, 2, 3), labels=151),
    Expected("clinc150('small')", "8fe8ec7191c9f5ca", (7596, 3100, 5500), (0, 1, 3), labels=151),
    Expected("clinc150('imbalanced')", "0501a1642083faa2", (10622, 3100, 5500), (0, 0, 3), labels=151),
    Expected("clinc150('oos_plus')", "69c4f800691559f8", (15245, 3100, 5500), (0, 2, 3), labels=151),
    Expected("tweeteval('irony')", "26426a77f5eb67de", (2862, 955, 784), labels=2),
    Expected("tweeteval('offensive')", "2f2ce6ff80177d4b", (11899, 1323, 860), (1, 6, 11), labels=2),
    Expected("tweeteval('sentiment')", "82b67671ea2d3e2b", (47516, 2000, 12284), labels=3),
    Expected("wnut17()", "88182be0e664b8ef", (3394, 1009, 1287), labels=6),
    Expected("crossner('politics')", "4a73e420f6515763", (200, 540, 651), (1, 0, 0), labels=9),
    Expected("crossner('science')", "2120d1b2e11d6904", (195, 437, 543), (13, 1, 4), labels=17),
    Expected("crossner('ai')", "cced6dd56cd6960f", (100, 347, 431), (3, 0, 0), labels=14),
    Expected("broad_twitter()", "2669db70252877a5", (4804, 534, 2000), labels=3),
    Expected("crossner_with_others('politics')", "2df028bb2325444a", (9227, 540, 651), (1, 0, 0), labels=9),
    Expected("crossner_with_others('science')", "e775ef3dfb7a91d8", (9226, 437, 543), (13, 1, 4), labels=17),
    Expected("crossner_with_others('ai')", "38370f953b0e44e0", (9227, 347, 431), (3, 0, 0), labels=14),
    Expected("scifact()", "0ec64470e5d7edd9", (646, 161, 300), (0, 2, 0), documents=5183),
    Expected("cranfield()", "5a08b6bf93631225", (90, 22, 113), documents=1400),
    Expected("cisi()", "ef0564b804041499", (30, 8, 38), documents=1460),
    Expected("squadshifts('new_wiki')", "7e783f1d462e0d26", (3170, 795, 3971), (0, 2, 0), documents=1581),
    Expected("squadshifts('reddit')", "50a385769b884478", (3874, 970, 4903), (0, 53, 3), documents=2033),
    Expected("wrench_youtube()", "dde8303feaaad5c1", (1435, 98, 250), (22, 141, 10), labels=2),
    Expected("hatecheck()", "c192e51f67030aaf", (0, 0, 3728), labels=2),
]


@cache
def load(call: str) -> Any:
    name, _, argument = call.removesuffix(")").partition("(")
    key, gap, value = argument.rpartition("=")
    named = {key: ast.literal_eval(value)} if gap else {}
    return getattr(public, name)(*[ast.literal_eval(argument)] if argument and not gap else [], **named)


def raw(name: str) -> Path:
    return Path(os.environ["NLPREF_DATA"]) / name


def test_every_function_is_checked_below() -> None:
    assert {expected.call.partition("(")[0] for expected in SETS} == set(public.__all__)


@pytest.mark.real_data
@pytest.mark.parametrize("expected", SETS, ids=lambda expected: expected.call)
def test_each_set_is_what_it_was(expected: Expected) -> None:
    data = load(expected.call)
    found = {name: data.split(name) for name in data.splits}
    assert tuple(len(found.get(name, [])) for name in ("train", "validation", "test")) == expected.sizes
    assert tuple(data.notes.get("removed", {}).values()) in (expected.removed, ())
    labels = {name: labels_in(examples) for name, examples in found.items()}
    assert len(set().union(*labels.values())) == expected.labels
    assert all(set(known) <= set(labels.get("train", known)) for known in labels.values())  # nothing that train lacks
    assert len(getattr(data, "documents", [])) == expected.documents
    assert data.revision == expected.revision
    assert all(len({example.id for example in examples}) == len(examples) for examples in found.values())
    assert {"name", "licence", "citation", "homepage"} <= data.notes["source"].keys()


@pytest.mark.real_data
def test_banking77_texts_in_both_train_and_test() -> None:
    texts = {}
    for split in ("train", "test"):
        with (raw("banking77") / f"{split}.csv").open(encoding="utf-8", newline="") as stream:
            texts[split] = [row["text"] for row in csv.DictReader(stream)]
    assert {split: len(found) for split, found in texts.items()} == {"train": 10_003, "test": 3_080}
    keys = {split: {" ".join(text.casefold().split()) for text in found} for split, found in texts.items()}
    shared = keys["train"] & keys["test"]
    assert len(shared) == 7
    kept = {
        " ".join(example.text.casefold().split())
        for split in ("train", "validation")
        for example in load("banking77()").split(split)
    }
    assert not kept & shared
    assert Counter(example.label for example in load("banking77()").split("test")).most_common()[-1][1] == 40


@pytest.mark.real_data
def test_clinc150_domains_and_texts_out_of_scope() -> None:
    data = load("clinc150()")
    content = json.loads((raw("clinc150") / "data_full.json").read_text("utf-8"))
    assert [example.text for example in data.split("test")] == [text for text, _ in content["test"] + content["oos_test"]]
    assert Counter(example.label for example in data.split("test"))["oos"] == 1000
    domains = Counter(example.facts["domain"] for example in data.split("test"))
    assert len(domains) == 11
    assert set(domains.values()) == {450, 1000}  # ten domains of 15 intents, 30 texts each
    without = public.clinc150(out_of_scope=False)
    assert len(without.split("test")) == 4500
    assert "oos" not in labels_in(without.split("train"))


@pytest.mark.real_data
@pytest.mark.parametrize("subset", ["irony", "offensive", "sentiment"])
def test_tweets_and_labels_stay_side_by_side(subset: str) -> None:
    folder = raw("tweeteval") / subset
    texts = (folder / "test_text.txt").read_bytes().decode().rstrip("\n").split("\n")
    labels = (folder / "test_labels.txt").read_text("utf-8").split()
    names = dict(line.split("\t") for line in (folder / "mapping.txt").read_text("utf-8").strip().split("\n"))
    found = load(f"tweeteval({subset!r})").split("test")
    assert [example.label for example in found] == [names[label].strip() for label in labels]
    plain = [(example.text, text.strip()) for example, text in zip(found, texts, strict=True) if "\\u" not in text]
    assert len(plain) > 0.8 * len(texts)
    assert all(ours == theirs for ours, theirs in plain)


@pytest.mark.real_data
def test_tweets_of_sentiment_have_no_escapes_and_share_no_words_across_splits() -> None:
    data = load("tweeteval('sentiment')")
    letters = {
        split: {
            re.sub(r"@\S+|http\S*|[^a-z0-9]", "", example.text.casefold().replace("&amp;", "&")) for example in data.split(split)
        }
        - {""}
        for split in data.splits
    }
    assert len(letters["train"] & letters["validation"]) <= 3
    assert not letters["train"] & letters["test"]
    assert not any(re.search(r"\\u[0-9a-f]{4}", example.text) for split in data.splits for example in data.split(split))
    assert data.notes["source_of_train"]["name"] == "semeval_twitter_sentiment"
    assert {example.facts["year"] for example in data.split("train")} == {"2013", "2014", "2015", "2016"}


@pytest.mark.real_data
def test_wnut17_has_the_published_counts() -> None:
    data = load("wnut17()")
    counts = {
        split: (sum(map(len, (s.tokens for s in found))), sum(len(s.spans) for s in found))
        for split in data.splits
        for found in [data.split(split)]
    }
    assert counts == {"train": (62_730, 1_975), "validation": (15_733, 836), "test": (23_394, 1_079)}
    assert labels_in(data.split("test")) == ("corporation", "creative-work", "group", "location", "person", "product")


@pytest.mark.real_data
def test_crossner_has_its_own_types() -> None:
    assert list(labels_in(load("crossner('politics')").split("test"))) == POLITICS


@pytest.mark.real_data
def test_broad_twitter_keeps_its_sections_apart() -> None:
    data = load("broad_twitter()")
    sections = {split: {example.id[0] for example in data.split(split)} for split in data.splits}
    assert sections == {"train": set("abeg"), "validation": set("abeg"), "test": {"f"}}
    assert labels_in(data.split("test")) == ("LOC", "ORG", "PER")
    assert all(token.strip() for split in data.splits for example in data.split(split) for token in example.tokens)


@pytest.mark.real_data
def test_broad_twitter_by_sections() -> None:
    data = public.broad_twitter(("a", "b"), ("e",), validation_fraction=0)
    assert {split: {one.id[0] for one in data.split(split)} for split in data.splits} == {"train": {"a", "b"}, "test": {"e"}}
    assert public.broad_twitter(["g"], [], validation_fraction=0).splits == ("train",)


@pytest.mark.real_data
def test_broad_twitter_marks_handles_that_wnut17_does_not() -> None:
    def marked(data: Any) -> tuple[int, int]:
        """Handles of one token, and those that are entities or parts of them."""
        inside, handles = 0, 0
        for one in (one for split in data.splits for one in data.split(split)):
            named = {place for span in one.spans for place in range(span.start, span.end)}
            places = [place for place, token in enumerate(one.tokens) if len(token) > 1 and token.startswith("@")]
            handles, inside = handles + len(places), inside + len(named & set(places))
        return handles, inside

    assert marked(load("wnut17()")) == (1950, 8)
    handles, inside = marked(public.broad_twitter(join_handles=True))
    assert handles > 2500
    assert inside < 50
    names = Counter(" ".join(o.tokens[s.start : s.end]) for o in load("broad_twitter()").split("train") for s in o.spans)
    assert names["@"] > 700
    joined = public.broad_twitter(join_handles=True).split("train")
    assert Counter(" ".join(o.tokens[s.start : s.end]) for o in joined for s in o.spans)["@"] < 20


@pytest.mark.real_data
def test_wnut17_with_others() -> None:
    data = build(plain(check_overrides("train", ["task=ner", "tagger=transformer", "dataset=wnut17_with_others"]))["dataset"])
    assert {split: len(data.split(split)) for split in data.splits} == {"train": 14176, "validation": 1009, "test": 1287}
    alone = load("wnut17()")
    assert list(data.split("train")[:3394]) == list(alone.split("train"))
    assert all(one.annotated == ("corporation", "group", "location", "person") for one in data.split("train")[3394:])
    told = data.notes["others"]
    assert {name: one["sentences"] for name, one in told.items()} == {
        "tweets": 7338,
        "politics": 1391,
        "science": 1175,
        "ai": 878,
    }
    assert told["tweets"]["spans"] == {"corporation|group": 2095, "location": 2373, "person": 2159}


@pytest.mark.real_data
def test_amazon_reviews_occur_once() -> None:
    data = load("amazon_reviews('books')")
    reviews = [example for split in data.splits for example in data.split(split)]
    assert len({content_key(example) for example in reviews}) == len(reviews) == 2000 - data.notes["duplicates_dropped"]
    assert all((float(example.facts["rating"]) > 3) == (example.label == "positive") for example in reviews)


@pytest.mark.real_data
def test_hatecheck_is_for_testing_only() -> None:
    data = load("hatecheck()")
    assert Counter(case.label for case in data.split("test")) == {"hateful": 2_563, "non-hateful": 1_165}
    assert len({case.facts["functionality"] for case in data.split("test")}) == 29
    assert len({case.facts["target_ident"] for case in data.split("test")} - {""}) == 7


@pytest.mark.real_data
def test_scifact_abstracts_are_parsed() -> None:
    data = load("scifact()")
    pairs = {split: sum(len(query.relevance) for query in data.split(split)) for split in data.splits}
    assert pairs["test"] == 339
    assert 915 <= pairs["train"] + pairs["validation"] <= 919  # two claims of train are in test
    with zipfile.ZipFile(raw("scifact") / "scifact.zip") as bundle, bundle.open("corpus_train.csv") as stream:
        printed = {row["doc_id"]: row["abstract"] for row in csv.DictReader(io.TextIOWrapper(stream, "utf-8", newline=""))}
    letters = re.compile(r"\\n|[\W_]")
    parsed = {document.id: document.text for document in data.documents}
    assert sum(letters.sub("", printed[id]) != letters.sub("", text) for id, text in parsed.items()) < 10  # other escapes
    lengths = sorted(len(document.text.split()) for document in data.documents)
    assert lengths[0] > 3
    assert 180 < lengths[len(lengths) // 2] < 230


@pytest.mark.real_data
@pytest.mark.parametrize(("name", "n_queries", "n_judgements"), [("cranfield", 225, 1_837), ("cisi", 76, 3_114)])
def test_old_collections_are_whole_on_request(name: str, n_queries: int, n_judgements: int) -> None:
    data = getattr(public, name)(test_fraction=1)
    assert data.splits == ("test",)
    assert len(data.split("test")) == n_queries
    assert n_judgements - 5 <= sum(len(query.relevance) for query in data.split("test")) <= n_judgements  # some come twice


@pytest.mark.real_data
def test_cranfield_grades_and_query_numbers() -> None:
    data = public.cranfield(test_fraction=1)
    queries = data.split("test")
    grades = Counter(grade for query in queries for grade in query.relevance.values())
    assert grades.keys() == {0, 1, 2, 3, 4}
    assert [query.id for query in queries] == [str(place) for place in range(1, 226)]
    model = TfidfVectorizer(sublinear_tf=True, stop_words="english")
    documents = model.fit_transform([document.content for document in data.documents])
    scores = (model.transform([query.text for query in queries]) @ documents.T).toarray()
    ids = [document.id for document in data.documents]
    found = [{ids[place] for place in row.argsort()[-10:]} for row in scores]

    def hits(shift: int) -> int:
        judged = [*queries[shift:], *queries[:shift]]
        return sum(
            len(top & {id for id, grade in query.relevance.items() if grade > 0})
            for top, query in zip(found, judged, strict=True)
        )

    assert hits(0) > 450
    assert hits(100) < 50


@pytest.mark.real_data
@pytest.mark.parametrize(("domain", "n_questions"), [("new_wiki", 7_938), ("reddit", 9_803)])
def test_questions_on_a_paragraph_stay_together(domain: str, n_questions: int) -> None:
    data = load(f"squadshifts({domain!r})")
    assert sum(data.notes["sizes"].values()) + sum(data.notes["removed"].values()) == n_questions
    paragraphs = [{id for query in data.split(split) for id in query.relevance} for split in data.splits]
    assert sum(map(len, paragraphs)) == len(set().union(*paragraphs))


@pytest.mark.real_data
def test_validation_can_be_carved_or_left_out() -> None:
    carved = public.wnut17(validation_fraction=0.1, seed=1)
    assert carved.notes["sizes"]["train"] + carved.notes["sizes"]["validation"] == 3394
    assert carved.split("validation") != public.wnut17(validation_fraction=0.1, seed=2).split("validation")
    assert public.banking77(validation_fraction=0).notes["sizes"] == {"train": 9996, "test": 3080}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("amazon_reviews('book')", "no domain 'book'; expected 'books'"),
        ("clinc150('big')", "no variant 'big'; expected"),
        ("tweeteval('hate')", "no subset 'hate'; expected"),
        ("crossner('music')", "no domain 'music'; expected"),
        ("crossner_with_others('music')", "no domain 'music'; expected"),
        ("crossner_with_others(others=['news'])", "no other corpus 'news' for politics; expected"),
        ("crossner_with_others(others=['politics'])", "no other corpus 'politics' for politics; expected"),
        ("broad_twitter(['h'])", "no section 'h' of the Broad Twitter Corpus; expected"),
        ("broad_twitter(['a', 'f'])", "section f is to be trained on and tested on; choose one"),
        ("broad_twitter([])", "no section to train on"),
        ("squadshifts('nyt')", "no domain 'nyt'; expected"),
    ],
)
def test_parts_that_there_are_not(call: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load(call)


def test_out_of_reach_names_the_set_and_the_bundled_choice(stores: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # nothing listens there
    with pytest.raises(NlprefError, match=r"train\.csv of banking77 is neither in (?s:.*)dataset=supportdesk"):
        public.banking77()
    assert entry("banking77").files
