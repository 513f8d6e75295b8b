"""Fine-tuning with a module so small that its training can be followed by hand."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nlpref.errors import InputError
from nlpref.neural.finetuning import FineTuning, finetune
from nlpref.neural.session import current_session, training_session

EXAMPLES = [{"input_ids": [number % 7] * (1 + number % 5), "label": float(number % 7)} for number in range(24)]
STEPS = 3
"""In an epoch: 24 examples in batches of 8."""

Report = Callable[[Mapping[str, float], int], None]


class Toy(nn.Module):
    """Learns one number for each id, with dropout, so that the state of the random numbers matters."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(5)
        self.table = nn.Embedding(7, 1)
        self.dropout = nn.Dropout(0.2)

    def forward(self, ids: Tensor, labels: Tensor) -> dict[str, Tensor]:
        return {"loss": ((self.dropout(self.table(ids)).squeeze(-1) - labels) ** 2).mean()}


def collate(examples: list[Mapping[str, Any]]) -> dict[str, Tensor]:
    return {
        "ids": torch.tensor([example["input_ids"][0] for example in examples]),
        "labels": torch.tensor([example["label"] for example in examples]),
    }


def train(
    scores: list[float] | None,
    checkpoints: Path | None = None,
    on_metrics: Report | None = None,
    die_in_epoch: int | None = None,
    **settings: Any,
) -> tuple[Toy, list[dict[str, float]], list[Tensor]]:
    """Fine-tune a toy; its validation scores are given, one for each epoch, or there are none.

    Returns:
        The model, the log, and the weights as they were at each evaluation.
    """
    model, seen = Toy(), list[Tensor]()
    epochs_before = 0
    if checkpoints is not None:
        steps = [int(path.name.rpartition("-")[2]) for path in checkpoints.glob("checkpoint-*")]
        epochs_before = max(steps, default=0) // STEPS

    def score() -> dict[str, float]:
        assert not model.training
        seen.append(model.table.weight.detach().clone())
        if epochs_before + len(seen) == die_in_epoch:
            os.kill(os.getpid(), signal.SIGKILL)
        return {"accuracy": (scores or [])[epochs_before + len(seen) - 1], "other": 0.25}

    with training_session(checkpoints, on_metrics):
        log = finetune(
            model,
            EXAMPLES,
            collate,
            FineTuning(**{"epochs": 4, "batch_size": 8, "learning_rate": 0.1, **settings}),
            seed=3,
            score=None if scores is None else score,
            metric="accuracy",
        )
    return model, log, seen


@pytest.mark.parametrize(
    ("scores", "patience", "evaluated", "best"),
    [
        ([0.1, 0.5, 0.4, 0.3], 2, 4, 1),
        ([0.5, 0.4, 0.3, 0.9], 2, 3, 0),
        ([0.5, 0.5, 0.5, 0.9], 2, 3, 0),  # an equal score is no better one
        ([0.5, 0.4, 0.6, 0.5], 2, 4, 2),
        ([0.0, 0.0, 0.0, 0.1], 1, 4, 3),  # nothing is right yet, so there is no best epoch to wait from
        ([0.5, 0.4, 0.3, 0.9], None, 4, 3),
    ],
)
@pytest.mark.parametrize("average", [None, 0.9])
def test_stops_early_and_keeps_the_best_epoch(
    scores: list[float], patience: int | None, evaluated: int, best: int, average: float | None
) -> None:
    model, log, seen = train(scores, patience=patience, average=average)
    assert len(seen) == evaluated
    assert torch.equal(model.table.weight, seen[best])
    assert not torch.equal(seen[best], seen[best - 1])
    assert [entry["eval_accuracy"] for entry in log if "eval_accuracy" in entry] == scores[:evaluated]
    assert not model.training


def test_without_validation_the_last_epoch_stays_and_the_loss_falls() -> None:
    model, log, _ = train(None, epochs=40)
    losses = [entry["loss"] for entry in log if "loss" in entry]
    assert losses[-1] < losses[0] / 4
    assert max(entry["epoch"] for entry in log) == 40
    again, _, _ = train(None, epochs=40)
    assert torch.equal(model.table.weight, again.table.weight)


def test_learning_rate_warms_up_and_decays_linearly() -> None:
    _, log, _ = train(None, epochs=4, warmup=0.25)
    rates = [entry["learning_rate"] for entry in log if "learning_rate" in entry]
    assert rates == pytest.approx([0, 0.1 / 3, 0.2 / 3, *(0.1 * left / 9 for left in range(9, 0, -1))])


def test_batches_hold_examples_of_like_length() -> None:
    spreads = []
    examples = [{"input_ids": [1] * (1 + number * 37 % 50), "label": 1.0} for number in range(400)]

    def collate_and_look(examples: list[Mapping[str, Any]]) -> dict[str, Tensor]:
        lengths = [len(example["input_ids"]) for example in examples]
        spreads.append(max(lengths) - min(lengths))
        return collate(examples)

    finetune(Toy(), examples, collate_and_look, FineTuning(epochs=1, batch_size=4), seed=0)
    assert sum(spreads) / len(spreads) < 5  # at random, four of the lengths 1 to 50 are about 30 apart


