"""What is done with a classifier's probabilities: made honest, weighed by costs, withheld, or handed to people."""

from __future__ import annotations

from nlpref.decisions.abstention import SelectiveClassifier
from nlpref.decisions.calibration import CalibratedClassifier
from nlpref.decisions.cost_sensitive import CostSensitiveClassifier
from nlpref.decisions.costs import CostMatrix, FlatCosts
from nlpref.decisions.out_of_scope import OutOfScopeClassifier
from nlpref.decisions.prior_adjusted import PriorAdjustedClassifier
from nlpref.decisions.review import ReviewPolicy

__all__ = [
    "CalibratedClassifier",
    "CostMatrix",
    "CostSensitiveClassifier",
    "FlatCosts",
    "OutOfScopeClassifier",
    "PriorAdjustedClassifier",
    "ReviewPolicy",
    "SelectiveClassifier",
]
