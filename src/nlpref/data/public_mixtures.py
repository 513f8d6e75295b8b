"""Public sets of entities with others to learn from: which types of one are which of another.

The maps were made by looking at the annotated data: names that two corpora share, and what each calls them. A type is left
out of what counts as looked for (``_LOOKED_FOR``) where a corpus marks only some of it, or calls it something else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nlpref.data.dataset import InMemoryDataset
from nlpref.data.faults import one_of
from nlpref.data.label_map import LabelMap
from nlpref.data.mixed_entities import Corpus, mixed_entities
from nlpref.data.public_entities import broad_twitter, crossner, wnut17
from nlpref.errors import InputError
from nlpref.types import TaggedTokens

__all__ = ["crossner_with_others"]

_PLACES = ("country", "location")
_TWEETS, _WNUT17 = "tweets", "wnut17"
_LOOKED_FOR = {
    "politics": (*_PLACES, "organisation", "person", "politicalparty", "politician"),
    "science": (*_PLACES, "organisation", "person", "scientist", "university"),
    "ai": (*_PLACES, "organisation", "person", "researcher", "university"),
}
"""By domain, the types of which every other corpus marks all entities, under whatever name."""
_MORE = {("science", "politics"): ("election", "event"), ("politics", "science"): ("event",)}
"""From one domain to another, what is looked for besides."""


def _nothing(*types: str) -> LabelMap:
    """Of no type that was looked for."""
    return dict.fromkeys(types)


_SAME: LabelMap = {"location": "location", "country": "country"}
_MAPS: Mapping[str, Mapping[str, LabelMap]] = {
    "politics": {  # what each domain makes of the types of the others
        "science": {
            **_SAME,
            **_nothing("chemicalcompound", "chemicalelement", "discipline", "enzyme", "misc", "protein", "theory"),
            "academicjournal": ["misc", "organisation"],
            "astronomicalobject": ["location", "misc"],
            "award": "misc",
            "event": ["election", "event"],
            "organisation": ["organisation", "politicalparty"],
            "person": ["person", "politician"],  # Lincoln is a person there
            "scientist": "person",
            "university": "organisation",
        },
        "ai": {
            **_SAME,
            **_nothing("algorithm", "conference", "field", "metrics", "misc", "product", "programlang", "task"),
            "organisation": ["organisation", "politicalparty"],
            "person": ["person", "politician"],
            "researcher": "person",
            "university": "organisation",
        },
        _TWEETS: {
            "LOC": ["country", "location", "misc"],  # Irish is a place there, and misc here
            "ORG": ["misc", "organisation", "politicalparty"],
            "PER": ["person", "politician"],
        },
        _WNUT17: {
            **_nothing("creative-work", "product"),
            "corporation": "organisation",
            "group": ["organisation", "politicalparty"],
            "location": ["country", "location"],
            "person": ["person", "politician"],
        },
    },
    "science": {
        "politics": {
            **_SAME,
            "election": "event",
            "event": "event",
            "misc": "misc",
            "organisation": ["organisation", "university"],
            "person": ["person", "scientist"],
            "politicalparty": "organisation",
            "politician": "person",
        },
        "ai": {
            **_SAME,
            **_nothing("algorithm", "metrics", "product", "programlang", "task"),
            "conference": ["academicjournal", "event", "misc", "organisation"],  # ACM is one there
            "field": ["discipline", "misc"],
            "misc": "misc",
            "organisation": ["organisation", "university"],
            "person": ["person", "scientist"],
            "researcher": ["person", "scientist"],
            "university": "university",
        },
        _TWEETS: {
            "LOC": ["astronomicalobject", "country", "location", "misc", "university"],
            "ORG": ["organisation", "university"],
            "PER": ["person", "scientist"],
        },
        _WNUT17: {
            **_nothing("creative-work", "product"),
            "corporation": "organisation",
            "group": ["organisation", "university"],
            "location": ["astronomicalobject", "country", "location", "university"],  # Pluto is a place there
            "person": ["person", "scientist"],
        },
    },
    "ai": {
        "politics": {
            **_SAME,
            **_nothing("election", "event"),
            "misc": "misc",
            "organisation": ["organisation", "university"],
            "person": ["person", "researcher"],
            "politicalparty": "organisation",
            "politician": "person",
        },
        "science": {
            **_SAME,
            **_nothing("chemicalcompound", "chemicalelement", "enzyme", "event", "protein", "theory"),
            "academicjournal": ["conference", "misc"],  # IJCV is a conference here
            "astronomicalobject": ["location", "misc"],
            "award": "misc",
            "discipline": ["field", "misc"],
            "misc": "misc",
            "organisation": ["conference", "organisation", "university"],
            "person": ["person", "researcher"],
            "scientist": ["person", "researcher"],
            "university": "university",
        },
        _TWEETS: {
            "LOC": ["country", "location", "misc", "university"],
            "ORG": ["organisation", "product", "university"],  # Android is one there
            "PER": ["person", "researcher"],
        },
        _WNUT17: {
            **_nothing("creative-work"),
            "corporation": "organisation",
            "group": ["organisation", "university"],
            "location": ["country", "location"],
            "person": ["person", "researcher"],
            "product": ["misc", "product"],
        },
    },
}


def crossner_with_others(
    domain: str = "politics",
    others: Sequence[str] | None = None,
    everything: bool = False,
    copies: int = 1,
    validation_fraction: float | None = None,
    seed: int = 0,
) -> InMemoryDataset[TaggedTokens]:
    """CrossNER of one domain, with the other domains and with tweets to learn from, which are partially annotated.

    Args:
        domain: ``politics``, ``science`` or ``ai``; validation and test are its own.
        others: Some of ``politics``, ``science``, ``ai``, ``tweets`` (the Broad Twitter Corpus) and ``wnut17``; None for all
            but the domain itself.
        everything: Learn from all splits of the others, not from their train alone.
        copies: How often each sentence of the domain's own train is learned from.
        validation_fraction: None for the official validation split, else the share of train to carve (0 for none).
        seed: Of the carving.

    Raises:
        InputError: if there is no such domain or corpus.
    """
    if domain not in _MAPS:
        raise InputError(f"no domain {domain!r}; expected {one_of(_MAPS, domain)}")
    maps = _MAPS[domain]
    for name in others or ():
        if name not in maps:
            raise InputError(f"no other corpus {name!r} for {domain}; expected {one_of(maps, name)}")
    corpora = {
        name: Corpus(_corpus(name), maps[name], (*_LOOKED_FOR[domain], *_MORE.get((name, domain), ())))
        for name in (maps if others is None else others)
    }
    target = crossner(domain, validation_fraction, seed)
    return mixed_entities(target, corpora, everything, copies, seed, f"crossner_{domain}_with_others")


def _corpus(name: str) -> InMemoryDataset[Any]:
    if name == _TWEETS:
        return broad_twitter(validation_fraction=0, join_handles=True)
    return wnut17() if name == _WNUT17 else crossner(name)
