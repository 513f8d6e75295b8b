"""Runs that may be compared: same task, data, split and examples; and what counts as one model among them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import fmean, median

from nlpref.report.recipe import component, differences, recipe
from nlpref.report.runs import SavedRun
from nlpref.results import Estimate

__all__ = ["Leaderboard", "Model", "leaderboards"]

_TASKS = ("classification", "ner", "retrieval")


@dataclass(frozen=True)
class Model:
    """Runs that differ only in their seed, by rising seed."""

    name: str
    runs: tuple[SavedRun, ...]

    @property
    def seeds(self) -> list[int]:
        """The seed of each run."""
        return [run.result.seed for run in self.runs]

    @property
    def component(self) -> str:
        """Name of its class, or empty."""
        return component(self.runs[0].config)

    def estimate(self, metric: str) -> Estimate | None:
        """Mean over the seeds of the value and of each end of the interval; None unless every run has the metric."""
        found = [run.result.metrics[metric] for run in self.runs if metric in run.result.metrics]
        if len(found) < len(self.runs):
            return None
        return Estimate(*(fmean(getattr(one, end) for one in found) for end in ("value", "low", "high")))

    def spread(self, metric: str) -> tuple[float, float] | None:
        """Lowest and highest value among the seeds; None for a single run."""
        found = [run.result.metrics[metric].value for run in self.runs if metric in run.result.metrics]
        return (min(found), max(found)) if 1 < len(found) == len(self.runs) else None

    def latency(self, name: str) -> float | None:
        """A field of ``LatencyResult``, the median of the runs where it was measured; None if it was in none."""
        found = [getattr(run.latency, name) for run in self.runs if run.latency and getattr(run.latency, name) is not None]
        return median(found) if found else None

    @cached_property
    def typical(self) -> SavedRun:
        """The run whose primary metric is the median, the lower one of two: its details stand for the model."""
        ranked = sorted(self.runs, key=lambda run: run.result.metrics[run.result.primary].value)
        return ranked[(len(ranked) - 1) // 2]


@dataclass(frozen=True)
class Leaderboard:
    """Models scored on the very same examples, best first by the primary metric."""

    task: str
    dataset: str
    revision: str
    split: str
    n: int
    primary: str
    models: tuple[Model, ...]

    @property
    def best(self) -> Model:
        """The model with the highest primary metric."""
        return self.models[0]

    def quality(self, model: Model) -> Estimate:
        """The primary metric of one of the models."""
        found = model.estimate(self.primary)
        if found is None:
            raise KeyError(f"{model.name} has no {self.primary}")
        return found

    @property
    def timed(self) -> list[Model]:
        """The models whose latency was measured."""
        return [model for model in self.models if model.latency("p95_ms") is not None]


def leaderboards(runs: Iterable[SavedRun]) -> list[Leaderboard]:
    """Sort runs into leaderboards: by task, then test before other splits, then by name of the data."""
    groups: dict[tuple[str, str, str, str, int, str], list[SavedRun]] = defaultdict(list)
    for run in runs:
        found = run.result
        scored = found.dataset.get("scored", found.dataset["revision"])  # runs may differ in train, not in what is scored
        groups[found.task, found.dataset["name"], scored, found.split, found.n, found.primary].append(run)
    made = [Leaderboard(*key, _ranked(_models(members, key[1]), key[-1])) for key, members in groups.items()]
    return sorted(made, key=_order)


def _order(board: Leaderboard) -> tuple[int, str, bool, str, str, str, int]:
    place = _TASKS.index(board.task) if board.task in _TASKS else len(_TASKS)
    return place, board.task, board.split != "test", board.split, board.dataset, board.revision, board.n


def _ranked(models: Sequence[Model], metric: str) -> tuple[Model, ...]:
    # Every run has its primary metric, so only equal qualities are left to the name.
    return tuple(sorted(models, key=lambda model: (-fmean(r.result.metrics[metric].value for r in model.runs), model.name)))


def _models(runs: Sequence[SavedRun], dataset: str) -> list[Model]:
    groups: dict[tuple[str, str, Hashable], list[SavedRun]] = defaultdict(list)
    for run in runs:
        same: Hashable = frozenset(recipe(run.config).items()) if run.config else run.place
        groups[run.result.model, run.result.experiment, same].append(run)
    made = [
        Model(name.removeprefix(f"{dataset}-") or name, tuple(sorted(members, key=lambda run: run.result.seed)))
        for (name, *_), members in groups.items()
    ]
    return _told_apart(made)


def _told_apart(models: Sequence[Model]) -> list[Model]:
    """Different models of one name get the settings that differ as an addition; the folder, if none does."""
    named = Counter(model.name for model in models)
    by_name = {name: [model for model in models if model.name == name] for name in named}
    answer: list[Model] = []
    for name, rivals in by_name.items():
        if len(rivals) == 1:
            answer += rivals
            continue
        additions = differences([rival.runs[0].config for rival in rivals])
        if len(set(additions)) < len(rivals):
            additions = [rival.runs[0].place for rival in rivals]
        answer += [replace(rival, name=f"{name} ({addition})") for rival, addition in zip(rivals, additions, strict=True)]
    return answer
