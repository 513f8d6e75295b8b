"""What each step against a shift of domain recovers: books are learned from, other reviews from Amazon are scored.

    python benchmarks/domain_shift.py                     all steps on all targets, three draws of labels, on test
    python benchmarks/domain_shift.py targets=kitchen     one target alone
    python benchmarks/domain_shift.py split=validation    on a fifth of the targets' training texts, for choosing
    python benchmarks/domain_shift.py steps=source,adapted,in_domain    some steps; the pretrained ones and prepared are slow

Every step is an experiment of its own name; here they share the embeddings of a text, which are computed once and kept
(``NLPREF_CACHE``). The share of the gap that a step recovers is (step - source) / (in domain - source), in accuracy; its
interval is over the texts that are scored, for the mean of the draws. Writes ``benchmarks/records/domain_shift.json``, or
with another split or fewer targets ``runs/domain_shift/``; steps left out are absent. Adapted weights are made by
``nlpref.adapt`` if they are not there.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpref import machine
from nlpref.arguments import read_arguments
from nlpref.config import build, check, plain
from nlpref.data.dataset import split_revision
from nlpref.errors import NlprefError
from nlpref.metrics.classification import predicted_labels
from nlpref.metrics.significance import interval
from nlpref.neural.cache import CachedEncoder
from nlpref.neural.continued_pretraining import NOTES
from nlpref.overrides import check_overrides
from nlpref.storage import read_json, write_json

ROOT = Path(__file__).resolve().parents[1]
RUNS, RECORD = Path("runs/domain_shift"), Path("benchmarks/records/domain_shift.json")
TARGETS = ("electronics", "kitchen", "dvd")
DRAWS = (0, 1, 2)
SOURCE, IN_DOMAIN = "amazon_shift_source", "amazon_shift_in_domain"
ADAPT = ("head_epochs=2", "head_rate=2e-3", "epochs=2", "batch_size=8", "max_length=64", "long_texts=cut")

# Experiment: whether it draws labels, and whether it needs adapted weights.
STEPS = {
    SOURCE: (False, False),
    "amazon_shift_prepared": (False, False),
    "amazon_shift_pretrained": (False, True),
    "amazon_shift_aligned": (False, False),
    "amazon_shift_unlabelled": (False, False),
    "amazon_shift_labels": (True, False),
    "amazon_shift_pretrained_labels": (True, True),
    "amazon_shift_adapted": (True, False),
    "amazon_shift_pretrained_adapted": (True, True),
    IN_DOMAIN: (False, False),
}
DEFAULTS = {"targets": ",".join(TARGETS), "split": "test", "steps": ""}
Right = NDArray[np.float64]


def adapted_weights(target: str) -> Path:
    """Weights that have read the target's training texts, made if they are not there."""
    folder = RUNS / f"adapted-{target}"
    if not folder.is_dir():
        data = ("dataset=amazon_reviews", f"dataset.domain={target}", "dataset.validation_fraction=0")
        command = [sys.executable, "-m", "nlpref.adapt", *data, *ADAPT, f"out={folder}"]
        if subprocess.run(command, check=False).returncode:
            raise NlprefError(f"the encoder could not be adapted to {target}")
    return folder


def correct(experiment: str, target: str, seed: int, split: str) -> tuple[Right, Any]:
    """Whether each text of the split is answered rightly, 0 or 1, (n_texts,), and the data set."""
    _, needs_weights = STEPS[experiment]
    asked = [f"experiment={experiment}", f"dataset.target.domain={target}", f"seed={seed}", "classifier.cache=false"]
    if needs_weights:
        asked.append(f"classifier.encoder.name={adapted_weights(target)}")
    if split == "validation":
        asked.append("dataset.target.validation_fraction=0.2")
    config = plain(check_overrides("train", asked))
    check(config)
    dataset, model = build(config["dataset"]), build(config["classifier"])
    model.encoder = CachedEncoder(model.encoder)
    model.fit(dataset.split("train"))
    scored = dataset.split(split)
    answers = predicted_labels(model.predict_proba([example.text for example in scored]), model.labels)
    return np.array([answer == one.label for answer, one in zip(answers, scored, strict=True)], dtype=np.float64), dataset


