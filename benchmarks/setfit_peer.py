"""Few labels: SetFit, our few-shot classifier and the frozen encoder, on the very same draws, seed by seed.

    OMP_NUM_THREADS=1 python benchmarks/setfit_peer.py                   all of them, seeds 0 to 9
    OMP_NUM_THREADS=1 python benchmarks/setfit_peer.py only=setfit seeds=1
    python benchmarks/setfit_peer.py only=none                           only shows what was measured

Each is trained on the training texts that ``experiment=banking77_fewshot`` of that seed draws, in a process of its own, and
scored once on the test split. A seed that has a record is left out, so an interrupted run goes on where it stopped. CPU
seconds are those of the whole process during training (user and system, all threads), which other programs on the machine
hardly change; reading data, weights and libraries is not counted. Writes ``benchmarks/records/fewshot/NAME-seedN.json``.

``few_shot_unlabelled`` is also given the texts of train that were not drawn, without their labels; the others are not.

SetFit 1.2.0 is run by its own Trainer (``pip install setfit==1.2.0``): the same MiniLM, 20 iterations of pairs, one epoch in
batches of 16, learning rate 2e-5, and its own head, a logistic regression at scikit-learn's strength. Since that strength is
low for so many labels, the tuned encoder is scored a second time, with a head whose strength is chosen by cross-validation
(``accuracy_chosen_head``); the seconds for it are not counted.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegressionCV

from nlpref import machine
from nlpref.arguments import read_arguments, read_count
from nlpref.config import build, plain
from nlpref.errors import ConfigError
from nlpref.metrics.significance import interval
from nlpref.overrides import check_overrides
from nlpref.pretrained import MINILM, resolve
from nlpref.storage import read_json, write_json
from nlpref.types import UNLABELLED, LabelledText

RECORDS = Path(__file__).resolve().parent / "records" / "fewshot"
EXPERIMENTS = {
    "few_shot": "banking77_fewshot",
    "few_shot_unlabelled": "banking77_fewshot_unlabelled",
    "frozen": "banking77_fewshot_frozen",
    "setfit": "banking77_fewshot",  # for its draw
}
"""The experiment of each rival."""
Answer = Callable[[Sequence[str]], Sequence[str]]
Train = Callable[[Sequence[LabelledText]], Mapping[str, Answer]]
"""Learns from some texts, and gives what answers others, by the name of its score."""
STRENGTHS = (1.0, 3.0, 10.0, 30.0, 100.0)


def ours(settings: Mapping[str, Any], seed: int) -> Train:
    """A classifier as an experiment describes it; what it needs is loaded."""
    classifier = build(settings["classifier"])
    classifier.encoder.encode(["warm"])

    def train(examples: Sequence[LabelledText]) -> Mapping[str, Answer]:
        model = classifier.fit(examples)
        return {"accuracy": lambda texts: [model.labels[column] for column in model.predict_proba(texts).argmax(axis=1)]}

    return train


def setfit(settings: Mapping[str, Any], seed: int) -> Train:
    """The peer by its own means."""
    from datasets import Dataset
    from setfit import SetFitModel, Trainer, TrainingArguments

    peer = SetFitModel.from_pretrained(str(resolve(MINILM)), device="cpu")

    def train(examples: Sequence[LabelledText]) -> Mapping[str, Answer]:
        rows = Dataset.from_dict({"text": [one.text for one in examples], "label": [one.label for one in examples]})
        with tempfile.TemporaryDirectory() as folder:
            arguments = TrainingArguments(
                output_dir=folder,
                batch_size=16,
                num_epochs=1,
                num_iterations=20,
                body_learning_rate=2e-5,
                seed=seed,
                save_strategy="no",
                report_to="none",
            )
            Trainer(model=peer, args=arguments, train_dataset=rows).train()

        def chosen_head(texts: Sequence[str]) -> Sequence[str]:
            head = LogisticRegressionCV(
                Cs=STRENGTHS, cv=5, scoring="accuracy", max_iter=2000, l1_ratios=(0.0,), use_legacy_attributes=False
            )
            head.fit(peer.encode([one.text for one in examples]), [one.label for one in examples])
            return [str(label) for label in head.predict(peer.encode(list(texts)))]

        def own_head(texts: Sequence[str]) -> Sequence[str]:
            return [str(label) for label in peer.predict(list(texts))]

        return {"accuracy": own_head, "accuracy_chosen_head": chosen_head}

    return train


def record(rival: str, seed: int) -> dict[str, Any]:
    """Train on the draw of a seed and score on test, once."""
    settings = plain(check_overrides("train", [f"experiment={EXPERIMENTS[rival]}", f"seed={seed}", "classifier.cache=false"]))
    dataset = build(settings["dataset"])
    train = (setfit if rival == "setfit" else ours)(settings, seed)
    before = os.times()
    answers = train(dataset.split("train"))
    after = os.times()
    test = dataset.split("test")
    texts, gold = [one.text for one in test], [one.label for one in test]
    right = {name: [said == label for said, label in zip(answer(texts), gold, strict=True)] for name, answer in answers.items()}
    return {
        "rival": rival,
        "seed": seed,
        **{name: float(np.mean(found)) for name, found in right.items()},
        "train_cpu_s": after.user + after.system - before.user - before.system,
        "n_train": sum(example.label != UNLABELLED for example in dataset.split("train")),
        "n_unlabelled": sum(example.label == UNLABELLED for example in dataset.split("train")),
        "n_test": len(test),
        "dataset": {"name": dataset.name, "revision": dataset.revision},
        "environment": {"hardware": machine.hardware(), "threads": machine.threads(), "versions": _versions(rival)},
    }


def show() -> None:
    """Mean over the seeds that are there, with the 95 % interval, and ours against SetFit on the seeds that both have."""
    found = {rival: _records(rival) for rival in EXPERIMENTS}
    for rival, by_seed in found.items():
        if by_seed:
            accuracy = np.array([one["accuracy"] for one in by_seed.values()])
            seconds = np.array([one["train_cpu_s"] for one in by_seed.values()])
            spread = interval(lambda rows, values=accuracy: float(values[rows].mean()), len(accuracy))
            print(
                f"{rival:20} {len(by_seed):3} seeds   accuracy {spread.value:.4f} [{spread.low:.4f}, {spread.high:.4f}]", end=""
            )
            print(f"   CPU {seconds.mean():8.1f} s")
    for mine in ("few_shot", "few_shot_unlabelled"):
        for other in ("frozen", "setfit"):
            if both := sorted(found[mine].keys() & found[other].keys()):
                pairs = [(found[mine][seed], found[other][seed]) for seed in both]
                gain = np.mean([us["accuracy"] - theirs["accuracy"] for us, theirs in pairs])
                times = sum(theirs["train_cpu_s"] for _, theirs in pairs) / sum(us["train_cpu_s"] for us, _ in pairs)
                print(f"{mine} against {other}, {len(both)} seeds: {100 * gain:+.2f} points; CPU of {other} {times:.2f} times")


def _records(rival: str) -> dict[int, dict[str, Any]]:
    return {found["seed"]: found for path in sorted(RECORDS.glob(f"{rival}-seed*.json")) for found in [read_json(path)]}


def _versions(rival: str) -> dict[str, str]:
    from importlib.metadata import version

    return {**machine.versions(), **({"setfit": version("setfit")} if rival == "setfit" else {})}


def main(arguments: Sequence[str]) -> None:
    given = read_arguments(arguments, {"only": "all", "seeds": "10", "first": "0", "inside": ""}, __doc__ or "")
    if given["only"] not in (*EXPERIMENTS, "all", "none"):
        raise ConfigError(f"only={given['only']}: expected one of {', '.join(EXPERIMENTS)}, or all, or none")
    if given["inside"]:  # the process of one seed
        return write_json(RECORDS / f"{given['only']}-seed{given['inside']}.json", record(given["only"], int(given["inside"])))
    first = int(given["first"])
    for seed in range(first, first + read_count("seeds", given["seeds"])):
        for rival in EXPERIMENTS if given["only"] == "all" else [given["only"]] if given["only"] != "none" else []:
            if not (RECORDS / f"{rival}-seed{seed}.json").is_file():
                subprocess.run([sys.executable, __file__, f"only={rival}", f"inside={seed}"], check=True)
    show()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ConfigError as fault:
        sys.exit(str(fault))
