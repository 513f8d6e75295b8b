"""``python -m nlpref.accelerate run=DIR``: the model of a run on a faster engine, gated, as a run of its own."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from nlpref.arguments import read_arguments, read_count
from nlpref.config import build, check, fingerprint, read_saved
from nlpref.entry import clean_end
from nlpref.errors import ConfigError, StorageError
from nlpref.results import EvalResult
from nlpref.run_folder import MARKER, config_hash_of
from nlpref.storage import TRUSTED_MODULES

__all__ = ["accelerate_run", "main"]

log = logging.getLogger(__name__)

USAGE = """Run the model of a finished run on a faster engine, if it answers as before.

  python -m nlpref.accelerate run=RUN_FOLDER                           the fastest here that changes no answer
  python -m nlpref.accelerate run=RUN_FOLDER target=task               8-bit integers allowed, if the score stays
  python -m nlpref.accelerate run=RUN_FOLDER backend=onnx-int8
  python -m nlpref.accelerate run=RUN_FOLDER deterministic=true        same text, same bits, whatever the batch

  run=            folder of a training run                               (needed)
  backend=        torch, onnx-fp32, onnx-int8, openvino-fp32, openvino-int8, or auto: the
                  fastest that passes the gate, measured here             (default auto)
  target=         exact: cosine >= .9999, same answers; task: mean cosine >= .99, the task's
                  score falls by at most .005                             (default exact, task with an int8 backend)
  goal=           latency (one text) or throughput (many)                 (default latency)
  threads=        compute threads of the engine; torch has its own setting (default all cores)
  deterministic=  true or false                                           (default false)
  sample=         examples of the validation split that the gate compares (default 300)
  out=            folder of the new run                                   (default RUN_FOLDER-BACKEND)
  overwrite=      true makes again what is there                          (default false)

