"""Public sets of labelled texts: intents, reviews, and a test suite for hate speech detection."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from nlpref.data.catalogue import entry, fetch
from nlpref.data.dataset import InMemoryDataset
from nlpref.data.delimited import read_csv
from nlpref.data.faults import one_of
from nlpref.data.splits import deduplicate, prepare
from nlpref.errors import InputError
from nlpref.types import LabelledText

__all__ = ["amazon_reviews", "banking77", "clinc150", "hatecheck"]

_AMAZON = {"books": "books", "dvd": "dvd", "electronics": "electronics", "kitchen": "kitchen_&_housewares"}
_CLINC = ("full", "small", "imbalanced", "oos_plus")
_REVIEW = re.compile(r"<review>(.*?)</review>", re.DOTALL)
_FIELD = re.compile(r"<(\w+)>\n(.*?)\n?</\1>", re.DOTALL)


def banking77(validation_fraction: float = 0.1, seed: int = 0) -> InMemoryDataset[LabelledText]:
    """BANKING77, 77 intents: the official train and test splits; validation is carved from train.

    Args:
        validation_fraction: Share of train to carve; 0 for no validation split.
        seed: Of the carving.

    Source: Casanueva et al. 2020, https://arxiv.org/abs/2003.04807.
    """
    folder = fetch("banking77", ["train.csv", "test.csv"])
    train, test = (list(read_csv(folder / f"{split}.csv", label="category")) for split in ("train", "test"))
    splits, notes = prepare(train, test=test, validation_fraction=validation_fraction, seed=seed)
    return InMemoryDataset("banking77", splits, {**notes, "source": entry("banking77").credit})


def clinc150(
    variant: str = "full", validation_fraction: float | None = None, seed: int = 0, out_of_scope: bool = True
) -> InMemoryDataset[LabelledText]:
    """CLINC150, 150 intents: the official splits; ``facts["domain"]`` is the domain of the intent.

    Args:
        variant: ``full``, ``small``, ``imbalanced`` or ``oos_plus``.
        validation_fraction: None for the official validation split, else the share of train to carve (0 for none).
        seed: Of the carving.
        out_of_scope: Whether to keep the texts out of scope, under the label ``oos``.

    Raises:
        InputError: if there is no such variant.

    Source: Larson et al. 2019, https://arxiv.org/abs/1909.02027.
    """
    _check("variant", variant, _CLINC)
    folder = fetch("clinc150", [f"data_{variant}.json", "domains.json"])
    content = json.loads((folder / f"data_{variant}.json").read_text("utf-8"))
    domains = json.loads((folder / "domains.json").read_text("utf-8"))
    domain_of = {intent.replace(" ", "_"): domain for domain, intents in domains.items() for intent in intents}
    parts = {
        split: [
            LabelledText(text, label, f"{split}-{index}", {"domain": domain_of.get(label, "oos")})
            for index, (text, label) in enumerate(content[split] + (content[f"oos_{split}"] if out_of_scope else []))
        ]
        for split in ("train", "val", "test")
    }
    splits, notes = prepare(
        parts["train"], test=parts["test"], validation=parts["val"], validation_fraction=validation_fraction, seed=seed
    )
    return InMemoryDataset(f"clinc150_{variant}", splits, {**notes, "source": entry("clinc150").credit})


def amazon_reviews(
    domain: str = "books", validation_fraction: float = 0.1, test_fraction: float = 0.2, seed: int = 0
) -> InMemoryDataset[LabelledText]:
    """Amazon reviews of one domain, positive or negative; duplicates are dropped, test and validation are carved.

    ``facts`` holds ``rating``, ``title`` and ``date``.

    Args:
        domain: ``books``, ``dvd``, ``electronics`` or ``kitchen``.
        validation_fraction: Share of train to carve; 0 for no validation split.
        test_fraction: Share of all reviews to carve; 1 for all.
        seed: Of the carving.

    Raises:
        InputError: if there is no such domain.

    Source: Blitzer et al. 2007, https://aclanthology.org/P07-1056/.
    """
    _check("domain", domain, _AMAZON)
    files = {label: f"{_AMAZON[domain]}/{label}.review" for label in ("negative", "positive")}
    folder = fetch("amazon_reviews", list(files.values()))
    reviews = [review for label, file in files.items() for review in _reviews(folder / file, label)]
    kept, duplicates = deduplicate(reviews)
    splits, notes = prepare(kept, test_fraction=test_fraction, validation_fraction=validation_fraction, seed=seed)
    notes |= {"duplicates_dropped": duplicates, "source": entry("amazon_reviews").credit}
    return InMemoryDataset(f"amazon_{domain}", splits, notes)


def hatecheck(labels: Mapping[str, str] | None = None) -> InMemoryDataset[LabelledText]:
    """HateCheck, a test suite: a test split only; ``facts`` holds ``functionality`` and ``target_ident``.

    Args:
        labels: What to call ``hateful`` and ``non-hateful``, so that a model of other labels can be tested.

    Raises:
        InputError: if ``labels`` renames one that is not there.

    Source: Röttger et al. 2021, https://arxiv.org/abs/2012.15606.
    """
    file = "test_suite_cases.csv"
    columns = ("functionality", "target_ident")
    cases = read_csv(fetch("hatecheck", [file]) / file, text="test_case", label="label_gold", id="case_id", facts=columns)
    renamed = labels or {}
    for name in renamed:
        _check("label", name, ("hateful", "non-hateful"))
    test = [replace(case, label=renamed.get(case.label, case.label)) for case in cases]
    return InMemoryDataset("hatecheck", {"test": test}, {"source": entry("hatecheck").credit})


def _reviews(path: Path, label: str) -> Iterator[LabelledText]:
    """The reviews of a file that looks like XML but is not well-formed."""
    for index, match in enumerate(_REVIEW.finditer(path.read_bytes().decode("utf-8"))):
        fields: Mapping[str, str] = {name: " ".join(value.split()) for name, value in _FIELD.findall(match.group(1))}
        facts = {name: fields.get(name, "") for name in ("rating", "title", "date")}
        yield LabelledText(fields["review_text"], label, f"{label}-{index}", facts)


def _check(name: str, given: str, known: Collection[str]) -> None:
    if given not in known:
        raise InputError(f"no {name} {given!r}; expected {one_of(known, given)}")
