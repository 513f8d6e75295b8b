"""How a tagger of tweets does on tweets of other times: each section of the Broad Twitter Corpus, and its period.

    python benchmarks/tweet_drift.py                                    a CRF
    python benchmarks/tweet_drift.py tagger=transformer                 the fine-tuned tagger
    python benchmarks/tweet_drift.py run=RUN_FOLDER                     a tagger that is trained already

A fifth of each section is held out and scored. A tagger is trained on the other four fifths of early tweets (a and b, January
and February 2012) and, to tell time from kind, on as many of each later group. Single tweets have no date: what is known is
the period of a section, that its README gives. Sections differ in more than time: a and b are of anybody in the UK, e is
about one event, f is by people in public life, g by news media. So the record also tells what share of entities train has
seen, by name; and a drop is one of time only as far as a tagger trained on the later group does not have it as well.

Of a tagger that is trained already, all tweets are scored that it has not learned from. Its types must be those of the corpus.

Writes ``benchmarks/records/tweet_drift.json``, or with other arguments ``runs/tweet_drift/record.json``.

  tagger=  option of configs/tagger that is trained                  (default crf)
  run=     folder of a training run with task=ner, instead           (default none)
  train=   groups of sections that are trained on, each on its own   (default ab,g,f)
  tweets=  most training tweets of a group; 0: as many as the smallest group has   (default 0)
  scored=  most tweets of a section that are scored; 0: all          (default 0)
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nlpref import machine
from nlpref.arguments import read_arguments, read_count
from nlpref.config import build, check, plain, read_saved
from nlpref.data.dataset import InMemoryDataset
from nlpref.data.public_entities import PERIODS, broad_twitter
from nlpref.data.splits import carve, deduplicate, labels_in
from nlpref.errors import ConfigError, InputError, NlprefError
from nlpref.experiment import saved_model
from nlpref.metrics.spans import span_estimates
from nlpref.overrides import check_overrides
from nlpref.storage import write_json
from nlpref.types import TaggedTokens

ROOT = Path(__file__).resolve().parents[1]
RECORD, ELSEWHERE = Path("benchmarks/records/tweet_drift.json"), Path("runs/tweet_drift/record.json")
HELD_OUT, SEED = 0.2, 0
FIGURES = ("precision_micro", "recall_micro", "f1_micro")
DEFAULTS = {"tagger": "crf", "run": "", "train": "ab,g,f", "tweets": "0", "scored": "0"}
Tweets = Sequence[TaggedTokens]


def sections(join_handles: bool = False) -> dict[str, list[TaggedTokens]]:
    """The tweets of each section, none twice, and none of a section in a later one."""
    whole = broad_twitter(tuple(PERIODS), (), validation_fraction=0, join_handles=join_handles)
    tweets, _ = deduplicate(whole.split("train"))
    return {section: [one for one in tweets if one.id.startswith(f"{section}-")] for section in PERIODS}


def trained(option: str, train: Tweets) -> Any:
    """A tagger fitted on some tweets, of which a tenth is kept to choose by."""
    config = plain(check_overrides("train", ["task=ner", f"tagger={option}", f"seed={SEED}"]))
    check(config)
    learn, validation = carve(train, 0.1, SEED)
    return build(config["tagger"]).fit(learn, validation)


def scores(tagger: Any, tweets: Tweets) -> dict[str, Any]:
    """The figures of one tagger on one section."""
    gold = [list(one.spans) for one in tweets]
    found = span_estimates(gold, tagger.predict([one.tokens for one in tweets]))
    counts = {"tweets": len(tweets), "entities": sum(map(len, gold))}
    return {**counts, **{name: asdict(found[name]) for name in FIGURES}}


def names(tweets: Tweets) -> list[str]:
    """Each entity as it is written, in small letters."""
    return [" ".join(one.tokens[span.start : span.end]).lower() for one in tweets for span in one.spans]


def seen_share(train: Tweets, tweets: Tweets) -> float | None:
    """Share of the entities of some tweets whose name is that of an entity of train; None without entities."""
    known, found = set(names(train)), names(tweets)
    return sum(name in known for name in found) / len(found) if found else None


def letters(tweet: TaggedTokens) -> str:
    """A tweet however it was split into tokens."""
    return "".join(tweet.tokens).casefold()


def by_training(given: Mapping[str, str], least: int, scored: int) -> dict[str, Any]:
    """The record of freshly trained taggers."""
    groups = given["train"].split(",")
    for group in groups:
        if not group or set(group) - set(PERIODS):
            raise ConfigError(f"train={given['train']}: expected groups of the sections {', '.join(PERIODS)}, such as ab,g")
    divided = {section: carve(tweets, HELD_OUT, SEED) for section, tweets in sections().items()}
    tests = {section: held[: scored or None] for section, (_, held) in divided.items()}
    pools = {group: [one for section in sorted(set(group)) for one in divided[section][0]] for group in groups}
    size = min(map(len, pools.values()))
    size = min(size, least) if least else size
    made = {}
    for group, pool in pools.items():
        train = pool if len(pool) <= size else carve(pool, size / len(pool), SEED)[1]
        tagger = trained(given["tagger"], train)
        print(f"trained on {group}", file=sys.stderr)
        made[group] = {
            "periods": [PERIODS[section] for section in sorted(set(group))],
            "tweets": len(train),
            "scores": {
                section: {**scores(tagger, tweets), "seen": seen_share(train, tweets)} for section, tweets in tests.items()
            },
        }
    return {"tagger": given["tagger"], "seed": SEED, "trained_on": made}


def by_run(folder: Path, scored: int) -> dict[str, Any]:
    """The record of a tagger that is trained already."""
    config, tagger = read_saved(folder, ("dataset", "task")), saved_model(folder)
    if config["task"].get("name") != "ner":
        raise ConfigError(f"run={folder} is not of task=ner")
    learned: InMemoryDataset[TaggedTokens] = build(config["dataset"])
    known = {letters(one) for split in ("train", "validation") if split in learned.splits for one in learned.split(split)}
    joined = bool(config["dataset"].get("join_handles"))
    fresh = {name: [one for one in tweets if letters(one) not in known] for name, tweets in sections(joined).items()}
    found = {section: tweets[: scored or None] for section, tweets in fresh.items()}
    found = {section: tweets for section, tweets in found.items() if tweets}
    if strange := set(labels_in([one for tweets in found.values() for one in tweets])) - set(tagger.labels):
        raise InputError(f"the tagger of {folder} knows {', '.join(tagger.labels)}, but not {', '.join(sorted(strange))}")
    train = learned.split("train")
    table = {section: {**scores(tagger, tweets), "seen": seen_share(train, tweets)} for section, tweets in found.items()}
    told = {"periods": [], "tweets": len(train), "dataset": learned.name, "revision": learned.revision, "scores": table}
    return {"tagger": type(tagger).__name__, "seed": config.get("seed", SEED), "trained_on": {learned.name: told}}


def main() -> None:
    """Entry point."""
    try:
        given = read_arguments(sys.argv[1:], DEFAULTS, __doc__ or "")
        counts = {
            name: int(given[name]) if given[name] == "0" else read_count(name, given[name]) for name in ("tweets", "scored")
        }
        if given["run"] and (given["tagger"], given["train"]) != (DEFAULTS["tagger"], DEFAULTS["train"]):
            raise ConfigError("run= names a tagger that is trained; leave out tagger= and train=")
        run = Path(given["run"]).absolute() if given["run"] else None
        os.chdir(ROOT)
        found = by_run(run, counts["scored"]) if run else by_training(given, counts["tweets"], counts["scored"])
        record = {
            "command": " ".join(["python benchmarks/tweet_drift.py", *sys.argv[1:]]),
            "periods": PERIODS,
            **found,
            "environment": {"hardware": machine.hardware(), "threads": machine.threads(), "versions": machine.versions()},
        }
        write_json(RECORD if given == DEFAULTS else ELSEWHERE, record)
    except NlprefError as error:
        sys.exit(f"error: {error}")
    for group, told in record["trained_on"].items():
        print(f"trained on {group}: {told['tweets']} tweets")
        for section, one in told["scores"].items():
            f1, seen = one["f1_micro"], "" if one["seen"] is None else f"  seen {one['seen']:.2f}"
            print(f"  {section}  {PERIODS[section]:25} F1 {f1['value']:.3f} [{f1['low']:.3f}, {f1['high']:.3f}]{seen}")


if __name__ == "__main__":
    main()
