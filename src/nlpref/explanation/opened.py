"""A classifier with a network of torch inside, opened so that gradients and attention can be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding

from nlpref.errors import InputError
from nlpref.explanation.explanation import word_scores
from nlpref.protocols import TextClassifier
from nlpref.text.preparation import prepared
from nlpref.text.words import Word

if TYPE_CHECKING:
    import torch

    from nlpref.neural.network import EncoderNetwork

__all__ = ["OpenedText", "as_read", "can_be_opened"]


def can_be_opened(classifier: Any) -> bool:
    """Whether torch runs the network of a classifier, and a tokenizer of sub-words feeds it."""
    return hasattr(classifier, "subwords") and hasattr(getattr(classifier, "engine", None), "network")


def as_read(classifier: Any, text: str) -> str:
    """The text as the classifier's tokenizer is given it: prepared, if the classifier has a preparation."""
    (read,) = prepared(getattr(classifier, "preparation", None), [text])
    return read


@dataclass(frozen=True)
class OpenedText:
    """One text as a network reads it.

    Args:
        network: Encoder and head, in evaluation mode.
        encoding: Sub-words of the text.
        batch: The network's input, each (1, n_subwords).
        reference: The same with nothing but padding where the text was, int64, (1, n_subwords).
    """

    network: EncoderNetwork
    encoding: Encoding
    batch: dict[str, torch.Tensor]
    reference: torch.Tensor

    @classmethod
    def of(cls, classifier: TextClassifier, text: str) -> Self:
        """Open a classifier for one text, given as it is read, see ``as_read``.

        Raises:
            InputError: if torch does not run its network, or it reads the text in several windows.
        """
        inside: Any = classifier
        if not can_be_opened(inside):
            raise InputError(
                f"{type(classifier).__name__} has no network of torch to look into; explain it by occlusion, "
                "or explain the classifier that an accelerated one was made from"
            )
        from nlpref.neural.torch_engine import tensors

        (encoding,) = inside.subwords.texts([text])
        if encoding.overflowing and inside.long_texts == "windows":
            raise InputError(
                f"the text is longer than the {inside.subwords.max_length} sub-words of a window, and several have no one "
                "gradient or attention; explain it by occlusion"
            )
        batch = tensors(inside.subwords.pad([encoding]))
        special = np.array([encoding.special_tokens_mask], dtype=bool)
        reference = batch["input_ids"].clone()
        reference[~special] = inside.subwords.pad_id
        device = next(inside.engine.network.parameters()).device
        moved = {name: tensor.to(device) for name, tensor in batch.items()}
        return cls(inside.engine.network, encoding, moved, reference.to(device))

    def on_words(self, words: tuple[Word, ...], scores: NDArray[np.float64]) -> tuple[float, ...]:
        """Scores of sub-words, (n_subwords,), as scores of words; what a text that is cut has behind the cut gets 0."""
        rows = [row for row, special in enumerate(self.encoding.special_tokens_mask) if not special]
        return word_scores(words, [self.encoding.offsets[row] for row in rows], scores[rows])

    def parts(self, scores: NDArray[np.float64]) -> tuple[tuple[str, float], ...]:
        """Each sub-word and its score, in order."""
        kept = [row for row, special in enumerate(self.encoding.special_tokens_mask) if not special]
        return tuple((self.encoding.tokens[row], float(scores[row])) for row in kept)
