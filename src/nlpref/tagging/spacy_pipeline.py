"""spaCy's own trained pipeline: a small convolutional network and a transition-based parser of entities."""

from __future__ import annotations

import random
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import spacy
from sklearn.base import BaseEstimator
from spacy.language import Language
from spacy.tokens import Span as SpacySpan
from spacy.training import Example
from spacy.util import minibatch
from thinc.api import compounding, fix_random_seed
from tqdm import tqdm

from nlpref import storage
from nlpref.errors import NotFittedError
from nlpref.metrics.spans import span_scores
from nlpref.neural.session import current_session
from nlpref.tagging.checks import check_training
from nlpref.tagging.spacy_docs import blank_pipeline, doc_of
from nlpref.text.checks import check_sentences
from nlpref.types import Span, TaggedTokens

__all__ = ["SpacyTagger"]

PIPELINE = "pipeline"
FITTED = "fitted.json"


class SpacyTagger(BaseEstimator):
    """Trains spaCy's ``tok2vec`` and ``ner`` from scratch, on the caller's tokens.

    spaCy's parser takes the best sequence of actions and knows no probability of a span, so every span's
    score is 1. With a validation split the epoch of best entity F1 on it is kept.

    Args:
        epochs: Passes over train, at most.
        patience: Epochs without a better validation score before stopping, counted once the score is above 0;
            None trains for all epochs.
        dropout: Share of features dropped in training.
        learning_rate: Of Adam.
        largest_batch: Sentences in a batch at the end; batches grow from 4 to this, as in spaCy's own recipe.
        language: spaCy language code.
        batch_size: Sentences in one pass when predicting.
        seed: Fixes order, dropout and initial weights.

    Source: spaCy 3, ``EntityRecognizer`` (Honnibal and Montani 2017).

    Example:
        >>> ann = TaggedTokens(("Ann", "lives", "in", "Rome"), (Span(0, 1, "person"), Span(3, 4, "city")))
        >>> tagger = SpacyTagger(epochs=30, dropout=0.0).fit([ann] * 8)
        >>> tagger.predict([["Ann", "lives", "in", "Rome"]])[0][1]
        Span(start=3, end=4, label='city', score=1.0)
    """

    def __init__(
        self,
        epochs: int = 30,
        patience: int | None = 5,
        dropout: float = 0.3,
        learning_rate: float = 0.001,
        largest_batch: int = 64,
        language: str = "en",
        batch_size: int = 128,
        seed: int = 0,
    ) -> None:
        self.epochs = epochs
        self.patience = patience
        self.dropout = dropout
        self.learning_rate = learning_rate
        self.largest_batch = largest_batch
        self.language = language
        self.batch_size = batch_size
        self.seed = seed

    @property
    def labels(self) -> tuple[str, ...]:
        """Entity types that the tagger knows."""
        self._check_fitted()
        return self.labels_

    def fit(self, train: Sequence[TaggedTokens], validation: Sequence[TaggedTokens] = ()) -> Self:
        """Train; with a validation split the epoch of best entity F1 on it is kept.

        Raises:
            InputError: if the sentences do not fit, or train has no entity at all.
        """
        labels = check_training(train, validation)
        fix_random_seed(self.seed)
        pipeline = blank_pipeline(self.language)
        recogniser: Any = pipeline.add_pipe("ner")
        for label in labels:
            recogniser.add_label(label)
        examples = [_example(pipeline, sentence) for sentence in train if sentence.tokens]
        optimizer = pipeline.initialize(lambda: examples)
        optimizer.learn_rate = self.learning_rate
        order = random.Random(self.seed)
        self.labels_, self._pipeline = labels, pipeline
        self.history_: list[dict[str, float]] = []
        best, best_bytes, waited = -1.0, b"", 0
        session = current_session()
        for epoch in tqdm(range(1, self.epochs + 1), desc="training", unit="epoch", disable=not session.progress):
            order.shuffle(examples)
            losses: dict[str, float] = {}
            for batch in minibatch(examples, compounding(4.0, float(self.largest_batch), 1.001)):
                pipeline.update(batch, drop=self.dropout, sgd=optimizer, losses=losses)
            entry = {"epoch": float(epoch), "loss": float(losses["ner"])}
            if validation:
                with pipeline.use_params(optimizer.averages):
                    entry["eval_f1"] = self._f1(validation)
                    if entry["eval_f1"] > best:
                        best, best_bytes, waited = entry["eval_f1"], pipeline.to_bytes(), 0
                    elif best > 0:
                        waited += 1
            self.history_.append(entry)
            if session.on_metrics is not None:
                session.on_metrics(entry, epoch)
            if validation and self.patience is not None and waited >= self.patience:
                break
        if not validation:
            with pipeline.use_params(optimizer.averages):
                best_bytes = pipeline.to_bytes()
        pipeline.from_bytes(best_bytes)
        return self

    def predict(self, sentences: Sequence[Sequence[str]]) -> list[list[Span]]:
        """Find spans in token lists; offsets count tokens."""
        self._check_fitted()
        sentences = check_sentences(sentences)
        filled = [row for row, tokens in enumerate(sentences) if tokens]
        found: list[list[Span]] = [[] for _ in sentences]
        with self._pipeline.memory_zone():  # words seen here only are forgotten again, or the vocabulary would grow
            docs = (doc_of(self._pipeline, sentences[row]) for row in filled)
            for row, doc in zip(filled, self._pipeline.pipe(docs, batch_size=self.batch_size), strict=True):
                found[row] = [Span(entity.start, entity.end, entity.label_) for entity in doc.ents]
        return found

    def save(self, folder: Path) -> None:
        """Write the pipeline in spaCy's own format (``spacy.load(folder / "pipeline")`` reads it) and the labels."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            self._pipeline.to_disk(made / PIPELINE)
            storage.write_json(made / FITTED, {"labels": self.labels_})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        tagger = storage.restore(cls, folder)
        tagger.labels_ = tuple(storage.read_json(Path(folder) / FITTED)["labels"])
        tagger._pipeline = spacy.load(Path(folder) / PIPELINE)
        return tagger

    def _f1(self, validation: Sequence[TaggedTokens]) -> float:
        gold = [example.spans for example in validation]
        return span_scores(gold, self.predict([example.tokens for example in validation]))["f1_micro"]

    def _check_fitted(self) -> None:
        if not hasattr(self, "_pipeline"):
            raise NotFittedError("SpacyTagger is not fitted yet; call fit(train, validation) or load(folder)")


def _example(pipeline: Language, sentence: TaggedTokens) -> Example:
    predicted, gold = doc_of(pipeline, sentence.tokens), doc_of(pipeline, sentence.tokens)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # spaCy warns of white space inside a span
        gold.set_ents([SpacySpan(gold, span.start, span.end, label=span.label) for span in sentence.spans])
    return Example(predicted, gold)
