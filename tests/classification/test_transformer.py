"""A one-layer transformer learns to tell labels apart; its head starts from the logistic regression."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from tests.contracts.small_model import small_minilm

from nlpref.classification import TfidfClassifier, TransformerClassifier
from nlpref.classification.losses import LabelLoss
from nlpref.classification.transformer_training import Learner, collator, disagreement
from nlpref.errors import InputError
from nlpref.neural.encoder import SentenceEncoder
from nlpref.neural.finetuning import FineTuning
from nlpref.neural.session import training_session
from nlpref.predict import _classify
from nlpref.types import LabelledText

Examples = Sequence[LabelledText]
STANDING_STILL = FineTuning(epochs=1, learning_rate=1e-12)


def accuracy(model: TransformerClassifier, examples: Examples) -> float:
    found = model.predict_proba([example.text for example in examples]).argmax(axis=1)
    return float(np.mean([model.labels[column] == example.label for column, example in zip(found, examples, strict=True)]))


@pytest.mark.parametrize("labels", ["train", "two_labels"])
def test_before_the_first_step_it_is_the_logistic_regression(
    labels: str, request: pytest.FixtureRequest, held_out: Examples
) -> None:
    train: Examples = request.getfixturevalue(labels)
    model = TransformerClassifier(small_minilm(), layers=1, training=STANDING_STILL, head_start=30.0).fit(train)
    encoder = SentenceEncoder(small_minilm(), layers=1, max_length=128)
    regression = LogisticRegression(C=30.0, max_iter=1000)
    regression.fit(encoder.encode([example.text for example in train]), [example.label for example in train])
    new = [example.text for example in held_out]
    assert model.predict_proba(new) == pytest.approx(regression.predict_proba(encoder.encode(new)), abs=1e-4)
    assert model.labels == tuple(regression.classes_)


def test_learns_what_only_the_order_of_words_says() -> None:
    """The same words stand in both labels, so counts of words cannot tell them apart."""
    examples = [LabelledText(text, label) for label, text in (("out", "from home to work"), ("back", "from work to home"))] * 8
    settings = FineTuning(epochs=8, learning_rate=1e-3, batch_size=8)
    model = TransformerClassifier(small_minilm(), layers=1, training=settings, max_length=8, head_start=None).fit(examples)
    assert model.predict_proba(["from home to work", "from work to home"]).argmax(axis=1).tolist() == [1, 0]
    words = TfidfClassifier(word_ngrams=(1, 1), char_ngrams=None).fit(examples)
    assert len(set(words.predict_proba(["from home to work", "from work to home"]).argmax(axis=1))) == 1


def test_keeps_the_best_epoch_and_reports_it(train: Examples, validation: Examples) -> None:
    heard: list[float] = []
    with training_session(on_metrics=lambda metrics, step: heard.append(metrics.get("eval_accuracy", -1.0))):
        settings = FineTuning(epochs=4, learning_rate=5e-4, batch_size=16)
        model = TransformerClassifier(small_minilm(), layers=1, training=settings, max_length=16, head_start=None).fit(
            train, validation
        )
    scores = [score for score in heard if score >= 0]
    assert min(scores) < max(scores) > 0.7
    assert accuracy(model, validation) == max(scores)
    assert [entry["eval_accuracy"] for entry in model.history_ if "eval_accuracy" in entry] == scores


def test_label_smoothing_is_pytorchs(train: Examples) -> None:
    model = TransformerClassifier(small_minilm(), layers=1, training=STANDING_STILL, label_smoothing=0.2, head_start=None).fit(
        train[:6]
    )
    texts = [example.text for example in train[:6]]
    gold = torch.tensor([model.labels.index(example.label) for example in train[:6]])
    logs = torch.from_numpy(np.log(model.predict_proba(texts)))
    smoothed = -(0.8 * logs[torch.arange(6), gold] + 0.2 * logs.mean(1)).mean()
    batch = collator(model._subwords)(
        [{"encoding": e, "label": int(g)} for e, g in zip(model._subwords.texts(texts), gold, strict=True)]
    )
    assert float(Learner(model.engine.network, LabelLoss(0.2))(**batch)["loss"].detach()) == pytest.approx(
        float(smoothed), abs=1e-5
    )


def test_it_learns_the_probabilities_it_is_given() -> None:
    """Three kinds of text, three certainties: trained long enough, its answers are as sure as its targets."""
    sayings = {"send money": [0.9, 0.1], "lost my card": [0.3, 0.7], "hello": [0.5, 0.5]}
    examples = [LabelledText(text, "ab"[int(np.argmax(row))]) for text, row in sayings.items()] * 4
    settings = FineTuning(epochs=25, learning_rate=1e-3, batch_size=12)
    model = TransformerClassifier(small_minilm(), layers=1, training=settings, max_length=8, label_smoothing=0.0)
    model.fit_soft(examples, np.array([*sayings.values()] * 4))
    assert model.predict_proba(list(sayings)) == pytest.approx(np.array([*sayings.values()]), abs=0.05)


def test_disagreement_is_worked_out_by_hand() -> None:
    """Between (1/2, 1/2) and (1/4, 3/4) it is ln(3) / 8, and between equal answers 0; the mean is over the texts."""
    first, second = torch.tensor([[0.5, 0.5], [0.2, 0.8]]).log(), torch.tensor([[0.25, 0.75], [0.2, 0.8]]).log()
    assert disagreement(first, second).item() == pytest.approx(np.log(3) / 8 / 2)
    either_way = ((first, second), (second, first))
    divergences = [torch.nn.functional.kl_div(a, b, log_target=True, reduction="batchmean").item() for a, b in either_way]
    assert disagreement(first, second).item() == pytest.approx(sum(divergences) / 2)


def test_two_passes_must_agree_only_where_dropout_parts_them(train: Examples) -> None:
    settings = {"layers": 1, "training": STANDING_STILL, "head_start": None}
    model = TransformerClassifier(small_minilm(), consistency=1.0, **settings).fit(train[:6])
    encodings = model._subwords.texts([example.text for example in train[:6]])
    batch = collator(model._subwords)([{"encoding": e, "label": number % 2} for number, e in enumerate(encodings)])

    def loss(consistency: float, training: bool) -> float:
        torch.manual_seed(1)
        learner = Learner(model.engine.network, LabelLoss(0.1), consistency).train(training)
        return float(learner(**batch)["loss"].detach())

    assert loss(1.0, training=False) == pytest.approx(loss(0.0, training=False), abs=1e-6)
    assert loss(3.0, training=True) > loss(1.0, training=True) + 1e-4


def test_a_negative_weight_is_refused(train: Examples) -> None:
    with pytest.raises(InputError, match="consistency=-1"):
        TransformerClassifier(small_minilm(), consistency=-1).fit(train)


def test_a_long_text_is_cut_or_read_in_windows_and_told_of(train: Examples) -> None:
    long, short = "parcel " * 30, "parcel"
    settings = {"layers": 1, "training": STANDING_STILL, "max_length": 12, "head_start": None}
    cut = TransformerClassifier(small_minilm(), **settings).fit(train[:6])
    read = TransformerClassifier(small_minilm(), long_texts="windows", overlap=0, **settings).fit(train[:6])
    assert cut.exceeds([short, long]).tolist() == [False, True]
    assert cut.predict_proba([long]) == pytest.approx(cut.predict_proba(["parcel " * 10]), abs=1e-6)
    assert read.predict_proba([long]) == pytest.approx(read.predict_proba(["parcel " * 10]), abs=1e-6)  # three like windows
    assert read.predict_proba([f"{long} refund"]).sum() == pytest.approx(1, abs=1e-6)
    for model, told in ((cut, "cut"), (read, "read in windows")):
        rows = list(_classify(model, [short, long], 2))
        assert "long_text" not in rows[0]
        assert rows[1]["long_text"] == told