The gate compares on the validation split, or on training examples if the run kept none back. What passes is saved and
scored on the split that the run was scored on; what does not is refused with the figures, and nothing is written."""


def accelerate_run(
    folder: Path,
    *,
    backend: str = "auto",
    target: str = "",
    goal: str = "latency",
    threads: int | None = None,
    deterministic: bool = False,
    sample: int = 300,
    out: Path | None = None,
    overwrite: bool = False,
) -> tuple[EvalResult, Any, Path]:
    """Accelerate a run's model; gives the new result, what was tried, and the new folder.

    Raises:
        NlprefError: if the folder is not that of a finished run, or the model cannot be accelerated.
        ExportError: if the export answers differently.
    """
    from nlpref.acceleration import compare_backends
    from nlpref.experiment import record_derived, saved_model
    from nlpref.tasks import task_named

    settings = read_saved(folder, "task", "dataset")
    check({"dataset": settings["dataset"]}, trusted=TRUSTED_MODULES)
    before = EvalResult.load(folder / "result.json")
    dataset = build(settings["dataset"])
    if dataset.revision != before.dataset["revision"]:
        raise StorageError(
            f"{folder} was made from revision {before.dataset['revision']} of {dataset.name}, the data now have "
            f"{dataset.revision}; train anew"
        )
    name, examples = _sample(dataset, sample)
    level: Any = target or ("task" if backend.endswith("int8") else "exact")
    asked = {"backend": backend, "target": level, "threads": threads, "deterministic": deterministic, "gate_split": name}
    run = _derived(folder, settings, before, asked, out)
    if not overwrite and _complete(run):
        log.info("%s is complete; nothing to do (overwrite=true starts anew)", run.folder)
        return EvalResult.load(run.folder / "result.json"), None, run.folder
    purpose: Any = goal
    found = compare_backends(
        saved_model(folder), examples, level, backend=backend, goal=purpose, threads=threads, deterministic=deterministic
    )
    run = _derived(folder, settings, before, {**asked, "backend": found.backend}, out)
    tried = [trial.figures() for trial in found.trials]
    details = {"acceleration": {**run.params["acceleration"], "gate_n": len(examples), "tried": tried}}
    task, bar = task_named(settings["task"]["name"]), sys.stderr.isatty()
    result = record_derived(
        run, task, dataset, found.model, split=before.split, details=details, overwrite=overwrite, progress=bar
    )
    return result, found, run.folder


def _derived(folder: Path, settings: dict[str, Any], before: EvalResult, asked: dict[str, Any], out: Path | None) -> Any:
    """The run that comes out of it."""
    from nlpref.experiment import Run

    chosen = f"{asked['backend']}-deterministic" if asked["deterministic"] else asked["backend"]
    made = {**settings, "name": f"{settings['name']}-{chosen}", "acceleration": asked}
    command = f"# python -m nlpref.accelerate run={folder.name} backend={asked['backend']} target={asked['target']}\n"
    return Run(
        name=made["name"],
        folder=out or folder.with_name(f"{folder.name}-{chosen}"),
        seed=settings["seed"],
        experiment=before.experiment,
        config_hash=fingerprint(made),
        config_text=command + yaml.safe_dump(made, sort_keys=False, allow_unicode=True),
        params=made,
    )


def _complete(run: Any) -> bool:
    """Whether that very run is there already."""
    return bool((run.folder / "result.json").is_file() and config_hash_of(run.folder) == run.config_hash)


def main() -> None:
    """Entry point."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    defaults = {
        "run": None, "backend": "auto", "target": "", "goal": "latency", "threads": "", "deterministic": "false", "sample": "300",
        "out": "", "overwrite": "false",
    }  # fmt: skip
    with clean_end("interrupted; nothing was written"):
        given = read_arguments(sys.argv[1:], defaults, USAGE)
        for key in ("deterministic", "overwrite"):
            if given[key] not in ("true", "false"):
                raise ConfigError(f"{key}={given[key]}: expected true or false")
        folder = Path(given["run"])
        if not (folder / MARKER).is_file():
            raise StorageError(f"{folder} is not the folder of a training run; give run=FOLDER of one")
        result, found, where = accelerate_run(
            folder,
            backend=given["backend"],
            target=given["target"],
            goal=given["goal"],
            threads=read_count("threads", given["threads"]) if given["threads"] else None,
            deterministic=given["deterministic"] == "true",
            sample=read_count("sample", given["sample"]),
            out=Path(given["out"]) if given["out"] else None,
            overwrite=given["overwrite"] == "true",
        )
        before = EvalResult.load(folder / "result.json")
        if found is not None:
            _print_trials(found)
        was, now = before.metrics[before.primary], result.metrics[result.primary]
        print(f"{result.primary} on {result.dataset['name']} {result.split}: {was.value:.4f} -> {now.value:.4f} (n={result.n})")
        print(f"everything of this run: {where}")


def _sample(dataset: Any, size: int) -> tuple[str, list[Any]]:
    """Evenly spaced examples of the split that was kept back, or else of train."""
    name = "validation" if "validation" in dataset.splits else "train"
    if name not in dataset.splits:
        raise StorageError(f"{dataset.name} has neither a validation nor a train split to compare answers on")
    examples: Sequence[Any] = dataset.split(name)
    step = max(1, len(examples) // size)
    return name, list(examples[::step][:size])


def _print_trials(found: Any) -> None:
    for trial in found.trials:
        times = ""
        if trial.one_ms is not None:
            ratios = trial.ratios or {}
            share = f", {ratios['one'][0]:.2f} x torch" if "one" in ratios else ""
            times = f"  one {trial.one_ms:.2f} ms{share}, sample {trial.all_ms:.0f} ms"
        mark = "->" if trial.backend == found.backend else "  "
        print(f"{mark} {trial.backend:15}{times}")
        for verdict in trial.verdicts:
            print(f"     {verdict}")
        if trial.refused:
            print(f"     refused: {trial.refused}")


if __name__ == "__main__":
    main()
