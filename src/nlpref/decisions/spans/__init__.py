"""Trust in spans: probabilities that hold, a promised precision, an order of review, and gold spans that are in doubt."""

from __future__ import annotations

from nlpref.decisions.spans.abstention import SelectiveTagger
from nlpref.decisions.spans.calibration import CalibratedTagger
from nlpref.decisions.spans.label_errors import SpanSuspect, find_span_errors
from nlpref.decisions.spans.queue import STRATEGIES, review_queue

__all__ = ["STRATEGIES", "CalibratedTagger", "SelectiveTagger", "SpanSuspect", "find_span_errors", "review_queue"]
