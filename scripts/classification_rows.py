"""Tables of the README about classification, from the committed records: few labels, imbalance, shift, noise, explanation."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nlpref.explanation.record import FaithfulnessRecord
from nlpref.metrics.significance import interval
from nlpref.noise_curves import NoiseCurves
from nlpref.results import Estimate, EvalResult

__all__ = ["explanations", "few_labels", "imbalance", "noise", "preparation", "shift"]

Results = Callable[[str], Sequence[EvalResult]]

# What each is called, and its experiment.
FEW = {
    "frozen": ("frozen MiniLM + logistic regression, strength by cross-validation", "banking77_fewshot_frozen"),
    "few_shot": ("least squares on likeness, names of labels", "banking77_fewshot"),
    "few_shot_unlabelled": ("the same, and the other training texts without labels", "banking77_fewshot_unlabelled"),
    "setfit": ("SetFit 1.2.0", "none: `benchmarks/setfit_peer.py`"),
    "setfit_chosen_head": ("its tuned encoder, strength of the head by cross-validation", "none: `benchmarks/setfit_peer.py`"),
}
RIVALS = {"frozen": "points over frozen", "setfit": "over SetFit", "setfit_chosen_head": "over its encoder, chosen head"}
IMBALANCED = {
    "frozen MiniLM, nothing done": "clinc150_imbalanced_plain",
    "class weights": "clinc150_imbalanced_weights",
    "balanced sampling": "clinc150_imbalanced_balanced",
    "thresholds moved by the prior": "clinc150_imbalanced_moved",
    "perceptron, cross-entropy": "clinc150_imbalanced_perceptron",
    "perceptron, focal loss": "clinc150_imbalanced_focal",
}
STEPS = {
    "amazon_shift_source": "nothing: books alone",
    "amazon_shift_prepared": "more preprocessing",
    "amazon_shift_pretrained": "masked language model continued on target text",
    "amazon_shift_aligned": "embeddings aligned",
    "amazon_shift_unlabelled": "self-training on target text",
    "amazon_shift_labels": "100 target labels",
    "amazon_shift_pretrained_labels": "100 target labels, language model continued",
    "amazon_shift_adapted": "100 target labels, and self-training on target text",
    "amazon_shift_pretrained_adapted": "the same, language model continued",
    "amazon_shift_in_domain": "all target labels, encoder as it is",
}
FAMILIES = {
    "one-hot words + logistic regression": "banking77_onehot_lr",
    "TF-IDF": "banking77_tfidf",
    "CNN": "banking77_cnn",
    "BiLSTM": "banking77_bilstm",
    "static vectors": "banking77_static",
    "frozen MiniLM": "banking77_frozen",
    "fine-tuned MiniLM": "banking77_finetuned",
}
STRENGTH = 0.2
SETS = {"banking77": "BANKING77", "tweeteval_sentiment": "TweetEval sentiment"}
PREPARED = {"plain": "lower case", "stems": "stems (Snowball)", "lemmas": "lemmas (spaCy's table)", "tweets": "steps for tweets"}
VOCABULARIES = {"bpe": "BPE", "wordpiece": "WordPiece", "unigram": "Unigram"}


def few_labels(records: Path) -> Iterator[str]:
    """Ten texts of each label: accuracy and cost of training, over the same draws."""
    found = {name: _few(records, name) for name in FEW}
    rivals = {rival: title for rival, title in RIVALS.items() if found[rival]}
    yield f"| BANKING77, 10 texts a label | accuracy, 95 % interval | seeds | {' | '.join(rivals.values())} | CPU s | run |"
    yield "|" + "---|" * (5 + len(rivals))
    for name, (title, experiment) in FEW.items():
        mine = found[name]
        if not mine:
            continue
        seconds = np.mean([one["train_cpu_s"] for one in mine.values()])
        against = [_against(mine, found[other]) if other != name else "" for other in rivals]
        run = f"`experiment={experiment}`" if experiment.startswith("banking77") else experiment.removeprefix("none: ")
        accuracy = _mean([one["accuracy"] for one in mine.values()])
        shown = _shown(accuracy) if len(mine) > 1 else f"**{accuracy.value:.4f}**"  # one draw has no interval over draws
        yield f"| {title} | {shown} | {_span(sorted(mine))} | {' | '.join(against)} | {seconds:.1f} | {run} |"


def imbalance(results: Results) -> Iterator[str]:
    """CLINC150's imbalanced training file: 25, 50, 75 or 100 texts of each of 150 intents."""
    yield "| CLINC150, imbalanced | macro F1, 95 % interval | recall, 50 texts or fewer | of the others | seeds | run |"
    yield "|---|---|---|---|---|---|"
    for title, name in IMBALANCED.items():
        found = results(name)
        if found:
            rare = [one.details["rare_labels"] for one in found]
            recalls = [f"{np.mean([one[side] for one in rare]):.4f}" for side in ("recall", "recall_of_others")]
            score = _average([one.metrics["f1_macro"] for one in found])
            seeds = _span([one.seed for one in found])
            yield f"| {title} | {_shown(score)} | {' | '.join(recalls)} | {seeds} | `experiment={name}` |"


