"""How much of a training set has to be reviewed: gold labels are shown in the order in which a person would be asked for them.

    python benchmarks/review_loop.py                                 a CRF on the bundled corpus, some ten minutes of one core
    python benchmarks/review_loop.py dataset=wnut17 tagger=transformer seeds=3

A tagger learns from a few sentences drawn at random. Then the others are ordered by what it says of them, the gold spans of
the first ones are shown, it learns anew from all that was shown, and so on until all is known. The draw and the model depend
on the seed; all strategies start from the same draw. No validation split is given, since its labels would be labels too.

A look costs a sentence, the tokens that are read in it, and the spans that are marked in it, and the quality is given over
each of these. A strategy is compared with ``random`` at equal shares, between two points by a straight line; differences
are taken seed by seed. Intervals (95 %, Student's t) are over seeds: over draws, and not over the sentences scored.

Writes ``benchmarks/records/review_loop.json``, or with other arguments ``runs/review_loop/record.json``;
``scripts/draw_review_loop.py`` draws it.

  dataset=, tagger= and their settings, as for nlpref.train with task=ner    (default dataset=supportdesk tagger=crf)
  strategies=  what to compare with random, with commas between              (default expected_value,least_confident,entropy)
  seeds=       draws                                                         (default 3)
  split=       what is scored; choose strategies on validation               (default test)
  shares=      of the sentences known in each round, the first drawn         (default 0.05,0.1,0.15,0.2,0.3,0.4,0.5,0.7,1)
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from nlpref import machine
from nlpref.arguments import read_arguments, read_count, read_number
from nlpref.config import build, check, plain
from nlpref.data.dataset import split_revision
from nlpref.decisions.spans import STRATEGIES, review_queue
from nlpref.errors import ConfigError, NlprefError
from nlpref.metrics.spans import span_scores
from nlpref.overrides import check_overrides
from nlpref.storage import write_json
from nlpref.types import TaggedTokens

ROOT = Path(__file__).resolve().parents[1]
RECORD, ELSEWHERE = Path("benchmarks/records/review_loop.json"), Path("runs/review_loop/record.json")
RANDOM = "random"
METRIC = "f1_micro"
ASKED = ("dataset=supportdesk", "tagger=crf", "tagger.max_iterations=40")
TOLERATED = 0.02
"""Of the F1 that all labels give, what may be missing."""
COSTS = ("sentences", "tokens", "spans")
GRID = np.linspace(0.05, 1, 20)
"""Shares at which strategies are compared."""
DEFAULTS = {
    "strategies": "expected_value,least_confident,entropy",
    "seeds": "3",
    "split": "test",
    "shares": "0.05,0.1,0.15,0.2,0.3,0.4,0.5,0.7,1",
}
Floats = NDArray[np.float64]


class Loop:
    """One data set, one seed: what was trained is kept, since all strategies begin and end with the same labels."""

    def __init__(self, overrides: Sequence[str], split: str, seed: int) -> None:
        config = plain(check_overrides("train", ["task=ner", *overrides, f"seed={seed}"]))
        check(config)
        self.tagger = config["tagger"]
        self.dataset = build(config["dataset"])
        self.train: Sequence[TaggedTokens] = self.dataset.split("train")
        self.scored: Sequence[TaggedTokens] = self.dataset.split(split)
        self.seed = seed
        self._kept: dict[tuple[int, ...], tuple[Any, float]] = {}

    def run(self, strategy: str, shares: Sequence[float]) -> list[dict[str, float]]:
        """The costs so far and the quality, round by round."""
        sizes = [max(1, round(share * len(self.train))) for share in shares]
        known = set(np.random.default_rng(self.seed).permutation(len(self.train))[: sizes[0]].tolist())
        points = []
        for size, following in zip(sizes, [*sizes[1:], None], strict=True):
            model, quality = self._learnt(tuple(sorted(known)), keep=size in (sizes[0], len(self.train)))
            points.append({**self._costs(known), METRIC: quality})
            print(f"seed {self.seed} {strategy:16} {size:5} sentences  {METRIC} {quality:.4f}", file=sys.stderr, flush=True)
            if following is not None:
                rest = [row for row in range(len(self.train)) if row not in known]
                ordered = review_queue(model, [self.train[row].tokens for row in rest], strategy, seed=self.seed)
                known |= {rest[place] for place, _ in ordered[: following - size]}
        return points

    def _learnt(self, rows: tuple[int, ...], keep: bool) -> tuple[Any, float]:
        if rows in self._kept:
            return self._kept[rows]
        model = build(self.tagger).fit([self.train[row] for row in rows])
        found = model.predict([one.tokens for one in self.scored])
        made = model, span_scores([one.spans for one in self.scored], found)[METRIC]
        if keep:
            self._kept[rows] = made
        return made

    def _costs(self, rows: set[int]) -> dict[str, float]:
        known = [self.train[row] for row in rows]
        return {
            "sentences": len(known),
            "tokens": sum(len(one.tokens) for one in known),
            "spans": sum(len(one.spans) for one in known),
        }


def at_shares(points: Sequence[Mapping[str, float]], cost: str) -> Floats:
    """Quality at the shares of ``GRID`` of one cost, on straight lines between the points; missing before the first."""
    given = np.array([point[cost] for point in points]) / points[-1][cost]
    return np.interp(GRID, given, [point[METRIC] for point in points], left=np.nan)


def enough(points: Sequence[Mapping[str, float]], cost: str) -> float:
    """Least share of one cost from which on the quality stays within what is tolerated of the last one's."""
    shares = np.array([point[cost] for point in points]) / points[-1][cost]
    over = np.array([point[METRIC] for point in points]) - (points[-1][METRIC] - TOLERATED)
    last = int(np.flatnonzero(over < 0).max(initial=-1))
    if last < 0:
        return float(shares[0])
    return float(np.interp(0.0, over[last : last + 2], shares[last : last + 2]))


