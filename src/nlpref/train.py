"""``python -m nlpref.train``: train a model, evaluate it, track the run. ``--help`` shows examples."""

from __future__ import annotations

import logging
import os
import shlex
import sys
from pathlib import Path
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from nlpref.config import build, check, config_dir, fingerprint, plain, register_resolvers
from nlpref.entry import clean_end
from nlpref.overrides import check_command

__all__ = ["main", "train"]

CONFIG = "train"


def train(config: DictConfig, folder: Path) -> Any:
    """Build what the configuration describes and run it in ``folder``; returns the ``EvalResult``."""
    from nlpref.experiment import Run, fit_and_evaluate
    from nlpref.tasks import task_named

    check(config)
    settings = plain(config)
    component = settings["task"]["component"]
    choices = HydraConfig.get().runtime.choices
    run = Run(
        name=settings["name"],
        folder=folder,
        seed=settings["seed"],
        experiment=choices.get("experiment") or "",
        config_hash=fingerprint(settings),
        config_text="# " + _command() + "\n" + OmegaConf.to_yaml(OmegaConf.create(settings)),
        params=settings,
    )
    return fit_and_evaluate(
        run,
        task_named(settings["task"]["name"]),
        build(settings["dataset"]),
        build(settings[component]),
        build({**settings["tracker"], **_tracker_names(settings, run)}),
        split=settings["split"],
        overwrite=settings["overwrite"],
        progress=settings["progress"] and sys.stderr.isatty(),  # a bar in a file is noise
    )


@hydra.main(version_base="1.3", config_path=str(config_dir()), config_name=CONFIG)
def _job(config: DictConfig) -> None:
    folder = Path(HydraConfig.get().runtime.output_dir)
    try:
        with clean_end("interrupted; the same command goes on from the last checkpoint"):  # Hydra announces what it sees pass
            result = train(config, folder)
    finally:
        if folder.is_dir() and not any(folder.iterdir()) and folder != Path.cwd():
            folder.rmdir()
    if result is None:
        return
    value = result.metrics[result.primary]
    print(
        f"{result.task} · {result.model} on {result.dataset['name']} {result.split} (n={result.n}): "
        f"{result.primary} {value.value:.4f} [{value.low:.4f}, {value.high:.4f}]\n"
        f"everything of this run: {folder}"
    )


def main() -> None:
    """Entry point."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for noisy in ("httpx", "alembic", "mlflow", "faiss", "bm25s", "numexpr"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # let errors come through, instead of Hydra's shortened traceback
    register_resolvers()
    with clean_end():
        check_command(CONFIG, sys.argv[1:])
        _job()


def _tracker_names(settings: dict[str, Any], run: Any) -> dict[str, Any]:
    """How MLflow should name the run; the file that remembers its id makes a restarted training go on as one run."""
    tracker = settings["tracker"]
    if not tracker["_target_"].endswith("MlflowTracker"):
        return {}
    tags = {
        "task": settings["task"]["name"],
        "seed": str(run.seed),
        "experiment": run.experiment,
        "fingerprint": run.config_hash,
        **tracker.get("tags", {}),
    }
    return {"run_file": str(run.folder / "mlflow_run.txt"), "run_name": f"{run.name}-seed{run.seed}", "tags": tags}


def _command() -> str:
    hydra_config = HydraConfig.get()
    sweep = hydra_config.mode == RunMode.MULTIRUN
    return shlex.join(["python", "-m", "nlpref.train", *(hydra_config.overrides.task if sweep else sys.argv[1:])])


if __name__ == "__main__":
    main()
