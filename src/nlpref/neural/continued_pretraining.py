"""Pretraining that goes on: an encoder reads unlabelled text of a domain and learns to guess what is hidden in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from safetensors.torch import save_file
from tokenizers import Encoding
from torch import Tensor
from transformers import PreTrainedModel

from nlpref import storage
from nlpref.errors import InputError
from nlpref.neural.backbone import open_backbone
from nlpref.neural.batching import padded
from nlpref.neural.encoder import SentenceEncoder
from nlpref.neural.finetuning import finetune
from nlpref.neural.long_texts import pieces, shared
from nlpref.neural.masked_language_model import MaskedLanguageModel, collator, hidden_batch, mask_of, unigram_logits
from nlpref.neural.masking import Masking
from nlpref.neural.settings import FineTuning
from nlpref.neural.subwords import Subwords
from nlpref.pretrained import MINILM, resolve
from nlpref.text.checks import check_texts

__all__ = ["NOTES", "ContinuedPretraining", "Pretrained", "continue_pretraining"]

NOTES = "adaptation.json"
"""File in the folder of adapted weights that tells how they came about."""
TEXTS = 8
"""Fewer say nothing about a domain, and leave none to hold out."""


@dataclass(frozen=True)
class ContinuedPretraining:
    """How pretraining goes on.

    Args:
        name: Where it starts, see ``nlpref.pretrained.resolve``.
        head: How the new head is trained first, with the encoder as it is.
        training: How both are trained then; the epoch of least loss on held-out text is kept.
        masking: What is hidden.
        max_length: Sub-words that are read at once.
        long_texts: ``windows`` reads a longer text in pieces, ``cut`` its beginning alone.
        held_out: Share of the texts that is kept apart to measure the loss.
        seed: Fixes order, dropout, what is held out, and what is hidden.
    """

    name: str = MINILM
    head: FineTuning = FineTuning(epochs=1, learning_rate=1e-3, batch_size=16)
    training: FineTuning = FineTuning(epochs=3, learning_rate=5e-5, batch_size=16)
    masking: Masking = field(default_factory=Masking)
    max_length: int = 128
    long_texts: Literal["cut", "windows"] = "windows"
    held_out: float = 0.1
    seed: int = 0


@dataclass(frozen=True)
class Pretrained:
    """What came of it.

    Args:
        history: Loss, likelihood and accuracy on held-out text: before any training, once the head is trained, and after
            each epoch of both.
        kept: The epoch whose weights were kept, from 1.
        drift: Cosine between the sentence embeddings of held-out texts before and after: mean, and tenth percentile.
        texts: Number of texts learned from, and held out.
    """

    history: list[dict[str, float]]
    kept: int
    drift: dict[str, float]
    texts: dict[str, int]


def continue_pretraining(texts: Sequence[str], settings: ContinuedPretraining, folder: Path) -> Pretrained:
    """Go on with masked language modelling, and write weights that ``nlpref.pretrained.resolve`` finds by their folder.

    Args:
        texts: Unlabelled texts of the domain.
        settings: How.
        folder: Written whole or not at all; what it held is replaced.

    Raises:
        InputError: if there are too few texts, or a setting does not fit.
        MissingResourceError: if the tokenizer has no mask.

    Source: Gururangan et al. 2020, Don't Stop Pretraining (task-adaptive pretraining).
    """
    texts = [text for text in check_texts(texts) if text.strip()]
    if len(texts) < TEXTS or not 0 < settings.held_out < 1:
        raise InputError(
            f"continued pretraining needs at least {TEXTS} texts and a share between 0 and 1 to hold out; got {len(texts)} "
            f"texts that are not blank, held_out={settings.held_out}"
        )
    shared(settings.long_texts, 0, settings.max_length)
    subwords = Subwords(resolve(settings.name), settings.max_length)
    mask_of(subwords)  # before any work
    order = np.random.default_rng(settings.seed).permutation(len(texts)).tolist()
    n_held = max(1, round(settings.held_out * len(texts)))
    held, learned = [texts[row] for row in order[:n_held]], [texts[row] for row in order[n_held:]]
    before = SentenceEncoder(settings.name, settings.max_length).encode(held)
    backbone = open_backbone(settings.name)
    history = _train(backbone, subwords, learned, held, settings)
    with storage.replace_folder(Path(folder)) as made:
        _write(backbone, subwords, made)
        after = SentenceEncoder(str(made), settings.max_length).encode(held)
        cosines = (before * after).sum(axis=1)
        done = Pretrained(
            history=history,
            kept=1 + int(np.argmin([entry["loss"] for entry in history[2:]])),
            drift={"mean": float(cosines.mean()), "tenth_percentile": float(np.quantile(cosines, 0.1))},
            texts={"learned": len(learned), "held_out": len(held)},
        )
        storage.write_json(made / NOTES, {"settings": asdict(settings), **asdict(done)})
    return done


def _train(
    backbone: PreTrainedModel, subwords: Subwords, learned: Sequence[str], held: Sequence[str], settings: ContinuedPretraining
) -> list[dict[str, float]]:
    """Train head, then head and encoder, in place; what is measured on held-out text."""
    vocabulary = int(backbone.config.vocab_size)
    parts, judged = (_read(subwords, some, settings.long_texts) for some in (learned, held))
    examples = [{"input_ids": part.ids, "encoding": part} for part in parts]
    model = MaskedLanguageModel(backbone, unigram_logits(parts, vocabulary)).eval()
    generator = np.random.default_rng(settings.seed)
    batches: list[dict[str, Tensor]] = [
        hidden_batch(subwords, [judged[row] for row in rows], settings.masking, vocabulary, generator)
        for rows in padded([len(part.ids) for part in judged], settings.training.batch_size)
    ]
    history = [model.judge(batches)]
    collate = collator(subwords, settings.masking, vocabulary, settings.seed)
    backbone.requires_grad_(False)
    finetune(model, examples, collate, settings.head, seed=settings.seed)
    history.append(model.judge(batches))
    backbone.requires_grad_(True)
    log = finetune(
        model,
        examples,
        collate,
        settings.training,
        seed=settings.seed,
        score=lambda: model.judge(batches),
        metric="likelihood",
    )
    names = history[0].keys()
    return [*history, *({name: entry[f"eval_{name}"] for name in names} for entry in log if "eval_loss" in entry)]


def _read(subwords: Subwords, texts: Sequence[str], long_texts: str) -> list[Encoding]:
    """The texts, or pieces of them, that have something to hide."""
    encodings = subwords.tokenizer.encode_batch(list(texts))  # the faster way of ``Subwords.texts`` does not tell words
    found, _ = pieces(encodings, long_texts)
    return [part for part in found if not all(part.special_tokens_mask)]


def _write(backbone: PreTrainedModel, subwords: Subwords, folder: Path) -> None:
    """Weights, configuration and tokenizer as transformers reads them."""
    weights: dict[str, Any] = {name: tensor.detach().contiguous().clone() for name, tensor in backbone.state_dict().items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(backbone.config.to_dict(), indent=2, default=str) + "\n", "utf-8")
    subwords.save(folder)
