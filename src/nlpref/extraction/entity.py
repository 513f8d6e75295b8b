"""An entity found in a text, counted in characters."""

from __future__ import annotations

from dataclasses import dataclass, field

from nlpref.errors import InputError

__all__ = ["Entity"]


@dataclass(frozen=True, slots=True, order=True)
class Entity:
    """A half-open range ``[start, end)`` of Unicode code points with a label.

    Args:
        start: Where it begins.
        end: Where it ends, the character behind its last one.
        label: Its type.
        score: How sure the tagger is, in [0, 1], higher is surer.
        text: The characters in the range.
        value: The same in canonical form, such as an ISO date; None where there is no reading of it.

    Raises:
        InputError: if the range is empty or negative, or the text is not as long as it.

    Example:
        >>> Entity(3, 9, "DATE", 0.9, "5 June", "2025-06-05").value
        '2025-06-05'
    """

    start: int
    end: int
    label: str
    score: float = field(compare=False)
    text: str
    value: str | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end or len(self.text) != self.end - self.start:
            raise InputError(
                f"Entity needs 0 <= start < end and a text of that length, got start={self.start}, end={self.end}, "
                f"label={self.label!r} and {len(self.text)} characters"
            )
