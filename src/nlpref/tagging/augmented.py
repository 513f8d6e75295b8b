"""Any tagger, trained on copies of its sentences with other names as well."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from nlpref.errors import InputError
from nlpref.protocols import TokenTagger
from nlpref.tagging.checks import check_training
from nlpref.tagging.replacement import Replacement, names_of, read_names
from nlpref.tagging.wrapper import TaggerWrapper
from nlpref.types import TaggedTokens

__all__ = ["AugmentedTagger"]


class AugmentedTagger(TaggerWrapper):
    """Fits a tagger on train and on copies of it in which entities have other names; it predicts by itself then.

    Args:
        tagger: The tagger inside.
        copies: How many copies of each sentence are added.
        replace: Chance that an entity of a copy gets another name of its type.
        mask: Chance that it gets made-up words of the same shape instead, so that only what stands around it tells its
            type; together at most 1.
        gazetteer: Text file of names, on each line a type, a tab and a name; None takes the names of train.
        seed: Of the choices.

    Raises:
        InputError: on fitting, if a number is out of range, or the gazetteer has none of the types of train.

    Source: Dai and Adel 2020, An Analysis of Simple Data Augmentation for Named Entity Recognition.

    Example:
        >>> from nlpref.tagging import CrfTagger
        >>> from nlpref.types import Span
        >>> ann = TaggedTokens(("Ann", "lives", "in", "Rome"), (Span(0, 1, "person"), Span(3, 4, "city")))
        >>> bob = TaggedTokens(("Bob", "met", "Eve"), (Span(0, 1, "person"), Span(2, 3, "person")))
        >>> tagger = AugmentedTagger(CrfTagger(c2=0.01), copies=3, replace=0.5).fit([ann, bob] * 2)
        >>> tagger.predict([["Kim", "lives", "in", "Oslo"]])[0][1]
        Span(start=3, end=4, label='city', score=...)
    """

    def __init__(
        self,
        tagger: TokenTagger,
        copies: int = 1,
        replace: float = 0.5,
        mask: float = 0.0,
        gazetteer: str | Path | None = None,
        seed: int = 0,
    ) -> None:
        self.tagger = tagger
        self.copies = copies
        self.replace = replace
        self.mask = mask
        self.gazetteer = gazetteer
        self.seed = seed

    def fit(self, train: Sequence[TaggedTokens], validation: Sequence[TaggedTokens] = ()) -> Self:
        """Fit the tagger inside on train and the copies; validation is given to it as it is.

        Raises:
            InputError: as told above, and if the sentences do not fit.
        """
        self.__dict__.pop("learnt_", None)
        labels = check_training(train, validation, partial=True)
        self._check_inside()
        if isinstance(self.copies, bool) or not isinstance(self.copies, int) or self.copies < 1:
            raise InputError(f"copies={self.copies!r}: expected a whole number from 1")
        names = names_of(train) if self.gazetteer is None else read_names(self.gazetteer)
        if not names.keys() & {*labels, *names_of(train)}:
            raise InputError(
                f"gazetteer {self.gazetteer} has names of {sorted(names)[:5]}, but train has the types {list(labels)}"
            )
        said = Replacement(names, self.replace, self.mask, self.seed)
        copies = [one for _ in range(self.copies) for one in said(train)]
        self.tagger.fit([*train, *copies], validation)
        changed = sum(one.tokens != given.tokens for one, given in zip(copies, [*train] * self.copies, strict=True))
        self.learnt_ = {"sentences": len(train), "copies": len(copies), "changed": changed}
        return self
