"""Where the trainings of a run keep their checkpoints."""

from __future__ import annotations

from pathlib import Path

from nlpref.neural.session import current_session, training_session


def test_each_training_has_a_folder_of_its_own_and_a_repeated_run_the_same_ones(tmp_path: Path) -> None:
    for _ in range(2):
        with training_session(tmp_path):
            found = [current_session().next_checkpoints() for _ in range(3)]
        assert found == [tmp_path, tmp_path / "training-2", tmp_path / "training-3"]


def test_without_a_folder_there_is_none_for_any_training() -> None:
    assert [current_session().next_checkpoints() for _ in range(2)] == [None, None]