def shift(path: Path) -> Iterator[str]:
    """Books to electronics, kitchen and dvd: accuracy of each step, and how much of the gap it recovers."""
    record = json.loads(path.read_text("utf-8"))
    steps = {one["experiment"]: one for one in record["all_targets"]["steps"]}
    yield "| Amazon reviews, from books | accuracy, 95 % interval | share of the gap recovered | run |"
    yield "|---|---|---|---|"
    for name, title in STEPS.items():
        if name in steps:
            accuracy, recovered = (Estimate(**steps[name][key]) for key in ("accuracy", "recovered"))
            share = f"{recovered.value:+.2f} [{recovered.low:+.2f}, {recovered.high:+.2f}]"
            yield f"| {title} | {_shown(accuracy)} | {share} | `experiment={name}` |"
    count, draws = record["all_targets"]["n"], record["draws"]
    yield ""
    yield f"Over electronics, kitchen and dvd, {count:,} texts of {record['split']}, mean of {draws} draws of the labels."


def noise(records: Path) -> Iterator[str]:
    """Quality of each family where every fifth word is hit."""
    curves = {title: _record(NoiseCurves, records / f"{name}-seed0.robustness.json") for title, name in FAMILIES.items()}
    made = {title: one for title, one in curves.items() if one}
    if not made:
        return
    kinds = list(dict.fromkeys(kind for one in made.values() for kind in one.curves))
    yield f"| BANKING77, {STRENGTH:.0%} of the words hit | clean | {' | '.join(kinds)} |"
    yield "|" + "---|" * (len(kinds) + 2)
    for title, one in made.items():
        clean = next(iter(one.curves.values()))[0].metrics["accuracy"].value
        hit = [next(point for point in one.curves[kind] if point.strength == STRENGTH) for kind in kinds]
        changes = [f"{100 * (point.metrics['accuracy'].value - clean):+.1f}" for point in hit]
        yield f"| {title} | {clean:.4f} | {' | '.join(changes)} |"
    yield ""
    counts = sorted({one.n for one in made.values()})
    yield f"Accuracy, and its change in points, on {' or '.join(f'{count:,}' for count in counts)} texts of test; seed 0."


