"""spaCy both ways: a component that survives its folder, documents there and back, and HTML that is safe."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
import spacy
from hypothesis import given, settings
from spacy.tokens import Doc, DocBin
from tests.extraction.written_text import texts

from nlpref.errors import InputError
from nlpref.extraction import Entity, EntityExtractor, from_doc, render, to_doc
from nlpref.extraction.spacy_component import ExtractionComponent
from nlpref.tagging import CrfTagger

TEXT = "Ann lives in New York now. Yesterday Dan Brown left for Oslo!"


def facts(entities: list[Entity]) -> list[tuple[int, int, str, str]]:
    return [(one.start, one.end, one.label, one.text) for one in entities]


def test_a_pipeline_finds_what_the_extractor_finds(saved: Path, extractor: EntityExtractor) -> None:
    pipeline = spacy.blank("en")
    pipeline.add_pipe("nlpref", config={"model": str(saved)})
    expected = extractor.extract(TEXT)
    assert len(expected) >= 4
    doc = pipeline(TEXT)
    assert from_doc(doc) == expected
    assert doc.spans["nlpref"].attrs["scores"] == [one.score for one in expected]
    assert [span.text for span in doc.ents] == [one.text for one in expected]
    many = [TEXT, "", "in Rome you can meet Eve .", " \n"] * 30
    assert [facts(from_doc(doc)) for doc in pipeline.pipe(many, batch_size=7)] == [
        facts(extractor.extract(text)) for text in many
    ]


PROGRAM = """
import json, sys, spacy
{imported}
pipeline = spacy.load(sys.argv[1])
doc = pipeline(sys.argv[2])
print(json.dumps([[span.start_char, span.end_char, span.label_] for span in doc.ents] + [doc.spans["nlpref"].attrs["scores"]]))
"""


@pytest.mark.parametrize("way", ["entry point", pytest.param("import", marks=pytest.mark.slow)])
def test_a_saved_pipeline_works_in_a_new_process_without_the_folder(
    way: str, tagger: CrfTagger, extractor: EntityExtractor, tmp_path: Path
) -> None:
    tagger.save(tmp_path / "tagger")
    pipeline = spacy.blank("en")
    pipeline.add_pipe("nlpref", config={"model": str(tmp_path / "tagger"), "unit": "paragraph"})
    pipeline(TEXT)
    pipeline.to_disk(tmp_path / "pipeline")
    (tmp_path / "tagger").rename(tmp_path / "gone")
    path = [*sys.path]
    if way == "entry point":  # the table of pyproject.toml as an installed package has it
        declared = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]
        info = tmp_path / "site" / "declared-1.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: declared\nVersion: 1\n", "utf-8")
        lines = "".join(f"{name} = {target}\n" for name, target in declared["spacy_factories"].items())
        (info / "entry_points.txt").write_text(f"[spacy_factories]\n{lines}", "utf-8")
        path = [*path, str(tmp_path / "site")]
    program = f"import sys; sys.path[:] = {path!r}" + PROGRAM.format(
        imported="" if way == "entry point" else "import nlpref.extraction.spacy_component"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "pipeline"), TEXT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    *found, scores = json.loads(done.stdout)
    expected = list(from_doc(pipeline(TEXT)))
    assert found == [[one.start, one.end, one.label] for one in expected]
    assert scores == pytest.approx([one.score for one in expected])
    loaded = spacy.load(tmp_path / "pipeline").get_pipe("nlpref")
    assert (loaded.unit, loaded.batch_size) == ("paragraph", 64)


def test_a_component_without_a_tagger_says_so() -> None:
    with pytest.raises(InputError, match="the component has no tagger"):
        ExtractionComponent("nlpref", "")(spacy.blank("en")("Ann"))
    with pytest.raises(InputError, match="unit is 'page'"):
        ExtractionComponent("nlpref", "", unit="page")  # type: ignore[arg-type]


def test_documents_there_and_back() -> None:
    text = "pay £79.99 to wf-482913-uk, or else"
    found = [Entity(4, 10, "MONEY", 0.9, "£79.99", "79.99 GBP"), Entity(14, 23, "ORDER_ID", 0.8, "wf-482913", "482913")]
    doc = to_doc(text, found)
    assert from_doc(doc) == found
    assert [one.value for one in from_doc(doc)] == ["79.99 GBP", "482913"]
    assert from_doc(spacy.blank("en")("nothing")) == from_doc(to_doc("", [])) == []
    box = DocBin(store_user_data=True, docs=[doc])
    [again] = DocBin().from_bytes(box.to_bytes()).get_docs(spacy.blank("en").vocab)
    assert from_doc(again) == found
    plain = spacy.blank("en")("I am Ann")
    plain.set_ents([plain.char_span(5, 8, label="person")])
    assert from_doc(plain) == [Entity(5, 8, "person", 1.0, "Ann")]
    with pytest.raises(InputError, match="is not in the text, which has 'am'"):
        to_doc("I am Ann", [Entity(2, 4, "person", 1.0, "ab")])


def test_overlapping_entities_are_kept_apart() -> None:
    text = "New York Times"
    found = [Entity(0, 8, "city", 0.6, "New York"), Entity(0, 14, "paper", 0.7, text), Entity(4, 8, "city", 0.2, "York")]
    doc = to_doc(text, found)
    assert [(span.text, span.label_) for span in doc.ents] == [(text, "paper")]
    assert sorted(zip(doc.spans["nlpref"].attrs["scores"], (span.text for span in doc.spans["nlpref"]), strict=True)) == [
        (0.2, "York"),
        (0.6, "New York"),
        (0.7, text),
    ]
    inside = to_doc("abcdef", [Entity(0, 2, "a", 0.6, "ab"), Entity(3, 5, "b", 0.7, "de")])  # one token of spaCy's
    assert from_doc(inside) == [Entity(3, 5, "b", 0.7, "de")]


@settings(max_examples=40)
@given(text=texts)
def test_every_word_can_be_an_entity(text: str) -> None:
    found = [Entity(match.start(), match.end(), "word", 0.5, match[0]) for match in re.finditer(r"\S+", text)]
    doc = to_doc(text, found)
    assert isinstance(doc, Doc)
    assert from_doc(doc) == found


class Reader(HTMLParser):
    """Collects text, and which elements there are."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.filterwarnings("error")
def test_html_is_escaped() -> None:
    text = "<script>alert('x')</script> & \"Ann\"\0<img onerror=x>"
    start = text.index("Ann")
    html = render(text, [Entity(start - 1, start + 4, '<b onclick="x">', 0.9, '"Ann"')])
    reader = Reader()
    reader.feed(html)
    assert reader.tags <= {"div", "mark", "span", "br"}
    assert "".join(text.replace("\0", "\ufffd").split()) in "".join(reader.text.replace('<b onclick="x">', "").split())
    assert '<b onclick="x">' in reader.text
    assert "script" in unescape(html)
    assert "<!DOCTYPE html>" in render("Ann", [], page=True)
    assert "Ann" in render("Ann", [])
    with pytest.raises(InputError, match="is not in the text"):
        render("Ann", [Entity(2, 5, "a", 1.0, "abc")])
