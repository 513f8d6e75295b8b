"""A person looks at what a tagger is least sure of, and the answers train the next one.

``queue`` holds the sentences, in the order of ``nlpref.decisions.spans``, with what the model found, ``journal`` keeps the
answers, ``session`` is one sitting, ``server`` shows it as a page on this machine. ``nlpref.data.reviewed`` reads the answers.
"""

from nlpref.review.journal import Journal
from nlpref.review.queue import Item, Sentence, questions
from nlpref.review.server import ReviewServer
from nlpref.review.session import Session

__all__ = ["Item", "Journal", "ReviewServer", "Sentence", "Session", "questions"]
