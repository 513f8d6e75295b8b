"""The fast path: the same model on a faster engine, and a gate that refuses an export that answers differently."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nlpref.acceleration.backends import BACKENDS, Backend
    from nlpref.acceleration.comparison import Acceleration, accelerate, compare_backends
    from nlpref.acceleration.gate import LIMITS, Limits, Verdict
    from nlpref.acceleration.trial import Trial

__all__ = ["BACKENDS", "LIMITS", "Acceleration", "Backend", "Limits", "Trial", "Verdict", "accelerate", "compare_backends"]

_HOMES = {
    "Acceleration": "comparison", "accelerate": "comparison", "compare_backends": "comparison", "Trial": "trial",
    "BACKENDS": "backends", "Backend": "backends", "LIMITS": "gate", "Limits": "gate", "Verdict": "gate",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _HOMES:  # exporting needs torch, running an export does not
        return getattr(import_module(f"nlpref.acceleration.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
