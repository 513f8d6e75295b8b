"""What a tagger's network learns by; apart from the tagger, so that tagging needs no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from nlpref.errors import InputError
from nlpref.neural.backbone import WEIGHTS
from nlpref.neural.chain_loss import ChainLoss, TokenLoss
from nlpref.neural.network import EncoderNetwork
from nlpref.neural.subwords import Batch
from nlpref.neural.torch_engine import tensors

__all__ = ["Learner", "collator", "start_from"]


class Learner(nn.Module):
    """The network with its loss, which reads the first sub-word of each word."""

    def __init__(self, network: EncoderNetwork, loss: TokenLoss | ChainLoss) -> None:
        super().__init__()
        self.network = network
        self.loss = loss

    def forward(self, places: Tensor, allowed: Tensor, real: Tensor, **batch: Tensor) -> dict[str, Tensor]:
        scores = self.network(**batch)
        firsts = scores.gather(1, places.unsqueeze(2).expand(-1, -1, scores.shape[2]))
        return {"loss": self.loss(firsts, allowed, real)}


def collator(
    batch_of: Callable[[Sequence[Any]], Batch], mask_id: int | None = None, mask: float = 0.0
) -> Callable[[list[Mapping[str, Any]]], Mapping[str, Tensor]]:
    """Makes a batch of examples that have a ``piece`` of a sentence and the tags ``allowed`` to its words.

    Args:
        batch_of: Stacks pieces.
        mask_id: Sub-word that hides others.
        mask: Share of the words that are surely of an entity that it hides.

    Returns:
        What makes a batch: beside the network's input ``places`` of the first sub-words, (n_pieces, n_words), ``allowed``,
        (n_pieces, n_words, n_tags), and ``real``, which tells words from padding.
    """

    def collate(examples: list[Mapping[str, Any]]) -> Mapping[str, Tensor]:
        batch = tensors(batch_of([example["piece"] for example in examples]))
        width = max(len(example["piece"].first) for example in examples)
        places = torch.zeros(len(examples), width, dtype=torch.long)
        real = torch.zeros(len(examples), width, dtype=torch.bool)
        allowed = torch.zeros(len(examples), width, examples[0]["allowed"].shape[1], dtype=torch.bool)
        for row, example in enumerate(examples):
            first = example["piece"].first
            places[row, : len(first)] = torch.tensor(list(first.values()))
            real[row, : len(first)] = True
            allowed[row, : len(first)] = torch.from_numpy(example["allowed"][list(first)])
            if mask and mask_id is not None:
                batch["input_ids"][row] = _hidden(batch["input_ids"][row], example, mask_id, mask)
        allowed[:, :, 0] |= ~real
        return {**batch, "places": places, "allowed": allowed, "real": real}

    return collate


def start_from(folder: Path, network: EncoderNetwork) -> None:
    """Give a network the encoder and the shapes of a saved tagger, in place.

    Raises:
        InputError: if the folder is not that of a tagger run by torch, or its encoder is another.
    """
    path = folder / WEIGHTS
    if not path.is_file():
        raise InputError(f"start={str(folder)!r}: expected the folder of a saved TransformerTagger, with {WEIGHTS} in it")
    given = {name: tensor for name, tensor in load_file(path).items() if not name.startswith("head.")}
    wanted = {name: tensor for name, tensor in network.state_dict().items() if not name.startswith("head.")}
    if {name: tensor.shape for name, tensor in given.items()} != {name: tensor.shape for name, tensor in wanted.items()}:
        raise InputError(
            f"start={str(folder)!r} holds another network ({len(given)} weights) than is trained here ({len(wanted)}): "
            "name, layers and shapes must be the same"
        )
    network.load_state_dict(given, strict=False)


def _hidden(ids: Tensor, example: Mapping[str, Any], mask_id: int, share: float) -> Tensor:
    """The sub-words of a piece with those of some entity words hidden."""
    entity = ~example["allowed"][:, 0]
    drawn = torch.rand(len(entity)) < share
    for place, word in enumerate(example["piece"].encoding.word_ids):
        if word is not None and entity[word] and drawn[word]:
            ids[place] = mask_id
    return ids
