"""``python -m nlpref.predict run=DIR``: predictions of a saved run as JSON lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nlpref.arguments import read_arguments, read_count
from nlpref.asked_texts import NOT_GIVEN, asked_texts
from nlpref.entry import clean_end
from nlpref.errors import StorageError

__all__ = ["main", "predict"]

USAGE = """Predict with the model of a finished run; one JSON object a line on standard output.

  python -m nlpref.predict run=RUN_FOLDER text="where is my parcel?"
  python -m nlpref.predict run=RUN_FOLDER file=texts.txt > predictions.jsonl
  cat texts.txt | python -m nlpref.predict run=RUN_FOLDER

  run=   folder of a training run                              (needed)
  text=  one text
  file=  a UTF-8 file with one text a line
  k=     labels shown (classification), hits (retrieval)        (default 5)

Without text= and file=, texts are read from standard input, one a line, and answered as they come. Lines keep
their order. A model that decides (classifier=selective, cost_sensitive, review) adds a "decision": the label given or
null, the action, and the reason. An empty line gives an object with "text": "" and an "error"."""

CHUNK = 64


def predict(folder: Path, batches: Iterable[Sequence[str]], k: int = 5) -> Iterator[dict[str, Any]]:
    """Predictions of a saved run, one mapping for each text, in order; those of a batch as soon as it comes.

    Raises:
        StorageError: if the folder is not that of a finished run.
    """
    from nlpref.experiment import saved_model

    task = _task_of(folder)
    model = saved_model(folder)
    answer = {"classification": _classify, "ner": _tag, "retrieval": _search}[task]
    for batch in batches:
        for start in range(0, len(batch), CHUNK):
            chunk = batch[start : start + CHUNK]
            filled = [text for text in chunk if text.strip()]
            answers = iter(answer(model, filled, k)) if filled else iter(())
            for text in chunk:
                yield {"text": text, **next(answers)} if text.strip() else {"text": text, "error": "empty text"}


def main() -> None:
    """Entry point."""
    with clean_end():
        given = read_arguments(sys.argv[1:], {"run": None, "text": NOT_GIVEN, "file": NOT_GIVEN, "k": "5"}, USAGE)
        k = read_count("k", given["k"])
        for row in predict(Path(given["run"]), asked_texts(given["text"], given["file"]), k):
            print(json.dumps(row, ensure_ascii=False), flush=True)


def _task_of(folder: Path) -> str:
    from nlpref.results import EvalResult

    if not (folder / "result.json").is_file():
        raise StorageError(
            f"{folder} is not the folder of a finished run: it holds no result.json; give run=FOLDER of a training run"
        )
    try:
        return EvalResult.load(folder / "result.json").task
    except StorageError as error:
        raise StorageError(f"{folder / 'result.json'}: {error}") from error


def _classify(model: Any, texts: Sequence[str], k: int) -> Iterator[dict[str, Any]]:
    exceeds = model.exceeds(texts) if hasattr(model, "exceeds") else [False] * len(texts)
    probabilities = model.predict_proba(texts)
    decided = model.decisions(probabilities) if hasattr(model, "decisions") else [None] * len(texts)
    for row, long, decision in zip(probabilities, exceeds, decided, strict=True):
        best = sorted(range(len(row)), key=lambda column: -row[column])[:k]
        top = {model.labels[column]: round(float(row[column]), 6) for column in best}
        yield {
            "label": model.labels[best[0]],
            "probability": top[model.labels[best[0]]],
            "probabilities": top,
            **({"decision": {**asdict(decision), "confidence": round(decision.confidence, 6)}} if decision else {}),
            **_told(model, long),
        }


def _told(model: Any, long: bool) -> dict[str, str]:
    """What was done with a text that is longer than the model."""
    return {"long_text": "cut" if model.long_texts == "cut" else "read in windows"} if long else {}


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
