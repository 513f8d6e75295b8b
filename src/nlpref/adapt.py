"""``python -m nlpref.adapt``: pretraining goes on, on unlabelled text of a domain; what it writes is used as ``name:``."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nlpref.arguments import read_arguments, read_count, read_number
from nlpref.entry import clean_end
from nlpref.errors import ConfigError
from nlpref.given_texts import given_texts

__all__ = ["adapt", "main"]

USAGE = """Go on with the pretraining of an encoder (masked language modelling) on text of your domain; labels are not looked at.

  python -m nlpref.adapt dataset=amazon_reviews dataset.domain=kitchen out=adapted
  python -m nlpref.adapt texts=reviews.txt out=adapted epochs=5
  python -m nlpref.adapt dataset=wnut17_with_unlabelled dataset.others.posts.fraction=0.05 out=adapted
  python -m nlpref.train classifier=frozen encoder@classifier.encoder=adapted classifier.encoder.name=adapted

  dataset=...          a data set and its settings, as in nlpref.train; its train split is read
  texts=               in its place: a UTF-8 file with one text a line
  out=                 folder of the adapted weights                              (needed)
  name=                what is adapted                                            (default all-MiniLM-L6-v2)
  head_epochs=         passes in which the new head learns alone                  (default 1)
  head_rate=           its learning rate                                          (default 1e-3)
  epochs=              passes in which head and encoder learn                     (default 3)
  rate=                their learning rate                                        (default 5e-5)
  batch_size=          texts in a step                                            (default 16)
  max_length=          sub-words that are read at once                            (default 128)
  long_texts=          windows: a longer text is read in pieces; cut: its beginning (default windows)
  mask=                share of sub-words to guess                                (default 0.15)
  whole_words=         hide all pieces of a word together                         (default true)
  seed=                                                                           (default 0)

A tenth of the texts is held out: the loss on it chooses the epoch, and the cosine between its sentence embeddings before
and after tells how far they have drifted. Both are in the folder's adaptation.json."""

DEFAULTS: dict[str, str | None] = {
    "texts": "", "out": None, "name": "", "head_epochs": "1", "head_rate": "1e-3", "epochs": "3", "rate": "5e-5",
    "batch_size": "16", "max_length": "128", "long_texts": "windows", "mask": "0.15", "whole_words": "true", "seed": "0",
}  # fmt: skip


def adapt(texts: Sequence[str], settings: Any, out: Path, *, progress: bool = False) -> Any:
    """Go on with pretraining and write the folder; gives what came of it."""
    from nlpref.neural.continued_pretraining import continue_pretraining
    from nlpref.neural.session import training_session

    with training_session(progress=progress):
        return continue_pretraining(texts, settings, out)


def main() -> None:
    """Entry point."""
    with clean_end("interrupted; nothing was written"):
        overrides = [one for one in sys.argv[1:] if one.startswith(("dataset=", "dataset."))]
        own = read_arguments([one for one in sys.argv[1:] if one not in overrides], DEFAULTS, USAGE)
        settings = _settings(own)
        done = adapt(given_texts(own["texts"], overrides), settings, Path(own["out"]), progress=sys.stderr.isatty())
    for number, entry in enumerate(done.history):
        stage = "before" if number == 0 else "head" if number == 1 else f"epoch {number - 1}"
        kept = "  kept" if number == done.kept + 1 else ""
        print(f"{stage:8} loss {entry['loss']:.3f}  right {entry['accuracy']:.3f}{kept}")
    print(
        f"cosine of embeddings before and after: mean {done.drift['mean']:.3f}, tenth percentile "
        f"{done.drift['tenth_percentile']:.3f} ({done.texts['held_out']} texts held out of {sum(done.texts.values())})\n"
        f"adapted weights: {own['out']}"
    )


def _settings(own: Mapping[str, str]) -> Any:
    """What the arguments ask for."""
    from nlpref.neural.continued_pretraining import ContinuedPretraining
    from nlpref.neural.masking import Masking
    from nlpref.neural.settings import FineTuning
    from nlpref.pretrained import MINILM

    if own["whole_words"] not in ("true", "false"):
        raise ConfigError(f"whole_words={own['whole_words']}: expected true or false")
    if not own["seed"].isdecimal():
        raise ConfigError(f"seed={own['seed']}: expected a whole number, 0 or more")
    size = read_count("batch_size", own["batch_size"])
    head, both = (
        FineTuning(
            epochs=read_count(f"{part}epochs", own[f"{part}epochs"]),
            learning_rate=read_number(f"{part}rate", own[f"{part}rate"]),
            batch_size=size,
        )
        for part in ("head_", "")
    )
    return ContinuedPretraining(
        name=own["name"] or MINILM,
        head=head,
        training=both,
        masking=Masking(share=read_number("mask", own["mask"]), whole_words=own["whole_words"] == "true"),
        max_length=read_count("max_length", own["max_length"]),
        long_texts=own["long_texts"],  # type: ignore[arg-type]  # refused by name if it is neither
        seed=int(own["seed"]),
    )


if __name__ == "__main__":
    main()
