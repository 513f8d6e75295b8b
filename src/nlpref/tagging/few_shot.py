"""A tagger for a hundred or two of training sentences: it reads what its entity types are called."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from sklearn.base import clone

from nlpref.neural.settings import FineTuning
from nlpref.pretrained import MINILM
from nlpref.tagging.checks import check_training
from nlpref.tagging.transformer import TransformerTagger
from nlpref.tagging.type_names import check_descriptions, phrases
from nlpref.types import TaggedTokens

if TYPE_CHECKING:  # torch is imported only where it trains or runs the network
    from nlpref.neural.chain_loss import ChainLoss, TokenLoss
    from nlpref.neural.network import EncoderNetwork

__all__ = ["FewShotTagger"]

log = logging.getLogger(__name__)


class FewShotTagger(TransformerTagger):
    """Fine-tunes middle layers of a sentence encoder under a CRF whose tag layer reads the names of the entity types.

    The last layers of a sentence encoder know what a sentence is about and have forgotten what its words are, so they are
    left out; the lowest layers have more to lose than to learn from so few sentences, and stay as they are. The weights of a
    type's tags come in part from the vector of its description, by a map that all types share; a tagger trained on other
    entity types (``start``) therefore has something to say about new ones from the first step.

    Sentences of other corpora, in which only some types were looked for, may be among those of train. With ``first`` they
    are learned from before the others: then training goes on with the fully annotated sentences alone.

    Args:
        name: Pretrained model, see ``nlpref.pretrained.resolve``.
        training: Epochs, learning rate, batch size, average of the weights.
        first: How to learn from all sentences before, if only some are fully annotated; None learns from all at once.
        descriptions: Entity type to a phrase that says what it is, for as many as one likes; by default the name of the
            type is split into words.
        start: Folder of a saved ``FewShotTagger`` of the same layers to go on from; its entity types may be others.
        head: ``crf`` learns which tag follows which; ``linear`` scores each word by itself.
        head_rate: How many times faster what is new (shapes, tag layer, CRF) is learned than what is pretrained.
        threshold: ``sequence`` for the best sequence of tags, the least probability of what is found, or None for the one of
            the best entity F1 on validation.
        mask: Share of the entities' words that are hidden in training.
        soup: Trainings of which the mean of the weights is kept.
        max_length: Sub-words in a window, special tokens included.
        overlap: Sub-words that neighbouring windows share.
        shapes: Add embeddings of word shapes to the input of the first layer that learns.
        dropout: Share of features dropped before the tag layer in training.
        layers: Keep only the first so many transformer layers; None keeps all.
        frozen: Lower layers, of those kept, that stay as they are.
        batch_size: Windows in one forward pass when predicting.
        seed: Fixes order and dropout.

    Example:
        >>> from nlpref.types import Span
        >>> ann = TaggedTokens(("Ann", "lives", "in", "Rome"), (Span(0, 1, "person"), Span(3, 4, "city")))
        >>> training = FineTuning(epochs=6, learning_rate=3e-4, batch_size=2)
        >>> tagger = FewShotTagger(training=training, layers=1, frozen=0).fit([ann] * 4)
        >>> tagger.predict([["Bob", "lives", "in", "Oslo"]])[0][1]
        Span(start=3, end=4, label='city', score=...)
    """

    def __init__(
        self,
        name: str = MINILM,
        training: FineTuning = FineTuning(epochs=8, learning_rate=5e-4, batch_size=8, patience=None, average=0.98),
        first: FineTuning | None = None,
        descriptions: Mapping[str, str] | None = None,
        start: str | None = None,
        head: Literal["linear", "crf"] = "crf",
        head_rate: float = 10.0,
        threshold: float | Literal["sequence"] | None = None,
        mask: float = 0.0,
        soup: int = 1,
        max_length: int = 256,
        overlap: int = 64,
        shapes: bool = True,
        dropout: float = 0.1,
        layers: int | None = 4,
        frozen: int = 2,
        batch_size: int = 32,
        seed: int = 0,
    ) -> None:
        super().__init__(
            name=name,
            training=training,
            max_length=max_length,
            overlap=overlap,
            shapes=shapes,
            head=head,
            threshold=threshold,
            mask=mask,
            soup=soup,
            start=start,
            dropout=dropout,
            layers=layers,
            batch_size=batch_size,
            seed=seed,
        )
        self.first = first
        self.frozen = frozen
        self.descriptions = descriptions
        self.head_rate = head_rate

    def fit(self, train: Sequence[TaggedTokens], validation: Sequence[TaggedTokens] = ()) -> Self:
        """Fine-tune, in one go or in two; with a validation split the epoch of best entity F1 on it is kept.

        Raises:
            InputError: if the sentences do not fit, train has no entity at all, the windows would not move on, or a
                description is blank or of no type that there is.
        """
        labels = check_training(train, validation, partial=True)
        check_descriptions(self.descriptions or {}, labels)
        complete = [example for example in train if not example.partial]
        if self.first is None or not 0 < len(complete) < len(train):
            return super().fit(train, validation)
        with tempfile.TemporaryDirectory(prefix="nlpref-") as folder:
            before = Path(folder) / "before"
            self._learn_from_all(train).save(before)
            log.info("learned from all %d sentences; going on with the %d that are fully annotated", len(train), len(complete))
            self._go_on_from: Path | None = before
            try:
                return super().fit(complete, validation)
            finally:
                self._go_on_from = None

    def _learn_from_all(self, train: Sequence[TaggedTokens]) -> FewShotTagger:
        tagger: FewShotTagger = clone(self).set_params(training=self.first, first=None, threshold=0.5, soup=1)
        return tagger.fit(train)

    def _begin(self, backbone: Any) -> EncoderNetwork:
        import torch

        from nlpref.neural.encoder import SentenceEncoder
        from nlpref.tagging.named_head import carry_over
        from nlpref.tagging.transformer_training import start_from

        network = self._build(backbone)
        head: Any = network.head
        head.read(torch.from_numpy(SentenceEncoder(self.name).encode(self._phrases())))
        folder = getattr(self, "_go_on_from", None) or self.start
        if folder is not None:
            start_from(Path(folder), network)
            carry_over(Path(folder), head, self.labels_)
        return network

    def _phrases(self) -> list[str]:
        known = {label: phrase for label, phrase in (self.descriptions or {}).items() if label in self.labels_}
        return phrases(self.labels_, known, self._subwords.tokenizer.get_vocab())

    def _loss(self) -> TokenLoss | ChainLoss:
        from nlpref.neural.chain_loss import tag_loss

        return tag_loss(self.labels_, chain=self.head == "crf", rate=self.head_rate)

    def _build(self, backbone: Any) -> EncoderNetwork:
        from nlpref.tagging.named_head import NamedHead
        from nlpref.tagging.upper_network import UpperNetwork

        width = backbone.config.hidden_size
        head = NamedHead(width, len(self.labels_), width, self.head_rate)
        return UpperNetwork(backbone, head, frozen=self.frozen, shapes=self.shapes, dropout=self.dropout, rate=self.head_rate)
