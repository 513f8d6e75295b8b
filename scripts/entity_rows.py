"""Rows of the README about entities, from the committed records."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nlpref.results import EvalResult

__all__ = ["documents", "drift", "mechanisms", "review_loop", "trust"]

Record = Mapping[str, Any]
CALIBRATED = {
    "WNUT-17": "wnut17_calibrated",
    "CrossNER politics": "crossner_politics_calibrated",
    "CrossNER science": "crossner_science_calibrated",
    "CrossNER ai": "crossner_ai_calibrated",
}
MECHANISMS = {
    "one": "one training of MiniLM under a CRF",
    "no_shapes": "without the shapes of words",
    "linear_head": "a linear head in the place of the CRF",
    "head_not_faster": "the head learned no faster than the encoder",
    "no_average": "without the moving average of the weights",
    "best_sequence": "best sequence of tags in the place of a threshold",
    "hidden_names": "words of names hidden in training",
    "other_names": "copies with other names",
    "own_answers": "self-training on posts",
    "more_pretraining": "masked language modelling on posts before",
    "quarter": "a quarter of train, as many steps",
    "half": "half of train, as many steps",
    "three_voting": "vote of three trainings",
    "souped": "mean of three trainings",
    "souped_more_pretraining": "the same, masked language modelling on posts before",
    "with_tweets": "mean of three, after tweets of which some types are known",
    "with_tweets_more_pretraining": "the same, masked language modelling on posts before",
    "with_others": "mean of three, after those tweets and three more corpora",
}
WAYS = {"pool": "judged by all", "observed": "by the half left over", "test": "chosen on validation, judged by test"}
STRATEGIES = {
    "expected_value": "expected value of a look",
    "least_confident": "least confident",
    "entropy": "entropy",
    "random": "random",
}


def trust(results: Callable[[str], Sequence[EvalResult]], records: Path) -> Iterator[str]:
    """Errors of calibration, and how often promises hold."""
    yield "| data | what | figure, 95 % interval | n |"
    yield "|---|---|---|---|"
    for data, name in CALIBRATED.items():
        for found in results(name):
            ece, before = found.metrics["span_ece"], found.details["span_calibration"]["before"]["ece"]
            shown = f"**{ece.value:.4f}** [{ece.low:.4f}, {ece.high:.4f}]; uncalibrated {before:.4f}"
            yield f"| {data} | calibration error of the spans found (ECE), calibrated on validation | {shown} | {found.n:,} |"
    yield ""
    yield f"| data | tagger | promised precision | {' | '.join(f'holds, {title}' for title in WAYS.values())} | spans kept |"
    yield "|---|---|---|" + "---|" * (len(WAYS) + 1)
    for path in sorted(records.glob("promised_precision*.json")):
        yield from _promises(json.loads(path.read_text("utf-8")))
    yield ""
    yield (
        "Share of 200 resamples in which a precision promised with confidence 0.95 was reached; where no threshold can promise "
        "anything, nothing is kept, and the promise holds."
    )


def _promises(record: Record) -> Iterator[str]:
    for name, row in record["taggers"].items():
        for made in row["promises"]:
            held = [_interval(made[way]["held"], 3) for way in WAYS]
            kept = f"{made['pool']['mean_coverage']:.0%}"
            yield f"| {row['dataset']['name']} | `{name}` | {made['precision']:g} | {' | '.join(held)} | {kept} |"


def review_loop(record: Record) -> Iterator[str]:
    """What share of the labels is enough, and how much is gained over a random order."""
    yield "| order of review | enough sentences | tokens | spans | F1 over random at equal sentences, mean | at worst |"
    yield "|---|---|---|---|---|---|"
    for name, row in record["strategies"].items():
        enough = [_percent(row["enough"][cost]) for cost in ("sentences", "tokens", "spans")]
        apart = row.get("over_random", {}).get("sentences")
        gained = [f"**{apart['mean']['value']:+.4f}** {_ends(apart['mean'])}", f"{apart['least']:+.4f}"] if apart else ["", ""]
        yield f"| {' | '.join([STRATEGIES.get(name, name), *enough, *gained])} |"
    yield ""
    yield (
        f"Enough: an F1 of at most {record['tolerated']:g} below that of all labels. {record['dataset']['name']}, revision "
        f"`{record['dataset']['revision']}`, `{' '.join(record['asked'])}`, scored on {record['n']:,} sentences of "
        f"`{record['split']}`, {record['seeds']} draws; intervals are over draws."
    )
    yield ""
    yield "![Entity F1 against the share of labels that was reviewed](docs/review_loop.svg)"


def mechanisms(records: Path) -> Iterator[str]:
    """What each part of a tagger brings, measured on the development set."""
    found = {
        name: [json.loads(path.read_text("utf-8")) for path in sorted(records.glob(f"{name}-seed*.json"))] for name in MECHANISMS
    }
    base = found["souped"][0]
    yield "| tagger | entity F1 of each seed | interval, first seed | precision | recall | machine |"
    yield "|---|---|---|---|---|---|"
    for name, title in MECHANISMS.items():
        if rows := found[name]:
            metrics = rows[0]["metrics"]
            seeds = ", ".join(f"**{row['metrics']['f1_micro']['value']:.4f}**" for row in rows)
            rest = " | ".join(f"{metrics[one]['value']:.3f}" for one in ("precision_micro", "recall_micro"))
            hardware = rows[0]["environment"]["hardware"]
            yield f"| {title} | {seeds} | {_ends(metrics['f1_micro'])} | {rest} | {hardware.get('gpu') or hardware['cpu']} |"
    yield ""
    yield (
        f"WNUT-17, development set alone ({base['n']:,} sentences, `{base['dataset']['scored']}`): these choices were made on "
        "it. "
        "`python benchmarks/tagger_mechanisms.py` measures them; the command of each is in its record."
    )


def documents(record: Record) -> Iterator[str]:
    """Time and memory against the length of a document."""
    yield "| characters | seconds | characters a second | peak memory, MB | entities |"
    yield "|---|---|---|---|---|"
    for row in record["sizes"]:
        cells = (row["characters"], row["median_s"], row["characters_per_s"], row["peak_memory_mb"], row["entities"])
        yield "| {:,} | {:.2f} | {:,.0f} | {:.0f} | {:,} |".format(*cells)
    yield ""
    yield (
        f"Time grows with the length to the power of **{record['exponent']:.2f}**, memory by "
        f"**{record['memory_growth_mb']:.0f} MB** from the shortest to the longest; `{record['run']}` ({record['tagger']}) on "
        f"{record['environment']['hardware']['cpu']}."
    )


def drift(record: Record) -> Iterator[str]:
    """F1 of each training period on each section."""
    periods = record["periods"]
    sections = sorted(periods)
    yield f"| trained on | tweets | {' | '.join(f'{one}, {periods[one]}' for one in sections)} |"
    yield "|---|---|" + "---|" * len(sections)
    for group, told in record["trained_on"].items():
        cells = [_f1(told["scores"][one]) + (" (own)" if one in group else "") for one in sections]
        yield f"| {group} | {told['tweets']:,} | {' | '.join(cells)} |"


def _f1(row: Record) -> str:
    one = row["f1_micro"]
    return f"{one['value']:.3f} [{one['low']:.3f}, {one['high']:.3f}]"


def _interval(one: Record, digits: int = 4) -> str:
    return f"**{one['value']:.{digits}f}** {_ends(one, digits)}"


def _ends(one: Record, digits: int = 4) -> str:
    return f"[{one['low']:.{digits}f}, {one['high']:.{digits}f}]" if "low" in one else ""


def _percent(one: Record) -> str:
    ends = f" [{one['low']:.0%}, {one['high']:.0%}]" if "low" in one else ""
    return f"**{one['value']:.0%}**{ends}"
