"""Entity types of one corpus as those of another: what a type becomes, and which types a corpus has looked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from nlpref.data.faults import one_of
from nlpref.errors import InputError
from nlpref.types import EITHER, Span, TaggedTokens

__all__ = ["LEAVE_OUT", "LabelMap", "relabel", "targets_of"]

LEAVE_OUT = "?"
"""Sentences with an entity of a type mapped to this are left out: it could be anything."""

LabelMap = Mapping[str, str | Sequence[str] | None]


def targets_of(mapping: LabelMap) -> tuple[str, ...]:
    """Sorted distinct types that a mapping leads to.

    >>> targets_of({"ORG": ["group", "corporation"], "PER": "person", "MISC": None})
    ('corporation', 'group', 'person')
    """
    return tuple(sorted({label for target in mapping.values() for label in _choices(target)}))


def relabel(
    examples: Sequence[TaggedTokens], mapping: LabelMap | None, annotated: Sequence[str] | None = None
) -> list[TaggedTokens]:
    """Sentences with the types of another corpus, in which only the types that the mapping reaches were looked for.

    Args:
        examples: Sentences in which all types of their corpus were looked for.
        mapping: For every type of the examples another one; several, if an entity may be either of them; None, if it is
            none of those that the mapping reaches (its tokens are then like any outside of entities); or ``LEAVE_OUT``.
            None for all: nothing is known of the sentences.
        annotated: The types of the other corpus of which all entities were marked; default: all that the mapping reaches.
            A type that it reaches, but of which there are more entities than were marked, is to be left out here.

    Raises:
        InputError: if a type has no place in the mapping, an example is partially annotated itself, or ``annotated`` has a
            type that the mapping does not reach.

    Example:
        >>> tweet = TaggedTokens(("@", "bbc", "in", "Rome"), (Span(1, 2, "ORG"), Span(3, 4, "LOC")))
        >>> mapped = relabel([tweet], {"ORG": ["corporation", "group"], "LOC": "location"})[0]
        >>> [span.label for span in mapped.spans], mapped.annotated
        (['corporation|group', 'location'], ('corporation', 'group', 'location'))
    """
    if mapping is None:
        return [replace(example, spans=(), annotated=()) for example in examples]
    reached = targets_of(mapping)
    if beyond := sorted(set(annotated or ()) - set(reached)):
        raise InputError(f"annotated={beyond}: the label map reaches only {', '.join(map(repr, reached))}")
    looked_for = reached if annotated is None else tuple(sorted(set(annotated)))
    made = []
    for example in examples:
        if example.partial:
            raise InputError(f"sentence {example.id!r} is partially annotated already; map the types of its own corpus")
        for span in example.spans:
            if span.label not in mapping:
                raise InputError(f"the label map has no place for {span.label!r}, of {example.id!r}; it has {one_of(mapping)}")
        if all(mapping[span.label] != LEAVE_OUT for span in example.spans):
            pairs = [(span, _choices(mapping[span.label])) for span in example.spans]
            spans = tuple(Span(span.start, span.end, EITHER.join(to), span.score) for span, to in pairs if to)
            made.append(replace(example, spans=spans, annotated=looked_for))
    return made


def _choices(target: str | Sequence[str] | None) -> tuple[str, ...]:
    if target is None or target == LEAVE_OUT:
        return ()
    return (target,) if isinstance(target, str) else tuple(sorted(set(target)))
