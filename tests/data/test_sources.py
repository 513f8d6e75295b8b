"""Datasets from a user's own files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlpref.data import sources
from nlpref.data.conll import write_conll
from nlpref.errors import DataError, InputError
from nlpref.types import UNLABELLED, LabelledText, Span, TaggedTokens

Write = Callable[..., Path]


def table(texts: list[str], label: Callable[[int], str] = lambda place: "ab"[place % 2]) -> str:
    return "text,label\n" + "".join(f"{text},{label(place)}\n" for place, text in enumerate(texts))


def numbered(name: str, count: int) -> list[str]:
    return [f"{name} {place}" for place in range(count)]


def collection(folder: Path, **judged: list[str]) -> Path:
    """A collection of 40 documents; query ``qN`` is about document ``dN``."""
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text("".join(json.dumps({"_id": f"d{n}", "text": f"about {n}"}) + "\n" for n in range(40)))
    (folder / "queries.jsonl").write_text("".join(json.dumps({"_id": f"q{n}", "text": f"what is {n}"}) + "\n" for n in range(40)))
    for split, queries in judged.items():
        (folder / "qrels" / f"{split}.tsv").write_text("".join(f"q{n}\td{n}\t1\n" for n in queries))
    return folder


def test_three_files(write: Write) -> None:
    paths = [write(table(numbered(name, 6)), f"{name}.csv") for name in ("train", "test", "dev")]
    data = sources.csv(*paths)
    assert data.name == "train"
    assert {name: len(data.split(name)) for name in data.splits} == {"train": 6, "validation": 6, "test": 6}
    assert data.split("validation")[0] == LabelledText("dev 0", "a", "2")
    assert data.notes["carved"] == {}
    assert set(data.notes["removed"].values()) == {0}
    assert sources.csv(*paths, name="mine").name == "mine"


def test_validation_is_carved_from_train(write: Write) -> None:
    train, test = (write(table(numbered(name, 40)), f"{name}.csv") for name in ("train", "test"))
    data = sources.csv(train, test, validation_fraction=0.25, seed=5)
    assert data.notes["sizes"] == {"train": 30, "validation": 10, "test": 40}
    assert data.notes["carved"] == {"validation": {"fraction": 0.25, "seed": 5}}
    assert [example.label for example in data.split("validation")].count("a") == 5
    assert data.revision == sources.csv(train, test, validation_fraction=0.25, seed=5).revision
    assert data.revision != sources.csv(train, test, validation_fraction=0.25, seed=6).revision
    assert "validation" not in sources.csv(train, test, validation_fraction=0).splits


def test_test_is_carved_where_there_is_none(write: Write) -> None:
    train = write(table(numbered("train", 50)), "train.csv")
    data = sources.csv(train)
    assert data.notes["sizes"] == {"train": 36, "validation": 4, "test": 10}
    assert data.notes["carved"] == {"test": {"fraction": 0.2, "seed": 0}, "validation": {"fraction": 0.1, "seed": 0}}
    assert sources.csv(train, test_fraction=0).splits == ("train", "validation")
    alone = sources.csv(train, test_fraction=1)
    assert (alone.splits, len(alone.split("test"))) == (("test",), 50)


def test_leakage_is_counted_and_removed_from_train(write: Write) -> None:
    train = write(table(["One", "two", "two", *numbered("more", 20)]), "train.csv")
    data = sources.csv(train, write(table(["ONE ", "new"]), "test.csv"), write(table(["two", "one"]), "dev.csv"))
    assert data.notes["removed"] == {"validation_in_test": 1, "train_in_test": 1, "train_in_validation": 2}
    assert {name: len(data.split(name)) for name in data.splits} == {"train": 20, "validation": 1, "test": 2}


def test_labels_of_test_that_train_lacks_are_refused(write: Write) -> None:
    train, test = write(table(numbered("train", 6)), "train.csv"), write("text,label\nx,a\ny,c\n", "test.csv")
    for given in ({"test": test}, {"test": train, "validation": test}):
        with pytest.raises(
            DataError, match=r"test\.csv, line 3, field 'label': found the label 'c', which train lacks, expected one of 'a', 'b'"
        ):
            sources.csv(train, **given)


def test_a_label_that_only_leaking_texts_had(write: Write) -> None:
    train = write(table(["only", *numbered("train", 9)], lambda place: "rare" if place == 0 else "a"), "train.csv")
    with pytest.raises(
        DataError, match=r"test \(texts it shares with train were removed from train\).*the label 'rare', which train lacks"
    ):
        sources.csv(train, write("text,label\nonly,rare\n", "test.csv"))


def test_too_little_to_carve_from(write: Write) -> None:
    with pytest.raises(
        InputError, match=r"no test split can be carved from the 2 train examples of .*train\.csv: every label must"
    ):
        sources.csv(write(table(numbered("train", 2)), "train.csv"))


def test_test_equal_to_train(write: Write) -> None:
    train = write(table(numbered("train", 6)), "train.csv")
    with pytest.raises(InputError, match=r"none of the 6 train examples of .*train\.csv is left to train on"):
        sources.csv(train, train)


def test_texts_without_labels_stay_in_train(write: Write) -> None:
    rows = table(numbered("known", 20)) + "only a text,\ntest 1,\nanother text,\n"
    path, test = write(rows, "train.csv"), write(table(numbered("test", 6)), "test.csv")
    data = sources.csv(path, test, unlabelled=True, validation_fraction=0.2)
    bare = [example.text for example in data.split("train") if example.label == UNLABELLED]
    assert bare == ["only a text", "another text"]  # the third is a text of test
    assert data.notes["unlabelled"] == {"kept": 2, "labelled_too": 1}
    assert {example.label for name in ("validation", "test") for example in data.split(name)} == {"a", "b"}
    with pytest.raises(DataError, match="an empty label"):
        sources.csv(path, test)
    with pytest.raises(DataError, match="an empty label"):
        sources.csv(test, path, unlabelled=True)


def test_train_may_have_no_label_at_all(write: Write) -> None:
    train = write('{"text": "one", "label": null}\n{"text": "two", "label": ""}\n', "train.jsonl")
    test = write('{"text": "three", "label": "a"}\n{"text": "four", "label": "b"}\n', "test.jsonl")
    data = sources.jsonl(train, test, unlabelled=True)
    assert [example.label for example in data.split("train")] == [UNLABELLED, UNLABELLED]
    assert [example.label for example in data.split("test")] == ["a", "b"]


def test_json_lines(write: Write) -> None:
    lines = "".join(json.dumps({"q": f"text {n}", "topic": n % 3, "key": f"k{n}", "on": "2026"}) + "\n" for n in range(60))
    data = sources.jsonl(write(lines, "train.jsonl"), text="q", label="topic", id="key", facts=["on"])
    assert data.notes["sizes"] == {"train": 43, "validation": 5, "test": 12}
    first = data.split("train")[0]
    assert (first.id[0], first.label in "012", first.facts) == ("k", True, {"on": "2026"})


def tagged(name: str, count: int, labels: str = "PQ") -> list[TaggedTokens]:
    return [TaggedTokens((name, str(n)), (Span(1, 2, labels[n % len(labels)]),)) for n in range(count)]


def test_conll(tmp_path: Path) -> None:
    train, test, odd = tmp_path / "train.conll", tmp_path / "test.conll", tmp_path / "odd.conll"
    write_conll(train, tagged("train", 40))
    write_conll(test, tagged("test", 10))
    write_conll(odd, tagged("odd", 10, "PR"))
    data = sources.conll(train, test)
    assert data.notes["sizes"] == {"train": 36, "validation": 4, "test": 10}
    assert sources.conll(train).notes["sizes"] == {"train": 29, "validation": 3, "test": 8}
    with pytest.raises(DataError, match=r"odd\.conll, line 5, tag: found the entity type 'R', which train lacks"):
        sources.conll(train, odd)


def test_rare_entity_types_never_end_up_outside_train_alone(tmp_path: Path) -> None:
    sentences = [
        TaggedTokens(("z", "a"), (Span(0, 1, "Z"), Span(1, 2, "A"))),
        TaggedTokens(("z", "b"), (Span(0, 1, "Z"), Span(1, 2, "B"))),
        TaggedTokens(("a",), (Span(0, 1, "A"),)),
        TaggedTokens(("b",), (Span(0, 1, "B"),)),
    ]
    write_conll(tmp_path / "train.conll", sentences)
    for seed in range(20):
        sources.conll(tmp_path / "train.conll", test_fraction=0.5, seed=seed)  # else: "the label 'Z', which train lacks"


def test_iob1_files_of_a_user(write: Write) -> None:
    train = write("a NN I-NP I-P\nb NN I-NP B-P\n\n" + "".join(f"w{n} NN I-NP I-P\n\n" for n in range(9)), "train.txt")
    assert len(sources.conll(train, test_fraction=0).split("train")[0].spans) == 2
    with pytest.raises(DataError, match="found I-P at the beginning of a sentence"):
        sources.conll(train, scheme="bio")


def test_beir_with_all_splits(tmp_path: Path) -> None:
    folder = collection(tmp_path / "wiki", train=[*map(str, range(10))], dev=["10", "11"], test=["12"])
    data = sources.beir(folder)
    assert (data.name, len(data.documents)) == ("wiki", 40)
    assert data.notes["sizes"] == {"train": 10, "validation": 2, "test": 1}
    assert data.notes["carved"] == {}
    assert data.split("test")[0].relevance == {"d12": 1}


def test_beir_with_grades_without_titles_and_with_empty_documents(tmp_path: Path) -> None:
    folder = collection(tmp_path / "wiki", dev=["3"], test=["1"])
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t1\nq1\td3\t0\nq1\td4\t-1\n")
    with (folder / "corpus.jsonl").open("a") as corpus:
        corpus.write('{"_id": "bare", "text": ""}\n')
    with pytest.raises(DataError, match="found neither text nor title, expected a document with some text, or keep_empty=true"):
        sources.beir(folder)
    data = sources.beir(folder, keep_empty=True)
    assert data.split("test")[0].relevance == {"d1": 2, "d2": 1, "d3": 0, "d4": -1}
    assert data.splits == ("validation", "test")
    assert (data.documents[0].title, data.documents[-1].content) == ("", "")


def test_beir_with_train_alone(tmp_path: Path) -> None:
    data = sources.beir(collection(tmp_path / "wiki", train=[*map(str, range(40))]))
    assert data.notes["sizes"] == {"train": 26, "validation": 6, "test": 8}
    assert set(data.notes["carved"]) == {"test", "validation"}


def test_beir_with_test_alone(tmp_path: Path) -> None:
    assert sources.beir(collection(tmp_path / "wiki", test=["1", "2"])).splits == ("test",)


def test_beir_folders_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"gone is not a folder; expected one with corpus\.jsonl, queries\.jsonl and qrels/test\.tsv"
    ):
        sources.beir(tmp_path / "gone")
    with pytest.raises(InputError, match=r"wiki/qrels has neither train\.tsv nor test\.tsv, only other\.tsv"):
        sources.beir(collection(tmp_path / "wiki", other=["1"]))
    with pytest.raises(DataError, match=r"test\.tsv, line 1, corpus-id: found the unknown document 'd77'"):
        sources.beir(collection(tmp_path / "more", test=["77"]))
    (tmp_path / "more" / "corpus.jsonl").unlink()
    with pytest.raises(InputError, match=r"corpus\.jsonl does not exist"):
        sources.beir(tmp_path / "more")


def test_texts_out_of_scope_may_stand_outside_train_alone(write: Write) -> None:
    """The label that is named, and no other."""
    train = write(table(numbered("train", 20)), "train.csv")
    test = write("text,label\nwho wrote hamlet,oos\nanother text,a\n", "test.csv")
    data = sources.csv(train, test, out_of_scope="oos")
    assert [example.label for example in data.split("test")] == ["oos", "a"]
    assert "oos" not in {example.label for example in data.split("train")}
    with pytest.raises(DataError, match="the label 'oos', which train lacks"):
        sources.csv(train, test, out_of_scope="other")
    lines = write('{"text": "who wrote hamlet", "label": "oos"}\n', "test.jsonl")
    kept = write("".join(json.dumps({"text": f"text {n}", "label": "ab"[n % 2]}) + "\n" for n in range(20)), "train.jsonl")
    assert sources.jsonl(kept, lines, out_of_scope="oos").split("test")[0].label == "oos"


def test_squad_keeps_the_questions_on_a_paragraph_together(write: Write) -> None:
    paragraphs: list[dict[str, Any]] = [
        {
            "context": f"This is {n}.",
            "qas": [{"id": f"{n}-{m}", "question": f"Is it {n} or {m}?", "answers": []} for m in range(4)],
        }
        for n in range(30)
    ]
    path = write(json.dumps({"data": [{"title": "The_number", "paragraphs": paragraphs}]}), "numbers.json")
    data = sources.squad(path)
    assert (data.name, len(data.documents), data.documents[0].title) == ("numbers", 30, "The number")
    assert data.notes["sizes"] == {"train": 88, "validation": 8, "test": 24}
    documents = [{id for query in data.split(name) for id in query.relevance} for name in data.splits]
    assert sum(map(len, documents)) == len(set().union(*documents)) == 30
    assert {document.title for document in sources.squad(path, titles=False).documents} == {""}
    assert sources.squad(path, test_fraction=1).splits == ("test",)
    paragraphs[1:] = []
    with pytest.raises(InputError, match="no test split can be carved from the 4 train examples"):
        sources.squad(write(json.dumps({"data": [{"title": "", "paragraphs": paragraphs}]})))


@pytest.mark.parametrize("name", ["test_fraction", "validation_fraction"])
def test_fractions_out_of_range(write: Write, name: str) -> None:
    path = write(table(numbered("train", 20)), "train.csv")
    with pytest.raises(InputError, match=r"must be in \[0, 1\), got -1"):
        sources.csv(path, **{name: -1})


def test_missing_files_are_named(write: Write, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"data file .*gone\.csv does not exist; relative paths start from"):
        sources.csv(write(table(numbered("train", 6)), "train.csv"), tmp_path / "gone.csv")
