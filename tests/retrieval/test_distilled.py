"""A small cross-encoder with a large one for a teacher."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.contracts.small_model import small_minilm
from tests.retrieval.test_cross_encoder import PAIRS

from nlpref.errors import InputError
from nlpref.neural.encoder import SentenceEncoder
from nlpref.neural.settings import FineTuning
from nlpref.retrieval import CrossEncoder, DistilledCrossEncoder

TRAINED = FineTuning(epochs=4, learning_rate=1e-3, batch_size=6)
STILL = FineTuning(epochs=1, learning_rate=1e-12)


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("teacher") / "teacher"
    CrossEncoder(small_minilm(), TRAINED, max_length=24).fit(PAIRS).save(folder)
    return folder


def margins(model: CrossEncoder) -> np.ndarray:
    texts = [text for _, text, _ in PAIRS[:6]]
    table = np.stack([model.score(f"a {asked}", texts) for asked in ("book", "house", "car", "dog")])
    return table[np.arange(4), np.arange(4)][:, None] - table


def test_the_student_comes_nearer_to_the_margins_of_its_teacher(teacher: Path) -> None:
    wanted = margins(CrossEncoder.load(teacher))
    start = DistilledCrossEncoder(str(teacher), keep=(1,), training=STILL, max_length=24).fit(PAIRS)
    student = DistilledCrossEncoder(str(teacher), keep=(1,), training=TRAINED, max_length=24).fit(PAIRS)
    assert student.engine.network.backbone.config.num_hidden_layers == 1
    assert np.square(margins(student) - wanted).mean() < 0.5 * np.square(margins(start) - wanted).mean()


def test_a_student_of_all_layers_that_does_not_move_scores_as_its_teacher(teacher: Path) -> None:
    for loss in ("margin_mse", "listwise"):
        same = DistilledCrossEncoder(str(teacher), keep=(0, 1), training=STILL, max_length=24, loss=loss).fit(PAIRS)
        assert margins(same) == pytest.approx(margins(CrossEncoder.load(teacher)), abs=1e-4)


def test_what_cannot_teach_is_refused(teacher: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="teacher= must name"):
        DistilledCrossEncoder().fit(PAIRS)
    with pytest.raises(InputError, match=r"keep=\[7\]: the teacher has the layers 0 to 1"):
        DistilledCrossEncoder(str(teacher), keep=[7], loss="contrastive").fit(PAIRS)
    SentenceEncoder(small_minilm(), layers=1).save(tmp_path / "encoder")
    with pytest.raises(InputError, match="holds a SentenceEncoder"):
        DistilledCrossEncoder(str(tmp_path / "encoder")).fit(PAIRS)


def test_scores_of_a_teacher_are_checked() -> None:
    model = CrossEncoder(small_minilm(), STILL, layers=1, loss="margin_mse")
    with pytest.raises(InputError, match="one finite number for each"):
        model.fit_soft(PAIRS, [1.0])
    with pytest.raises(InputError, match="one finite number for each"):
        model.fit_soft(PAIRS, [float("nan")] * len(PAIRS))
    with pytest.raises(InputError, match="loss is 'hinge'"):
        CrossEncoder(small_minilm(), STILL, loss="hinge").fit(PAIRS)  # type: ignore[arg-type]
