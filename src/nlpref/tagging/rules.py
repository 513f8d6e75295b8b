"""Entities by hand-written patterns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from sklearn.base import BaseEstimator
from spacy.language import Language
from spacy.tokenizer import Tokenizer  # type: ignore[import-not-found]  # compiled, without a stub

from nlpref import storage
from nlpref.errors import InputError, NotFittedError
from nlpref.tagging.checks import check_training
from nlpref.tagging.patterns import Patterns, check_patterns, read_patterns
from nlpref.tagging.spacy_docs import blank_pipeline, doc_of
from nlpref.text.checks import check_sentences
from nlpref.types import Span, TaggedTokens

__all__ = ["RuleTagger"]

FITTED = "fitted.json"


class RuleTagger(BaseEstimator):
    """Runs hand-written patterns by spaCy's ``EntityRuler``, on the caller's tokens.

    A pattern is a phrase (words with a space between them, as the data has its tokens) or a list with what each token must be
    like. Of matches that overlap, spaCy takes the longest, then the first. Nothing is learned from train.

    Args:
        patterns: A list of ``{"label": ..., "pattern": ...}``, or the path of a JSONL file of them, in spaCy's own format.
            What needs a trained pipeline (lemmas, parts of speech) is refused.
        score: Of every span; None takes the precision of its label on validation, one right and one wrong finding more being
            counted, or 1 without a validation split.
        ignore_case: Whether phrases match in any case. Token patterns say themselves, by ``LOWER`` or ``TEXT``.
        language: spaCy language code, which decides what ``LIKE_NUM`` and its kind mean.

    Source: spaCy 3, ``EntityRuler``.

    Example:
        >>> euros = {"label": "sum", "pattern": [{"LIKE_NUM": True}, {"TEXT": "EUR"}]}
        >>> train = [TaggedTokens(("Oslo", "calls"), (Span(0, 1, "city"),))]
        >>> tagger = RuleTagger([euros, {"label": "city", "pattern": "New York"}]).fit(train)
        >>> tagger.predict([["5", "EUR", "to", "New", "York"]])[0]
        [Span(start=0, end=2, label='sum', score=1.0), Span(start=3, end=5, label='city', score=1.0)]
    """

    def __init__(
        self,
        patterns: Sequence[Any] | str | Path,
        score: float | None = None,
        ignore_case: bool = False,
        language: str = "en",
    ) -> None:
        self.patterns = patterns
        self.score = score
        self.ignore_case = ignore_case
        self.language = language

    @property
    def labels(self) -> tuple[str, ...]:
        """Entity types that the patterns have."""
        self._check_fitted()
        return tuple(sorted({pattern["label"] for pattern in self.patterns_}))

    def fit(self, train: Sequence[TaggedTokens], validation: Sequence[TaggedTokens] = ()) -> Self:
        """Check the patterns; validation only sets the scores, if none is given.

        Raises:
            InputError: if the sentences do not fit, train has no entity at all, the score is no probability, or a pattern is
                malformed.
        """
        self.__dict__.pop("scores_", None)  # a fit that is refused must not leave what an earlier one made
        check_training(train, validation, partial=True)
        if self.score is not None and not 0 <= self.score <= 1:
            raise InputError(f"score={self.score!r}: expected a number from 0 to 1, or None")
        pipeline = blank_pipeline(self.language)
        self.patterns_: Patterns = check_patterns(read_patterns(self.patterns), pipeline)
        self._pipeline = self._ruled(pipeline)
        scores = dict.fromkeys((pattern["label"] for pattern in self.patterns_), 1.0 if self.score is None else self.score)
        if self.score is None and validation:
            scores = self._precision(validation, sorted(scores))
        self.scores_ = scores
        return self

    def predict(self, sentences: Sequence[Sequence[str]]) -> list[list[Span]]:
        """Find spans in token lists; offsets count tokens."""
        self._check_fitted()
        found = self._find(check_sentences(sentences))
        return [[Span(one.start, one.end, one.label, self.scores_[one.label]) for one in spans] for spans in found]

    def save(self, folder: Path) -> None:
        """Write the patterns and the scores; a file of patterns is not needed again."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            storage.write_json(made / FITTED, {"patterns": self.patterns_, "scores": self.scores_})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        tagger = storage.restore(cls, folder)
        saved = storage.read_json(Path(folder) / FITTED)
        tagger.patterns_ = saved["patterns"]
        tagger._pipeline = tagger._ruled(blank_pipeline(tagger.language))
        tagger.scores_ = saved["scores"]
        return tagger

    def _ruled(self, pipeline: Language) -> Language:
        """The pipeline with a ruler that has the patterns."""
        pipeline.tokenizer = Tokenizer(pipeline.vocab)  # without rules it splits phrases at white space only
        ruler: Any = pipeline.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LOWER" if self.ignore_case else None})
        ruler.add_patterns([{**one, "pattern": _phrase(one["pattern"])} for one in self.patterns_])
        return pipeline

    def _find(self, sentences: Sequence[Sequence[str]]) -> list[list[Span]]:
        with self._pipeline.memory_zone():  # words seen here only are forgotten again, or the vocabulary would grow
            docs = (self._pipeline(doc_of(self._pipeline, tokens)) for tokens in sentences)
            return [[Span(entity.start, entity.end, entity.label_) for entity in doc.ents] for doc in docs]

    def _precision(self, validation: Sequence[TaggedTokens], labels: Sequence[str]) -> dict[str, float]:
        right, found = Counter[str](), Counter[str]()
        for example, spans in zip(validation, self._find([one.tokens for one in validation]), strict=True):
            found.update(span.label for span in spans)
            right.update(span.label for span in set(spans) & set(example.spans))
        return {label: (right[label] + 1) / (found[label] + 2) for label in labels}  # Source: Laplace's rule of succession

    def _check_fitted(self) -> None:
        if not hasattr(self, "scores_"):
            raise NotFittedError("RuleTagger is not fitted yet; call fit(train, validation) or load(folder)")


def _phrase(pattern: Any) -> Any:
    """A phrase with one space between its words, or the token pattern as it is."""
    return " ".join(pattern.split()) if isinstance(pattern, str) else pattern
