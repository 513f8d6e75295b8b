"""``python -m nlpref.explain run=DIR text=...``: which words an answer rests on, and whether that is so."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlpref.arguments import read_arguments, read_count
from nlpref.config import build, check, read_saved
from nlpref.entry import clean_end
from nlpref.errors import ConfigError, InputError
from nlpref.run_folder import config_hash_of
from nlpref.storage import TRUSTED_MODULES

if TYPE_CHECKING:
    from nlpref.explanation import Explanation
    from nlpref.explanation.record import FaithfulnessRecord

__all__ = ["explain", "main", "measure", "recall"]

USAGE = """Show which words an answer of a finished run rests on, and measure whether that is so.

  python -m nlpref.explain run=RUN_FOLDER text="where is my parcel?"
  python -m nlpref.explain run=RUN_FOLDER text="where is my parcel?" label=returns methods=occlusion,attention
  python -m nlpref.explain run=RUN_FOLDER faithfulness=100
  python -m nlpref.explain run=RUN_FOLDER neighbours=3

  run=          folder of a training run of a classifier                       (needed)
  text=         one text: scores of its words as a table, and as OUT
  label=        explain this label                                             (default the most probable)
  methods=      of: linear,integrated_gradients,occlusion,attention            (default all that fit)
  out=          page with the words highlighted                                (default reports/explanation.html)
  faithfulness= so many texts, evenly spaced over the split: how far the probability falls without the words that a method
                names, against random words; written to RUN_FOLDER/faithfulness.json, shown by nlpref report
  split=        split of those texts                                           (default test)
  seed=         of the random words                                            (default 0)
  neighbours=   so many training texts for each of the surest mistakes; written to RUN_FOLDER/familiarity.jsonl, shown by
                nlpref report (a new run has three of them already)

linear is exact for linear classifiers; integrated_gradients (needs nlpref[explain]) and attention look into a transformer;
occlusion leaves words out of any classifier. Attention is shown because it is often asked for: measure it first."""


def explain(folder: Path, text: str, label: str | None = None, methods: Sequence[str] = ()) -> list[Explanation]:
    """Explain what a saved run says about a text, by each method.

    Raises:
        NlprefError: if the folder is not that of a classifier's run, a method does not fit it, it does not know the label, or
            the text has no word.
    """
    from nlpref.explanation import explainers_for

    model = _classifier(folder)
    found = [explainer.explain(text, label) for explainer in explainers_for(model, methods)]
    cut = getattr(model, "long_texts", "") == "cut" and bool(model.exceeds([text])[0])
    return [replace(one, cut=cut) for one in found]


def measure(folder: Path, n: int, *, split: str = "test", methods: Sequence[str] = (), seed: int = 0) -> FaithfulnessRecord:
    """Measure how faithful the explanations of a saved run are, and write the record into its folder.

    Raises:
        NlprefError: if the folder is not that of a classifier's run, a method does not fit it, or there is no such split.
    """
    import numpy as np

    from nlpref import machine
    from nlpref.data.dataset import split_revision
    from nlpref.explanation import explainers_for, measure_faithfulness
    from nlpref.explanation.deletion import SHARES
    from nlpref.explanation.record import NAME, FaithfulnessRecord
    from nlpref.matching import check_examples

    model = _classifier(folder)
    explainers = explainers_for(model, methods)
    dataset = _dataset(folder)
    check_examples("classification", dataset, split)
    texts = [example.text for example in dataset.split(split) if example.text.strip()]
    chosen = [texts[row] for row in np.unique(np.linspace(0, len(texts) - 1, n).astype(int))] if texts else []
    record = FaithfulnessRecord(
        model=read_saved(folder)["name"],
        dataset={"name": dataset.name, "revision": dataset.revision, "scored": split_revision(dataset, split)},
        split=split,
        n=len(chosen),
        seed=seed,
        config_hash=config_hash_of(folder),
        shares=SHARES,
        methods=measure_faithfulness(model, explainers, chosen, seed=seed),
        environment={"hardware": machine.hardware(), "threads": machine.threads(), "versions": machine.versions()},
    )
    record.save(folder / NAME)
    return record


def recall(folder: Path, k: int) -> Path:
    """Write for each scored text what training has shown of it, and for the surest mistakes the ``k`` nearest training texts.

    Raises:
        NlprefError: if the folder is not that of a classifier's run.
    """
    from nlpref.familiarity import write_familiarity
    from nlpref.report.runs import read_rows

    _check_task(folder)
    return write_familiarity(folder, _dataset(folder).split("train"), read_rows(folder / "predictions.jsonl"), k=k)


def main() -> None:
    """Entry point."""
    defaults: dict[str, str | None] = {"run": None, "text": "", "label": "", "methods": "", "out": "reports/explanation.html"}
    with clean_end():
        given = read_arguments(
            sys.argv[1:], {**defaults, "faithfulness": "", "split": "test", "seed": "0", "neighbours": ""}, USAGE
        )
        folder, methods = Path(given["run"]), [name for name in given["methods"].split(",") if name]
        if not (given["text"] or given["faithfulness"] or given["neighbours"]):
            raise ConfigError("nothing to do: give text=, faithfulness= or neighbours=\n\n" + USAGE)
        if not given["seed"].isdecimal():
            raise ConfigError(f"seed={given['seed']}: expected a whole number, 0 or more")
        n, k = (read_count(name, given[name]) if given[name] else 0 for name in ("faithfulness", "neighbours"))
        if given["text"]:
            _show(explain(folder, given["text"], given["label"] or None, methods), folder, Path(given["out"]))
        if n:
            _tell(measure(folder, n, split=given["split"], methods=methods, seed=int(given["seed"])))
        if k:
            print(f"nearest training texts: {recall(folder, k)}")


def _show(explanations: Sequence[Explanation], folder: Path, out: Path) -> None:
    from nlpref.report.explanations import explanation_table, write_explanations

    print(explanation_table(explanations))
    print(f"\npage: {write_explanations(explanations, folder, out)}")


def _tell(record: FaithfulnessRecord) -> None:
    print(f"fall of the probability without the words named, {record.n} texts of {record.split}, mean over shares of words")
    for name, one in record.methods.items():
        over = one.over_random
        told = f"over random {over.value:+.4f}  [{over.low:+.4f}, {over.high:+.4f}]" if over else ""
        print(f"{name:22} {one.area.value:.4f}  [{one.area.low:.4f}, {one.area.high:.4f}]  {told}".rstrip())


def _classifier(folder: Path) -> Any:
    from nlpref.experiment import saved_model

    _check_task(folder)
    return saved_model(folder)


def _check_task(folder: Path) -> None:
    task = read_saved(folder, "task", "dataset")["task"].get("name")
    if task != "classification":
        raise InputError(f"{folder} is a run of the task {task}; explanations are of classifiers")


def _dataset(folder: Path) -> Any:
    node = read_saved(folder, "dataset")["dataset"]
    check({"dataset": node}, trusted=TRUSTED_MODULES)
    return build(node)


if __name__ == "__main__":
    main()
