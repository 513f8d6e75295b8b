"""Whether a configuration fits the classes it names: every ``_target_`` resolved, every argument bound, nothing built."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

__all__ = ["missing_faults", "nearest", "node_faults"]

MISSING = "???"
"""OmegaConf's mark of a value that must be given."""
SCALARS = {"int": (int,), "float": (int, float), "str": (str,), "bool": (bool,), "NoneType": (type(None),)}
"""What a configuration may hold where a scalar of this type is expected; a whole number is a fine float."""


def node_faults(node: Any, trusted: Sequence[str] | None = None) -> Iterator[str]:
    """All faults of a plain configuration, one line each: where, what was given, what would be right.

    Args:
        node: Plain dictionaries, lists and values.
        trusted: Top-level packages that targets may come from; None allows all.
    """
    yield from missing_faults(node)
    for path, value in _walk(node, ""):
        if isinstance(value, Mapping) and "_target_" in value:
            yield from _target_faults(value, path, trusted)


def missing_faults(node: Any) -> Iterator[str]:
    """One line for each value that must be given and is not."""
    for path, value in _walk(node, ""):
        if isinstance(value, str) and value == MISSING:
            yield f"{path}: must be given, as {path}=VALUE"


def nearest(name: str, candidates: Iterable[Any]) -> str:
    """A hint at the candidate most like ``name``, to be added to a message; empty if none is alike.

    >>> nearest("tfdif", ["frozen", "tfidf"])
    "; did you mean 'tfidf'?"
    """
    found = get_close_matches(name, [str(candidate) for candidate in candidates], n=1, cutoff=0.5)
    return f"; did you mean {found[0]!r}?" if found else ""


def _target_faults(node: Mapping[str, Any], path: str, trusted: Sequence[str] | None) -> Iterator[str]:
    target, place = node["_target_"], _join(path, "_target_")
    if not isinstance(target, str) or "." not in target:
        yield f"{place}: is {target!r}, expected an import path such as 'nlpref.tracking.NullTracker'"
        return
    if trusted is not None and target.partition(".")[0] not in trusted:
        hint = f"if you trust it, set NLPREF_TRUST={target.partition('.')[0]} in the environment"
        yield f"{place}: {target!r} is not from a trusted package ({', '.join(trusted)}), so it is not imported; {hint}"
        return
    made, fault = _resolve(target)
    if fault:
        yield f"{place}: {fault}"
    elif not callable(made):
        yield f"{place}: {target!r} is a {type(made).__name__}, expected a class or a function"
    else:
        yield from _argument_faults(made, node, path)


def _resolve(target: str) -> tuple[Any, str]:
    """What an import path names, or why it cannot be had."""
    module_name, _, name = target.rpartition(".")
    if any(part.startswith("_") for part in target.split(".")):
        return None, f"{target!r} is private; name a public class or function"
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name and (module_name == error.name or module_name.startswith(f"{error.name}.")):
            return None, _no_module(module_name)
        return None, f"{module_name!r} cannot be imported, as it needs {error.name!r}; install the package that has it"
    except Exception as error:  # a module of the user's own may fail in any way while it is imported
        return None, f"{module_name!r} cannot be imported ({type(error).__name__}: {error})"
    try:
        return getattr(module, name), ""
    except AttributeError:
        return None, f"{module_name!r} has no {name!r}{nearest(name, _public(module))}"
    except ImportError as error:
        return None, f"{target!r} cannot be imported ({error}); install what it needs"


def _no_module(name: str) -> str:
    """Say which part of a dotted name is wrong, and what is most like it."""
    known, _, rest = name.rpartition(".")
    while known:
        try:
            package = importlib.import_module(known)
        except ModuleNotFoundError:
            known, _, _ = known.rpartition(".")
            continue
        rest = name[len(known) + 1 :].partition(".")[0]
        inside = [module.name for module in pkgutil.iter_modules(getattr(package, "__path__", []))]
        return f"there is no module {name!r}: {known!r} has no {rest!r}{nearest(rest, inside)}"
    top = name.partition(".")[0]
    return f"there is no module {name!r}{nearest(top, ['nlpref'])}; check the spelling, or install the package"


def _public(module: types.ModuleType) -> list[str]:
    return list(getattr(module, "__all__", None) or [name for name in dir(module) if not name.startswith("_")])


def _argument_faults(made: Callable[..., Any], node: Mapping[str, Any], path: str) -> Iterator[str]:
    try:
        expected = inspect.signature(made).parameters
    except (TypeError, ValueError):
        return  # some classes written in C do not tell their arguments
    target = node["_target_"]
    kinds = [parameter.kind for parameter in expected.values()]
    names = [
        name
        for name, parameter in expected.items()
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    ]
    given = {str(key): value for key, value in node.items() if not str(key).startswith("_")}
    if inspect.Parameter.VAR_KEYWORD not in kinds:
        listed = ", ".join(names) or "nothing"
        for key in (key for key in given if key not in names):
            yield f"{_join(path, key)}: {target} takes no {key!r}{nearest(key, names)} (it takes: {listed})"
    filled = {*given, *list(expected)[: len(node.get("_args_", ()))]}
    if not node.get("_partial_"):
        for name in names:
            if expected[name].default is inspect.Parameter.empty and name not in filled:
                yield f"{_join(path, name)}: {target} needs it, and it is not given"
    hints = _hints(made)
    for key in (key for key in given if key in hints):
        if fault := _type_fault(given[key], hints[key]):
            yield f"{_join(path, key)}: is {given[key]!r}, expected {fault}"


def _hints(made: Callable[..., Any]) -> dict[str, Any]:
    try:
        return get_type_hints(made.__init__ if isinstance(made, type) else made)  # type: ignore[misc]
    except Exception:  # names that exist for type checkers only cannot be looked up
        return {}


def _type_fault(value: Any, hint: Any) -> str:
    """What was expected, where a scalar value clearly does not fit; empty where it fits or one cannot say."""
    if isinstance(value, Mapping) or value == MISSING:
        return ""
    choices = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    if any(_fits(value, choice) for choice in choices):
        return ""
    literals = [option for choice in choices if get_origin(choice) is Literal for option in get_args(choice)]
    if literals:
        return f"one of {', '.join(map(repr, literals))}{nearest(str(value), literals)}"
    return " or ".join("null" if choice is type(None) else _type_name(choice) for choice in choices)


def _type_name(hint: Any) -> str:
    return str(hint).replace("collections.abc.", "") if get_origin(hint) else getattr(hint, "__name__", str(hint))


def _fits(value: Any, hint: Any) -> bool:
    origin = get_origin(hint)
    if origin is Literal:
        return value in get_args(hint)
    name = getattr(hint, "__name__", "")
    if origin is None and name in SCALARS:
        return isinstance(value, SCALARS[name]) and (name == "bool" or not isinstance(value, bool))
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return isinstance(value, list | tuple) and all(_fits(item, get_args(hint)[0]) for item in value)
    return not (isinstance(origin, type) and issubclass(origin, Mapping))  # mappings were let through before


def _walk(node: Any, path: str) -> Iterator[tuple[str, Any]]:
    """A node and all that is inside, each with its path."""
    yield path, node
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _walk(value, _join(path, key))
    elif isinstance(node, list | tuple):
        for position, item in enumerate(node):
            yield from _walk(item, f"{path}[{position}]")


def _join(path: str, key: Any) -> str:
    return f"{path}.{key}" if path else str(key)
