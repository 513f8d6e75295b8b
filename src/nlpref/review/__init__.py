"""A person looks at what a tagger is least sure of, and the answers train the next one.

``ordering`` says which sentences come first, ``queue`` holds them with what the model found, ``journal`` keeps the answers,
``session`` is one sitting, and ``server`` shows it as a page on this machine. ``nlpref.data.reviewed`` reads the answers.
"""

from nlpref.review.journal import Journal
from nlpref.review.ordering import STRATEGIES, order
from nlpref.review.queue import Item, Sentence, questions
from nlpref.review.server import ReviewServer
from nlpref.review.session import Session

__all__ = ["STRATEGIES", "Item", "Journal", "ReviewServer", "Sentence", "Session", "order", "questions"]
