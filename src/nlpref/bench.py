"""``python -m nlpref.bench task=...``: latency against quality of the saved, scored models."""

from __future__ import annotations

import sys
from pathlib import Path

from omegaconf import OmegaConf
from tqdm.auto import tqdm

from nlpref.arguments import read_arguments
from nlpref.config import build, plain
from nlpref.errors import NlprefError, StorageError
from nlpref.latency import measure_saved
from nlpref.report import build_report
from nlpref.results import EvalResult, LatencyResult
from nlpref.tasks import TASKS, task_named

__all__ = ["bench", "find_runs", "main"]

USAGE = f"""Time the saved models of finished runs and draw the frontier of quality against latency.

  python -m nlpref.bench task=classification
  python -m nlpref.bench task=ner runs=runs repeats=200
  python -m nlpref.bench task=all overwrite=true

  task=       {", ".join(TASKS)} or all                       (needed)
  runs=       folder with the runs                            (default runs)
  out=        folder of the report                            (default reports)
  repeats=    timed single predictions                        (default 100)
  batch=      batch size of the throughput                    (default 32)
  overwrite=  true times again what was timed                 (default false)

Each model is loaded in a process of its own and timed on texts of the split it was scored on: p50, p95 and
p99 in ms at batch 1, throughput, peak memory, size on disk, load time. Results: latency.json in each run's
folder, and the report."""


def find_runs(root: Path, task: str) -> list[Path]:
    """Folders of finished runs of a task, in order of name."""
    found = [path.parent for path in sorted(root.rglob("result.json")) if (path.parent / "model").is_dir()]
    return [folder for folder in found if EvalResult.load(folder / "result.json").task == task]


def bench(folder: Path, *, repeats: int = 100, batch_size: int = 32) -> LatencyResult:
    """Time the model of a finished run on the very split it was scored on; writes ``latency.json``."""
    result = EvalResult.load(folder / "result.json")
    task = task_named(result.task)
    dataset = build(plain(OmegaConf.load(folder / "config.yaml"))["dataset"])
    inputs = task.inputs(dataset.split(result.split))[: max(repeats, 8 * batch_size)]
    found = measure_saved(
        folder / "model", task.method, inputs, model=result.model, repeats=repeats, batch_size=batch_size, batches=6
    )
    found.save(folder / "latency.json")
    return found


def main() -> None:
    """Entry point."""
    defaults = {"task": None, "runs": "runs", "out": "reports", "repeats": "100", "batch": "32", "overwrite": "false"}
    try:
        given = read_arguments(sys.argv[1:], defaults, USAGE)
        tasks = list(TASKS) if given["task"] == "all" else [task_named(given["task"]).name]
        folders = [folder for task in tasks for folder in find_runs(Path(given["runs"]), task)]
        if not folders:
            raise StorageError(f"no finished runs of {', '.join(tasks)} under {given['runs']}; train some first (nlpref train --help)")
        for folder in tqdm(folders, desc="timing", unit="model"):
            if given["overwrite"] == "true" or not (folder / "latency.json").exists():
                bench(folder, repeats=int(given["repeats"]), batch_size=int(given["batch"]))
        _print_table(folders)
        print(f"report: {build_report(Path(given['runs']), Path(given['out']))}")
    except NlprefError as error:
        sys.exit(f"error: {error}")


def _print_table(folders: list[Path]) -> None:
    print(f"{'model':44} {'quality':>22} {'p50 ms':>8} {'p95 ms':>8} {'per s':>9} {'MB':>7} {'disk MB':>8} {'load s':>7}")
    for folder in folders:
        result, times = EvalResult.load(folder / "result.json"), LatencyResult.load(folder / "latency.json")
        best = result.metrics[result.primary]
        memory = f"{times.memory_mb:.0f}" if times.memory_mb is not None else "-"
        quality = f"{result.primary} {best.value:.4f}"
        print(
            f"{result.model:44} {quality:>22} {times.p50_ms:8.2f} {times.p95_ms:8.2f} {times.throughput_per_s:9.1f} "
            f"{memory:>7} {times.disk_mb or 0:8.2f} {times.load_s or 0:7.2f}"
        )


if __name__ == "__main__":
    main()
