"""``python -m nlpref.index VERB``: a collection of documents on disk, built, searched and changed from the command line."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from nlpref.arguments import read_arguments, read_count, read_number
from nlpref.entry import clean_end
from nlpref.errors import ConfigError, InputError, StorageError
from nlpref.storage import read_json, write_json
from nlpref.types import Document

__all__ = ["main"]

USAGE = """Make, search and change a collection of documents on disk.

  nlpref index build   folder=help.index source=help.jsonl          from JSON lines, a CSV file, or a folder of .txt and .md
  nlpref index build   folder=news.index source=news.csv id=url facts=lang,year numbers=year encoder=static
  nlpref index build   folder=news.index source=news.csv encoder=minilm engine=ray workers=8     embedded by Ray
  nlpref index add     folder=help.index source=more.jsonl          new documents
  nlpref index add     folder=help.index source=new.jsonl replace=true     in the place of those with the same ids
  nlpref index delete  folder=help.index ids=a17,a18                or file=ids.txt, one a line
  nlpref index search  folder=help.index query="lost parcel" k=5    or file=queries.txt, one a line
  nlpref index search  folder=news.index query="floods" by=both where="lang=en|de, year>=2020"
  nlpref index verify  folder=help.index                            checksums of every file
  nlpref index compact folder=help.index                            drop what was deleted, make one segment

