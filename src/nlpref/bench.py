"""``python -m nlpref.bench task=...``: latency against quality of the saved, scored models."""

from __future__ import annotations

import sys
from pathlib import Path

from tqdm.auto import tqdm

from nlpref.arguments import read_arguments, read_count, read_number
from nlpref.config import build, check, read_saved
from nlpref.data.dataset import split_revision
from nlpref.entry import clean_end
from nlpref.errors import ConfigError, NlprefError, StorageError
from nlpref.latency import measure_saved
from nlpref.report import build_report
from nlpref.report.cost import PRICE, cost_per_million
from nlpref.report.runs import run_folders
from nlpref.results import EvalResult, LatencyResult
from nlpref.storage import TRUSTED_MODULES
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
  price=      price of a core-hour in your currency           (default {PRICE:g}, an assumption)

Each model is loaded in a process of its own and timed on texts of the split it was scored on: p50, p95 and
p99 in ms at batch 1, throughput, peak memory, size on disk, load time. The cost of a million inputs follows
from throughput, threads and the price of a core. Results: latency.json in each run's folder, and the report.
A model that cannot be timed is named at the end; the others are timed all the same."""

_BATCHES = 6


def find_runs(root: Path, task: str) -> list[Path]:
    """Folders of finished runs of a task that hold a model, in order of name; the report lists what cannot be read."""
    return [folder for folder in run_folders(Path(root)) if (folder / "model").is_dir() and _task_of(folder) == task]


def bench(folder: Path, *, repeats: int = 100, batch_size: int = 32) -> LatencyResult:
    """Time the model of a finished run on the very split it was scored on; writes ``latency.json``.

    Raises:
        NlprefError: if the run is incomplete, its data set is not at hand or has changed, or its model cannot be loaded.
    """
    result = EvalResult.load(folder / "result.json")
    task = task_named(result.task)
    dataset = build(_dataset_node(folder))
    now, scored = split_revision(dataset, result.split), result.dataset.get("scored")
    if scored not in (None, now):
        raise StorageError(
            f"{folder} was scored on a {result.split} split of revision {scored}, the data now have {now}; train anew"
        )
    inputs = task.inputs(dataset.split(result.split))[: max(repeats, (_BATCHES + 1) * batch_size)]
    found = measure_saved(
        folder / "model", task.method, inputs, model=result.model, repeats=repeats, batch_size=batch_size, batches=_BATCHES
    )
    found.save(folder / "latency.json")
    return found


def main() -> None:
    """Entry point."""
    defaults = {"task": None, "runs": "runs", "out": "reports", "repeats": "100", "batch": "32", "overwrite": "false"}
    defaults["price"] = f"{PRICE:g}"
    with clean_end("interrupted; the same command times the models that are left"):
        given = read_arguments(sys.argv[1:], defaults, USAGE)
        repeats, batch_size = read_count("repeats", given["repeats"]), read_count("batch", given["batch"])
        price = read_number("price", given["price"])
        if given["overwrite"] not in ("true", "false"):
            raise ConfigError(f"overwrite={given['overwrite']}: expected true or false")
        tasks = list(TASKS) if given["task"] == "all" else [task_named(given["task"]).name]
        folders = [folder for task in tasks for folder in find_runs(Path(given["runs"]), task)]
        if not folders:
            raise StorageError(
                f"no finished runs of {', '.join(tasks)} under {given['runs']}; train some first (nlpref train --help)"
            )
        failed = _time_all(folders, repeats, batch_size, overwrite=given["overwrite"] == "true")
        _print_table([folder for folder in folders if folder not in failed], price)
        print(f"report: {build_report(Path(given['runs']), Path(given['out']), price)}")
    if failed:
        sys.exit("error: not timed:\n" + "\n".join(f"  {folder}: {error}" for folder, error in failed.items()))


def _time_all(folders: list[Path], repeats: int, batch_size: int, *, overwrite: bool) -> dict[Path, str]:
    """Time the models one by one; what failed, and why."""
    failed: dict[Path, str] = {}
    for folder in tqdm(folders, desc="timing", unit="model"):
        if overwrite or not (folder / "latency.json").exists():
            try:
                bench(folder, repeats=repeats, batch_size=batch_size)
            except NlprefError as error:
                failed[folder] = str(error)
    return failed


def _task_of(folder: Path) -> str:
    try:
        return EvalResult.load(folder / "result.json").task
    except (StorageError, OSError, ValueError):
        return ""


def _dataset_node(folder: Path) -> dict[str, object]:
    """The part of a run's configuration that names its data set, checked before it is obeyed."""
    node: dict[str, object] = read_saved(folder, "dataset")["dataset"]
    check({"dataset": node}, trusted=TRUSTED_MODULES)
    return node


def _print_table(folders: list[Path], price: float) -> None:
    titles = f"{'p50 ms':>8} {'p95 ms':>8} {'per s':>9} {'MB':>7} {'disk MB':>8} {'load s':>7} {'per 10^6':>9}"
    print(f"{'model':44} {'quality':>22} {'nearest':>7} {titles}")
    results = [EvalResult.load(folder / "result.json") for folder in folders]
    for folder, result in zip(folders, results, strict=True):
        times = LatencyResult.load(folder / "latency.json")
        quality = f"{result.primary} {result.metrics[result.primary].value:.4f}"
        print(
            f"{result.model:44} {quality:>22} {_or_dash(_recall(result), 3):>7} {times.p50_ms:8.2f} {times.p95_ms:8.2f} "
            f"{times.throughput_per_s:9.1f} {_or_dash(times.memory_mb, 0):>7} {_or_dash(times.disk_mb, 2):>8} "
            f"{_or_dash(times.load_s, 2):>7} {_or_dash(cost_per_million(times, price), 4):>9}"
        )
    print(f"per 10^6: cost of a million inputs, if a core-hour costs {price:g}, which is an assumption (price=)")
    if any(_recall(result) is not None for result in results):
        print("nearest: share of the ten nearest vectors that the index of a dense retriever finds")


def _recall(result: EvalResult) -> float | None:
    neighbours = result.details.get("neighbours", {})
    return neighbours.get("recall@10") if isinstance(neighbours, dict) else None


def _or_dash(value: float | None, decimals: int) -> str:
    return "-" if value is None else f"{value:.{decimals}f}"


if __name__ == "__main__":
    main()
