"""Scores that tell a text inside the scope of a classifier from one outside, each learnt from texts inside alone."""

from __future__ import annotations

from nlpref.decisions.scope.energy import Energy
from nlpref.decisions.scope.evidence import Evidence
from nlpref.decisions.scope.mahalanobis import Mahalanobis
from nlpref.decisions.scope.maximum_probability import MaximumProbability
from nlpref.decisions.scope.neighbours import NearestNeighbours
from nlpref.decisions.scope.scorer import Scorer

__all__ = ["Energy", "Evidence", "Mahalanobis", "MaximumProbability", "NearestNeighbours", "Scorer"]
