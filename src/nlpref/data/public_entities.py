"""Public sets of tagged tokens."""

from __future__ import annotations

from collections.abc import Sequence

from nlpref.data import handles
from nlpref.data.catalogue import entry, fetch
from nlpref.data.conll import read_conll
from nlpref.data.dataset import InMemoryDataset
from nlpref.data.faults import one_of
from nlpref.data.splits import prepare
from nlpref.errors import InputError
from nlpref.types import TaggedTokens

__all__ = ["PERIODS", "broad_twitter", "crossner", "wnut17"]

_DOMAINS = ("politics", "science", "ai")
_SECTIONS = ("a", "b", "e", "g")
PERIODS = {
    "a": "January 2012",
    "b": "January to February 2012",
    "e": "July 2014",
    "f": "2009 to 2014",
    "g": "2011 to 2014",
}
"""When the tweets of each section of the Broad Twitter Corpus were collected, as its README says.

Single tweets have no date in the CoNLL files.
"""


def wnut17(validation_fraction: float | None = None, seed: int = 0) -> InMemoryDataset[TaggedTokens]:
    """WNUT-17, six types of emerging entities: the official splits.

    Args:
        validation_fraction: None for the official validation split, else the share of train to carve (0 for none).
        seed: Of the carving.

    Source: Derczynski et al. 2017, https://aclanthology.org/W17-4418/.
    """
    files = ["wnut17train.conll", "emerging.dev.conll", "emerging.test.annotated"]
    return _official("wnut17", "wnut17", files, validation_fraction, seed)


def crossner(domain: str = "politics", validation_fraction: float | None = None, seed: int = 0) -> InMemoryDataset[TaggedTokens]:
    """CrossNER, entities of one domain of Wikipedia: the official splits.

    Args:
        domain: ``politics``, ``science`` or ``ai``.
        validation_fraction: None for the official validation split, else the share of train to carve (0 for none).
        seed: Of the carving.

    Raises:
        InputError: if there is no such domain.

    Source: Liu et al. 2021, https://arxiv.org/abs/2012.04373.
    """
    if domain not in _DOMAINS:
        raise InputError(f"no domain {domain!r}; expected {one_of(_DOMAINS, domain)}")
    files = [f"{domain}/{split}.txt" for split in ("train", "dev", "test")]
    return _official("crossner", f"crossner_{domain}", files, validation_fraction, seed)


def broad_twitter(
    train_sections: Sequence[str] = _SECTIONS,
    test_sections: Sequence[str] = ("f",),
    validation_fraction: float = 0.1,
    join_handles: bool = False,
    seed: int = 0,
) -> InMemoryDataset[TaggedTokens]:
    """Broad Twitter Corpus: by default sections a, b, e and g to train on, f (other people, other years) to test on.

    Ids begin with the section; ``PERIODS`` says when each was collected. Lines without a token, of which section f has a
    few, are passed over.

    Args:
        train_sections: Some of a, b, e, f and g.
        test_sections: Others of them; none for no test split.
        validation_fraction: Share of train to carve; 0 for no validation split.
        join_handles: Make ``@`` and the name behind it, each of which this corpus marks as a person or an organisation,
            one token that is no entity, as WNUT-17 has them.
        seed: Of the carving.

    Raises:
        InputError: if there is no such section, one is to be trained on and tested on, or none is to be trained on.

    Source: Derczynski et al. 2016, https://aclanthology.org/C16-1111/.
    """
    for section in (*train_sections, *test_sections):
        if section not in PERIODS:
            raise InputError(f"no section {section!r} of the Broad Twitter Corpus; expected {one_of(PERIODS, section)}")
    if both := sorted(set(train_sections) & set(test_sections)):
        raise InputError(f"section {', '.join(both)} is to be trained on and tested on; choose one")
    if not train_sections:
        raise InputError("no section to train on; give train_sections")
    files = {section: f"CONLL-format/data/{section}.conll" for section in (*train_sections, *test_sections)}
    folder = fetch("broad_twitter", list(files.values()))
    found = {
        section: [
            TaggedTokens(tweet.tokens, tweet.spans, f"{section}-{tweet.id}")
            for tweet in read_conll(folder / file, scheme="bio", drop_blank_tokens=True)
        ]
        for section, file in files.items()
    }
    if join_handles:
        found = {section: handles.join_handles(tweets) for section, tweets in found.items()}
    train, test = ([tweet for one in sections for tweet in found[one]] for sections in (train_sections, test_sections))
    splits, notes = prepare(train, test=test, test_fraction=0, validation_fraction=validation_fraction, seed=seed)
    return InMemoryDataset("broad_twitter", splits, {**notes, "source": entry("broad_twitter").credit})


def _official(
    source: str, name: str, files: Sequence[str], validation_fraction: float | None, seed: int
) -> InMemoryDataset[TaggedTokens]:
    folder = fetch(source, files)
    train, validation, test = (list(read_conll(folder / file, scheme="bio")) for file in files)
    splits, notes = prepare(train, test=test, validation=validation, validation_fraction=validation_fraction, seed=seed)
    return InMemoryDataset(name, splits, {**notes, "source": entry(source).credit})