def preparation(records: Path) -> Iterator[str]:
    """What is done to words before a linear model sees them, and vocabularies of sub-words."""
    found = json.loads((records / "preparation.json").read_text("utf-8"))["sets"]
    yield "| logistic regression on one-hot words | figure, 95 % interval | points over lower case | run |"
    yield "|---|---|---|---|"
    for name, one in found.items():
        for step, figure in one["figures"].items():
            more = one["over_plain"].get(step)
            gain = f"{100 * more['value']:+.2f} [{100 * more['low']:+.2f}, {100 * more['high']:+.2f}]" if more else ""
            run = f"`dataset={name} classifier=logistic preparation@classifier.preparation={step}`"
            yield f"| {SETS[name]}, {PREPARED[step]} | {one['metric']} {_shown(Estimate(**figure))} | {gain} | {run} |"
    yield ""
    yield "| sub-words, over the texts of test | size | pieces a word | words split | pieces unknown |"
    yield "|---|---|---|---|---|"
    for name, one in found.items():
        for kind, told in one["subwords"].items():
            title = "that of MiniLM" if kind == "MiniLM" else f"{VOCABULARIES[kind]} trained on train"
            shares = f"{told['fertility']:.3f} | {100 * told['split_rate']:.1f}% | {100 * told['unknown_rate']:.3f}%"
            yield f"| {SETS[name]}, {title} | {told['size']:,} | {shares} |"
    yield ""
    counts = (f"{SETS[name]} {one['n']:,} (revision `{one['dataset']['revision']}`)" for name, one in found.items())
    yield f"Texts of test: {', '.join(counts)}; seed 0."


def explanations(records: Path) -> Iterator[str]:
    """How far the answer falls without the words that each method names."""
    yield "| BANKING77 | method | fall of the probability, 95 % interval | more than random words | s a text |"
    yield "|---|---|---|---|---|"
    for title, name in FAMILIES.items():
        record = _record(FaithfulnessRecord, records / f"{name}-seed0.faithfulness.json")
        for method, one in record.methods.items() if record else ():
            more = (
                f"{one.over_random.value:+.3f} [{one.over_random.low:+.3f}, {one.over_random.high:+.3f}]"
                if one.over_random
                else ""
            )
            seconds = f"{one.seconds:.3f}" if one.seconds is not None else ""
            yield f"| {title} | {method.replace('_', ' ')} | {_shown(one.area, 3)} | {more} | {seconds} |"


def _few(records: Path, name: str) -> Mapping[int, Mapping[str, Any]]:
    """The records of one rival by seed; SetFit's hold a second score, of another head."""
    rival, chosen, _ = name.partition("_chosen_head")
    found = [json.loads(path.read_text("utf-8")) for path in sorted((records / "fewshot").glob(f"{rival}-seed*.json"))]
    if chosen:
        found = [{**one, "accuracy": one["accuracy_chosen_head"]} for one in found if "accuracy_chosen_head" in one]
    return {one["seed"]: one for one in found}


def _against(mine: Mapping[int, Mapping[str, Any]], other: Mapping[int, Mapping[str, Any]]) -> str:
    """Difference in points over the seeds that both have."""
    both = sorted(mine.keys() & other.keys())
    if len(both) < 2:
        return ""
    gain = _mean([100 * (mine[seed]["accuracy"] - other[seed]["accuracy"]) for seed in both])
    return f"{gain.value:+.2f} [{gain.low:+.2f}, {gain.high:+.2f}]"


def _mean(values: Sequence[float]) -> Estimate:
    """Mean over draws, with the interval that another draw of draws would give."""
    array = np.array(values)
    return (
        interval(lambda rows: float(array[rows].mean()), len(array)) if len(array) > 1 else Estimate(array[0], array[0], array[0])
    )


def _average(estimates: Sequence[Estimate]) -> Estimate:
    return Estimate(*(float(np.mean([getattr(one, end) for one in estimates])) for end in ("value", "low", "high")))


def _record(kind: Any, path: Path) -> Any:
    return kind.load(path) if path.is_file() else None


def _span(seeds: Sequence[int]) -> str:
    gapless = list(seeds) == list(range(seeds[0], seeds[-1] + 1))
    return f"{seeds[0]} to {seeds[-1]}" if len(seeds) > 3 and gapless else ", ".join(map(str, seeds))


def _shown(one: Estimate, digits: int = 4) -> str:
    return f"**{one.value:.{digits}f}** [{one.low:.{digits}f}, {one.high:.{digits}f}]"
