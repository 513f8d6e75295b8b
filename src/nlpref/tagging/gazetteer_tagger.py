"""Entities by lists of names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, Self, get_args

from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.errors import InputError, NotFittedError
from nlpref.tagging.checks import check_training
from nlpref.tagging.name_scores import Evidence, learned_names, mostly_outside, out_of_fold
from nlpref.tagging.names import NameList, occurrences, read_list, read_table
from nlpref.tagging.overlaps import first_come
from nlpref.text.checks import check_sentences
from nlpref.text.tokenisers import WhitespaceTokeniser
from nlpref.types import Span, TaggedTokens

__all__ = ["GazetteerTagger", "Letters"]

Letters = Literal["exact", "folded", "smart"]
FITTED = "fitted.json"
AT_SPACES = WhitespaceTokeniser()


class GazetteerTagger(BaseEstimator):
    """Looks tokens up in lists of names; of names that overlap, the longest is found, then the one believed most.

    A span's score is the precision of its name in train: how often an entity of the label stood where the name did, the names
    of the label together counting as one more occurrence. Names learned from a sentence do not count in it: train is looked up
    in five folds, each in the names of the others. A name that train says nothing else of has the precision of its label.

    A million names of a file are read in seconds, and a lookup takes no longer than with a thousand.

    Args:
        learn: Whether the entities of train are names.
        lists: Label -> a file with one name on each line.
        table: A file with a name, a tab and a label on each line.
        case: ``exact`` finds names as they are written; ``folded`` in any case; ``smart`` in any case too, but names that train
            has as common words, without a capital more often outside entities than as one, only with a capital.
        min_precision: A name that occurs in train and has less precision there is dropped.
        tokeniser: Splits the names of files into tokens, as the data has them.

    Example:
        >>> ann = TaggedTokens(("Ann", "may", "visit", "New", "York"), (Span(0, 1, "person"), Span(3, 5, "city")))
        >>> may = TaggedTokens(("May", "may", "visit", "York"), (Span(0, 1, "person"), Span(3, 4, "city")))
        >>> tagger = GazetteerTagger().fit([ann, may] * 5)
        >>> [(span.start, span.end, span.label) for span in tagger.predict([["ann", "may", "leave", "new", "york"]])[0]]
        [(0, 1, 'person'), (3, 5, 'city')]
    """

    def __init__(
        self,
        learn: bool = True,
        lists: Mapping[str, str] | None = None,
        table: str | None = None,
        case: Letters = "smart",
        min_precision: float = 0.3,
        tokeniser: Callable[[str], list[str]] = AT_SPACES,
    ) -> None:
        self.learn = learn
        self.lists = lists
        self.table = table
        self.case = case
        self.min_precision = min_precision
        self.tokeniser = tokeniser

    @property
    def labels(self) -> tuple[str, ...]:
        """Entity types of the names."""
        self._check_fitted()
        return tuple(sorted(self.priors_))

    def fit(self, train: Sequence[TaggedTokens], validation: Sequence[TaggedTokens] = ()) -> Self:
        """Read and learn the names, and find out from train how far each can be believed; validation is not used.

        Raises:
            InputError: if the sentences or an argument do not fit, train has no entity at all, or a file cannot be read.
        """
        self.__dict__.pop("priors_", None)  # a fit that is refused must not leave what an earlier one learnt
        check_training(train, validation)
        self._check_settings()
        names = self._listed()
        learned = learned_names(train if self.learn else [], self._cased)
        self.capital_ = mostly_outside(train, [names, learned], self._cased) if self.case == "smart" else set()
        evidence = out_of_fold(train, names, self.learn, self._cased, self._find)
        for name, labels in learned.names.items():
            for label in labels:
                names.add(name.split(" "), label)
        self.scores_: dict[str, dict[str, float]] = {}
        self.names_ = names
        self.priors_ = self._believe(evidence)
        return self

    def predict(self, sentences: Sequence[Sequence[str]]) -> list[list[Span]]:
        """Find spans in token lists; offsets count tokens."""
        self._check_fitted()
        found = []
        for tokens in check_sentences(sentences):
            spans = [Span(start, end, *self._best(name)) for start, end, name in self._find(tokens, [self.names_])]
            found.append(first_come(sorted(spans, key=lambda span: (span.start - span.end, -span.score))))
        return found

    def save(self, folder: Path) -> None:
        """Write the names and what was found out of them; the files of names are not needed again."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            self.names_.save(made)
            fitted = {"priors": self.priors_, "scores": self.scores_, "capital": sorted(self.capital_)}
            storage.write_json(made / FITTED, fitted)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        tagger, folder = storage.restore(cls, folder), Path(folder)
        saved = storage.read_json(folder / FITTED)
        tagger.names_ = NameList.load(folder)
        tagger.scores_, tagger.capital_ = saved["scores"], set(saved["capital"])
        tagger.priors_ = saved["priors"]
        return tagger

    def _cased(self, tokens: Sequence[str]) -> list[str]:
        """Tokens as the names have them; a space inside a token is no space between two."""
        return [(token if self.case == "exact" else token.casefold()).replace(" ", "\u00a0") for token in tokens]

    def _find(self, tokens: Sequence[str], lists: Sequence[NameList]) -> Iterator[tuple[int, int, str]]:
        """Where names stand, but for those that need a capital and have none."""
        for start, end, name in occurrences(self._cased(tokens), lists):
            if name not in self.capital_ or any(token[:1].isupper() for token in tokens[start:end]):
                yield start, end, name

    def _listed(self) -> NameList:
        """The names of the files."""
        names = NameList()
        for label, path in (self.lists or {}).items():
            for words in read_list(path, self.tokeniser):
                names.add(self._cased(words), label)
        for words, label in read_table(self.table, self.tokeniser) if self.table is not None else ():
            names.add(self._cased(words), label)
        if not self.learn and not len(names):
            raise InputError("a gazetteer needs names; give lists or table with a name in them, or learn=True")
        return names

    def _believe(self, evidence: Evidence) -> dict[str, float]:
        """Score the names that train says something of, drop those that are too often wrong, and score the others by label."""
        priors = evidence.priors(sorted({label for labels in self.names_.names.values() for label in labels}))
        for name, label in evidence.found:
            score = evidence.precision((name, label), priors[label])
            if score < self.min_precision:
                self.names_.remove(name, label)
            else:
                self.scores_.setdefault(name, {})[label] = score
        return priors

    def _best(self, name: str) -> tuple[str, float]:
        """The label that a name has most probably, and how probably."""
        own = self.scores_.get(name, {})
        return max(((label, own.get(label, self.priors_[label])) for label in self.names_.names[name]), key=lambda one: one[1])

    def _check_settings(self) -> None:
        if self.case not in get_args(Letters):
            raise InputError(f"case={self.case!r}: expected one of {', '.join(get_args(Letters))}")
        if not 0 <= self.min_precision <= 1:
            raise InputError(f"min_precision={self.min_precision!r}: expected a number from 0 to 1")

    def _check_fitted(self) -> None:
        if not hasattr(self, "priors_"):
            raise NotFittedError("GazetteerTagger is not fitted yet; call fit(train, validation) or load(folder)")
