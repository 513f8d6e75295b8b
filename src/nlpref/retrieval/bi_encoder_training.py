"""What the network of a bi-encoder learns by; apart from the retriever, so that searching needs no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from tokenizers import Encoding
from torch import Tensor, nn

from nlpref.neural.contrastive import Contrastive, info_nce, margin_mse
from nlpref.neural.gradient_cache import in_chunks
from nlpref.neural.network import EncoderNetwork
from nlpref.neural.subwords import Subwords
from nlpref.neural.torch_engine import tensors

__all__ = ["HIDDEN", "Learner", "Lesson", "collator"]

QUERY, DOCUMENT = "query_", "document_"
HIDDEN = "\0hidden"
"""In the key of a document between its id and a number: the words of a query were taken out of this copy of it."""


@dataclass(frozen=True)
class Lesson:
    """One query with its document, and what is known of others.

    Args:
        query: Its sub-words.
        positive: Key of the relevant document.
        relevant: Ids of all documents that are relevant to it; no copy of any of them is its negative.
        negatives: Keys of documents that are hard to tell from the relevant one, to be drawn from.
        taught: A teacher's scores by key; empty without one.
    """

    query: Encoding
    positive: str
    relevant: frozenset[str]
    negatives: Sequence[str] = ()
    taught: Mapping[str, float] | None = None


class Learner(nn.Module):
    """The network with its loss: InfoNCE over the batch, and the teacher's margins where there is one."""

    def __init__(self, network: EncoderNetwork, objective: Contrastive) -> None:
        super().__init__()
        self.network = network
        self.objective = objective

    def forward(self, positives: Tensor, ignored: Tensor, taught: Tensor | None = None, **batch: Tensor) -> dict[str, Tensor]:
        queries, documents = (self._encode(batch, prefix) for prefix in (QUERY, DOCUMENT))
        losses = []
        for scores in self.objective.scores(queries, documents):
            loss, share = info_nce(scores, positives, ignored), self.objective.distilled
            if taught is not None:
                loss = (1 - share) * loss + share * margin_mse(scores, positives, taught)
            losses.append(loss)
        return {"loss": torch.stack(losses).mean()}

    def _encode(self, batch: Mapping[str, Tensor], prefix: str) -> Tensor:
        part = {name.removeprefix(prefix): tensor for name, tensor in batch.items() if name.startswith(prefix)}
        return in_chunks(self.network, part, self.objective.chunk)


def collator(
    subwords: Subwords, documents: Mapping[str, Encoding], negatives: int, with_teacher: bool = False
) -> Callable[[list[Mapping[str, Any]]], Mapping[str, Tensor]]:
    """Makes a batch of examples that each have a ``lesson``.

    Each document comes once, however many queries it is drawn for, and is a negative of every query it is not relevant to.

    Args:
        subwords: Pads.
        documents: Sub-words by key.
        negatives: Hard negatives drawn for each query, anew each time.
        with_teacher: Whether the lessons have a teacher's scores.

    Returns:
        What makes a batch: the network's input for ``query_`` and ``document_``, ``positives``, (n_queries,), ``ignored``,
        and with a teacher ``taught``, both (n_queries, n_documents).
    """

    def collate(examples: list[Mapping[str, Any]]) -> Mapping[str, Tensor]:
        lessons: list[Lesson] = [example["lesson"] for example in examples]
        drawn = [_drawn(lesson.negatives, negatives) for lesson in lessons]
        keys = list(dict.fromkeys([lesson.positive for lesson in lessons] + [key for some in drawn for key in some]))
        column = {key: number for number, key in enumerate(keys)}
        positives = torch.tensor([column[lesson.positive] for lesson in lessons])
        ignored = torch.tensor([[_may_be(key, lesson) for key in keys] for lesson in lessons])
        queries = tensors(subwords.pad([lesson.query for lesson in lessons]))
        found = tensors(subwords.pad([documents[key] for key in keys]))
        batch = {f"{QUERY}{name}": tensor for name, tensor in queries.items()}
        batch |= {f"{DOCUMENT}{name}": tensor for name, tensor in found.items()}
        batch |= {"positives": positives, "ignored": ignored}
        if with_teacher:
            told = [[(lesson.taught or {}).get(key, float("nan")) for key in keys] for lesson in lessons]
            batch["taught"] = torch.tensor(told)
        return batch

    return collate


def _may_be(key: str, lesson: Lesson) -> bool:
    """Whether a document other than the one to be found is relevant."""
    return key != lesson.positive and key.partition(HIDDEN)[0] in lesson.relevant


def _drawn(keys: Sequence[str], count: int) -> list[str]:
    if count >= len(keys):
        return list(keys)
    return [keys[row] for row in torch.randperm(len(keys))[:count].tolist()]
