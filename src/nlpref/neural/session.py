"""Where a training run keeps its checkpoints and whom it tells of its progress.

Components are trained by ``fit(train, validation)`` and nothing else, so what belongs to the run rather
than to the model is set around the call::

    with training_session(checkpoints=folder, on_metrics=tracker.log_metrics):
        model.fit(train, validation)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

__all__ = ["TrainingSession", "current_session", "training_session"]


@dataclass(frozen=True)
class TrainingSession:
    """Settings of a run. Without ``checkpoints``, training starts anew each time and leaves nothing behind."""

    checkpoints: Path | None = None
    on_metrics: Callable[[Mapping[str, float], int], None] | None = None
    progress: bool = False
    _numbers: Iterator[int] = field(default_factory=lambda: count(1), repr=False, compare=False)

    def next_checkpoints(self) -> Path | None:
        """Folder for the checkpoints of the next training of the run, or None.

        A component may train several networks, or one several times. Each training has a folder of its own, so that none goes
        on from another's; in a run that is repeated they come in the same order, and find what they left.
        """
        number = next(self._numbers)
        return self.checkpoints if self.checkpoints is None or number == 1 else self.checkpoints / f"training-{number}"


_NONE = TrainingSession()
_current: ContextVar[TrainingSession] = ContextVar("training_session", default=_NONE)


def current_session() -> TrainingSession:
    """The session set around the running ``fit``, or an empty one."""
    return _current.get()


@contextmanager
def training_session(
    checkpoints: Path | None = None,
    on_metrics: Callable[[Mapping[str, float], int], None] | None = None,
    progress: bool = False,
) -> Iterator[TrainingSession]:
    """Set checkpoint folder, metrics listener and progress bar for every ``fit`` inside the block."""
    session = TrainingSession(checkpoints, on_metrics, progress)
    token = _current.set(session)
    try:
        yield session
    finally:
        _current.reset(token)
