"""How far a name can be believed, by what train says of it where the name was not learned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from nlpref.tagging.gazetteer import FOLDS
from nlpref.tagging.names import NameList, occurrences
from nlpref.tagging.overlaps import first_come
from nlpref.types import Span, TaggedTokens

__all__ = ["Evidence", "learned_names", "mostly_outside", "out_of_fold"]

Case = Callable[[Sequence[str]], list[str]]
Named = tuple[str, str]
"""A name and a label."""


@dataclass
class Evidence:
    """How often each name was looked up in train, and how often an entity of the label stood there.

    Args:
        found: Occurrences of a name.
        right: Those that are an entity of the label.
    """

    found: Counter[Named] = field(default_factory=Counter)
    right: Counter[Named] = field(default_factory=Counter)

    def priors(self, labels: Sequence[str]) -> dict[str, float]:
        """Precision of all names of a label together; of a label whose names were never found, one half."""
        found, right = Counter[str](), Counter[str]()
        for (name, label), count in self.found.items():
            found[label] += count
            right[label] += self.right[name, label]
        return {label: (right[label] + 1) / (found[label] + 2) for label in labels}

    def precision(self, named: Named, prior: float) -> float:
        """Precision of a name, where the prior counts as one more occurrence. Source: Laplace's smoothing."""
        return (self.right[named] + prior) / (self.found[named] + 1)


def learned_names(examples: Sequence[TaggedTokens], case: Case) -> NameList:
    """The entities of some examples, in the case of the list."""
    learned = NameList()
    for example in examples:
        for span in example.spans:
            learned.add(case(example.tokens[span.start : span.end]), span.label)
    return learned


def mostly_outside(train: Sequence[TaggedTokens], lists: Sequence[NameList], case: Case) -> set[str]:
    """The names that, where they are written without a capital, are more often no entity than one."""
    balance = Counter[str]()
    for example in train:
        entities = {(span.start, span.end) for span in example.spans}
        for start, end, name in occurrences(case(example.tokens), lists):
            if not any(token[:1].isupper() for token in example.tokens[start:end]):
                balance[name] += -1 if (start, end) in entities else 1
    return {name for name, count in balance.items() if count > 0}


def out_of_fold(
    train: Sequence[TaggedTokens],
    listed: NameList,
    learn: bool,
    case: Case,
    find: Callable[[Sequence[str], Sequence[NameList]], Iterator[tuple[int, int, str]]],
) -> Evidence:
    """Look train up in the given names and, if names are learned, in those of the other folds.

    Args:
        train: What is looked up.
        listed: Names that were not learned from train.
        learn: Whether there are learned names.
        case: The case that names have.
        find: Occurrences of names that count.
    """
    evidence = Evidence()
    for fold in range(FOLDS):
        own = train[fold::FOLDS]
        others = [one for row, one in enumerate(train) if row % FOLDS != fold] if learn else []
        lists = [listed, learned_names(others, case)]
        for example in own:
            gold = {(span.start, span.end): span.label for span in example.spans}
            at = {(start, end): name for start, end, name in find(example.tokens, lists)}
            for span in first_come(Span(*place, "") for place in sorted(at, key=lambda place: (place[0] - place[1], place))):
                name = at[span.start, span.end]
                for label in {label for one in lists for label in one.names.get(name, ())}:
                    evidence.found[name, label] += 1
                    evidence.right[name, label] += gold.get((span.start, span.end)) == label
    return evidence
