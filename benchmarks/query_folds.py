"""Train and score a retriever on every fold of the queries of a collection, and join the scores into one record.

    python benchmarks/query_folds.py dataset=cranfield retriever=bm25
    python benchmarks/query_folds.py dataset=cisi retriever=hybrid folds=10 name=cisi-hybrid-10
    python benchmarks/query_folds.py experiment=scifact_hybrid dataset=cranfield record=cranfield_hybrid.json

For collections with too few queries for a test split: the queries of all splits are divided into folds, the retriever is
trained on all folds but one (a share of them is validation) and scored on that one, so that every query is scored once, by a
model that has not seen it. Figures are over all queries, with intervals over queries. Several retrievers on the same folds
are compared by ``python -m nlpref.report runs=runs/folds``.

  folds=      how many                                            (default 5)
  fold_seed=  of the division into folds                          (default 0)
  fold_validation= share of the other folds' queries to carve for validation (default 0.2)
  runs=       folder of the runs                                  (default runs/folds)
  record=     copy of the joined result                           (default none)
  ...         settings of nlpref.train, such as seed=1 or retriever.weight=0.5

A run that was interrupted goes on with the next fold, and one that is complete is not run again (overwrite=true starts anew).
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from nlpref.arguments import read_arguments, read_count, read_number
from nlpref.config import build, check, fingerprint, plain
from nlpref.data.query_folds import query_folds
from nlpref.entry import clean_end
from nlpref.errors import ConfigError
from nlpref.experiment import Run
from nlpref.folds import evaluate_folds
from nlpref.overrides import check_overrides
from nlpref.results import EvalResult

ROOT = Path(__file__).resolve().parents[1]
DEFAULTS = {"folds": "5", "fold_seed": "0", "fold_validation": "0.2", "runs": "runs/folds", "record": ""}


def settings_of(overrides: list[str]) -> dict[str, Any]:
    """What ``nlpref.train`` would make of the settings, checked before anything is built.

    Raises:
        ConfigError: if they do not fit, or are for another task.
    """
    named = any(one.partition("=")[0] == "task" for one in overrides)
    asked = overrides if named or any(one.startswith("experiment=") for one in overrides) else ["task=retrieval", *overrides]
    settings = plain(check_overrides("train", asked))
    check(settings)
    if settings["task"]["name"] != "retrieval":
        raise ConfigError(f"task={settings['task']['name']}: folds are of queries, so the task needs to be retrieval")
    return settings


def fold_settings(settings: dict[str, Any], how: dict[str, Any], fold: int) -> dict[str, Any]:
    """The same settings on one fold, as ``nlpref evaluate run=RUN/folds/0`` needs them."""
    one = {"_target_": "nlpref.data.query_folds.query_fold", "dataset": settings["dataset"], "fold": fold, **how}
    return {**settings, "dataset": one}


def run_folds(overrides: list[str], how: dict[str, Any], runs: Path) -> EvalResult:
    """All folds of one retriever; the result is in ``RUNS/NAME-folds5-seed0-FINGERPRINT``."""
    settings = settings_of(overrides)
    division = query_folds(build(settings["dataset"]), **how)
    told = {key: value for key, value in settings.items() if key != "tracker"} | {"query_folds": how}
    mark = fingerprint(told)
    own = [f"folds={how['folds']}", f"fold_seed={how['seed']}", f"fold_validation={how['validation_fraction']:g}"]
    command = f"# python benchmarks/query_folds.py {' '.join([*overrides, *own])}\n"
    run = Run(
        name=settings["name"],
        folder=runs / f"{settings['name']}-folds{how['folds']}-seed{settings['seed']}-{mark}",
        seed=settings["seed"],
        config_hash=mark,
        config_text=command + OmegaConf.to_yaml(OmegaConf.create(told)),
    )
    texts = [OmegaConf.to_yaml(OmegaConf.create(fold_settings(settings, how, fold))) for fold in range(how["folds"])]
    shown = settings["progress"] and sys.stderr.isatty()
    component = settings[settings["task"]["component"]]
    return evaluate_folds(run, division, lambda: build(component), texts, overwrite=settings["overwrite"], progress=shown)


def main() -> None:
    """Entry point."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    with clean_end("interrupted; the same command goes on with the fold that was not finished"):
        mine = [one for one in sys.argv[1:] if one.partition("=")[0] in DEFAULTS or "=" not in one]
        given = read_arguments(mine, DEFAULTS, __doc__ or "")
        seed = read_number("fold_seed", given["fold_seed"])
        if not seed.is_integer():
            raise ConfigError(f"fold_seed={given['fold_seed']}: expected a whole number, 0 or more")
        validation = read_number("fold_validation", given["fold_validation"])
        how = {"folds": read_count("folds", given["folds"]), "validation_fraction": validation, "seed": int(seed)}
        os.chdir(ROOT)
        result = run_folds([one for one in sys.argv[1:] if one not in mine], how, Path(given["runs"]))
        if given["record"]:
            result.save(Path(given["record"]))
    for number, fold in enumerate(result.details["folds"]):
        chosen = "".join(f", {name} {fold[name]:.2f}" for name in ("weight", "blend") if name in fold)
        print(f"fold {number}: n={fold['n']}, {result.primary} {fold[result.primary]:.4f}{chosen}")
    for name, value in result.metrics.items():
        print(f"{name:14} {value.value:.4f}  [{value.low:.4f}, {value.high:.4f}]")


if __name__ == "__main__":
    main()
