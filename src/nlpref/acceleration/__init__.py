"""The fast path: the same model on a faster engine, and a gate that refuses an export that answers differently."""

from nlpref.acceleration.accelerate import Acceleration, Trial, accelerate, compare_backends
from nlpref.acceleration.backends import BACKENDS, Backend
from nlpref.acceleration.gate import LIMITS, Limits, Verdict

__all__ = ["BACKENDS", "LIMITS", "Acceleration", "Backend", "Limits", "Trial", "Verdict", "accelerate", "compare_backends"]