def over_seeds(values: Sequence[float] | Floats) -> dict[str, float]:
    """Mean and, from two seeds on, its interval."""
    given = np.asarray(values, dtype=np.float64)
    made = {"value": float(given.mean())}
    if len(given) > 1:
        half = float(student.ppf(0.975, len(given) - 1) * given.std(ddof=1) / np.sqrt(len(given)))
        made |= {"low": made["value"] - half, "high": made["value"] + half}
    return made


def summary(curves: Mapping[str, Sequence[Sequence[Mapping[str, float]]]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Of each strategy: the mean curve, what is enough, and the difference to random at equal shares."""
    for strategy, runs in curves.items():
        row: dict[str, Any] = {
            "points": [
                {
                    **{cost: float(np.mean([one[cost] for one in same])) for cost in COSTS},
                    METRIC: over_seeds([one[METRIC] for one in same]),
                }
                for same in zip(*runs, strict=True)
            ],
            "enough": {cost: over_seeds([enough(points, cost) for points in runs]) for cost in COSTS},
        }
        if strategy != RANDOM and RANDOM in curves:
            row["over_random"] = {cost: dict(_over_random(runs, curves[RANDOM], cost)) for cost in COSTS}
        yield strategy, row


def _over_random(runs: Sequence[Any], others: Sequence[Any], cost: str) -> Iterator[tuple[str, Any]]:
    apart = np.array([at_shares(a, cost) - at_shares(b, cost) for a, b in zip(runs, others, strict=True)])
    kept = np.isfinite(apart).all(axis=0)
    yield "shares", GRID[kept].round(2).tolist()
    yield "differences", [over_seeds(column) for column in apart[:, kept].T]
    yield "mean", over_seeds(apart[:, kept].mean(axis=1))
    yield "least", float(apart[:, kept].mean(axis=0).min())


def main() -> None:
    """Entry point."""
    try:
        own = [argument for argument in sys.argv[1:] if argument.partition("=")[0] in (*DEFAULTS, "-h", "--help", "help")]
        asked = [argument for argument in sys.argv[1:] if argument not in own]
        given = read_arguments(own, DEFAULTS, __doc__ or "")
        strategies = [*given["strategies"].split(","), RANDOM]
        if unknown := [name for name in strategies if name not in STRATEGIES]:
            raise ConfigError(
                f"strategies={given['strategies']}: no such strategy as {unknown[0]!r}; there are: {', '.join(STRATEGIES)}"
            )
        shares = [read_number("shares", share) for share in given["shares"].split(",")]
        if shares != sorted(set(shares)) or not 0 < shares[0] < shares[-1] == 1:
            raise ConfigError(f"shares={given['shares']}: expected rising shares of the sentences, above 0 and up to 1")
        os.chdir(ROOT)
        curves: dict[str, list[list[dict[str, float]]]] = {strategy: [] for strategy in dict.fromkeys(strategies)}
        for seed in range(read_count("seeds", given["seeds"])):
            loop = Loop(asked or ASKED, given["split"], seed)
            for strategy, runs in curves.items():
                runs.append(loop.run(strategy, shares))
        record = {
            "asked": list(asked or ASKED),
            "dataset": {
                "name": loop.dataset.name,
                "revision": loop.dataset.revision,
                "scored": split_revision(loop.dataset, given["split"]),
            },
            "split": given["split"],
            "n": len(loop.scored),
            "seeds": seed + 1,
            "metric": METRIC,
            "tolerated": TOLERATED,
            "strategies": dict(summary(curves)),
            "runs": curves,
            "environment": {"hardware": machine.hardware(), "threads": machine.threads(), "versions": machine.versions()},
        }
        write_json(RECORD if given == DEFAULTS and not asked else ELSEWHERE, record)
    except NlprefError as error:
        sys.exit(f"error: {error}")
    for name, row in record["strategies"].items():
        shown = ", ".join(f"{row['enough'][cost]['value']:.0%} of {cost}" for cost in COSTS)
        print(f"{name:16} within {TOLERATED} of all labels with {shown}")
        for cost, apart in row.get("over_random", {}).items():
            mean = apart["mean"]["value"]
            print(f"{'':16} over random at equal {cost:9} {mean:+.4f} on average, {apart['least']:+.4f} at worst")


if __name__ == "__main__":
    main()