def test_the_moving_average_of_the_weights_is_kept() -> None:
    """Followed by hand, from the weights that the listener finds after each step."""
    model, weights = Toy(), list[Tensor]()
    with training_session(on_metrics=lambda metrics, step: weights.append(model.table.weight.detach().clone())):
        settings = FineTuning(epochs=4, batch_size=8, learning_rate=0.1, average=0.7)
        finetune(model, EXAMPLES, collate, settings, seed=3)
    expected, *later = weights[: 4 * STEPS]
    for step, weight in enumerate(later, start=1):
        expected = expected.lerp(weight, 1 - min(0.7, (1 + step) / (10 + step)))
    assert torch.allclose(model.table.weight, expected, atol=1e-6)
    assert not torch.allclose(model.table.weight, later[-1], atol=1e-2)


def test_metrics_reach_the_listener_step_by_step() -> None:
    heard: list[tuple[int, Mapping[str, float]]] = []
    train([0.1, 0.2, 0.3, 0.4], on_metrics=lambda metrics, step: heard.append((step, metrics)))
    assert [step for step, metrics in heard if "loss" in metrics] == list(range(1, 13))
    assert [(step, metrics["eval_accuracy"]) for step, metrics in heard if "eval_accuracy" in metrics] == [
        (3, 0.1), (6, 0.2), (9, 0.3), (12, 0.4),
    ]  # fmt: skip
    assert all(type(value) is float for _, metrics in heard for value in metrics.values())


@pytest.mark.parametrize("average", [None, 0.9])
def test_after_sigkill_training_goes_on_to_the_same_weights(tmp_path: Path, average: float | None) -> None:
    scores = [0.5, 0.4, 0.3, 0.9]  # patience is half used up when the process dies
    whole, log, seen = train(scores, average=average)
    given = [str(tmp_path), json.dumps(scores), json.dumps(average)]
    died = subprocess.run([sys.executable, __file__, *given], capture_output=True, text=True)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint-3", "checkpoint-6"]
    resumed, resumed_log, resumed_seen = train(scores, tmp_path, average=average)
    assert len(resumed_seen) == len(seen) - 2
    assert torch.equal(resumed.table.weight, whole.table.weight)
    assert timeless(resumed_log) == timeless(log)


def test_interrupted_between_checkpoints_training_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    def interrupt(metrics: Mapping[str, float], step: int) -> None:
        if step == 2 * STEPS + 2:
            raise KeyboardInterrupt

    whole, log, _ = train(None)
    with pytest.raises(KeyboardInterrupt):
        train(None, tmp_path, interrupt)
    resumed, resumed_log, _ = train(None, tmp_path)
    assert torch.equal(resumed.table.weight, whole.table.weight)
    assert timeless(resumed_log) == timeless(log)


def timeless(log: list[dict[str, float]]) -> list[dict[str, float]]:
    """The log without how long it all took."""
    return [{name: value for name, value in entry.items() if not name.startswith("train_")} for entry in log]


def test_killed_after_its_early_stop_training_is_not_taken_up_again(tmp_path: Path) -> None:
    stopped, _, seen = train([0.5, 0.4, 0.3, 0.9], tmp_path)
    again, log, seen_again = train([0.5, 0.4, 0.3, 0.9], tmp_path)
    assert len(seen) == 3
    assert seen_again == []
    assert torch.equal(again.table.weight, stopped.table.weight)
    assert max(entry["epoch"] for entry in log) == 3


@pytest.mark.parametrize("rest", [None, "{", "{}x"])
def test_a_checkpoint_cut_off_in_mid_save_is_passed_over(tmp_path: Path, rest: str | None) -> None:
    whole, _, _ = train(None)
    train(None, tmp_path, epochs=4)
    newest = tmp_path / f"checkpoint-{4 * STEPS}"
    (newest / "optimizer.pt").unlink()
    if rest is None:
        (newest / "trainer_state.json").unlink()
    else:
        (newest / "trainer_state.json").write_text(rest)
    again, _, _ = train(None, tmp_path)
    assert torch.equal(again.table.weight, whole.table.weight)


@pytest.mark.parametrize(
    "bad",
    [
        {"epochs": 0},
        {"batch_size": 0},
        {"learning_rate": 0.0},
        {"warmup": 1.0},
        {"warmup": -0.1},
        {"patience": 0},
        {"average": 1.0},
        {"average": 0},
    ],
)
def test_settings_out_of_range_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(bad))):
        FineTuning(**bad)


def test_sessions_nest_and_end(tmp_path: Path) -> None:
    assert current_session().checkpoints is None
    with training_session(tmp_path):
        with pytest.raises(KeyError), training_session(tmp_path / "inner", progress=True):  # noqa: PT012
            assert current_session().progress
            raise KeyError
        assert current_session().checkpoints == tmp_path
    assert current_session().checkpoints is None


def test_nothing_is_written_to_the_streams(capfd: pytest.CaptureFixture[str]) -> None:
    train([0.1, 0.2, 0.3, 0.4])
    assert capfd.readouterr() == ("", "")


if __name__ == "__main__":
    train(json.loads(sys.argv[2]), Path(sys.argv[1]), die_in_epoch=3, average=json.loads(sys.argv[3]))
