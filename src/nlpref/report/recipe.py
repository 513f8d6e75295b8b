"""The configuration text of a run: the command that made it, and what tells it from another.

The text is only split into lines, since it is shown and compared, never obeyed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

__all__ = ["command", "component", "differences", "recipe", "settings"]

NOT_THE_MODEL = ("tracker", "name", "overwrite", "progress")
"""Top-level keys that do not change what a run computes."""

_KEY = re.compile(r"^(?P<indent> *)(?P<key>[\w.@/-]+):(?: (?P<value>.*))?$")


def command(text: str) -> str:
    """The command in the first line's comment, or empty."""
    first = text.partition("\n")[0]
    return first.removeprefix("#").strip() if first.startswith("#") else ""


def settings(text: str) -> dict[str, str]:
    """Values by dotted path; the items of a list in one value.

    Example:
        >>> settings("a:\\n  b: 1\\n  c:\\n  - x\\n  - y\\n")
        {'a.b': '1', 'a.c': 'x, y'}
    """
    found: dict[str, str] = {}
    parents: list[tuple[int, str]] = []
    for line in text.splitlines():
        match = _KEY.match(line)
        if match is None:
            path = ".".join(key for _, key in parents)
            item = line.strip().removeprefix("- ")
            if item and path and not line.lstrip().startswith("#"):
                found[path] = f"{found[path]}, {item}" if found.get(path) else item
            continue
        indent = len(match["indent"])
        while parents and parents[-1][0] >= indent:
            parents.pop()
        parents.append((indent, match["key"]))
        if match["value"] is not None:
            found[".".join(key for _, key in parents)] = match["value"]
    return found


def recipe(text: str) -> Mapping[str, str]:
    """The settings that decide what is computed, but for seeds: equal for runs that differ only in their seed."""
    return {
        path: value
        for path, value in settings(text).items()
        if path.partition(".")[0] not in NOT_THE_MODEL and path.rpartition(".")[2] != "seed"
    }


def component(text: str) -> str:
    """Class name of the component that was trained, or empty."""
    found = settings(text)
    target = found.get(f"{found.get('task.component', '')}._target_", "")
    return target.rpartition(".")[2]


def differences(texts: Sequence[str], most: int = 3) -> list[str]:
    """For each configuration, the settings in which it differs from the others, as ``key=value``; empty if in none."""
    recipes = [recipe(text) for text in texts]
    paths = sorted({path for one in recipes for path in one})
    varying = [path for path in paths if len({one.get(path) for one in recipes}) > 1]
    shown, rest = varying[:most], len(varying) - most
    tail = [f"and {rest} more"] if rest > 0 else []
    return [", ".join([*(f"{path}={one.get(path, 'absent')}" for path in shown), *tail]) for one in recipes]
