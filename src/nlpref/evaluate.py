"""``python -m nlpref.evaluate run=DIR``: score a saved run, on its own test split or on other data."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from omegaconf import OmegaConf

from nlpref.config import build, check, check_overrides, plain
from nlpref.errors import ConfigError, NlprefError, StorageError
from nlpref.results import EvalResult
from nlpref.storage import TRUSTED_MODULES

__all__ = ["evaluate_run", "main"]

USAGE = """Score the model of a finished run.

  python -m nlpref.evaluate run=RUN_FOLDER                              the data it was trained on, test split
  python -m nlpref.evaluate run=RUN_FOLDER split=validation
  python -m nlpref.evaluate run=RUN_FOLDER dataset=csv dataset.train=old.csv dataset.test=new.csv
  python -m nlpref.evaluate run=RUN_FOLDER out=FOLDER                   where predictions and result go

  run=        folder of a training run                                  (needed)
  split=      split that is scored                                      (default test)
  out=        folder for the new result                                 (default RUN_FOLDER/evaluations/NAME-SPLIT)
  dataset=... a data set and its settings, as in nlpref.train"""


def evaluate_run(folder: Path, overrides: list[str], split: str = "test", out: Path | None = None) -> EvalResult:
    """Score a saved run; ``overrides`` choose another data set, none means the run's own."""
    from nlpref.experiment import Run, evaluate, saved_model
    from nlpref.tasks import task_named

    if not (folder / "config.yaml").is_file():
        raise StorageError(f"{folder} is not the folder of a training run: it holds no config.yaml; give run=FOLDER")
    settings = plain(OmegaConf.load(folder / "config.yaml"))
    task = settings["task"]["name"]
    node = settings["dataset"]
    if overrides:
        node = plain(check_overrides("train", [f"task={task}", "name=evaluation", *overrides]))["dataset"]
    check({"dataset": node}, trusted=None if overrides else TRUSTED_MODULES)
    dataset = build(node)
    out = out or folder / "evaluations" / f"{dataset.name}-{split}"
    run = Run(settings["name"], out, settings["seed"], config_hash=(folder / "fingerprint.txt").read_text("utf-8").strip())
    return evaluate(run, task_named(task), dataset, saved_model(folder), split=split, progress=sys.stderr.isatty())


def main() -> None:
    """Entry point."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    arguments = sys.argv[1:]
    if not arguments or any(argument in ("-h", "--help") for argument in arguments):
        print(USAGE)
        sys.exit(0 if arguments else 2)
    own = dict(argument.split("=", 1) for argument in arguments if argument.partition("=")[0] in ("run", "split", "out"))
    overrides = [argument for argument in arguments if argument.partition("=")[0] not in ("run", "split", "out")]
    try:
        if "run" not in own:
            raise ConfigError(f"run=FOLDER must be given\n\n{USAGE}")
        wrong = [text for text in overrides if not text.lstrip("+").startswith("dataset")]
        if wrong:
            raise ConfigError(f"{wrong[0]}: only run=, split=, out= and dataset... can be given here\n\n{USAGE}")
        out = Path(own["out"]) if "out" in own else None
        result = evaluate_run(Path(own["run"]), overrides, own.get("split", "test"), out)
    except NlprefError as error:
        sys.exit(f"error: {error}")
    for name, value in result.metrics.items():
        print(f"{name:20} {value.value:.4f}  [{value.low:.4f}, {value.high:.4f}]")


if __name__ == "__main__":
    main()
