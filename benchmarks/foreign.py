"""The same trained networks as other libraries take them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from nlpref.errors import NlprefError
from nlpref.pretrained import MINILM, resolve


def sentence_transformer() -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(resolve(MINILM)), device="cpu")


def tokenizer() -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(resolve(MINILM), local_files_only=True)


def sequence_classifier(model: Any) -> Any:
    """The trained network as transformers' pipeline takes it."""
    from transformers import BertPreTrainedModel
    from transformers.modeling_outputs import SequenceClassifierOutput

    network = model.engine.network

    class MeanPooledClassifier(BertPreTrainedModel):
        def __init__(self, config: Any) -> None:
            super().__init__(config)
            self.network = network

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any, **_: Any) -> Any:
            logits = self.network(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)
            return SequenceClassifierOutput(logits=logits)

    config = network.backbone.config
    config.id2label = dict(enumerate(model.labels))
    return MeanPooledClassifier(config).eval()


def token_classifier(model: Any) -> Any:
    """The trained backbone and head; the pipeline has no way to give word shapes, so it saves itself that sum."""
    from transformers import BertForTokenClassification

    network = model.engine.network
    config = network.backbone.config
    tags = ["O", *(f"{prefix}-{label}" for label in model.labels for prefix in ("B", "I"))]
    config.id2label, config.num_labels = dict(enumerate(tags)), len(tags)
    peer = BertForTokenClassification(config).eval()
    peer.bert.load_state_dict(network.backbone.state_dict(), strict=False)
    peer.classifier.load_state_dict(network.head.state_dict())
    return peer


def saved_cross_encoder(model: Any) -> Any:
    """The trained backbone as a folder that sentence-transformers opens; its pooler and head are new, and cost the same."""

    from transformers import BertForSequenceClassification

    @contextmanager
    def made() -> Iterator[Path]:
        config = model.engine.network.backbone.config
        config.num_labels = 1
        peer = BertForSequenceClassification(config)
        peer.bert.load_state_dict(model.engine.network.backbone.state_dict(), strict=False)
        with TemporaryDirectory() as folder:
            peer.save_pretrained(folder)
            tokenizer().save_pretrained(folder)
            yield Path(folder)

    return made()


def check_same_labels(peer: Any, model: Any, texts: list[str]) -> None:
    theirs = [peer(text)[0]["label"] for text in texts[:40]]
    ours = [model.labels[column] for column in model.predict_proba(texts[:40]).argmax(axis=1)]
    if theirs != ours:
        raise NlprefError("the peer and our model do not give the same labels, so their times cannot be compared")
