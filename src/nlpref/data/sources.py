"""Datasets from your own files: one function for each format, to be named in a configuration or called.

Without a validation file one is carved from train; without a test file, 20 % of train become the test split. What was
carved and what was removed because it leaked is in the ``notes`` of the dataset.
"""

from __future__ import annotations

from nlpref.data.collection_sources import beir, squad
from nlpref.data.entity_sources import conll, jsonl_entities, sentences, standoff
from nlpref.data.text_sources import csv, jsonl

__all__ = ["beir", "conll", "csv", "jsonl", "jsonl_entities", "sentences", "squad", "standoff"]
