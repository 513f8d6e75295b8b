"""The one way nlpref fine-tunes: transformers' ``Trainer``, driven by a task's own score.

Batches are bucketed by length, the learning rate warms up and decays linearly, every epoch ends with a
validation score by the public prediction path and a checkpoint, the best checkpoint is kept, training
stops early when the score stops rising, and a killed run goes on from its last checkpoint and ends in the
same weights. ``torchrun`` works because the Trainer does. If the settings ask for the moving average of the
weights, it is what is scored and kept.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.data import Dataset
from transformers import Trainer, TrainerCallback, TrainingArguments, set_seed
from transformers.trainer_callback import PrinterCallback, ProgressCallback

from nlpref.neural.averaging import Averaged
from nlpref.neural.quiet import quiet_transformers
from nlpref.neural.session import TrainingSession, current_session
from nlpref.neural.settings import FineTuning

__all__ = ["FineTuning", "finetune"]

Example = Mapping[str, Any]
log = logging.getLogger(__name__)


def finetune(
    model: nn.Module,
    examples: Sequence[Example],
    collate: Callable[[list[Example]], Mapping[str, torch.Tensor]],
    settings: FineTuning,
    *,
    seed: int,
    score: Callable[[], Mapping[str, float]] | None = None,
    metric: str = "",
) -> list[dict[str, float]]:
    """Fine-tune a module in place.

    Args:
        model: Its ``forward`` takes what ``collate`` makes and returns ``{"loss": ..., ...}``.
        examples: Training examples, each a mapping with at least ``input_ids`` (a list).
        collate: Makes a batch of tensors from some examples.
        settings: Epochs, rates, sizes.
        seed: Fixes order and dropout.
        score: Computes validation metrics with the model as it is; None trains for all epochs.
        metric: The name among those metrics, higher is better, by which the best epoch is kept.

    Returns:
        The log: one entry a report, with ``epoch`` and ``loss`` or the validation metrics.
    """
    session = current_session()
    with ExitStack() as stack:
        folder = session.next_checkpoints() or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nlpref-")))
        checkpoint, history = _last_complete(folder)
        patience = settings.patience if score else None
        if patience is not None and _waited(history, metric) >= patience:
            # killed between its early stop and the end: no epoch is left, only the best one to be read back
            settings = replace(settings, epochs=round(max(entry["epoch"] for entry in history)))
        set_seed(seed)
        averaged = None if settings.average is None else Averaged(model, settings.average)
        trainer = _ScoringTrainer(
            score=score,
            model=averaged or model,
            args=_arguments(folder, settings, seed, metric if score else "", session, len(examples)),
            train_dataset=_Examples(examples),
            eval_dataset=_Examples(examples[:1]) if score else None,
            data_collator=collate,
            callbacks=[*_callbacks(session, patience, metric), *([_Follower(averaged)] if averaged else [])],
        )
        trainer.remove_callback(PrinterCallback)
        if not session.progress:
            trainer.remove_callback(ProgressCallback)
        if checkpoint:
            log.warning("resuming from %s", checkpoint.name)
        with quiet_transformers():  # it warns of two checkpoints written within a second, which does no harm
            trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        if averaged:
            averaged.swap()
        model.eval()
        return [dict(entry) for entry in trainer.state.log_history]


class _ScoringTrainer(Trainer):
    """A Trainer whose evaluation is a function of the caller's: the public prediction path."""

    def __init__(self, *, score: Callable[[], Mapping[str, float]] | None, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.model_accepts_loss_kwargs = False  # it would hand every module the number of labels, since ours take **batch
        self._score = score

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        if self._score is None:
            return {}
        network: nn.Module = self.model  # type: ignore[assignment]
        training = network.training
        network.eval()
        with network.swapped() if isinstance(network, Averaged) else nullcontext():
            metrics = {f"eval_{name}": float(value) for name, value in self._score().items()}
        network.train(training)
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics


class _Examples(Dataset[Example]):
    def __init__(self, examples: Sequence[Example]) -> None:
        self.examples = examples

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, index: int) -> Example:
        return self.examples[index]