def rows(target: str, split: str, steps: Sequence[str]) -> Iterator[tuple[str, list[Right], str]]:
    """Each step with what is right in each draw, and the revision of what was scored."""
    for experiment in steps:
        drawn, _ = STEPS[experiment]
        found = [correct(experiment, target, seed, split) for seed in (DRAWS if drawn else DRAWS[:1])]
        accuracies = " ".join(f"{right.mean():.4f}" for right, _ in found)
        print(f"{target:12} {experiment:32} {accuracies}", flush=True)
        yield experiment, [right for right, _ in found], split_revision(found[0][1], split)


def estimate(right: Mapping[str, Sequence[Right]], step: str) -> dict[str, Any]:
    """Accuracy of a step, and the share of the gap that it recovers, both with intervals over texts."""
    own, source, whole = (np.mean(right[name], axis=0) for name in (step, SOURCE, IN_DOMAIN))

    def recovered(drawn: NDArray[np.int64]) -> float:
        gap = whole[drawn].mean() - source[drawn].mean()
        return float((own[drawn].mean() - source[drawn].mean()) / gap) if gap > 0 else float("nan")

    return {
        "experiment": step,
        "accuracy": asdict(interval(lambda drawn: float(own[drawn].mean()), len(own), 2000)),
        "accuracy_by_draw": [float(one.mean()) for one in right[step]],
        "recovered": asdict(interval(recovered, len(own), 2000)),
    }


def measure(targets: Sequence[str], split: str, steps: Sequence[str]) -> dict[str, Any]:
    """Some steps on some targets."""
    by_target: dict[str, Any] = {}
    pooled: dict[str, list[list[Right]]] = {step: [] for step in steps}
    for target in targets:
        right: dict[str, Sequence[Right]] = {}
        scored = set()
        for step, found, revision in rows(target, split, steps):
            right[step] = found
            scored.add(revision)
            pooled[step].append([found[draw % len(found)] for draw in DRAWS])
        if len(scored) > 1:
            raise NlprefError(f"the steps on {target} were scored on different texts: {', '.join(sorted(scored))}")
        pretrained = any(STEPS[step][1] for step in steps)
        notes = read_json(adapted_weights(target) / NOTES) if pretrained else {}
        by_target[target] = {
            "n": len(right[SOURCE][0]),
            "scored": scored.pop(),
            "steps": [estimate(right, step) for step in steps],
            "pretraining": {name: notes[name] for name in ("history", "kept", "drift", "texts") if name in notes},
        }
    joined = {step: [np.concatenate([part[draw] for part in parts]) for draw in DRAWS] for step, parts in pooled.items()}
    return {
        "source": "books",
        "split": split,
        "draws": len(DRAWS),
        "all_targets": {"n": len(joined[SOURCE][0]), "steps": [estimate(joined, step) for step in steps]},
        "by_target": by_target,
        "adapt": list(ADAPT),
        "environment": {"hardware": machine.hardware(), "threads": machine.threads(), "versions": machine.versions()},
    }


def main() -> None:
    """Entry point."""
    try:
        given = read_arguments(sys.argv[1:], DEFAULTS, __doc__ or "")
        targets = given["targets"].split(",")
        steps = [f"amazon_shift_{name}" for name in given["steps"].split(",")] if given["steps"] else list(STEPS)
        fits = set(targets) <= set(TARGETS) and {SOURCE, IN_DOMAIN} <= set(steps) <= set(STEPS)
        if not fits or given["split"] not in ("test", "validation"):
            raise NlprefError(
                f"expected targets of {', '.join(TARGETS)}, split=test or validation, and steps of "
                f"{', '.join(name.removeprefix('amazon_shift_') for name in STEPS)} with source and in_domain; got {given}"
            )
        os.chdir(ROOT)
        record = measure(targets, given["split"], steps)
        whole = tuple(targets) == TARGETS and given["split"] == "test"
        write_json(RECORD if whole else RUNS / f"{given['split']}-{'-'.join(targets)}.json", record)
    except NlprefError as error:
        sys.exit(f"error: {error}")
    for step in record["all_targets"]["steps"]:
        shown = {name: step[name] for name in ("accuracy", "recovered")}
        print(f"{step['experiment']:32}", *(f"{n} {v['value']:.3f} [{v['low']:.3f}, {v['high']:.3f}]" for n, v in shown.items()))


if __name__ == "__main__":
    main()
