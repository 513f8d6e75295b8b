"""Gradients along the way from a text of padding to the text itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from nlpref.errors import MissingResourceError
from nlpref.explanation.explainer import column_of
from nlpref.explanation.explanation import Explanation, words_to_explain
from nlpref.explanation.opened import OpenedText, as_read
from nlpref.protocols import TextClassifier

__all__ = ["IntegratedGradients"]


class IntegratedGradients:
    """Integrated gradients of a transformer's logit, taken at its word embeddings, summed over the sub-words of each word.

    What is explained is the logit of the label less the mean logit of all labels, as for a linear classifier. Base and
    scores add up to it (completeness) as far as the integral is exact; steps are doubled until they do.

    Args:
        classifier: A fitted classifier whose network torch runs.
        steps: Points of the integral at first.
        tolerance: Largest error of completeness, as a share of the difference that is explained.
        most_steps: Where the doubling ends; what is then missing is ``Explanation.gap``.

    Source: Sundararajan, Taly and Yan 2017, Axiomatic Attribution for Deep Networks; captum.
    """

    method = "integrated_gradients"

    def __init__(self, classifier: TextClassifier, steps: int = 32, tolerance: float = 0.02, most_steps: int = 512) -> None:
        self.classifier = classifier
        self.steps = steps
        self.tolerance = tolerance
        self.most_steps = most_steps

    def explain(self, text: str, label: str | None = None) -> Explanation:
        """Scores of the words of a text, as the classifier's preparation leaves them.

        Raises:
            InputError: if the text has no word or is read in several windows, the label is not known, or the classifier has
                no network of torch.
            MissingResourceError: without captum.
        """
        import torch

        column, text = column_of(self.classifier, text, label), as_read(self.classifier, text)
        words = words_to_explain(text)
        opened = OpenedText.of(self.classifier, text)
        others = {name: tensor for name, tensor in opened.batch.items() if name != "input_ids"}

        def logit(ids: torch.Tensor) -> torch.Tensor:
            rows = {name: tensor.expand(len(ids), -1) for name, tensor in others.items()}
            logits: torch.Tensor = opened.network(input_ids=ids, **rows)
            return logits[:, column] - logits.mean(dim=1)

        with torch.no_grad():
            total, base = (float(logit(ids)[0]) for ids in (opened.batch["input_ids"], opened.reference))
        integral, steps = _integral(logit, opened.network.backbone.get_input_embeddings()), self.steps
        while True:
            found = integral.attribute(opened.batch["input_ids"], opened.reference, n_steps=steps, internal_batch_size=32)
            scores = np.asarray(found.sum(dim=-1)[0].detach().cpu().numpy(), dtype=np.float64)
            missing = abs(total - base - scores.sum())
            if missing <= self.tolerance * abs(total - base) or 2 * steps > self.most_steps:
                break
            steps *= 2
        return Explanation(
            text,
            words,
            opened.on_words(words, scores),
            self.classifier.labels[column],
            self.method,
            "logit",
            total,
            base,
            opened.parts(scores),
        )


def _integral(logit: Any, embeddings: Any) -> Any:
    try:
        from captum.attr import LayerIntegratedGradients
    except ImportError as error:
        raise MissingResourceError("integrated gradients need captum: pip install nlpref[explain]") from error
    return LayerIntegratedGradients(logit, embeddings)
