"""Entities as spaCy documents and back, and drawn by displaCy."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from html import escape

import spacy
from spacy import displacy
from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup

from nlpref.errors import InputError
from nlpref.extraction.entity import Entity
from nlpref.extraction.overlaps import resolve

__all__ = ["GROUP", "from_doc", "mark", "render", "to_doc"]

GROUP = "nlpref"
"""Key in ``doc.spans`` of all entities; its ``attrs`` hold their ``scores``, ``values`` and exact ``offsets``."""
_UNSHOWN = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def to_doc(text: str, entities: Iterable[Entity], pipeline: Language | None = None) -> Doc:
    """A spaCy document with entities in ``doc.ents`` and ``doc.spans["nlpref"]``.

    Args:
        text: The text.
        entities: Counted in its characters; ``doc.ents`` gets those that ``resolve`` keeps.
        pipeline: Tokenises and gives the vocabulary; by default a blank English one.

    Raises:
        InputError: if an entity is not in the text.

    >>> doc = to_doc("I live in Rome.", [Entity(10, 14, "CITY", 0.9, "Rome")])
    >>> doc.ents, from_doc(doc)
    ((Rome,), [Entity(start=10, end=14, label='CITY', score=0.9, text='Rome', value=None)])
    """
    return mark((pipeline or _english()).make_doc(text), entities)


def mark(doc: Doc, entities: Iterable[Entity]) -> Doc:
    """Set the entities of a document, which loses those that it had.

    An entity that begins or ends inside a token of spaCy's is widened to whole tokens; if two then share a token, ``doc.ents``
    has the surer one. The group ``doc.spans["nlpref"]`` has them all, with their exact offsets.

    Raises:
        InputError: if an entity is not in the text.
    """
    given = [_checked(entity, doc.text) for entity in sorted(entities)]
    spans = [_widened(doc, entity) for entity in given]
    attributes = {
        "scores": [entity.score for entity in given],
        "values": [entity.value for entity in given],
        "offsets": [[entity.start, entity.end] for entity in given],
    }
    doc.spans[GROUP] = SpanGroup(doc, name=GROUP, attrs=attributes, spans=spans)
    places = dict(zip(given, spans, strict=True))
    taken = [False] * len(doc)
    kept = []
    for entity in sorted(resolve(given), key=lambda entity: (-entity.score, entity)):
        span = places[entity]
        if not any(taken[span.start : span.end]):
            taken[span.start : span.end] = [True] * len(span)
            kept.append(span)
    doc.set_ents(sorted(kept, key=lambda span: int(span.start)))
    return doc


def from_doc(doc: Doc) -> list[Entity]:
    """The entities of ``doc.ents``; scores, values and exact offsets of those that come from nlpref, else score 1."""
    group = doc.spans.get(GROUP)
    known: dict[tuple[int, int, str], tuple[float, str | None, int, int]] = {}
    if group is not None:
        facts = zip(group, *(group.attrs[name] for name in ("scores", "values", "offsets")), strict=True)
        for span, score, value, (start, end) in facts:
            known.setdefault((span.start, span.end, span.label_), (score, value, start, end))
    found = []
    for span in doc.ents:
        plain = (1.0, None, span.start_char, span.end_char)
        score, value, start, end = known.get((span.start, span.end, span.label_), plain)
        found.append(Entity(start, end, span.label_, score, doc.text[start:end], value))
    return found


def render(text: str, entities: Iterable[Entity], page: bool = False) -> str:
    """HTML by displaCy; of overlapping entities those that ``resolve`` keeps.

    Text and labels are escaped, and control characters shown as one sign.

    Args:
        text: The text.
        entities: Counted in its characters.
        page: A whole page, not only the element.

    Raises:
        InputError: if an entity is not in the text.

    >>> "<script>" in render("<script>", [Entity(1, 7, "<b>", 1.0, "script")])
    False
    """
    chosen = resolve(_checked(entity, text) for entity in entities)
    marks = [{"start": entity.start, "end": entity.end, "label": escape(entity.label)} for entity in chosen]
    shown = _UNSHOWN.sub("\ufffd", text)
    document = {"text": shown, "ents": marks, "title": None}
    return str(displacy.render(document, style="ent", manual=True, page=page, jupyter=False))


def _widened(doc: Doc, entity: Entity) -> Span:
    span = doc.char_span(entity.start, entity.end, label=entity.label, alignment_mode="expand")
    if span is None:
        raise InputError(f"{entity} touches no token of spaCy's")
    return span


def _checked(entity: Entity, text: str) -> Entity:
    if text[entity.start : entity.end] != entity.text:
        raise InputError(f"{entity} is not in the text, which has {text[entity.start : entity.end]!r} there")
    return entity


@cache
def _english() -> Language:
    made = spacy.blank("en")
    made.max_length = 10**9  # the limit is about the parser, which is not here
    return made
