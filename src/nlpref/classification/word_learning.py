"""The epochs of a network over words: batches of like length, word dropout, a learning rate that falls."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import CosineAnnealingLR

from nlpref.classification.checks import check_training
from nlpref.classification.epochs import best_epoch
from nlpref.classification.word_model import UNKNOWN, Reader, WordModel, tensors_of
from nlpref.classification.word_training import WordTraining
from nlpref.errors import InputError
from nlpref.text.preparation import Preparation, words_of
from nlpref.text.vocabulary import Vocabulary
from nlpref.types import LabelledText

__all__ = ["fit_words", "length_batches"]

BUCKET = 50
"""Batches among whose texts those of like length go together: few, so that the order stays random."""


def fit_words(
    train: Sequence[LabelledText],
    validation: Sequence[LabelledText],
    build: Callable[[int, int], nn.Module],
    settings: WordTraining,
    *,
    preparation: Preparation | None,
    min_df: int,
    max_length: int,
    batch_size: int,
    seed: int,
) -> tuple[WordModel, list[dict[str, float]]]:
    """Learn words, embeddings and network from the examples alone.

    Args:
        train: What is learned from.
        validation: What the best epoch is chosen by; without, it is the last.
        build: Makes a network for a number of embeddings and a number of labels.
        settings: Rates, sizes and shares.
        preparation: What is done to a text first.
        min_df: Texts in which a word must occur to be known.
        max_length: Words of a text that are read.
        batch_size: Texts in one forward pass when predicting.
        seed: Fixes initial weights, order and dropout. Torch's own random numbers are left as they were.

    Raises:
        InputError: if the examples or a number do not fit.
    """
    labels = check_training(train, validation)
    if max_length < 1 or batch_size < 1:
        raise InputError(f"expected max_length >= 1 and batch_size >= 1, got max_length={max_length}, batch_size={batch_size}")
    texts = [example.text for example in train]
    vocabulary = Vocabulary.learn(words_of(preparation, texts), min_df)
    reader = Reader(vocabulary, preparation, max_length)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = build(len(reader), len(labels))
    targets = np.searchsorted(labels, [example.label for example in train])
    epochs = (
        (loss, WordModel(reader, trained, labels, batch_size))
        for loss, trained in _epochs(network, reader(texts), torch.from_numpy(targets), settings, seed)
    )
    return best_epoch(epochs, validation, settings.patience)


def length_batches(lengths: Sequence[int], size: int, chance: np.random.Generator) -> list[list[int]]:
    """All texts once, in random batches whose texts are of like length.

    Args:
        lengths: Words of each text.
        size: Texts in a batch.
        chance: Random numbers.
    """
    order = chance.permutation(len(lengths))
    batches: list[list[int]] = []
    for start in range(0, len(order), size * BUCKET):
        bucket = sorted(order[start : start + size * BUCKET].tolist(), key=lambda row: lengths[row])
        batches += [bucket[first : first + size] for first in range(0, len(bucket), size)]
    return [batches[number] for number in chance.permutation(len(batches))]


def _epochs(
    network: nn.Module, ids: Sequence[Sequence[int]], targets: torch.Tensor, settings: WordTraining, seed: int
) -> Iterator[tuple[float, nn.Module]]:
    """Mean loss and a copy of the network at the end of each epoch."""
    chance = np.random.default_rng(seed)
    optimizer = AdamW(network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay)
    schedule = CosineAnnealingLR(optimizer, -(-len(ids) // settings.batch_size) * settings.epochs)
    loss_of = nn.CrossEntropyLoss(label_smoothing=settings.label_smoothing)
    lengths = [len(row) for row in ids]
    for _ in range(settings.epochs):
        losses = []
        network.train()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(chance.integers(2**32)))
            for rows in length_batches(lengths, settings.batch_size, chance):
                numbers, sizes = tensors_of([ids[row] for row in rows])
                hidden = (torch.rand(numbers.shape) < settings.word_dropout) & (numbers > UNKNOWN)
                loss = loss_of(network(numbers.masked_fill(hidden, UNKNOWN), sizes), targets[rows])
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(network.parameters(), settings.max_grad_norm)
                optimizer.step()
                schedule.step()
                losses.append(float(loss.detach()))
        yield float(np.mean(losses)), copy.deepcopy(network).eval()
