"""Weak supervision: rules that vote, models that weigh their votes, and a classifier trained on the result."""

from __future__ import annotations

from nlpref.weak_supervision.classifier import WeaklySupervisedClassifier
from nlpref.weak_supervision.dawid_skene import DawidSkene
from nlpref.weak_supervision.functions import HeuristicFunction, KeywordFunction, RegexFunction
from nlpref.weak_supervision.generative import GenerativeLabelModel
from nlpref.weak_supervision.majority import MajorityVote
from nlpref.weak_supervision.model_functions import LabelNameFunction, ModelFunction
from nlpref.weak_supervision.summary import FunctionSummary, summarise
from nlpref.weak_supervision.votes import ABSTAIN, Votes, apply

__all__ = [
    "ABSTAIN",
    "DawidSkene",
    "FunctionSummary",
    "GenerativeLabelModel",
    "HeuristicFunction",
    "KeywordFunction",
    "LabelNameFunction",
    "MajorityVote",
    "ModelFunction",
    "RegexFunction",
    "Votes",
    "WeaklySupervisedClassifier",
    "apply",
    "summarise",
]
