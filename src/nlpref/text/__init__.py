"""Text as it comes: checks, word tokens."""

__all__: list[str] = []
