"""``python -m nlpref.train``: train a model, evaluate it, track the run. ``--help`` shows examples."""

from __future__ import annotations

import logging
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from nlpref.config import build, check, check_command, config_dir, fingerprint, plain, register_resolvers
from nlpref.errors import NlprefError

__all__ = ["main", "train"]

CONFIG = "train"


def train(config: DictConfig, folder: Path) -> Any:
    """Build what the configuration describes and run it in ``folder``; returns the ``EvalResult``."""
    from nlpref.experiment import Run, fit_and_evaluate
    from nlpref.tasks import task_named

    check(config)
    settings = plain(config)
    if settings["overwrite"]:
        shutil.rmtree(folder, ignore_errors=True)
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
        progress=settings["progress"],
    )


@hydra.main(version_base="1.3", config_path=str(config_dir()), config_name=CONFIG)
def _job(config: DictConfig) -> None:
    try:
        result = train(config, Path(HydraConfig.get().runtime.output_dir))
    except NlprefError as error:
        sys.exit(f"error: {error}")  # here, since Hydra announces what passes through it
    if result is None:
        return
    value = result.metrics[result.primary]
    print(
        f"{result.task} · {result.model} on {result.dataset['name']} {result.split} (n={result.n}): "
        f"{result.primary} {value.value:.4f} [{value.low:.4f}, {value.high:.4f}]\n"
        f"everything of this run: {HydraConfig.get().runtime.output_dir}"
    )


def main() -> None:
    """Entry point."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for noisy in ("httpx", "alembic", "mlflow", "faiss", "bm25s", "numexpr"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # let errors come through, instead of Hydra's shortened traceback
    register_resolvers()
    try:
        check_command(CONFIG, sys.argv[1:])
        _job()
    except NlprefError as error:
        sys.exit(f"error: {error}")


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
    return "python -m nlpref.train " + " ".join(sys.argv[1:])


if __name__ == "__main__":
    main()
