"""One function for each public data set of the catalogue: fetches what it needs and gives a dataset.

Splits are the official ones where they exist. ``validation_fraction`` is the share of train to carve, 0 for no
validation split; where a set has an official validation split, the default None takes that.
"""

from __future__ import annotations

from nlpref.data.public_collections import cisi, cranfield, scifact, squadshifts
from nlpref.data.public_comments import wrench_youtube
from nlpref.data.public_entities import broad_twitter, crossner, wnut17
from nlpref.data.public_mixtures import crossner_with_others
from nlpref.data.public_texts import amazon_reviews, banking77, clinc150, hatecheck
from nlpref.data.public_tweets import tweeteval

__all__ = [
    "amazon_reviews",
    "banking77",
    "broad_twitter",
    "cisi",
    "clinc150",
    "cranfield",
    "crossner",
    "crossner_with_others",
    "hatecheck",
    "scifact",
    "squadshifts",
    "tweeteval",
    "wnut17",
    "wrench_youtube",
]
