"""``python -m nlpref.evaluate run=DIR``: score a saved run, on its own test split or on other data."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from nlpref.arguments import read_arguments
from nlpref.config import build, check, plain, read_saved
from nlpref.entry import clean_end
from nlpref.errors import InputError
from nlpref.overrides import check_overrides
from nlpref.results import EvalResult
from nlpref.run_folder import config_hash_of
from nlpref.storage import TRUSTED_MODULES

__all__ = ["evaluate_run", "main"]

USAGE = """Score the model of a finished run.

  python -m nlpref.evaluate run=RUN_FOLDER                              the data it was trained on, test split
  python -m nlpref.evaluate run=RUN_FOLDER split=validation
  python -m nlpref.evaluate run=RUN_FOLDER dataset=csv dataset.test=new.csv
  python -m nlpref.evaluate run=RUN_FOLDER out=FOLDER                   where predictions and result go

  run=        folder of a training run                                  (needed)
  split=      split that is scored                                      (default test)
  out=        folder for the new result                                 (default RUN_FOLDER/evaluations/NAME-SPLIT-REVISION)
  dataset=... a data set and its settings, as in nlpref.train"""


def evaluate_run(folder: Path, overrides: list[str], split: str = "test", out: Path | None = None) -> EvalResult:
    """Score a saved run; ``overrides`` choose another data set, none means the run's own.

    Raises:
        NlprefError: if the folder is not that of a run, or the data do not fit the task or the model.
    """
    from nlpref.data.dataset import split_revision
    from nlpref.experiment import Run, evaluate, saved_model
    from nlpref.matching import check_examples
    from nlpref.tasks import task_named

    settings = read_saved(folder, "task", "dataset")
    task = settings["task"]["name"]
    node = settings["dataset"]
    if overrides:
        alone = any(text.startswith("dataset.test=") for text in overrides)  # nothing is trained, so test data are enough
        given = any(text.startswith("dataset.train=") for text in overrides)
        node = plain(
            check_overrides(
                "train", [f"task={task}", "name=evaluation", *overrides, *(["dataset.train=null"] if alone and not given else [])]
            )
        )["dataset"]
    check({"dataset": node}, trusted=None if overrides else TRUSTED_MODULES)
    dataset = build(node)
    check_examples(task, dataset, split)
    model = saved_model(folder)
    if split == "validation" and not overrides and getattr(model, "refit", False):
        raise InputError(
            f"the model of {folder} has learnt from its validation split in the end (refit=true), so a score there would "
            "flatter it; train with split=validation to have it held out"
        )
    out = out or folder / "evaluations" / f"{dataset.name}-{split}-{split_revision(dataset, split)[:8]}"
    run = Run(settings["name"], out, settings["seed"], config_hash=config_hash_of(folder))
    return evaluate(run, task_named(task), dataset, model, split=split, progress=sys.stderr.isatty())


def main() -> None:
    """Entry point."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    overrides = [argument for argument in sys.argv[1:] if argument.lstrip("+").startswith(("dataset=", "dataset."))]
    with clean_end():
        own = read_arguments(
            [argument for argument in sys.argv[1:] if argument not in overrides], {"run": None, "split": "test", "out": ""}, USAGE
        )
        out = Path(own["out"]) if own["out"] else None
        result = evaluate_run(Path(own["run"]), overrides, own["split"], out)
    for name, value in result.metrics.items():
        print(f"{name:20} {value.value:.4f}  [{value.low:.4f}, {value.high:.4f}]")


if __name__ == "__main__":
    main()
