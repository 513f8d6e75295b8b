"""The exceptions nlpref raises on purpose.

::

    NlprefError
    ├── InputError (ValueError)        an argument or a record breaks the contract
    │   ├── ConfigError                a configuration names something that does not fit
    │   └── DataError                  a data file has faults; lists file, line and field
    ├── NotFittedError                 predicting before ``fit``
    ├── MissingResourceError           weights, data or an optional package are not at hand
    ├── ExportError                    a model cannot be exported, or its export answers differently
    └── StorageError                   a saved folder is absent, incomplete or changed
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = [
    "ConfigError",
    "DataError",
    "ExportError",
    "InputError",
    "MissingResourceError",
    "NlprefError",
    "NotFittedError",
    "StorageError",
]


class NlprefError(Exception):
    """Base of every error that nlpref raises on purpose."""


class InputError(NlprefError, ValueError):
    """An argument or a record breaks the contract."""


class ConfigError(InputError):
    """A configuration names something that does not exist or does not fit."""


class DataError(InputError):
    """A data file has faults.

    Args:
        faults: One line for each fault shown: file, line, field, what was found and expected.
        total: Number of faults in all, when more were met than are shown.
    """

    def __init__(self, faults: Sequence[str], total: int | None = None) -> None:
        self.faults = tuple(faults)
        self.total = len(self.faults) if total is None else total
        rest = self.total - len(self.faults)
        tail = [f"... and {rest} more like these"] if rest > 0 else []
        noun = "fault" if self.total == 1 else "faults"
        super().__init__("\n".join([f"{self.total} {noun} in the data:", *(f"  {f}" for f in self.faults), *tail]))


class NotFittedError(NlprefError):
    """A component was asked to predict, search or save before ``fit``."""


class MissingResourceError(NlprefError):
    """Weights, data or an optional package are not at hand; the message says how to get them."""


class ExportError(NlprefError):
    """A model cannot be exported to another runtime, or its export answers differently; the model itself is as it was."""


class StorageError(NlprefError):
    """A saved folder is absent, incomplete, changed, or holds something that may not be loaded."""
