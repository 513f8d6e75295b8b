"""Exact contributions of words to the answer of a linear classifier."""

from __future__ import annotations

import numpy as np

from nlpref.explanation.explainer import column_of
from nlpref.explanation.explanation import Explanation, word_scores, words_to_explain
from nlpref.protocols import Additive

__all__ = ["LinearContributions"]


class LinearContributions:
    """Weights times features, added up over the n-grams of each word; nothing is estimated.

    A feature that stands in several places shares its contribution evenly among them.

    What is explained is the logit of the label less the mean logit of all labels. The mean makes no difference to the
    probabilities, and without it naive Bayes, all of whose weights are negative, could not be read.

    Args:
        classifier: A fitted linear classifier over words or n-grams.

    Example:
        >>> from nlpref.classification import LogisticClassifier
        >>> from nlpref.types import LabelledText
        >>> train = [LabelledText("lost my card", "card"), LabelledText("card is gone", "card"),
        ...          LabelledText("send money abroad", "transfer"), LabelledText("money never arrived", "transfer")]
        >>> found = LinearContributions(LogisticClassifier(C=1.0).fit(train)).explain("where is my card")
        >>> found.label, [word.text for word in found.words][found.ranking[0]]
        ('card', 'card')
    """

    method = "linear"

    def __init__(self, classifier: Additive) -> None:
        self.classifier = classifier

    def explain(self, text: str, label: str | None = None) -> Explanation:
        """Scores of the words of a text, of the prepared one where its words do not stand in the text as it was given.

        Raises:
            InputError: if the text has no word, or the label is not known.
        """
        words_to_explain(text)
        column = column_of(self.classifier, text, label)
        found = self.classifier.contributions(text)
        scores = found.scores[:, column] - found.scores.mean(axis=1)
        base, total = (float(logits[column] - logits.mean()) for logits in (found.base, found.logits))
        words = words_to_explain(found.text)
        times = [len(places) for places in found.places]
        spans = [span for places in found.places for span in places]
        given = word_scores(words, spans, np.repeat(scores / np.maximum(times, 1), times))
        parts = tuple(sorted(zip(found.parts, scores.tolist(), strict=True), key=lambda pair: -abs(pair[1])))
        return Explanation(found.text, words, given, self.classifier.labels[column], self.method, "logit", total, base, parts)
