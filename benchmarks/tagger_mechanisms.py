"""What each part of the WNUT-17 tagger brings, measured alone on the development set.

    python benchmarks/tagger_mechanisms.py                          all of them
    python benchmarks/tagger_mechanisms.py only=no_shapes           those whose name holds "no_shapes"
    python benchmarks/tagger_mechanisms.py seeds=1                  one seed each in the place of three for most

``one`` is ``experiment=wnut17_souped`` with one training in the place of three; the others differ from it in one thing, or, where
several trainings are averaged, from ``souped`` in one thing. The test split is not looked at. Runs go to ``runs/mechanisms/`` and
are skipped if they are there; the records, without the scores of each sentence, to ``benchmarks/records/mechanisms/``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from adapted_posts import ADAPTED, adapt_to_posts

from nlpref.arguments import read_arguments, read_count
from nlpref.errors import NlprefError

ROOT = Path(__file__).resolve().parents[1]
RECORDS = ROOT / "benchmarks" / "records" / "mechanisms"

ONE = ("experiment=wnut17_souped", "tagger.soup=1")
AROUND = (
    "layers=null",
    "frozen=0",
    "threshold=null",
    "training.epochs=3",
    "training.learning_rate=2e-4",
    "training.batch_size=16",
    "training.average=0.995",
)
INSIDE = ("task=ner", "tagger@inside=few_shot", *(f"inside.{one}" for one in AROUND))
POSTS = ("dataset=wnut17_with_unlabelled", "~dataset.others.tweets", "dataset.others.posts.fraction=0.05")

SHARE = ("dataset=learned_share", "dataset@whole=wnut17", "dataset.fraction={fraction}", "tagger.training.epochs={epochs}")
QUARTER, HALF = (
    tuple(one.format(fraction=fraction, epochs=epochs) for one in SHARE) for fraction, epochs in ((0.25, 12), (0.5, 6))
)
FURTHER = f"tagger.name={ADAPTED}"
MEMBERS = ("first", "middle", "last")
VOTING = (
    "task=ner",
    "dataset=wnut17",
    "tagger=voting",
    *(f"tagger@members.{member}=few_shot" for member in MEMBERS),
    *(f"members.{member}.{one}" for member in MEMBERS for one in AROUND),
    *(f"members.{member}.seed={1000 * number}" for number, member in enumerate(MEMBERS)),
)

# Name of the record: what is asked of nlpref.train, and the seeds.
MECHANISMS: dict[str, tuple[tuple[str, ...], tuple[int, ...]]] = {
    "one": (ONE, (0, 1, 2)),
    "no_shapes": ((*ONE, "tagger.shapes=false"), (0, 1, 2)),
    "linear_head": ((*ONE, "tagger.head=linear"), (0, 1, 2)),
    "head_not_faster": ((*ONE, "tagger.head_rate=1.0"), (0,)),
    "no_average": ((*ONE, "tagger.training.average=null"), (0,)),
    "best_sequence": ((*ONE, "tagger.threshold=sequence"), (0,)),
    "hidden_names": ((*ONE, "tagger.mask=0.15"), (0,)),
    "other_names": ((*INSIDE, "dataset=wnut17", "tagger=augmented"), (0,)),
    "own_answers": ((*INSIDE, *POSTS, "tagger=self_training", "tagger.floor=0.8"), (0,)),
    "more_pretraining": ((*ONE, FURTHER), (0,)),
    "quarter": ((*ONE, *QUARTER), (0, 1, 2)),
    "half": ((*ONE, *HALF), (0, 1)),
    "three_voting": (VOTING, (0,)),
    "souped": (("experiment=wnut17_souped",), (0, 1, 2)),
    "souped_more_pretraining": (("experiment=wnut17_souped", FURTHER), (0,)),
    "with_tweets": (("experiment=wnut17_with_others",), (0, 1, 2)),
    "with_tweets_more_pretraining": (("experiment=wnut17_with_others", FURTHER), (0, 1, 2)),
    "with_others": (("experiment=wnut17_with_others", "dataset=wnut17_with_others"), (0, 1, 2)),
}


def measure(runs: Path, name: str, overrides: tuple[str, ...], seed: int) -> None:
    """Train and score one variant, and copy its record."""
    folder = runs / f"{name}-seed{seed}"
    if not (folder / "result.json").exists():
        run("nlpref.train", *overrides, f"seed={seed}", "split=validation", f"hydra.run.dir={folder}")
    record = json.loads((folder / "result.json").read_text("utf-8"))
    del record["scores"]
    RECORDS.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"command": " ".join(["python -m nlpref.train", *overrides, f"seed={seed}", "split=validation"]), **record})
    (RECORDS / f"{name}-seed{seed}.json").write_text(text + "\n", "utf-8")


def run(module: str, *arguments: str) -> None:
    """Call an entry point in a process of its own."""
    if subprocess.run([sys.executable, "-m", module, *arguments], check=False, cwd=ROOT).returncode:
        raise NlprefError(f"{module} {' '.join(arguments)} failed; what had been done is kept, call again to go on")


def main() -> None:
    """Entry point."""
    try:
        given = read_arguments(sys.argv[1:], {"only": "", "runs": "runs/mechanisms", "seeds": "3"}, __doc__ or "")
        os.chdir(ROOT)
        runs = Path(given["runs"])
        runs.mkdir(parents=True, exist_ok=True)
        chosen = {name: what for name, what in MECHANISMS.items() if given["only"] in name}
        if not chosen:
            raise NlprefError(f"only={given['only']}: no such mechanism; there are: {', '.join(MECHANISMS)}")
        for number in range(read_count("seeds", given["seeds"])):
            for name, (overrides, seeds) in chosen.items():
                if number < len(seeds):
                    if FURTHER in overrides:
                        adapt_to_posts(ROOT)
                    measure(runs, name, overrides, seeds[number])
    except NlprefError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
