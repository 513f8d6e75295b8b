"""A student learns from its teacher, not from the labels alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.contracts import examples as given
from tests.contracts.small_model import small_minilm

from nlpref.classification import DistilledClassifier, TfidfClassifier, TransformerClassifier, transformer_training
from nlpref.errors import InputError
from nlpref.neural.finetuning import FineTuning
from nlpref.types import LabelledText

QUICK = FineTuning(epochs=4, learning_rate=1e-3, batch_size=8)
STANDING_STILL = FineTuning(epochs=1, learning_rate=1e-12)


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("teacher") / "model"
    TransformerClassifier(small_minilm(), QUICK, max_length=32).fit(given.TRAIN_TEXTS).save(folder)
    return folder


def test_a_student_of_all_layers_starts_as_its_teacher(teacher: Path) -> None:
    student = DistilledClassifier(str(teacher), keep=(0, 1), training=STANDING_STILL, max_length=32).fit(given.TRAIN_TEXTS)
    expected = TransformerClassifier.load(teacher).predict_proba(given.TEXTS)
    assert student.predict_proba(given.TEXTS) == pytest.approx(expected, abs=1e-5)


def test_it_learns_what_its_teacher_says_where_the_labels_say_something_else(teacher: Path) -> None:
    wrong = [LabelledText(example.text, {"cancel": "refund", "refund": "track", "track": "cancel"}[example.label])
             for example in given.TRAIN_TEXTS]  # fmt: skip
    student = DistilledClassifier(str(teacher), keep=(1,), training=QUICK, hard=0.0, max_length=32).fit(wrong)
    texts = [example.text for example in given.VALIDATION_TEXTS]
    said = TransformerClassifier.load(teacher).predict_proba(texts).argmax(axis=1)
    assert (student.predict_proba(texts).argmax(axis=1) == said).mean() > 0.9
    assert student.engine.network.backbone.config.num_hidden_layers == 1


def test_texts_without_labels_take_part(teacher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "more.txt"
    path.write_text("the kettle has not arrived\n\nrefund the mirror\n", "utf-8")
    seen: list[int] = []
    right = transformer_training.collator

    def watching(subwords: Any) -> Any:
        collate = right(subwords)
        return lambda examples: (seen.extend(example["label"] for example in examples), collate(examples))[1]

    monkeypatch.setattr(transformer_training, "collator", watching)
    settings = FineTuning(epochs=1, batch_size=8)
    DistilledClassifier(str(teacher), keep=(1,), training=settings, copies=2, unlabelled=str(path)).fit(given.TRAIN_TEXTS)
    n = len(given.TRAIN_TEXTS)
    assert (sum(label >= 0 for label in seen), sum(label < 0 for label in seen)) == (n, 2 * n + 2)


def test_it_learns_from_uncertain_labels_beside_its_teacher(teacher: Path) -> None:
    names = sorted({example.label for example in given.TRAIN_TEXTS})
    sure = np.eye(3)[[names.index(example.label) for example in given.TRAIN_TEXTS]]
    settings: dict[str, Any] = {"keep": (1,), "training": QUICK, "hard": 1.0, "max_length": 32}
    texts = [example.text for example in given.TRAIN_TEXTS]
    plain = DistilledClassifier(str(teacher), **settings).fit(given.TRAIN_TEXTS).predict_proba(texts)
    same = DistilledClassifier(str(teacher), **settings).fit_soft(given.TRAIN_TEXTS, sure).predict_proba(texts)
    assert same == pytest.approx(plain, abs=1e-3)
    doubt = DistilledClassifier(str(teacher), **settings).fit_soft(given.TRAIN_TEXTS, 0.5 * sure + 1 / 6)
    assert doubt.predict_proba(texts).max(axis=1).mean() < plain.max(axis=1).mean()


def test_the_loss_by_hand() -> None:
    logits, soft = torch.tensor([[1.0, 0.0], [0.5, 0.5]]), torch.log(torch.tensor([[0.8, 0.2], [0.3, 0.7]]))

    class Fixed(torch.nn.Module):
        def forward(self, **_: torch.Tensor) -> torch.Tensor:
            return logits

    made = transformer_training.Student(Fixed(), temperature=2.0, hard=0.25)  # type: ignore[arg-type]
    [found] = made(labels=torch.tensor([1, -1]), soft=soft).values()
    aim = np.array([[0.8, 0.2], [0.3, 0.7]]) ** 0.5
    aim /= aim.sum(axis=1, keepdims=True)
    logs = np.log(np.exp([[0.5, 0.0], [0.25, 0.25]]) / np.exp([[0.5, 0.0], [0.25, 0.25]]).sum(axis=1, keepdims=True))
    distance = -4 * (aim * logs).sum(axis=1)
    truth = -np.log(1 / (1 + np.e))
    assert float(found) == pytest.approx(((0.25 * truth + 0.75 * distance[0]) + distance[1]) / 2, abs=1e-6)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"teacher": ""}, "teacher= must name the folder"),
        ({"keep": (0, 2)}, "layers 0 to 1"),
        ({"keep": ()}, "layers 0 to 1"),
        ({"unlabelled": "absent.txt"}, "absent.txt: no such file"),
    ],
)
def test_mistakes_are_named(settings: dict[str, Any], named: str, teacher: Path) -> None:
    with pytest.raises(InputError, match=named):
        DistilledClassifier(**{"teacher": str(teacher), "keep": (1,), **settings}).fit(given.TRAIN_TEXTS)


def test_a_teacher_of_another_kind_or_of_other_labels_is_refused(teacher: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'unheard-of' in one only"):
        DistilledClassifier(str(teacher), keep=(1,)).fit([*given.TRAIN_TEXTS, LabelledText("a", "unheard-of")])
    TfidfClassifier(C=1.0).fit(given.TRAIN_TEXTS).save(tmp_path / "tfidf")
    with pytest.raises(InputError, match="holds a TfidfClassifier"):
        DistilledClassifier(str(tmp_path / "tfidf"), keep=(1,)).fit(given.TRAIN_TEXTS)
