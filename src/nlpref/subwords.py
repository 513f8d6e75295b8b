"""``python -m nlpref.subwords``: sub-words learnt from your texts, how they cover them, and a file that models can use."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast, get_args

from tokenizers import Tokenizer

from nlpref.arguments import read_arguments, read_count
from nlpref.entry import clean_end
from nlpref.errors import ConfigError, InputError
from nlpref.given_texts import given_texts
from nlpref.pretrained import MINILM, resolve
from nlpref.storage import write_text
from nlpref.text.subword_training import Kind, SubwordReport, subword_report, train_subwords

__all__ = ["learn", "main"]

USAGE = """Learn sub-words from texts and report how they cover texts that were held out, beside those of a pretrained model.

  python -m nlpref.subwords dataset=tweeteval_sentiment kind=bpe out=subwords.json
  python -m nlpref.subwords texts=tickets.txt size=4000 out=subwords.json
  python -m nlpref.train classifier=logistic preparation@classifier.preparation=subwords \\
      classifier.preparation.tokeniser.file=subwords.json

  dataset=...    a data set and its settings, as in nlpref.train; its train split is read
  texts=         in its place: a UTF-8 file with one text a line
  out=           the file, as the libraries of Hugging Face read it (tokenizer.json)        (needed)
  kind=          bpe, wordpiece or unigram                                                  (default wordpiece)
  size=          pieces at most; few texts may give fewer                                   (default 8000)
  lowercase=     whether case is dropped                                                    (default true)
  beside=        pretrained model whose sub-words are counted too; empty for none           (default all-MiniLM-L6-v2)

Every tenth text is held out for the report, and not learnt from. Fertility is pieces for each word, 1 at best."""

DEFAULTS: dict[str, str | None] = {
    "texts": "", "out": None, "kind": "wordpiece", "size": "8000", "lowercase": "true", "beside": MINILM,
}  # fmt: skip
EVERY = 10


def learn(texts: Sequence[str], kind: Kind, size: int, *, lowercase: bool = True) -> tuple[Tokenizer, list[str]]:
    """A tokenizer, and the texts that it was not learnt from.

    Raises:
        InputError: if the texts are too few to hold one out, or as for ``train_subwords``.
    """
    held = list(texts[::EVERY])
    rest = [text for position, text in enumerate(texts) if position % EVERY]
    if not rest:
        raise InputError(f"{len(texts)} texts are too few: every tenth is held out for the report; give at least two")
    return train_subwords(rest, kind, size, lowercase=lowercase), held


def main() -> None:
    """Entry point."""
    with clean_end("interrupted; nothing was written"):
        overrides = [one for one in sys.argv[1:] if one.startswith(("dataset=", "dataset."))]
        own = read_arguments([one for one in sys.argv[1:] if one not in overrides], DEFAULTS, USAGE)
        if own["kind"] not in get_args(Kind):
            raise ConfigError(f"kind={own['kind']}: expected one of {', '.join(get_args(Kind))}")
        if own["lowercase"] not in ("true", "false"):
            raise ConfigError(f"lowercase={own['lowercase']}: expected true or false")
        size, kind = read_count("size", own["size"]), cast(Kind, own["kind"])
        beside = Tokenizer.from_file(str(resolve(own["beside"]) / "tokenizer.json")) if own["beside"] else None
        texts = given_texts(own["texts"], overrides)
        made, held = learn(texts, kind, size, lowercase=own["lowercase"] == "true")
        counted = {kind: made, **({own["beside"]: beside} if beside is not None else {})}
        reports = {name: subword_report(tokenizer, held) for name, tokenizer in counted.items()}
        write_text(Path(own["out"]), made.to_str(pretty=True))
        print(f"{'sub-words':40} {'size':>8} {'fertility':>10} {'words split':>12} {'unknown':>9}   {len(held)} texts held out")
        for name, report in reports.items():
            _tell(name, counted[name], report)
        print(f"file: {own['out']}")


def _tell(name: str, tokenizer: Tokenizer, report: SubwordReport) -> None:
    shares = f"{report.split_rate:>12.2%} {report.unknown_rate:>9.3%}"
    print(f"{name:40} {tokenizer.get_vocab_size():>8,} {report.fertility:>10.3f} {shares}")


if __name__ == "__main__":
    main()