Each verb tells its keys: nlpref index build --help. A build that was interrupted goes on when the same command runs again.
While one process changes a collection, any number may search it."""

FIELDS: dict[str, str | None] = {"id": "id", "text": "text", "title": "title", "facts": "", "numbers": ""}
FIELDS_USAGE = """
  source=      .jsonl, .csv, .tsv, or a folder of .txt and .md files           (needed)
  id=          field of the id; JSON lines may have _id in its place           (default id)
  text=        field of the text                                               (default text)
  title=       field of the title, if there is one                             (default title)
  facts=       further fields to filter by, with commas between                (default none)
  numbers=     those of them that a CSV file holds as numbers                  (default none)
  batch=       documents that are stored at once                               (default 8192)"""

DEFAULTS: dict[str, dict[str, str | None]] = {
    "build": {
        "folder": None, "source": None, **FIELDS, "batch": "8192", "encoder": "none", "k1": "1.5", "b": "0.75",
        "stemmer": "english", "stopwords": "en", "title_weight": "1", "chunk": "none", "overlap": "0", "combine": "best",
        "engine": "here", "workers": "2", "address": "none",
    },
    "add": {"folder": None, "source": None, **FIELDS, "batch": "8192", "replace": "false"},
    "delete": {"folder": None, "ids": "", "file": ""},
    "search": {"folder": None, "query": "", "file": "", "k": "10", "by": "words", "where": "", "weight": "0.5", "words": "30"},
    "verify": {"folder": None},
    "compact": {"folder": None},
}  # fmt: skip

USAGES = {
    "build": f"""Build a collection.

  nlpref index build folder=help.index source=help.jsonl
{FIELDS_USAGE}
  folder=      where the collection is made                                    (needed)
  encoder=     option of the group encoder, such as static or minilm           (default none: words alone)
  k1= b= stemmer= stopwords=   as in configs/retriever/bm25.yaml; none for none
  title_weight=  how many times the words of a title count                     (default 1)
  chunk=       words of a piece of a long document                             (default none: left whole)
  overlap=     words that a piece shares with the one before it                (default 0)
  combine=     what a document scores by its pieces, best or sum               (default best)
  engine=      what embeds: here for this process, ray for workers of Ray      (default here)
  workers=     processes of Ray                                                (default 2)
  address=     host:port of a Ray cluster that shares this disk, or auto       (default none: Ray on this machine)""",
    "add": f"""Add documents.

  nlpref index add folder=help.index source=more.jsonl
{FIELDS_USAGE}
  folder=      of the collection                                               (needed)
  replace=     true: put documents in the place of those with the same ids     (default false: refuse them)""",
    "delete": """Delete documents.

  nlpref index delete folder=help.index ids=a17,a18

  folder=      of the collection                                               (needed)
  ids=         with commas between
  file=        in its place: a UTF-8 file with one id a line""",
    "search": """Search, and answer with one JSON object a line.

  nlpref index search folder=help.index query="lost parcel" k=5

  folder=      of the collection                                               (needed)
  query=       one query
  file=        in its place: a UTF-8 file with one query a line
  k=           documents at most                                               (default 10)
  by=          words, vectors or both                                          (default words)
  where=       conditions on facts, such as "lang=en|de, year>=2020"           (default none)
  weight=      share of the words in both                                      (default 0.5)
  words=       longest snippet                                                 (default 30)""",
    "verify": "Compare every file of a collection with its checksum.\n\n  nlpref index verify folder=help.index",
    "compact": "Drop what was deleted, and make one segment.\n\n  nlpref index compact folder=help.index",
}
UNFINISHED = ".building.json"
"""Ending of a file that stands beside a collection until its build is done."""
EMBEDDED = ".embedded"
"""Ending of a folder beside a collection with the vectors that Ray has made, until its build is done."""
HOW = ("batch", "engine", "workers", "address")
"""Keys that change how a build is done, and not what is built."""
LETTERS = 50_000_000
"""Length of the texts of a batch, so that long documents do not fill the memory."""


def main() -> None:
    """Entry point."""
    with clean_end("interrupted; what was stored stays, and the same build goes on from there"):
        verb = sys.argv[1] if len(sys.argv) > 1 else "--help"
        if verb in ("-h", "--help", "help"):
            print(USAGE)
            return
        if verb not in DEFAULTS:
            raise ConfigError(f"there is no verb {verb!r}; expected one of {', '.join(DEFAULTS)}")
        given = read_arguments(sys.argv[2:], DEFAULTS[verb], USAGES[verb])
        {"build": _build, "add": _add, "delete": _delete, "search": _search, "verify": _verify, "compact": _compact}[verb](given)


def _build(given: Mapping[str, str]) -> None:
    from nlpref.collection import Collection
    from nlpref.collection.manifest import MANIFEST

    folder = Path(given["folder"]).expanduser()
    mark, embedded = folder.with_name(folder.name + UNFINISHED), folder.with_name(folder.name + EMBEDDED)
    documents, size, engine = _documents(given), read_count("batch", given["batch"]), _engine(given)
    if (folder / MANIFEST).exists():
        if not mark.exists():
            raise StorageError(f"{folder} holds a finished collection; use add, or give another folder")
        begun = {**read_json(mark), **{name: given[name] for name in HOW}}
        if changed := [f"{name}={begun.get(name)}" for name in given if given[name] != begun.get(name)]:
            raise ConfigError(f"{folder} was begun with {', '.join(changed)}; give the same, or remove the folder")
        made = Collection.open(folder, write=True)
    else:
        if embedded.exists() and not mark.exists():
            raise StorageError(f"{embedded} is in the way, and not of an unfinished build; remove it, or give another folder")
        encoder, settings = _encoder(given["encoder"]), _settings(given)
        write_json(mark, dict(given))
        made = Collection.create(folder, settings, encoder=encoder)
    with made:
        vectors = None if engine is None else _embedded(made, engine, _documents(given), embedded)
        _skip(documents, made, vectors)
        _store(made, documents, size, replace=False, vectors=vectors)
    mark.unlink()
    shutil.rmtree(embedded, ignore_errors=True)
    print(f"{len(made)} documents in {folder}")


def _add(given: Mapping[str, str]) -> None:
    from nlpref.collection import Collection

    if given["replace"] not in ("true", "false"):
        raise ConfigError(f"replace={given['replace']}: expected true or false")
    with Collection.open(given["folder"], write=True) as opened:
        before = len(opened)
        _store(opened, _documents(given), read_count("batch", given["batch"]), replace=given["replace"] == "true")
    print(f"{len(opened)} documents, {len(opened) - before} more than before")


def _delete(given: Mapping[str, str]) -> None:
    from nlpref.collection import Collection

    if bool(given["ids"]) == bool(given["file"]):
        raise ConfigError("give either ids= or file=, and not both")
    ids = [one.strip() for one in given["ids"].split(",")] if given["ids"] else _lines(given["file"])
    with Collection.open(given["folder"], write=True) as opened:
        opened.delete(ids)
    print(f"{len(opened)} documents, {len(ids)} fewer than before")


def _search(given: Mapping[str, str]) -> None:
    from nlpref.collection import Collection
    from nlpref.collection.filters import read_filters

    if bool(given["query"]) == bool(given["file"]):
        raise ConfigError("give either query= or file=, and not both")
    queries = [given["query"]] if given["query"] else _lines(given["file"])
    k, words, weight = read_count("k", given["k"]), read_count("words", given["words"]), read_number("weight", given["weight"])
    with Collection.open(given["folder"]) as opened:
        filters = read_filters(given["where"], [field for field, kinds in opened.fields.items() if kinds == {float}])
        asked: Any = given["by"]  # which the search checks
        for query, hits in zip(queries, opened.search(queries, k, by=asked, filters=filters, weight=weight), strict=True):
            rows = [
                {
                    "id": document.id,
                    "score": round(hit.score, 6),
                    "title": document.title,
                    "snippet": opened.snippet(hit.id, query, words).marked(),
                    "facts": dict(document.facts),
                }
                for hit, document in zip(hits, opened.get([hit.id for hit in hits]), strict=True)
            ]
            print(json.dumps({"query": query, "hits": rows}, ensure_ascii=False), flush=True)


def _verify(given: Mapping[str, str]) -> None:
    from nlpref.collection.store import faults

    if found := faults(Path(given["folder"]).expanduser()):
        raise StorageError(f"{given['folder']} is damaged; restore it from a copy, or build it anew:\n  " + "\n  ".join(found))
    print("every file is as it was written")


def _compact(given: Mapping[str, str]) -> None:
    from nlpref.collection import Collection

    with Collection.open(given["folder"], write=True) as opened:
        opened.compact()
    print(f"{len(opened)} documents in one segment")


def _documents(given: Mapping[str, str]) -> Iterator[Document]:
    from nlpref.collection.sources import Fields, read_documents

    facts, numbers = (tuple(one.strip() for one in given[name].split(",") if one.strip()) for name in ("facts", "numbers"))
    if lost := sorted(set(numbers) - set(facts)):
        raise ConfigError(f"numbers={','.join(numbers)}: {lost[0]!r} is not among facts={given['facts']}")
    return read_documents(given["source"], Fields(given["id"], given["text"], given["title"], facts, numbers))


def _engine(given: Mapping[str, str]) -> Any:
    """What embeds in place of the collection itself; None if it does."""
    if given["engine"] not in ("here", "ray"):
        raise ConfigError(f"engine={given['engine']}: expected here or ray")
    if given["engine"] == "here":
        return None
    if given["encoder"] == "none":
        raise ConfigError("engine=ray embeds, and there is no encoder; give one, such as encoder=minilm")
    from nlpref.retrieval import RayEmbedding

    return RayEmbedding(
        workers=read_count("workers", given["workers"]), address=None if given["address"] == "none" else given["address"]
    )


def _embedded(made: Any, engine: Any, documents: Iterable[Document], folder: Path) -> Any:
    """Vectors of all rows of a collection that is to be made of these documents; what is in the folder is not made again."""
    from nlpref.collection.row_vectors import RowVectors, row_documents
    from nlpref.collection.vector_source import ENCODER
    from nlpref.neural.session import training_session

    rows = row_documents(documents, made.settings)
    with training_session(progress=sys.stderr.isatty()):
        return RowVectors(engine.embed(rows, made.folder / ENCODER, folder), made.settings)


def _skip(documents: Iterator[Document], made: Any, vectors: Any) -> None:
    """Pass over what an interrupted build has stored; documents are stored in order, so that it is the first ones."""
    for document in islice(documents, len(made)):
        if document.id not in made:
            raise InputError(f"the source has changed since the build of {made.folder} was begun; remove it, and build anew")
        if vectors is not None:
            vectors.take([document])


def _store(opened: Any, documents: Iterable[Document], size: int, *, replace: bool, vectors: Any = None) -> None:
    from tqdm import tqdm

    source = iter(documents)
    with tqdm(desc="documents", unit="doc", initial=len(opened), disable=not sys.stderr.isatty()) as bar:
        while batch := _batch(source, size):
            if replace:
                opened.update(batch, insert=True)
            elif vectors is not None:
                opened.add(batch, vectors.take(batch), made_by=vectors.made_by)
            else:
                opened.add(batch)
            bar.update(len(batch))


def _batch(source: Iterator[Document], size: int) -> list[Document]:
    batch, letters = [], 0
    for document in source:
        batch.append(document)
        letters += len(document.text)
        if len(batch) >= size or letters >= LETTERS:
            break
    return batch


def _settings(given: Mapping[str, str]) -> Any:
    from nlpref.collection import CollectionSettings

    return CollectionSettings(
        k1=read_number("k1", given["k1"]),
        b=read_number("b", given["b"]),
        stemmer=None if given["stemmer"] == "none" else given["stemmer"],
        stopwords=None if given["stopwords"] == "none" else given["stopwords"],
        title_weight=0 if given["title_weight"] == "0" else read_count("title_weight", given["title_weight"]),
        chunk=None if given["chunk"] == "none" else read_count("chunk", given["chunk"]),
        overlap=0 if given["overlap"] == "0" else read_count("overlap", given["overlap"]),
        combine=given["combine"],  # type: ignore[arg-type]  # which it checks
    )


def _encoder(option: str) -> Any:
    """The encoder of a configuration; None if none is asked for."""
    if option == "none":
        return None
    from nlpref.config import build, check, plain
    from nlpref.overrides import check_overrides

    overrides = ["task=retrieval", "retriever=dense", f"encoder@retriever.encoder={option}", "name=index"]
    node = plain(check_overrides("train", overrides))["retriever"]["encoder"]
    check({"encoder": node})
    return build(node)


def _lines(path: str) -> Sequence[str]:
    from nlpref.data.faults import Faults
    from nlpref.data.lines import existing, read_lines

    faults = Faults()
    lines = [line.text for line in read_lines(existing(path), faults) if line.text.strip()]
    faults.raise_if_any()
    return lines


if __name__ == "__main__":
    main()
