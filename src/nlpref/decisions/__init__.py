"""What is done with a classifier's probabilities: made honest, weighed by costs, withheld, or handed to people."""

from __future__ import annotations

from nlpref.decisions.out_of_scope import OutOfScopeClassifier

__all__ = ["OutOfScopeClassifier"]
