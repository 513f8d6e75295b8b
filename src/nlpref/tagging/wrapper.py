"""What taggers have in common that hold another one, fit it on more than they were given, and predict through it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.chain import Chain
from nlpref.errors import InputError, NotFittedError
from nlpref.protocols import ChainTagger, TokenTagger
from nlpref.types import Span

__all__ = ["TaggerWrapper"]

FITTED = "fitted.json"


class TaggerWrapper(BaseEstimator):
    """A tagger around the argument ``tagger``; a subclass fits it and sets ``learnt_``, facts about the training."""

    tagger: TokenTagger
    learnt_: dict[str, Any]

    @property
    def labels(self) -> tuple[str, ...]:
        """Entity types that the tagger inside knows."""
        self._check_fitted()
        return tuple(self.tagger.labels)

    def predict(self, sentences: Sequence[Sequence[str]]) -> list[list[Span]]:
        """Find spans in token lists, by the tagger inside; offsets count tokens."""
        self._check_fitted()
        return self.tagger.predict(sentences)

    def chains(self, sentences: Sequence[Sequence[str]]) -> list[Chain]:
        """The chains of the tagger inside.

        Raises:
            InputError: if it has none.
        """
        found: list[Chain] = self._chained().chains(sentences)
        return found

    def decode(self, chains: Sequence[Chain]) -> list[list[Span]]:
        """What ``predict`` finds, given the chains of the sentences.

        Raises:
            InputError: if the tagger inside has none.
        """
        found: list[list[Span]] = self._chained().decode(chains)
        return found

    def _chained(self) -> Any:
        self._check_fitted()
        if not isinstance(self.tagger, ChainTagger):
            raise InputError(
                f"{type(self.tagger).__name__} shows no chains; expected a tagger with chains, such as tagger=transformer"
            )
        return self.tagger

    def save(self, folder: Path) -> None:
        """Write the tagger inside, and what is told of its training."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            storage.write_json(made / FITTED, self.learnt_)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        made = storage.restore(cls, folder)
        made.learnt_ = storage.read_json(Path(folder) / FITTED)
        return made

    def _check_inside(self) -> None:
        if not hasattr(self.tagger, "predict") or not hasattr(self.tagger, "fit"):
            raise InputError(f"{type(self).__name__} needs a tagger with fit, predict and labels, got {self.tagger!r:.80}")

    def _check_fitted(self) -> None:
        if not hasattr(self, "learnt_"):
            raise NotFittedError(f"{type(self).__name__} is not fitted yet; call fit(train, validation) or load(folder)")
