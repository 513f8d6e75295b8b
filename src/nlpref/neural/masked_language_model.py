"""A pretrained encoder with a head that guesses hidden sub-words; the head is new, for sentence encoders come without."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Encoding
from torch import Tensor, nn
from transformers import PreTrainedModel

from nlpref.errors import MissingResourceError
from nlpref.neural.masking import IGNORED, Hidden, Masking
from nlpref.neural.subwords import Subwords, stack
from nlpref.neural.torch_engine import tensors

__all__ = ["MaskedLanguageModel", "collator", "hidden_batch", "mask_of", "unigram_logits"]

Example = Mapping[str, Any]
SMOOTHING = 1.0
"""Added to the count of every sub-word, so that none is impossible."""


class MaskedLanguageModel(nn.Module):
    """Guesses hidden sub-words: a transform of the state, and the input embeddings once more as decoder.

    At the start the guess is how frequent each sub-word is, whatever the text says: the gain of the norm is zero and the
    bias holds the logarithm of the frequencies. So the new head does not push the encoder about before it has learned.

    Args:
        backbone: The encoder; trained with the head unless its weights are frozen.
        bias: Where the bias starts, (vocabulary,).

    Source: Devlin et al. 2019, appendix A.2, with the head of its authors' code (dense, GELU, norm, tied decoder, bias).
    """

    def __init__(self, backbone: PreTrainedModel, bias: Tensor) -> None:
        super().__init__()
        self.backbone = backbone
        width = backbone.config.hidden_size
        self.transform = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)
        self.bias = nn.Parameter(bias.clone())
        with torch.no_grad():
            self.transform.weight.copy_(torch.eye(width))
            self.transform.bias.zero_()
            self.norm.weight.zero_()

    def logits(self, targets: Tensor, **batch: Tensor) -> Tensor:
        """What is guessed at the places that have a target, (n_targets, vocabulary)."""
        states = self.backbone(**batch).last_hidden_state[targets != IGNORED]
        decoder: Any = self.backbone.get_input_embeddings()
        guessed: Tensor = nn.functional.linear(self.norm(nn.functional.gelu(self.transform(states))), decoder.weight, self.bias)
        return guessed

    def forward(self, targets: Tensor, **batch: Tensor) -> dict[str, Tensor]:
        return {"loss": nn.functional.cross_entropy(self.logits(targets, **batch), targets[targets != IGNORED])}

    @torch.inference_mode()
    def judge(self, batches: Sequence[Mapping[str, Tensor]]) -> dict[str, float]:
        """How well hidden sub-words are guessed.

        Returns:
            ``loss``, the mean of the cross-entropy in nats; ``likelihood``, exp(-loss), the geometric mean of the
            probability of what stood there; ``accuracy``, the share whose first guess is right.
        """
        losses, right, count = 0.0, 0, 0
        for batch in batches:
            moved = {name: tensor.to(self.bias.device) for name, tensor in batch.items()}
            wanted, guessed = moved["targets"][moved["targets"] != IGNORED], self.logits(**moved)
            losses += float(nn.functional.cross_entropy(guessed, wanted, reduction="sum"))
            right += int((guessed.argmax(-1) == wanted).sum())
            count += len(wanted)
        return {"loss": losses / count, "likelihood": float(np.exp(-losses / count)), "accuracy": right / count}


def unigram_logits(encodings: Sequence[Encoding], vocabulary: int) -> Tensor:
    """Logarithm of the smoothed share of each sub-word in some texts, (vocabulary,)."""
    counts: NDArray[np.float64] = np.full(vocabulary, SMOOTHING)
    for encoding in encodings:
        np.add.at(counts, encoding.ids, 1.0)
    return torch.from_numpy(np.log(counts / counts.sum())).float()


def collator(subwords: Subwords, masking: Masking, vocabulary: int, seed: int) -> Callable[[list[Example]], Mapping[str, Tensor]]:
    """Makes a batch of examples that have an ``encoding``; what is hidden is drawn anew each time."""
    generator = np.random.default_rng(seed)

    def collate(examples: list[Example]) -> Mapping[str, Tensor]:
        encodings = [example["encoding"] for example in examples]
        return hidden_batch(subwords, encodings, masking, vocabulary, generator)

    return collate


def mask_of(subwords: Subwords) -> int:
    """Id of the mask.

    Raises:
        MissingResourceError: if the tokenizer has none.
    """
    found = subwords.tokenizer.token_to_id("[MASK]")
    if found is None:
        raise MissingResourceError("the tokenizer has no [MASK] to hide anything by; take a model that was pretrained with one")
    return int(found)


def hidden_batch(
    subwords: Subwords, encodings: Sequence[Encoding], masking: Masking, vocabulary: int, generator: np.random.Generator
) -> dict[str, Tensor]:
    """What the encoder reads, and ``targets``, each (n_texts, longest)."""
    mask = mask_of(subwords)
    hidden: list[Hidden] = [masking.hide(encoding, mask, vocabulary, generator) for encoding in encodings]
    batch = subwords.pad(encodings)
    width = batch["input_ids"].shape[1]
    batch["input_ids"] = stack([one.ids.tolist() for one in hidden], width, subwords.pad_id)
    batch["targets"] = stack([one.targets.tolist() for one in hidden], width, IGNORED)
    return tensors(batch)
