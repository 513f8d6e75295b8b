"""``python -m nlpref.extract run=DIR``: entities of raw text with character offsets, by the tagger of a saved run."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from nlpref.arguments import read_arguments
from nlpref.asked_texts import NOT_GIVEN, asked_texts
from nlpref.entry import clean_end
from nlpref.errors import ConfigError, DataError, InputError
from nlpref.extraction import (
    DateNormaliser,
    Entity,
    EntityExtractor,
    MoneyNormaliser,
    Normaliser,
    OrderIdNormaliser,
    SentenceSplitter,
    TaggedSentence,
    open_tagger,
    standoff,
)
from nlpref.extraction.written import conll

__all__ = ["main", "read_normalisers"]

USAGE = """Find the entities of raw text with the tagger of a finished run.

  python -m nlpref.extract run=RUN_FOLDER text="refund £59 for WF-482913, please"
  python -m nlpref.extract run=RUN_FOLDER file=messages.txt normalise=true > entities.jsonl
  python -m nlpref.extract run=RUN_FOLDER document=report.txt format=standoff > report.ann
  python -m nlpref.extract run=RUN_FOLDER document=report.txt floor=0.05
  cat messages.txt | python -m nlpref.extract run=RUN_FOLDER

  run=        folder of a training run with task=ner, or of a saved tagger       (needed)
  text=       one text
  file=       a UTF-8 file with one text a line
  document=   a UTF-8 file that is one text of any length, read in blocks
  format=     jsonl, conll, standoff (brat; one text only) or html               (default jsonl)
  floor=      all candidates of at least this probability, overlapping ones too  (default: the tagger's own choice)
  normalise=  true adds values of DATE, MONEY and ORDER_ID; or a YAML file that gives each label its normaliser:
                DATE: {_target_: nlpref.extraction.DateNormaliser, reference: "2025-06-05"}
  reference=  day the texts were written, for dates such as "yesterday"          (default: such dates have no value)
  unit=       what the tagger reads at once: sentence, paragraph or text         (default sentence)

Without text=, file= and document=, texts are read from standard input, one a line, and answered as they come. jsonl gives
an object with "entities" for each text, and for a document one object for each entity as it is found. Offsets count Unicode
code points of the text, or of the whole document, line ends as they are in the file. conll and html show of overlapping
candidates the disjoint ones with the greatest sum of scores. Only html holds a document in memory."""

FORMATS = ("jsonl", "conll", "standoff", "html")
DEFAULTS: dict[str, str | None] = {
    "run": None, "text": NOT_GIVEN, "file": NOT_GIVEN, "document": NOT_GIVEN, "format": "jsonl", "floor": "",
    "normalise": "false", "reference": "", "unit": "sentence",
}  # fmt: skip


@dataclass(frozen=True)
class _Asked:
    """What to extract with, and how."""

    extractor: EntityExtractor
    floor: float | None
    format: str


def main() -> None:
    """Entry point."""
    with clean_end():
        given = read_arguments(sys.argv[1:], DEFAULTS, USAGE)
        sources = [name for name in ("text", "file", "document") if given[name] != NOT_GIVEN]
        if len(sources) > 1:
            raise ConfigError(f"{'= and '.join(sources)}= were given; give one of them")
        if given["format"] not in FORMATS:
            raise ConfigError(f"format={given['format']}: expected one of {', '.join(FORMATS)}")
        if given["format"] == "standoff" and sources not in (["text"], ["document"]):
            raise ConfigError("format=standoff counts characters of one text; give text= or document=")
        floor = _floor(given["floor"])
        try:
            splitter = SentenceSplitter(given["unit"])  # type: ignore[arg-type]  # which it checks
        except InputError as error:
            raise ConfigError(f"unit={given['unit']}: {error}") from None
        normalisers = read_normalisers(given["normalise"], given["reference"] or None)
        extractor = EntityExtractor(open_tagger(given["run"]), sentences=splitter, normalisers=normalisers)
        asked = _Asked(extractor, floor, given["format"])
        if sources == ["document"]:
            with _opened(Path(given["document"])) as stream:
                _print(_of_document(asked, stream))
        else:
            _print(_of_texts(asked, asked_texts(given["text"], given["file"])))


def read_normalisers(given: str, reference: str | None = None) -> dict[str, Normaliser]:
    """What ``normalise=`` asks for, by label.

    Args:
        given: ``true``, ``false``, or a YAML file.
        reference: ISO date for those of ``true``.

    Raises:
        ConfigError: if the file does not exist, or does not give each label a normaliser; or the reference has no use.
        InputError: if the reference is no date.
    """
    if given == "true":
        return {"DATE": DateNormaliser(reference), "MONEY": MoneyNormaliser(), "ORDER_ID": OrderIdNormaliser()}
    if reference is not None:
        raise ConfigError("reference= is for normalise=true; a YAML file names the reference of each normaliser itself")
    return {} if given == "false" else _configured(Path(given))


def _configured(path: Path) -> dict[str, Normaliser]:
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException
    from yaml import YAMLError  # type: ignore[import-untyped]

    from nlpref.config import build, check, plain
    from nlpref.storage import TRUSTED_MODULES

    if not path.is_file():
        raise ConfigError(f"normalise={path}: expected true, false, or a YAML file that exists")
    try:
        config = plain(OmegaConf.load(path))
    except (YAMLError, UnicodeDecodeError, OmegaConfBaseException) as error:
        raise ConfigError(f"normalise={path} is no YAML file: {error}") from error
    check(config, TRUSTED_MODULES)
    made: Mapping[str, Any] = {label: build(node) if isinstance(node, dict) else node for label, node in config.items()}
    for label, normaliser in made.items():
        if not callable(normaliser):
            raise ConfigError(
                f"normalise={path}: {label} is {normaliser!r}, expected a mapping with the _target_ of a normaliser"
            )
    return dict(made)


def _floor(given: str) -> float | None:
    if not given:
        return None
    try:
        number = float(given)
    except ValueError:
        number = 0.0
    if not 0 < number <= 1:
        raise ConfigError(f"floor={given}: expected a probability above 0, at most 1")
    return number


def _of_texts(asked: _Asked, batches: Iterable[list[str]]) -> Iterator[str]:
    """What is printed for texts of their own."""
    if asked.format == "html":
        from nlpref.extraction import render

        texts = [text for batch in batches for text in batch]
        parts = [render(*pair) for pair in zip(texts, asked.extractor.extract_many(texts, asked.floor), strict=True)]
        yield _page("\n".join(parts))
        return
    for batch in batches:
        if asked.format == "conll":
            yield from (conll(sentence) for text in batch for sentence in asked.extractor.read(text, asked.floor))
            continue
        for text, entities in zip(batch, asked.extractor.extract_many(batch, asked.floor), strict=True):
            if asked.format == "standoff":
                yield standoff(entities)
            else:
                yield json.dumps({"text": text, "entities": [_row(entity) for entity in entities]}, ensure_ascii=False) + "\n"


def _of_document(asked: _Asked, stream: TextIO) -> Iterator[str]:
    """What is printed for a document, as it is read."""
    if asked.format == "html":
        from nlpref.extraction import render

        text = stream.read()
        yield _page(render(text, asked.extractor.stream(text, asked.floor)))
        return
    sentences: Iterator[TaggedSentence] = asked.extractor.read(stream, asked.floor)
    number = 0
    for sentence in sentences:
        if asked.format == "conll":
            yield conll(sentence)
        elif asked.format == "standoff":
            yield standoff(sentence.entities, number + 1)
            number += len(sentence.entities)
        else:
            for entity in sentence.entities:
                yield json.dumps(_row(entity), ensure_ascii=False) + "\n"


def _row(entity: Entity) -> dict[str, Any]:
    row = {**asdict(entity), "score": round(entity.score, 6)}
    return {key: value for key, value in row.items() if key != "value" or value is not None}


def _page(content: str) -> str:
    head = '<!DOCTYPE html>\n<html lang="und">\n<head><meta charset="utf-8"><title>Entities</title></head>\n'
    return f'{head}<body style="font-family: sans-serif; padding: 2rem">\n{content}\n</body>\n</html>\n'


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line, end="", flush=True)


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    """A file whose line ends count as they are.

    Raises:
        DataError: if it does not exist, or while it is read, if it is not UTF-8.
    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            yield stream
    except FileNotFoundError:
        raise DataError([f"{path}: no such file"]) from None
    except UnicodeDecodeError as error:
        raise DataError([f"{path}: not UTF-8 ({error.reason}); convert it first"]) from None


if __name__ == "__main__":
    main()
