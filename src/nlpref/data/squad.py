"""Question-to-paragraph retrieval, with answers, from SQuAD v1.1 JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlpref.data.faults import Faults
from nlpref.data.lines import existing
from nlpref.types import Document, JudgedQuery, Span

__all__ = ["QuestionSet", "read_squad"]


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Paragraphs, questions judged on them, and the answers.

    ``answers`` maps a question id to character spans in the text of its paragraph, one for each annotator.
    """

    documents: tuple[Document, ...]
    queries: tuple[JudgedQuery, ...]
    answers: Mapping[str, tuple[Span, ...]]


def read_squad(path: str | Path, *, titles: bool = True) -> QuestionSet:
    """Read a SQuAD v1.1 file; equal paragraphs become one document, and its questions lead to it.

    Args:
        path: The file.
        titles: Whether documents carry the title of their article.

    Raises:
        InputError: if the file does not exist.
        DataError: if it has faults: among them a missing field, an empty question, an answer that is not at its place.

    Source: Rajpurkar et al. 2016, https://arxiv.org/abs/1606.05250.
    """
    path, faults = existing(path), Faults()
    documents: dict[str, Document] = {}
    queries: dict[str, JudgedQuery] = {}
    answers: dict[str, tuple[Span, ...]] = {}
    for place, title, paragraph in _paragraphs(path, faults):
        context = paragraph.get("context")
        if not isinstance(context, str) or not context.strip():
            faults.add(path, None, f"{place}.context", f"{context!r:.40}", "the text of the paragraph")
            continue
        title = title.replace("_", " ") if titles else ""
        document = documents.setdefault(context, Document(f"p{len(documents)}", context, title))
        for at, question in _items(path, paragraph, "qas", place, faults):
            id, text = str(question.get("id", "")), question.get("question")
            if not id or id in queries:
                faults.add(path, None, f"{at}.id", f"{id!r}", "an id of its own for each question")
            elif not isinstance(text, str) or not text.strip():
                faults.add(path, None, f"{at}.question", f"{text!r:.40}", "the text of the question")
            else:
                queries[id] = JudgedQuery(id, text, {document.id: 1})
                answers[id] = tuple(_answers(path, question, at, context, faults))
    if not queries and not faults.total:
        faults.add(path, None, "data", "no questions", "articles with paragraphs and questions")
    faults.raise_if_any()
    return QuestionSet(tuple(documents.values()), tuple(queries.values()), answers)


def _paragraphs(path: Path, faults: Faults) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    try:
        content = json.loads(path.read_bytes().decode("utf-8"))
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        faults.add(path, line, "", f"byte 0x{error.object[error.start]:02x}", "UTF-8")
        return
    except json.JSONDecodeError as error:
        faults.add(path, error.lineno, "", error.msg, "JSON")
        return
    if not isinstance(content, dict):
        faults.add(path, None, "", f"a JSON {type(content).__name__}", 'an object with "data"')
        return
    for place, article in _items(path, content, "data", "", faults):
        for at, paragraph in _items(path, article, "paragraphs", place, faults):
            yield at, str(article.get("title", "")), paragraph


def _items(
    path: Path, parent: Mapping[str, Any], name: str, place: str, faults: Faults
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    at, items = f"{place}.{name}".lstrip("."), parent.get(name)
    if not isinstance(items, list):
        faults.add(path, None, at, f"{items!r:.40}", "a list")
        return
    for index, item in enumerate(items):
        if isinstance(item, dict):
            yield f"{at}[{index}]", item
        else:
            faults.add(path, None, f"{at}[{index}]", f"{item!r:.40}", "an object")


def _answers(path: Path, question: Mapping[str, Any], place: str, context: str, faults: Faults) -> Iterator[Span]:
    if "answers" not in question:
        return
    for at, answer in _items(path, question, "answers", place, faults):
        text, start = answer.get("text"), answer.get("answer_start")
        if not isinstance(text, str) or not text or not isinstance(start, int):
            faults.add(path, None, at, f"{answer!r:.60}", "a text and its answer_start")
        elif context[start : start + len(text)] != text or start < 0:
            there = context[max(start, 0) :][: len(text)]
            faults.add(path, None, at, f"{there!r:.40} at {start}", f"the answer {text!r:.40} there")
        else:
            yield Span(start, start + len(text), "answer")
