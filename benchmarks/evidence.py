"""Run every experiment behind the README's figures and keep its record in ``benchmarks/records/``.

    python benchmarks/evidence.py                          all experiments, then their latency
    python benchmarks/evidence.py only=wnut17              those whose name holds "wnut17"
    python benchmarks/evidence.py latency=only             time what has been run

Runs go to ``runs/evidence/`` and are continued or skipped like any other, so an interrupted call can be repeated.
Data sets are looked for in ``NLPREF_DATA`` and downloaded if they are not there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from nlpref.arguments import read_arguments
from nlpref.bench import bench
from nlpref.errors import NlprefError

ROOT = Path(__file__).resolve().parents[1]
RECORDS = ROOT / "benchmarks" / "records"

# Experiments and their seeds: three where training is random.
EXPERIMENTS = {
    "banking77_tfidf": (0,),
    "banking77_frozen": (0,),
    "banking77_finetuned": (0, 1, 2),
    "wnut17_crf": (0,),
    "wnut17_finetuned": (0, 1, 2),
    "scifact_bm25": (0,),
    "scifact_dense": (0,),
    "scifact_hybrid": (0,),
    "scifact_reranked": (0, 1, 2),
}


def run_folder(runs: Path, experiment: str, seed: int) -> Path:
    """Where one run is kept."""
    return runs / f"{experiment}-seed{seed}"


def train(runs: Path, experiment: str, seed: int) -> None:
    """Run one experiment and copy its record."""
    folder = run_folder(runs, experiment, seed)
    command = [sys.executable, "-m", "nlpref.train", f"experiment={experiment}", f"seed={seed}", f"hydra.run.dir={folder}"]
    subprocess.run(command, check=True, cwd=ROOT)
    RECORDS.mkdir(exist_ok=True)
    shutil.copy(folder / "result.json", RECORDS / f"{experiment}-seed{seed}.json")


def time_model(runs: Path, experiment: str, seed: int) -> None:
    """Time the model of one run and copy the record."""
    folder = run_folder(runs, experiment, seed)
    bench(folder, repeats=200)
    shutil.copy(folder / "latency.json", RECORDS / f"{experiment}-seed{seed}.latency.json")


def main() -> None:
    """Entry point."""
    try:
        given = read_arguments(sys.argv[1:], {"only": "", "runs": "runs/evidence", "latency": "too"}, __doc__ or "")
        if given["latency"] not in ("too", "only", "none"):
            raise NlprefError(f"latency={given['latency']}: expected too, only or none")
        os.chdir(ROOT)
        runs = Path(given["runs"])
        chosen = {name: seeds for name, seeds in EXPERIMENTS.items() if given["only"] in name}
        if given["latency"] != "only":
            for name, seeds in chosen.items():
                for seed in seeds:
                    train(runs, name, seed)
        if given["latency"] != "none":
            for name, seeds in chosen.items():
                time_model(runs, name, seeds[0])
    except NlprefError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
