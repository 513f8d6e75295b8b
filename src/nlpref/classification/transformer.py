"""A fine-tuned transformer: the whole encoder learns the task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn
from transformers import PreTrainedModel

from nlpref import storage
from nlpref.classification.checks import check_training
from nlpref.errors import NotFittedError
from nlpref.neural.backbone import build_backbone, load_weights, mean_pool, open_backbone, save_weights
from nlpref.neural.finetuning import FineTuning, finetune
from nlpref.neural.subwords import Subwords, batches
from nlpref.pretrained import MINILM, resolve
from nlpref.text.checks import check_texts
from nlpref.types import LabelledText

__all__ = ["TransformerClassifier"]


class TransformerClassifier(BaseEstimator):
    """Fine-tunes a pretrained encoder with a linear head on its mean-pooled, unit-length embedding.

    The head starts from a logistic regression on the frozen embeddings, so training begins where the
    frozen classifier ends.

    Args:
        name: Pretrained model, see ``nlpref.pretrained.resolve``.
        training: Epochs, learning rate, batch size, early stopping.
        max_length: Longest text in sub-words; longer texts are cut.
        label_smoothing: Share of probability spread over all labels in the training target.
        head_start: Inverse regularisation strength C of the logistic regression that starts the head;
            None starts it at random.
        layers: Keep only the first so many transformer layers.
        batch_size: Texts in one forward pass when predicting.
        seed: Fixes order, dropout and initial weights.

    Source: Devlin et al. 2019 (fine-tuning); Müller et al. 2019 (label smoothing); Kumar et al. 2022
    (a head fitted first distorts the pretrained features less).
    """

    def __init__(
        self,
        name: str = MINILM,
        training: FineTuning = FineTuning(epochs=5),
        max_length: int = 128,
        label_smoothing: float = 0.05,
        head_start: float | None = 30.0,
        layers: int | None = None,
        batch_size: int = 32,
        seed: int = 0,
    ) -> None:
        self.name = name
        self.training = training
        self.max_length = max_length
        self.label_smoothing = label_smoothing
        self.head_start = head_start
        self.layers = layers
        self.batch_size = batch_size
        self.seed = seed

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels in the order of the columns of ``predict_proba``."""
        self._check_fitted()
        return self.labels_

    def fit(self, train: Sequence[LabelledText], validation: Sequence[LabelledText] = ()) -> Self:
        """Fine-tune; with a validation split the epoch of best accuracy on it is kept.

        Raises:
            InputError: if the examples do not fit; see ``check_training``.
        """
        self.labels_ = check_training(train, validation)
        texts = [example.text for example in train]
        torch.manual_seed(self.seed)
        self._subwords = Subwords(resolve(self.name), self.max_length)
        self._network = _Network(open_backbone(self.name, self.layers), len(self.labels_), self.label_smoothing)
        number = {label: index for index, label in enumerate(self.labels_)}
        targets = [number[example.label] for example in train]
        if self.head_start is not None:
            self._start_head(texts, targets, self.head_start)
        encodings = self._subwords.texts(texts)
        examples = [{"input_ids": e.ids, "encoding": e, "label": t} for e, t in zip(encodings, targets, strict=True)]
        gold = np.array([number[example.label] for example in validation])
        held_out = [example.text for example in validation]

        def score() -> Mapping[str, float]:
            predicted = self.predict_proba(held_out).argmax(axis=1)
            return {"accuracy": float((predicted == gold).mean())}

        self.history_ = finetune(
            self._network,
            examples,
            self._collate,
            self.training,
            seed=self.seed,
            score=score if held_out else None,
            metric="accuracy",
        )
        return self

    @torch.inference_mode()
    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Label probabilities, float32, (n_texts, n_labels)."""
        self._check_fitted()
        texts = check_texts(texts)
        rows = np.zeros((len(texts), len(self.labels_)), dtype=np.float32)
        encodings = self._subwords.texts(texts)
        device = next(self._network.parameters()).device
        for chosen in batches([len(encoding.ids) for encoding in encodings], self.batch_size):
            batch = self._subwords.pad([encodings[row] for row in chosen])
            logits = self._network(**{name: tensor.to(device) for name, tensor in batch.items()})["logits"]
            rows[chosen] = logits.softmax(-1).cpu().numpy()
        return rows

    def save(self, folder: Path) -> None:
        """Write weights, tokenizer and labels."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            save_weights(self._network, self._network.backbone, made)
            self._subwords.save(made)
            storage.write_json(made / "labels.json", list(self.labels_))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        model = storage.restore(cls, folder)
        model.labels_ = tuple(storage.read_json(folder / "labels.json"))
        model._subwords = Subwords(folder, model.max_length)
        model._network = _Network(build_backbone(folder), len(model.labels_), model.label_smoothing)
        load_weights(model._network, folder)
        return model

    def _collate(self, examples: list[Mapping[str, Any]]) -> Mapping[str, Tensor]:
        batch = self._subwords.pad([example["encoding"] for example in examples])
        return {**batch, "labels": torch.tensor([example["label"] for example in examples])}

    def _start_head(self, texts: Sequence[str], targets: Sequence[int], strength: float) -> None:
        pooled = np.zeros((len(texts), self._network.head.in_features), dtype=np.float32)
        encodings = self._subwords.texts(texts)
        with torch.inference_mode():
            for rows in batches([len(encoding.ids) for encoding in encodings], self.batch_size):
                pooled[rows] = self._network.pool(**self._subwords.pad([encodings[row] for row in rows])).numpy()
        fitted = LogisticRegression(C=strength, max_iter=1000).fit(pooled, targets)
        weights, bias = torch.from_numpy(fitted.coef_).float(), torch.from_numpy(fitted.intercept_).float()
        if len(self.labels_) == 2:  # scikit-learn keeps one row for two labels
            weights, bias = torch.cat([-weights, weights]) / 2, torch.cat([-bias, bias]) / 2
        with torch.no_grad():
            self._network.head.weight.copy_(weights / self._network.scale)
            self._network.head.bias.copy_(bias)

    def _check_fitted(self) -> None:
        if not hasattr(self, "_network"):
            raise NotFittedError("TransformerClassifier is not fitted yet; call fit(train, validation) or load(folder)")


class _Network(nn.Module):
    def __init__(self, backbone: PreTrainedModel, n_labels: int, label_smoothing: float) -> None:
        super().__init__()
        self.backbone = backbone
        self.dropout = nn.Dropout(0.1)
        # The head reads features of variance one: on a vector of unit length its weights would have to grow large,
        # and AdamW moves every weight by about the learning rate in a step.
        self.scale = backbone.config.hidden_size**0.5
        self.head = nn.Linear(backbone.config.hidden_size, n_labels)
        self.loss = nn.CrossEntropyLoss(label_smoothing=label_smoothing)

    def pool(self, **batch: Tensor) -> Tensor:
        return mean_pool(self.backbone(**batch).last_hidden_state, batch["attention_mask"])

    def forward(self, labels: Tensor | None = None, **batch: Tensor) -> dict[str, Tensor]:
        logits = self.head(self.dropout(self.pool(**batch) * self.scale))
        return {"logits": logits} if labels is None else {"loss": self.loss(logits, labels), "logits": logits}
