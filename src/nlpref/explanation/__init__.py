"""Why a classifier gave its answer, word by word, and whether that is the truth."""

from __future__ import annotations

from nlpref.explanation.attention import Attention
from nlpref.explanation.explanation import Explanation
from nlpref.explanation.faithfulness import Faithfulness, measure_faithfulness
from nlpref.explanation.integrated_gradients import IntegratedGradients
from nlpref.explanation.linear import LinearContributions
from nlpref.explanation.methods import METHODS, explainers_for
from nlpref.explanation.occlusion import Occlusion

__all__ = [
    "METHODS",
    "Attention",
    "Explanation",
    "Faithfulness",
    "IntegratedGradients",
    "LinearContributions",
    "Occlusion",
    "explainers_for",
    "measure_faithfulness",
]
