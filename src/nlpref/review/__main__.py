"""``python -m nlpref.review``: a local page on which a person accepts, corrects or rejects what a tagger found."""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nlpref import run_folder, storage
from nlpref.arguments import read_arguments, read_count
from nlpref.config import build, check, plain, read_saved
from nlpref.data.answers import SKIPPED
from nlpref.data.faults import Faults
from nlpref.data.lines import existing, read_lines
from nlpref.decisions.spans import STRATEGIES
from nlpref.entry import clean_end
from nlpref.errors import ConfigError
from nlpref.experiment import saved_model
from nlpref.overrides import check_overrides
from nlpref.review.journal import Journal
from nlpref.review.queue import Sentence, questions, sentences_of
from nlpref.review.server import ReviewServer
from nlpref.review.session import Session

__all__ = ["main"]

USAGE = """Review what a tagger found, on a page of this machine; what was said trains the next tagger.

  python -m nlpref.review run=RUN_FOLDER file=texts.txt
  python -m nlpref.review run=RUN_FOLDER dataset=wnut17 split=train limit=200
  python -m nlpref.review run=RUN_FOLDER split=train

  run=         folder of a training run with task=ner                       (needed)
  file=        a UTF-8 file with one text a line
  dataset=...  a data set and its settings, as in nlpref.train; what it says of entities is not shown
  split=       of it, or without dataset= of the data of the run            (default train)
  out=         where answers go, each as it is given                        (default reviewed.jsonl)
  limit=       most sentences of this sitting                               (default all)
  strategy=    expected_value, least_confident, entropy or random           (default expected_value)
  seed=        of the random order                                          (default 0)
  port=        on this machine; no other can reach it                       (default 8765)

Ctrl-C ends. The same command goes on with what has no answer yet, skipped sentences among them. Then:
  python -m nlpref.train task=ner dataset=reviewed dataset.reviewed=reviewed.jsonl dataset@dataset.base=wnut17
where dataset.base, by default the bundled corpus, gives validation and test, and train beside what was reviewed."""

DEFAULTS = {
    "run": None, "file": "", "split": "", "out": "reviewed.jsonl", "limit": "", "strategy": "expected_value", "seed": "0",
    "port": "8765",
}  # fmt: skip


def main() -> None:
    """Entry point."""
    with clean_end():
        own = [one for one in sys.argv[1:] if not one.startswith(("dataset=", "dataset.", "dataset@"))]
        overrides = [one for one in sys.argv[1:] if one not in own]
        given = read_arguments(own, DEFAULTS, USAGE)
        limit = read_count("limit", given["limit"]) if given["limit"] else None
        port, seed = _number("port", given["port"], 65535), _number("seed", given["seed"], 2**32 - 1)
        if given["strategy"] not in STRATEGIES:
            raise ConfigError(f"strategy={given['strategy']}: expected one of {', '.join(STRATEGIES)}")
        folder = Path(given["run"])
        settings = read_saved(folder, "tagger", "dataset")
        sentences = _sentences(given, overrides, settings)
        with Journal(given["out"]) as journal:
            tagger = saved_model(folder)
            standing = journal.standing
            done = [tokens for tokens, answer in standing.items() if answer.verdict != SKIPPED]
            print(
                f"{len(sentences)} sentences, {len(done)} answers in {journal.path}; putting the others in order ...", flush=True
            )
            if journal.cut:
                print("the last line of the file had not been written whole and was cut off; its sentence is asked again")
            items = questions(tagger, sentences, done=done, strategy=given["strategy"], seed=seed, limit=limit)
            session = Session(items, journal, tagger.labels, _model(folder, settings), given["strategy"])
            if items:
                _serve(session, port)
            print(_summary(session, given["out"]))


def _serve(session: Session, port: int) -> None:
    with ReviewServer(session, port) as server:
        print(
            f"{len(session.items)} to review. Open  {server.address}\nCtrl-C ends; every answer is saved as it is given.",
            flush=True,
        )
        for number in (signal.SIGINT, signal.SIGTERM):  # a program started in the background would be deaf to the first
            signal.signal(number, signal.default_int_handler)
        try:
            server.serve_forever(poll_interval=0.2)
        except KeyboardInterrupt:
            print()


def _sentences(given: Mapping[str, str], overrides: Sequence[str], settings: Mapping[str, Any]) -> list[Sentence]:
    if given["file"] and (overrides or given["split"]):
        raise ConfigError("give either file=, or dataset= and split=, and not both")
    if given["file"]:
        faults = Faults()
        lines = [line.text for line in read_lines(existing(given["file"]), faults)]
        faults.raise_if_any()
        return _filled(sentences_of(lines))
    if not overrides and not given["split"]:
        raise ConfigError("what is to be reviewed? give file=texts.txt, or dataset=... , or split=... of the data of the run")
    dataset = dict(settings["dataset"])
    if overrides:
        dataset = plain(check_overrides("train", ["task=ner", "name=review", *overrides]))["dataset"]
    check({"dataset": dataset}, storage.TRUSTED_MODULES if not overrides else None)
    return _filled(sentences_of(build(dataset).split(given["split"] or "train")))


def _filled(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Without those that have no tokens, such as empty lines."""
    return [one for one in sentences if one.tokens]


def _model(folder: Path, settings: Mapping[str, Any]) -> str:
    """Name of the run, fingerprint of its configuration, and of the model's files."""
    sums = storage.sha256(folder / "model" / storage.MANIFEST)[:16]
    return f"{settings.get('name', folder.name)} {run_folder.config_hash_of(folder)} {sums}".replace("  ", " ")


def _summary(session: Session, out: str) -> str:
    found = session.summary()
    verdicts, answered = found["verdicts"], sum(count for name, count in found["verdicts"].items() if name != SKIPPED)
    if not session.items:
        return f"nothing is left to review.\n{_next(out)}"
    told = ", ".join(f"{count} {name}" for name, count in sorted(verdicts.items()))
    each = f", {found['seconds'] / answered:.1f} s each" if answered else ""
    what = f" ({told})" if told else ""
    more = f"\n{_next(out)}" if answered else ""
    noun = "answer" if answered == 1 else "answers"
    return f"{answered} {noun}{each}{what}; {found['left']} left; saved in {out}.{more}"


def _next(out: str) -> str:
    return f"Next: python -m nlpref.train task=ner dataset=reviewed dataset.reviewed={out}"


def _number(name: str, given: str, most: int) -> int:
    if not (given.isascii() and given.isdecimal()) or int(given) > most:
        raise ConfigError(f"{name}={given}: expected a whole number from 0 to {most}")
    return int(given)


if __name__ == "__main__":
    main()
