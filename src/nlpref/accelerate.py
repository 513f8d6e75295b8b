"""``python -m nlpref.accelerate run=DIR``: the model of a run on a faster engine, gated, as a run of its own."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml  # type: ignore[import-untyped]

from nlpref.arguments import read_arguments, read_count
from nlpref.config import build, check, fingerprint, read_saved
from nlpref.entry import clean_end
from nlpref.errors import ConfigError, StorageError
from nlpref.results import EvalResult
from nlpref.run_folder import MARKER, OWN, config_hash_of
from nlpref.storage import MANIFEST, TRUSTED_MODULES, sha256

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
  threads=        compute threads; torch has a setting of its own         (default all cores)
  deterministic=  true or false                                           (default false)
  sample=         examples of the validation split that the gate compares (default 1000)
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
    sample: int = 1000,
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

    folder = Path(folder).resolve()
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
    asked = {
        "backend": backend, "target": level, "goal": goal, "threads": threads, "deterministic": deterministic,
        "gate_split": name, "gate_n": len(examples), "from": sha256(folder / "model" / MANIFEST),
    }  # fmt: skip
    run = _derived(folder, settings, before, asked, out)
    _refuse_others(run.folder, folder)
    if not overwrite and _complete(run):
        log.info("%s is complete; nothing to do (overwrite=true starts anew)", run.folder)
        return EvalResult.load(run.folder / "result.json"), None, run.folder
    purpose: Any = goal
    found = compare_backends(
        saved_model(folder), examples, level, backend=backend, goal=purpose, threads=threads, deterministic=deterministic
    )
    run = _derived(folder, settings, before, {**asked, "backend": found.backend}, out)
    _refuse_others(run.folder, folder)
    if not overwrite and _complete(run):
        return EvalResult.load(run.folder / "result.json"), found, run.folder
    details = {"acceleration": {**run.params["acceleration"], "tried": found.measured}}
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
    options = {"backend": asked["backend"], "target": asked["target"], "deterministic": str(asked["deterministic"]).lower()}
    options |= {"threads": asked["threads"]} if asked["threads"] else {}
    command = f"# python -m nlpref.accelerate run={folder.name} {' '.join(f'{key}={value}' for key, value in options.items())}\n"
    return Run(
        name=made["name"],
        folder=out or folder.with_name(f"{folder.name}-{chosen}"),
        seed=settings["seed"],
        experiment=before.experiment,
        config_hash=fingerprint(made),
        config_text=command + yaml.safe_dump(made, sort_keys=False, allow_unicode=True),
        params=made,
    )


def _refuse_others(out: Path, source: Path) -> None:
    """A folder that is replaced must be one that accelerating made."""
    if out.resolve() == source or (out.exists() and not out.is_dir()):
        raise StorageError(f"out={out} is the run itself or a file; give a folder of its own")
    if out.is_dir() and any(out.iterdir()):
        foreign = sorted(path.name for path in out.iterdir() if path.name not in OWN)
        if foreign or "acceleration" not in read_saved(out):
            held = f"holds {', '.join(foreign[:3])}" if foreign else "is the folder of a training run"
            raise StorageError(f"{out} {held}, so it is left alone; choose another out=")


def _complete(run: Any) -> bool:
    """Whether that very run is there already."""
    return bool((run.folder / "result.json").is_file() and config_hash_of(run.folder) == run.config_hash)


def main() -> None:
    """Entry point."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    defaults = {
        "run": None, "backend": "auto", "target": "", "goal": "latency", "threads": "", "deterministic": "false",
        "sample": "1000",
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
    places = np.unique(np.linspace(0, len(examples) - 1, size).astype(int))
    return name, [examples[place] for place in places]


def _print_trials(found: Any) -> None:
    from nlpref.acceleration import BACKENDS

    if len(found.trials) > 1:
        for backend in BACKENDS.values():
            if not backend.available:
                print(f"   {backend.name:15}  not tried: pip install nlpref[{backend.extra}]")
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
