"""What tasks and metrics are called on the page, and which metrics its tables show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["LOWER_IS_BETTER", "examples", "main_metrics", "metric", "task"]

LOWER_IS_BETTER = frozenset({"ece", "log_loss", "span_ece"})

_TASKS: Mapping[str, str] = {
    "classification": "Text classification",
    "ner": "Entity recognition",
    "retrieval": "Retrieval",
}
_EXAMPLES: Mapping[str, str] = {"classification": "texts", "ner": "sentences", "retrieval": "queries"}
_METRICS: Mapping[str, str] = {
    "accuracy": "accuracy",
    "bpref": "bpref",
    "ece": "ECE",
    "f1_macro": "macro-F1",
    "f1_micro": "micro-F1",
    "log_loss": "log loss",
    "map": "MAP",
    "mrr@10": "MRR@10",
    "ndcg@10": "nDCG@10",
    "pr_auc": "PR-AUC",
    "r_precision": "R-precision",
    "precision_macro": "macro-precision",
    "precision_micro": "precision",
    "recall_macro": "macro-recall",
    "recall_micro": "recall",
    "roc_auc": "ROC-AUC",
    "span_ece": "ECE of spans",
}
_MAIN: Mapping[str, Sequence[str]] = {
    "classification": ("f1_macro", "accuracy", "pr_auc", "log_loss", "ece"),
    "ner": ("f1_micro", "precision_micro", "recall_micro", "f1_macro", "span_ece"),
    "retrieval": ("ndcg@10", "mrr@10", "recall@10", "recall@100", "map"),
}


def task(name: str) -> str:
    """Title of a task; its own name if it is not one of nlpref's."""
    return _TASKS.get(name, name)


def examples(name: str) -> str:
    """What a task's examples are called, in the plural."""
    return _EXAMPLES.get(name, "examples")


def metric(name: str) -> str:
    """Title of a metric; its own name if there is no better one."""
    return _METRICS.get(name, name)


def main_metrics(name: str, primary: str, available: Sequence[str]) -> list[str]:
    """The metrics of a task's table, the primary one first; at most five for a task that is not nlpref's."""
    wanted = _MAIN.get(name, tuple(available)[:5])
    return [primary, *(one for one in wanted if one != primary and one in available)]
