"""What the decision components around a tagger share: a tagger inside, and sentences that it has not learnt from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone

from nlpref.decisions.spans.reading import Reading, read, scores_of
from nlpref.errors import InputError, NotFittedError
from nlpref.held_out import stratified_folds
from nlpref.protocols import TokenTagger
from nlpref.text.checks import check_examples, check_sentences
from nlpref.types import Span, TaggedTokens

__all__ = ["Judged", "TaggerWrapper", "judge"]


@dataclass(frozen=True)
class Judged:
    """What a fitted tagger says of sentences that it has not learnt from, and what is right.

    Args:
        readings: One for each sentence.
        gold: The gold spans of each.
    """

    readings: Sequence[Reading]
    gold: Sequence[Sequence[Span]]

    @property
    def sentences(self) -> NDArray[np.intp]:
        """Number of the sentence of each span found, (n_spans,)."""
        return np.repeat(np.arange(len(self.readings)), [len(one.found) for one in self.readings])

    @property
    def scores(self) -> NDArray[np.float64]:
        """Score of each span found, (n_spans,)."""
        return scores_of(span for one in self.readings for span in one.found)

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether start, end and label of each span found are those of a gold span, (n_spans,)."""
        pairs = zip(self.readings, self.gold, strict=True)
        return np.array([span in set(gold) for one, gold in pairs for span in one.found], dtype=np.bool_)


def judge(tagger: Any, examples: Sequence[TaggedTokens], floor: float | None = None) -> Judged:
    """Ask a fitted tagger about sentences whose entities are known.

    Raises:
        InputError: if the examples are no ``TaggedTokens``, there is none, or something about their entities is unknown.
    """
    examples = check_examples(examples, TaggedTokens, "examples")
    if not examples:
        raise InputError("expected at least one sentence to tell shares of, got none")
    if partial := next((one for one in examples if one.partial), None):
        raise InputError(
            f"sentence {partial.id!r} was annotated for {', '.join(partial.annotated or ())} alone, so nobody knows which of the "
            "spans found are right; give sentences in which all types were looked for"
        )
    readings = read(tagger, check_sentences([one.tokens for one in examples]), floor)
    return Judged(readings, [one.spans for one in examples])


class TaggerWrapper(BaseEstimator):
    """A tagger inside a component that is a tagger itself; the parts that do not differ.

    A subclass has the arguments ``tagger``, ``fit_tagger``, ``use_validation``, ``folds`` and ``seed``, names in ``_learnt``
    the attribute that ``fit`` sets last, and has the method ``read``.
    """

    _learnt: ClassVar[str]
    tagger: TokenTagger
    fit_tagger: bool
    use_validation: bool
    folds: int
    seed: int

    @property
    def labels(self) -> tuple[str, ...]:
        """Entity types of the tagger inside."""
        self._check_fitted()
        return tuple(self.tagger.labels)

    def read(self, sentences: Sequence[Sequence[str]], floor: float | None = None) -> list[Reading]:
        """What it says of each sentence, with candidates of at least this probability if a floor is given."""
        raise NotImplementedError

    def predict(self, sentences: Sequence[Sequence[str]]) -> list[list[Span]]:
        """Spans of each sentence; offsets count tokens.

        Raises:
            NotFittedError: before ``fit``.
            InputError: if the sentences are no lists of tokens.
        """
        self._check_fitted()
        return [list(one.found) for one in self.read(check_sentences(sentences))]

    def _fit_inside(
        self, train: Sequence[TaggedTokens], validation: Sequence[TaggedTokens], purpose: str, floor: float | None = None
    ) -> Judged:
        """Fit the tagger on train alone, and judge what it says of sentences that are held out.

        These are the validation split. Without one, each sentence of train is read by a copy that was fitted on the other folds.

        Raises:
            InputError: if examples or tagger do not fit, or there is nothing to hold out.
        """
        for name, split in (("train", train), ("validation", validation)):
            check_sentences([one.tokens for one in check_examples(split, TaggedTokens, name)])
        self.__dict__.pop(self._learnt, None)  # a fit that is refused must not leave what an earlier one learnt
        if not hasattr(self.tagger, "predict") or hasattr(self.tagger, "predict_proba"):
            raise InputError(f"{type(self).__name__} needs a tagger with fit, predict and labels, got {self.tagger!r:.80}")
        held = validation if self.use_validation else ()
        if not self.fit_tagger and not held:
            raise InputError(
                f"{purpose} need sentences that the tagger has not learnt from; with fit_tagger=False give a validation split, "
                "and use_validation=True"
            )
        if self.fit_tagger:
            self.tagger.fit(train)
        try:
            self.tagger.labels  # noqa: B018
        except NotFittedError as error:
            raise InputError("with fit_tagger=False the tagger must be fitted already, but it is not") from error
        return judge(self.tagger, held, floor) if held else self._crossed(train, purpose, floor)

    def _crossed(self, train: Sequence[TaggedTokens], purpose: str, floor: float | None) -> Judged:
        """Every sentence of train whose entities are all known, read by a copy that has not learnt from it."""
        if isinstance(self.folds, bool) or not isinstance(self.folds, int) or self.folds < 2:
            raise InputError(f"folds must be a whole number of at least 2, got {self.folds!r}")
        kinds = np.array([bool(one.spans) for one in train], dtype=np.intp)  # each fold has its share of entities
        fold_of = stratified_folds(kinds, self.folds, self.seed)
        readings: list[Reading] = []
        gold: list[Sequence[Span]] = []
        for fold in np.unique(fold_of[fold_of >= 0]).tolist():
            apart = [one for one, part in zip(train, fold_of, strict=True) if part == fold and not one.partial]
            if apart:
                copied: Any = clone(self.tagger)
                copied.fit([one for one, part in zip(train, fold_of, strict=True) if part != fold])
                judged = judge(copied, apart, floor)
                readings += judged.readings
                gold += judged.gold
        if not readings:
            raise InputError(f"{purpose} need sentences of their own, and {len(train)} are too few to spare any; give validation")
        return Judged(readings, gold)

    def _describe_inside(self, examples: Sequence[TaggedTokens]) -> dict[str, Any]:
        inside: Any = self.tagger
        return dict(inside.describe(examples)) if hasattr(inside, "describe") else {}

    def _check_fitted(self) -> None:
        if not hasattr(self, self._learnt):
            raise NotFittedError(f"{type(self).__name__} is not fitted yet; call fit(train, validation) or load(folder)")

    def __sklearn_clone__(self) -> Any:
        copied = super().__sklearn_clone__()
        if not self.fit_tagger:  # a clone of it would have to be fitted
            copied.tagger = self.tagger
        return copied
