"""Question-to-paragraph retrieval, with answers, from SQuAD v1.1 JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlpref.data.faults import Faults
from nlpref.data.fields import TextField, display, id_of
from nlpref.data.json_list import read_items
from nlpref.data.lines import existing
from nlpref.types import Document, JudgedQuery, Span

__all__ = ["Paragraph", "Question", "QuestionSet", "read_paragraphs", "read_squad"]


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and its answers: character spans in the paragraph, one for each annotator."""

    id: str
    text: str
    answers: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of an article, with the questions on it."""

    text: str
    title: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Paragraphs, questions judged on them, and the answers.

    ``answers`` maps a question id to character spans in the text of its paragraph, one for each annotator.
    """

    documents: tuple[Document, ...]
    queries: tuple[JudgedQuery, ...]
    answers: Mapping[str, tuple[Span, ...]]


def read_paragraphs(path: str | Path) -> Iterator[Paragraph]:
    """Stream the paragraphs of a SQuAD v1.1 file, holding one article at a time (and the ids of the questions).

    Raises:
        InputError: if the file does not exist.
        DataError: at the end of the file, if it has faults: among them a missing field, an empty question, an answer that
            is not at its place.

    Source: Rajpurkar et al. 2016, https://arxiv.org/abs/1606.05250.
    """
    reader = _Reader(existing(path))
    yield from reader.paragraphs()
    if not reader.seen and not reader.faults.total:
        reader.faults.add(reader.path, None, "data", "no questions", "articles with paragraphs and questions")
    reader.faults.raise_if_any()


def read_squad(path: str | Path, *, titles: bool = True) -> QuestionSet:
    """Read a SQuAD v1.1 file; equal paragraphs become one document, and its questions lead to it.

    Args:
        path: The file.
        titles: Whether documents carry the title of their article.

    Raises:
        InputError: if the file does not exist.
        DataError: if it has faults; see ``read_paragraphs``.
    """
    documents: dict[str, Document] = {}
    queries: list[JudgedQuery] = []
    answers: dict[str, tuple[Span, ...]] = {}
    for paragraph in read_paragraphs(path):
        document = Document(f"p{len(documents)}", paragraph.text, paragraph.title if titles else "")
        document = documents.setdefault(paragraph.text, document)
        queries += [JudgedQuery(question.id, question.text, {document.id: 1}) for question in paragraph.questions]
        answers |= {question.id: question.answers for question in paragraph.questions}
    return QuestionSet(tuple(documents.values()), tuple(queries), answers)


class _Reader:
    """Walks articles, paragraphs, questions and answers; a place such as ``data[0].paragraphs[2]`` names where it is."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.faults = Faults()
        self.seen: set[str] = set()
        self._contexts = TextField(path, self.faults, "the text of the paragraph")
        self._texts = TextField(path, self.faults, "the text of the question")

    def paragraphs(self) -> Iterator[Paragraph]:
        for index, (line, article) in enumerate(read_items(self.path, "data", self.faults)):
            if not isinstance(article, dict):
                self.faults.add(self.path, line, f"data[{index}]", display(article), "an object")
                continue
            title = str(article.get("title") or "").replace("_", " ")
            for at, paragraph in self._items(line, article, "paragraphs", f"data[{index}]"):
                context = self._contexts.check(line, f"{at}.context", paragraph.get("context"))
                if context:
                    asked = [self._question(line, *item, context) for item in self._items(line, paragraph, "qas", at)]
                    yield Paragraph(context, title, tuple(question for question in asked if question))

    def _question(self, line: int, place: str, question: Mapping[str, Any], context: str) -> Question | None:
        before = self.faults.total
        id = id_of(question.get("id"))
        text = self._texts.check(line, f"{place}.question", question.get("question"))
        if not id or id in self.seen:
            found = f"the id {id!r} again" if id else display(question.get("id"))
            self.faults.add(self.path, line, f"{place}.id", found, "an id of its own for each question")
        self.seen.add(id)
        answers = tuple(self._answers(line, place, question, context))
        return Question(id, text, answers) if self.faults.total == before else None

    def _answers(self, line: int, place: str, question: Mapping[str, Any], context: str) -> Iterator[Span]:
        if "answers" not in question:
            return
        for at, answer in self._items(line, question, "answers", place):
            text, start = answer.get("text"), answer.get("answer_start")
            if not isinstance(text, str) or not text or isinstance(start, bool) or not isinstance(start, int):
                self.faults.add(self.path, line, at, display(answer), "a text and its answer_start")
            elif context[start : start + len(text)] != text or start < 0:
                there = context[max(start, 0) :][: len(text)]
                self.faults.add(self.path, line, at, f"{there!r:.40} at {start}", f"the answer {text!r:.40} there")
            else:
                yield Span(start, start + len(text), "answer")

    def _items(self, line: int, parent: Mapping[str, Any], name: str, place: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        at, items = f"{place}.{name}", parent.get(name)
        if not isinstance(items, list):
            self.faults.add(self.path, line, at, display(items), "a list")
            return
        for index, item in enumerate(items):
            if isinstance(item, dict):
                yield f"{at}[{index}]", item
            else:
                self.faults.add(self.path, line, f"{at}[{index}]", display(item), "an object")
