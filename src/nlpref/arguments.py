"""``key=value`` arguments for the verbs that need no configuration groups."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from nlpref.errors import ConfigError

__all__ = ["read_arguments", "read_count", "read_number"]


def read_arguments(arguments: Sequence[str], defaults: Mapping[str, str | None], usage: str) -> dict[str, str]:
    """Read ``key=value`` arguments; ``--help`` prints ``usage`` and stops.

    Args:
        arguments: As given on the command line.
        defaults: Known keys with their defaults; None marks a key that must be given.
        usage: Help text.

    Raises:
        ConfigError: naming an argument that is not ``key=value``, an unknown key with its nearest valid
            name, or a missing key.
    """
    if any(argument in ("-h", "--help", "help") for argument in arguments):
        print(usage)
        sys.exit(0)
    given: dict[str, str] = {}
    for argument in arguments:
        key, separator, value = argument.partition("=")
        if not separator:
            raise ConfigError(f"{argument!r} is not key=value; known keys: {', '.join(defaults)}")
        if key not in defaults:
            near = get_close_matches(key, defaults, n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ConfigError(f"{key}={value}: there is no {key!r}{hint}; known keys: {', '.join(defaults)}")
        given[key] = value
    missing = [key for key, value in defaults.items() if value is None and key not in given]
    if missing:
        raise ConfigError(f"{', '.join(missing)} must be given\n\n{usage}")
    return {**{key: value for key, value in defaults.items() if value is not None}, **given}


def read_count(name: str, given: str) -> int:
    """A whole number from 1.

    Raises:
        ConfigError: if it is anything else.
    """
    if not (given.isascii() and given.isdecimal()) or int(given) < 1:
        raise ConfigError(f"{name}={given}: expected a whole number, 1 or more")
    return int(given)


def read_number(name: str, given: str) -> float:
    """A finite number, 0 or more.

    Raises:
        ConfigError: if it is anything else.
    """
    try:
        number = float(given)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number >= 0):
        raise ConfigError(f"{name}={given}: expected a number, 0 or more")
    return number
