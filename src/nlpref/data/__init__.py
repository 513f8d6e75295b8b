"""Data sets: readers for what people have, a catalogue of public sets, and the bundled corpus.

``sources`` reads CSV, JSONL, CoNLL, BEIR and SQuAD files, ``public`` builds the sets of ``catalogue``, and
``supportdesk`` is shipped with the package. All give an ``InMemoryDataset`` or a ``RetrievalDataset``.
"""

from nlpref.data.catalogue import fetch
from nlpref.data.dataset import InMemoryDataset, RetrievalDataset

__all__ = ["InMemoryDataset", "RetrievalDataset", "fetch"]
