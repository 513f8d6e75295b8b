"""Order numbers, however customers write them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nlpref.errors import InputError
from nlpref.extraction.normaliser import plain_text

__all__ = ["OrderIdNormaliser"]


@dataclass(frozen=True)
class OrderIdNormaliser:
    r"""What a regular expression matches, written one way, in capitals.

    Args:
        pattern: Must match the whole text but for white space around it; case does not matter.
        form: What is written, in the notation of ``re.sub``; a group that matched nothing is empty. By default the digits
            alone, since they are the part that nobody leaves out.

    Raises:
        InputError: if the pattern is no regular expression, or the form names a group that it lacks.

    >>> [OrderIdNormaliser()(text) for text in ("wf-405856", "#405856", "405856-UK", "soon")]
    ['405856', '405856', '405856', None]
    >>> OrderIdNormaliser(form=r"WF-\g<number>")("Wf 405856")
    'WF-405856'
    """

    pattern: str = r"#?\s*(?:(?P<prefix>[A-Z]{1,4})[-_\s]?)?#?(?P<number>\d{3,20})(?:[-_\s](?P<suffix>[A-Z]{1,4}))?"
    form: str = r"\g<number>"

    def __post_init__(self) -> None:
        try:
            re.compile(self.pattern)
            re.sub(self.pattern, self.form, "")
        except (re.error, TypeError, IndexError) as error:
            raise InputError(f"pattern {self.pattern!r} and form {self.form!r} do not fit: {error}") from error

    def __call__(self, text: str) -> str | None:
        match = re.fullmatch(self.pattern, plain_text(text), re.IGNORECASE)
        return (match.expand(self.form).upper() or None) if match else None
