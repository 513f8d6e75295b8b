"""``nlpref VERB ...``: the console script; the same verbs as ``python -m nlpref.VERB``."""

from __future__ import annotations

import importlib
import sys
from difflib import get_close_matches

from nlpref import __version__

__all__ = ["main"]

VERBS = {
    "train": "nlpref.train",
    "adapt": "nlpref.adapt",
    "evaluate": "nlpref.evaluate",
    "predict": "nlpref.predict",
    "extract": "nlpref.extract",
    "accelerate": "nlpref.accelerate",
    "bench": "nlpref.bench",
    "report": "nlpref.report.__main__",
    "robustness": "nlpref.robustness",
    "choose": "nlpref.choose",
    "explain": "nlpref.explain",
    "label-errors": "nlpref.label_errors",
    "review": "nlpref.review.__main__",
    "index": "nlpref.index",
    "subwords": "nlpref.subwords",
    "data": "nlpref.data.__main__",
    "demo": "nlpref.demo",
}

USAGE = """nlpref: text classification, entity tagging and retrieval, measured.

  nlpref train ...      train, evaluate and track a model      (nlpref train --help)
  nlpref adapt ...      go on with an encoder's pretraining, on unlabelled text of your domain
  nlpref evaluate ...   score a saved run on other data
  nlpref predict ...    predictions as JSON lines
  nlpref extract ...    entities of raw text, with character offsets and values
  nlpref accelerate ... the model of a run on a faster engine, gated
  nlpref bench ...      latency against quality of saved runs
  nlpref robustness ... quality of a saved run under noise
  nlpref report ...     reports/index.html from the results
  nlpref choose ...     which saved model to ship, and why not the others
  nlpref explain ...    which words an answer rests on, and whether that is so
  nlpref label-errors   the training texts whose label is probably wrong
  nlpref review ...     a page on which a person mends what a tagger is unsure of
  nlpref index ...      a collection of documents on disk, searched and changed
  nlpref subwords ...   sub-words learnt from your texts, and how they cover them
  nlpref data ...       list, fetch and verify public data sets
  nlpref demo           the main job on the bundled data, offline"""


def main() -> None:
    """Entry point."""
    verb = sys.argv[1] if len(sys.argv) > 1 else "--help"
    if verb in ("-h", "--help", "help"):
        print(USAGE)
        return
    if verb in ("-V", "--version"):
        print(f"nlpref {__version__}")
        return
    if verb not in VERBS:
        near = get_close_matches(verb, VERBS, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        sys.exit(f"error: there is no verb {verb!r}{hint}\n\n{USAGE}")
    sys.argv = [f"nlpref {verb}", *sys.argv[2:]]
    sys.exit(importlib.import_module(VERBS[verb]).main())


if __name__ == "__main__":
    main()