class _Listener(TrainerCallback):
    def __init__(self, on_metrics: Callable[[Mapping[str, float], int], None]) -> None:
        self.on_metrics = on_metrics

    def on_log(self, args: Any, state: Any, control: Any, logs: Mapping[str, Any] | None = None, **_: Any) -> None:
        if logs and state.is_world_process_zero:
            numbers = {name: float(value) for name, value in logs.items() if isinstance(value, int | float)}
            self.on_metrics(numbers, state.global_step)


class _Follower(TrainerCallback):
    def __init__(self, averaged: Averaged) -> None:
        self.averaged = averaged

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.averaged.follow()


class _EarlyStop(TrainerCallback):
    """Counts from the log, which a checkpoint holds; the count of transformers' own callback starts anew on resuming."""

    def __init__(self, patience: int, metric: str) -> None:
        self.patience = patience
        self.metric = metric

    def on_evaluate(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if _waited(state.log_history, self.metric) >= self.patience:
            control.should_training_stop = True


def _callbacks(session: TrainingSession, patience: int | None, metric: str) -> list[TrainerCallback]:
    callbacks: list[TrainerCallback] = []
    if patience is not None:
        callbacks.append(_EarlyStop(patience, metric))
    if session.on_metrics is not None:
        callbacks.append(_Listener(session.on_metrics))
    return callbacks


def _waited(history: Sequence[Mapping[str, float]], metric: str) -> int:
    """Evaluations since the best one, the first of equals; none while nothing is right yet."""
    scores = [entry[f"eval_{metric}"] for entry in history if f"eval_{metric}" in entry]
    return len(scores) - 1 - scores.index(max(scores)) if max(scores, default=0) > 0 else 0


def _arguments(
    folder: Path, settings: FineTuning, seed: int, metric: str, session: TrainingSession, n_examples: int
) -> TrainingArguments:
    processes = int(os.environ.get("WORLD_SIZE", "1"))  # under torchrun, a step is one batch on each process
    steps = -(-n_examples // (settings.batch_size * processes)) * settings.epochs
    return TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=settings.epochs,
        learning_rate=settings.learning_rate,
        per_device_train_batch_size=settings.batch_size,
        warmup_steps=int(steps * settings.warmup),
        weight_decay=settings.weight_decay,
        max_grad_norm=settings.max_grad_norm,
        lr_scheduler_type="linear",
        train_sampling_strategy="group_by_length",
        eval_strategy="epoch" if metric else "no",
        save_strategy="epoch" if metric or session.checkpoints else "no",
        save_only_model=session.checkpoints is None,  # without a folder that stays, nothing can be resumed
        save_total_limit=2,
        load_best_model_at_end=bool(metric),
        metric_for_best_model=metric or None,
        greater_is_better=True if metric else None,
        logging_steps=max(1, min(25, steps // 10)),
        seed=seed,
        data_seed=seed,
        report_to="none",
        remove_unused_columns=False,
        dataloader_num_workers=0,
        dataloader_pin_memory=torch.cuda.is_available(),
        disable_tqdm=not session.progress,
        use_cpu=not torch.cuda.is_available(),
        ddp_backend="gloo" if "WORLD_SIZE" in os.environ and not torch.cuda.is_available() else None,
    )


def _last_complete(folder: Path) -> tuple[Path | None, list[dict[str, float]]]:
    """The newest checkpoint whose last-written file is whole, and its log; a kill in mid-save leaves one without."""
    for path in sorted(folder.glob("checkpoint-*"), key=lambda path: -int(path.name.rpartition("-")[2])):
        try:
            return path, json.loads((path / "trainer_state.json").read_text("utf-8"))["log_history"]
        except (FileNotFoundError, ValueError):
            continue
    return None, []
