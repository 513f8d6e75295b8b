"""What the answer loses when a word is left out: works for any classifier."""

from __future__ import annotations

import numpy as np

from nlpref.explanation.explainer import column_of, log_odds
from nlpref.explanation.explanation import Explanation, leave_out, words_to_explain
from nlpref.protocols import TextClassifier

__all__ = ["Occlusion"]


class Occlusion:
    """Log odds of the label for the text, less those for the text without the word.

    Args:
        classifier: Any fitted classifier.
        most: Texts that are predicted for one explanation; the words of a text that has more of them are left out in
            runs of neighbours, which share what they are worth.

    Source: Li, Monroe and Jurafsky 2016, Understanding Neural Networks through Representation Erasure.
    """

    method = "occlusion"

    def __init__(self, classifier: TextClassifier, most: int = 256) -> None:
        self.classifier = classifier
        self.most = most

    def explain(self, text: str, label: str | None = None) -> Explanation:
        """Scores of the words of a text; they need not add up to anything.

        Raises:
            InputError: if the text has no word, or the label is not known.
        """
        words = words_to_explain(text)
        column = column_of(self.classifier, text, label)
        runs = np.array_split(np.arange(len(words)), min(len(words), self.most))
        shortened = [leave_out(text, words[run[0] : run[-1] + 1]) for run in runs]
        odds = log_odds(self.classifier.predict_proba([text, *shortened]), column)
        scores = [float(odds[0] - without) / len(run) for run, without in zip(runs, odds[1:].tolist(), strict=True) for _ in run]
        name = self.classifier.labels[column]
        return Explanation(text, words, tuple(scores), name, self.method, "log odds", float(odds[0]))
