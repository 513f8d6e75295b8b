"""``python -m nlpref.predict run=DIR``: predictions of a saved run as JSON lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nlpref.arguments import read_arguments
from nlpref.errors import DataError, NlprefError, StorageError

__all__ = ["main", "predict"]

USAGE = """Predict with the model of a finished run; one JSON object a line on standard output.

  python -m nlpref.predict run=RUN_FOLDER text="where is my parcel?"
  python -m nlpref.predict run=RUN_FOLDER file=texts.txt > predictions.jsonl
  cat texts.txt | python -m nlpref.predict run=RUN_FOLDER

  run=   folder of a training run                              (needed)
  text=  one text
  file=  a UTF-8 file with one text a line
  k=     labels shown (classification), hits (retrieval)        (default 5)

Without text= and file=, texts are read from standard input, one a line. Lines keep their order; an empty
line gives an object with "text": "" and an "error"."""

CHUNK = 64


def predict(folder: Path, texts: Sequence[str], k: int = 5) -> Iterator[dict[str, Any]]:
    """Predictions of a saved run, one mapping for each text, in order."""
    from nlpref.experiment import saved_model

    task = _task_of(folder)
    model = saved_model(folder)
    answer = {"classification": _classify, "ner": _tag, "retrieval": _search}[task]
    for start in range(0, len(texts), CHUNK):
        chunk = texts[start : start + CHUNK]
        filled = [text for text in chunk if text.strip()]
        answers = iter(answer(model, filled, k)) if filled else iter(())
        for text in chunk:
            yield {"text": text, **next(answers)} if text.strip() else {"text": text, "error": "empty text"}


def main() -> None:
    """Entry point."""
    try:
        given = read_arguments(sys.argv[1:], {"run": None, "text": "", "file": "", "k": "5"}, USAGE)
        for row in predict(Path(given["run"]), _texts(given), int(given["k"])):
            print(json.dumps(row, ensure_ascii=False), flush=True)
    except NlprefError as error:
        sys.exit(f"error: {error}")


def _texts(given: dict[str, str]) -> list[str]:
    if given["text"]:
        return [given["text"]]
    try:
        source = Path(given["file"]).read_bytes() if given["file"] else sys.stdin.buffer.read()
        text = source.decode("utf-8")
    except FileNotFoundError:
        raise DataError([f"{given['file']}: no such file"]) from None
    except UnicodeDecodeError as error:
        raise DataError([f"{given['file'] or 'standard input'}: not UTF-8 at byte {error.start}; convert it first"]) from None
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")] if text else []


def _task_of(folder: Path) -> str:
    from nlpref.results import EvalResult

    if not (folder / "result.json").is_file():
        raise StorageError(
            f"{folder} is not the folder of a finished run: it holds no result.json; give run=FOLDER of a training run"
        )
    return EvalResult.load(folder / "result.json").task


def _classify(model: Any, texts: Sequence[str], k: int) -> Iterator[dict[str, Any]]:
    for row in model.predict_proba(texts):
        best = sorted(range(len(row)), key=lambda column: -row[column])[:k]
        top = {model.labels[column]: round(float(row[column]), 6) for column in best}
        yield {"label": model.labels[best[0]], "probability": top[model.labels[best[0]]], "probabilities": top}


def _tag(model: Any, texts: Sequence[str], _: int) -> Iterator[dict[str, Any]]:
    from nlpref.text.words import character_spans, split_words

    tokens = [split_words(text) for text in texts]
    for text, found, spans in zip(texts, tokens, model.predict([[t.text for t in found] for found in tokens]), strict=True):
        yield {
            "entities": [
                {**asdict(span), "text": text[span.start : span.end], "score": round(span.score, 6)}
                for span in character_spans(found, spans)
            ]
        }


def _search(model: Any, texts: Sequence[str], k: int) -> Iterator[dict[str, Any]]:
    for hits in model.search(texts, k):
        yield {"hits": [{"id": hit.id, "score": round(hit.score, 6)} for hit in hits]}


if __name__ == "__main__":
    main()
