"""``python -m nlpref.label_errors``: the labels, of texts or of spans, that are probably wrong, most suspicious first."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nlpref import machine
from nlpref.arguments import read_arguments, read_count
from nlpref.config import build, check, fingerprint, plain, read_saved
from nlpref.entry import clean_end
from nlpref.errors import ConfigError, InputError
from nlpref.overrides import check_overrides
from nlpref.results import EvalResult
from nlpref.storage import TRUSTED_MODULES, write_text

__all__ = ["Search", "find", "main"]

USAGE = """Rank training texts, or the entities in them, by how suspicious their label is.

  python -m nlpref.label_errors run=RUN_FOLDER                     the data and the classifier of a run
  python -m nlpref.label_errors dataset=csv dataset.train=train.csv
  python -m nlpref.label_errors dataset=supportdesk truth=true_intent frozen.C=10 frozen.folds=3 tfidf.C=0.3 tfidf.folds=3
  python -m nlpref.label_errors task=ner dataset=wnut17 taggers=crf        entities missing, spurious, of the wrong type or ends

  task=        classification or ner; a run has its own                          (default classification)
  run=         folder of a training run, whose model alone is the judge          (default none)
  classifiers= options of the group classifier; their probabilities are averaged (default frozen,tfidf)
  taggers=     options of the group tagger, likewise                             (default crf)
  NAME.KEY=    a setting of one of them
  dataset=...  a data set and its settings, as in nlpref.train
  split=       whose labels are judged                                           (default train)
  folds=       parts; each is judged by what learned from the others             (default 5)
  repeats=     divisions into parts, averaged as well                            (default 2)
  truth=       fact that holds the true label of a text, where it is known       (default none)
  top=         rows that are printed                                             (default 20)
  out=         folder for suspects.jsonl, and for result.json where the truth is known (default label_errors)"""

DEFAULTS = {
    "task": "classification", "run": "", "classifiers": "frozen,tfidf", "taggers": "crf", "split": "train", "folds": "5",
    "repeats": "2", "truth": "", "top": "20", "out": "label_errors",
}  # fmt: skip
PRIMARY = "precision_at_recall_0.7"
GROUPS = {"classification": "classifier", "ner": "tagger"}


@dataclass(frozen=True)
class Search:
    """What is judged by what.

    Args:
        dataset: Holds labelled texts, or sentences with entities.
        split: Whose labels are judged.
        classifiers: By name; not trained. Taggers, if entities are judged.
        folds: Parts of a division.
        repeats: Divisions.
        truth: Fact that holds the true label, or empty.
        config_hash: Fingerprint of data and classifiers.
        task: What is judged, "classification" or "ner".
    """

    dataset: Any
    split: str
    classifiers: Mapping[str, Any]
    folds: int = 5
    repeats: int = 2
    truth: str = ""
    config_hash: str = ""
    task: str = "classification"


def find(search: Search, out: Path, *, progress: bool = False) -> tuple[list[Any], EvalResult | None]:
    """Judge all labels of a split; writes ``suspects.jsonl`` and, where the truth is known, ``result.json`` into ``out``.

    Returns:
        The suspects, worst first, and the result; None where the truth is not known.

    Raises:
        InputError: if examples or settings do not fit, or an example lacks the fact that is to hold the truth.
    """
    from nlpref.classification.label_errors import find_label_errors
    from nlpref.matching import check_examples

    check_examples(search.task, search.dataset, search.split)
    examples = search.dataset.split(search.split)
    if search.task == "ner":
        return _spans(search, examples, out, progress), None
    if search.truth and (lacking := [example for example in examples if search.truth not in example.facts]):
        raise InputError(
            f"example {lacking[0].id!r} has no fact {search.truth!r}, so its true label is not known; it has "
            f"{sorted(lacking[0].facts) or 'none'}"
        )
    suspects = find_label_errors(
        list(search.classifiers.values()), examples, search.folds, repeats=search.repeats, progress=progress
    )
    write_text(out / "suspects.jsonl", "".join(json.dumps(_row(one), ensure_ascii=False) + "\n" for one in suspects))
    if not search.truth:
        return suspects, None
    result = _result(search, suspects)
    result.save(out / "result.json")
    return suspects, result


def main() -> None:
    """Entry point."""
    with clean_end():
        given = {**DEFAULTS, **dict(argument.split("=", 1) for argument in sys.argv[1:] if "=" in argument)}
        known = given["taggers" if given["task"] == "ner" else "classifiers"].split(",")
        overrides = [one for one in sys.argv[1:] if one.startswith(("dataset=", "dataset.", *(f"{name}." for name in known)))]
        own = read_arguments([one for one in sys.argv[1:] if one not in overrides], DEFAULTS, USAGE)
        top = read_count("top", own["top"])
        suspects, result = find(_search(own, known, overrides), Path(own["out"]), progress=sys.stderr.isatty())
    for one in suspects[:top]:
        print(_line(one))
    print(f"{sum(one.doubted for one in suspects)} of {len(suspects)} labels are in doubt; all of them: {own['out']}")
    for name, value in result.metrics.items() if result else ():
        print(f"{name:26} {value.value:.4f}  [{value.low:.4f}, {value.high:.4f}]")


def _line(one: Any) -> str:
    """A suspect as it is printed."""
    if not hasattr(one, "kind"):
        return f"{one.suspicion:6.2f}  {one.example.label} → {one.suggested}  {one.example.id}  {one.example.text[:80]!r}"
    sides = (
        f"{span.label} {' '.join(one.example.tokens[span.start : span.end])!r}" if span else "no entity"
        for span in (one.given, one.suggested)
    )
    return f"{one.suspicion:6.2f}  {one.kind}: {' → '.join(sides)}  {one.example.id}  {' '.join(one.example.tokens)[:80]!r}"


def _spans(search: Search, examples: Sequence[Any], out: Path, progress: bool) -> list[Any]:
    """Judge the entities of a split; writes ``suspects.jsonl`` into ``out``."""
    from nlpref.decisions.spans.label_errors import find_span_errors

    if search.truth:
        raise ConfigError(f"truth={search.truth}: sentences have no facts, so their true entities are not known; leave it out")
    suspects = find_span_errors(
        list(search.classifiers.values()), examples, search.folds, repeats=search.repeats, progress=progress
    )
    write_text(out / "suspects.jsonl", "".join(json.dumps(_span_row(one), ensure_ascii=False) + "\n" for one in suspects))
    return suspects


def _search(own: Mapping[str, str], names: Sequence[str], overrides: Sequence[str]) -> Search:
    """What the arguments describe."""
    task = str(read_saved(Path(own["run"]), "task")["task"].get("name")) if own["run"] else own["task"]
    if task not in GROUPS:
        raise ConfigError(f"task={task}: labels are judged for {' and '.join(GROUPS)}")
    group = GROUPS[task]
    if own["run"]:
        if overrides:
            raise ConfigError(f"run= brings its own data and {group}; leave out {', '.join(overrides)}, or run=")
        saved = read_saved(Path(own["run"]), "task", "dataset", group)
        nodes, dataset, trusted = {saved["name"]: saved[group]}, saved["dataset"], TRUSTED_MODULES
    else:
        of_data = [one for one in overrides if one.startswith("dataset")]
        nodes, trusted = {}, None
        for name in names:
            settings = [f"{group}.{one.partition('.')[2]}" for one in overrides if one.startswith(f"{name}.")]
            asked = [f"task={task}", f"{group}={name}", "name=labels", *of_data, *settings]
            composed = check_overrides("train", asked)
            nodes[name], dataset = plain(composed)[group], plain(composed)["dataset"]
    check({"dataset": dataset, "classifiers": list(nodes.values())}, trusted=trusted)
    return Search(
        dataset=build(dataset),
        split=own["split"],
        classifiers={name: build(node) for name, node in nodes.items()},
        folds=read_count("folds", own["folds"]),
        repeats=read_count("repeats", own["repeats"]),
        truth=own["truth"],
        config_hash=fingerprint({"dataset": dataset, **nodes}),
        task=task,
    )


def _result(search: Search, suspects: Sequence[Any]) -> EvalResult:
    """How well suspicion finds the labels that are wrong, beside the scores of other rankings of the same probabilities."""
    from nlpref.classification.confident_learning import SCORES
    from nlpref.data.dataset import split_revision
    from nlpref.metrics.detection import average_precision, detection_estimates, precision_at_recall

    wrong = np.array([one.example.label != one.example.facts[search.truth] for one in suspects])
    own, other = (np.array([getattr(one, name) for one in suspects]) for name in ("probability", "suggested_probability"))
    rankings = {name: score(own, other) for name, score in SCORES.items()}
    ordered = sorted(range(len(suspects)), key=lambda row: suspects[row].position)
    return EvalResult(
        task="label_errors",
        dataset={
            "name": search.dataset.name,
            "revision": search.dataset.revision,
            "scored": split_revision(search.dataset, search.split),
        },
        model=" and ".join(search.classifiers),
        split=search.split,
        n=len(suspects),
        seed=0,
        config_hash=search.config_hash,
        metrics=detection_estimates(
            np.array([one.suspicion for one in suspects]), np.array([one.doubted for one in suspects]), wrong
        ),
        primary=PRIMARY,
        scores={"suspicion": [suspects[row].suspicion for row in ordered], "wrong": [float(wrong[row]) for row in ordered]},
        details={
            "wrong": int(wrong.sum()),
            "doubted": sum(one.doubted for one in suspects),
            "folds": search.folds,
            "repeats": search.repeats,
            "rankings": {
                name: {PRIMARY: precision_at_recall(scores, wrong), "average_precision": average_precision(scores, wrong)}
                for name, scores in rankings.items()
            },
        },
        environment={"hardware": machine.hardware(), "threads": machine.threads(), "versions": machine.versions()},
    )


def _row(one: Any) -> dict[str, Any]:
    return {
        "id": one.example.id,
        "text": one.example.text,
        "label": one.example.label,
        "suggested": one.suggested,
        "suspicion": one.suspicion,
        "probability": one.probability,
        "suggested_probability": one.suggested_probability,
        "doubted": one.doubted,
    }


def _span_row(one: Any) -> dict[str, Any]:
    def told(span: Any) -> dict[str, Any] | None:
        return {"start": span.start, "end": span.end, "label": span.label} if span else None

    return {
        "id": one.example.id,
        "tokens": list(one.example.tokens),
        "kind": one.kind,
        "given": told(one.given),
        "suggested": told(one.suggested),
        "suspicion": one.suspicion,
        "probability": one.probability,
        "suggested_probability": one.suggested_probability,
        "doubted": one.doubted,
    }


if __name__ == "__main__":
    main()
