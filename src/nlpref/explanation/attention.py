"""Where a transformer looks: easy to show, and no explanation by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from nlpref.explanation.explainer import column_of
from nlpref.explanation.explanation import Explanation, words_to_explain
from nlpref.explanation.opened import OpenedText, as_read
from nlpref.protocols import TextClassifier

__all__ = ["Attention", "rollout"]


class Attention:
    """Share of attention that each word gets, the same for every label, so it says where, and neither for what nor against.

    Measure it beside the others before it is trusted: ``nlpref.explanation.faithfulness``.

    Args:
        classifier: A fitted classifier whose network torch runs.
        layers: ``rollout`` follows attention through all layers; ``last`` takes the last one alone.

    Source: Abnar and Zuidema 2020 (rollout); Jain and Wallace 2019 (attention is not explanation).
    """

    method = "attention"

    def __init__(self, classifier: TextClassifier, layers: Literal["rollout", "last"] = "rollout") -> None:
        self.classifier = classifier
        self.layers = layers

    def explain(self, text: str, label: str | None = None) -> Explanation:
        """Scores of the words of a text; those of all sub-words, special ones included, add up to 1.

        Raises:
            InputError: if the text has no word or is read in several windows, the label is not known, or the classifier has
                no network of torch.
        """
        import torch

        column, text = column_of(self.classifier, text, label), as_read(self.classifier, text)
        words = words_to_explain(text)
        opened = OpenedText.of(self.classifier, text)
        with torch.inference_mode(), _attending(opened.network.backbone) as backbone:
            seen = backbone(**opened.batch, output_attentions=True).attentions
        heads = np.stack([layer[0].mean(dim=0).cpu().numpy() for layer in seen]).astype(np.float64)
        scores = (rollout(heads) if self.layers == "rollout" else heads[-1]).mean(axis=0)  # the text vector is a mean of tokens
        name = self.classifier.labels[column]
        given = opened.on_words(words, scores)
        return Explanation(text, words, given, name, self.method, "share of attention", parts=opened.parts(scores))


def rollout(layers: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much of each input token is in each output token, rows summing to 1, (n_tokens, n_tokens).

    Args:
        layers: Attention of each layer, mean of its heads, (n_layers, n_tokens, n_tokens), rows summing to 1.

    Source: Abnar and Zuidema 2020, equation 1: half of a token is itself, by the residual connection.

    Example:
        >>> rollout(np.array([[[0.0, 1.0], [0.0, 1.0]]])).tolist()
        [[0.5, 0.5], [0.0, 1.0]]
    """
    passed = np.eye(layers.shape[1])
    for layer in layers:
        passed = (layer + np.eye(len(layer))) / 2 @ passed
    return passed


@contextmanager
def _attending(backbone: Any) -> Iterator[Any]:
    """The backbone, for a while with the attention that keeps its weights; the fused one never has them."""
    before = backbone.config._attn_implementation
    backbone.set_attn_implementation("eager")
    try:
        yield backbone
    finally:
        backbone.set_attn_implementation(before)
