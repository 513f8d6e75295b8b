"""``python -m nlpref.robustness run=DIR``: how the quality of a saved run falls with typos, slang, casing and truncation."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from nlpref.arguments import read_arguments, read_count, read_number
from nlpref.config import build, check, read_saved
from nlpref.entry import clean_end
from nlpref.errors import ConfigError, InputError
from nlpref.noise_curves import KINDS, NAME, NoiseCurves
from nlpref.run_folder import config_hash_of
from nlpref.storage import TRUSTED_MODULES

__all__ = ["main", "measure"]

USAGE = f"""Score the model of a finished run on ever noisier texts of its own data.

  python -m nlpref.robustness run=RUN_FOLDER
  python -m nlpref.robustness run=RUN_FOLDER split=validation noise=typos,casing strengths=0.1,0.3

  run=        folder of a training run                                    (needed)
  split=      split whose texts are made noisy                            (default test)
  noise=      kinds, of: {",".join(KINDS)}       (default all)
  strengths=  shares of words that are hit, 0 to 1; 0 is always added     (default 0.1,0.2,0.4,0.6)
  n=          at most so many texts, evenly spaced over the split         (default 2000)
  seed=       of the noise                                                (default 0)

The curves are RUN_FOLDER/{NAME}; nlpref report draws them. Classification and retrieval (whose queries become noisy)."""


def measure(
    folder: Path,
    *,
    split: str = "test",
    kinds: Sequence[str] = KINDS,
    strengths: Sequence[float] = (0.1, 0.2, 0.4, 0.6),
    n: int = 2000,
    seed: int = 0,
) -> NoiseCurves:
    """Measure the curves of a saved run and write them into its folder.

    Raises:
        NlprefError: if the folder is not that of a run, the split was learned from, or a kind or strength does not fit.
    """
    import numpy as np

    from nlpref import machine
    from nlpref.data.dataset import split_revision
    from nlpref.experiment import saved_model
    from nlpref.matching import check_examples
    from nlpref.noise_curves import noise_curves
    from nlpref.tasks import task_named

    settings = read_saved(folder, "task", "dataset")
    task = task_named(settings["task"]["name"])
    check({"dataset": settings["dataset"]}, trusted=TRUSTED_MODULES)
    dataset = build(settings["dataset"])
    check_examples(task.name, dataset, split)
    model = saved_model(folder)
    if split == "train" or (split == "validation" and getattr(model, "refit", False)):
        raise InputError(f"the model of {folder} has learnt from its {split} split, so curves there would flatter it")
    examples = dataset.split(split)
    chosen = np.unique(np.linspace(0, len(examples) - 1, n).astype(int))
    curves = NoiseCurves(
        model=settings["name"],
        dataset={"name": dataset.name, "revision": dataset.revision, "scored": split_revision(dataset, split)},
        split=split,
        n=len(chosen),
        seed=seed,
        config_hash=config_hash_of(folder),
        primary=task.primary,
        curves=noise_curves(task, model, [examples[row] for row in chosen], kinds, strengths, seed),
        environment={"hardware": machine.hardware(), "versions": machine.versions()},
    )
    curves.save(folder / NAME)
    return curves


def main() -> None:
    """Entry point."""
    defaults = {"run": None, "split": "test", "noise": ",".join(KINDS), "strengths": "0.1,0.2,0.4,0.6", "n": "2000", "seed": "0"}
    with clean_end("interrupted; nothing was written"):
        given = read_arguments(sys.argv[1:], defaults, USAGE)
        if not given["seed"].isdecimal():
            raise ConfigError(f"seed={given['seed']}: expected a whole number, 0 or more")
        made = measure(
            Path(given["run"]),
            split=given["split"],
            kinds=given["noise"].split(","),
            strengths=[read_number("strengths", one) for one in given["strengths"].split(",")],
            n=read_count("n", given["n"]),
            seed=int(given["seed"]),
        )
        print(f"{made.primary} of {made.model} on {made.n} examples of {made.split}, by strength of noise")
        for kind, points in made.curves.items():
            print(f"{kind:12}", "  ".join(f"{one.strength:g}: {one.metrics[made.primary].value:.4f}" for one in points))


if __name__ == "__main__":
    main()
