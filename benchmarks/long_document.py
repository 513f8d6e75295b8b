"""How time and memory grow with the length of a document, from 64 kB to 1 MB, through the tagger of a run.

    python benchmarks/long_document.py run=runs/evidence/supportdesk_ner-seed0
    python benchmarks/long_document.py run=RUN_FOLDER sizes=65536,1048576 rounds=1 record=runs/long_document.json

The document is made of the bundled corpus's training tickets with blank lines between them, again from the start when they
run out, cut at the size. Each size is read from a file by a process of its own, which loads the tagger, reads a first short
document, and then the long one, ``rounds`` times. Time is without loading; peak memory is that of the whole process, and
``short_mb`` what it had reached after the short document. ``exponent`` is the slope of log time over log size: 1 is linear.

  run=     folder of a run with task=ner, or of a saved tagger      (needed)
  sizes=   sizes in characters, with commas between                 (default 65536 to 1048576, each twice the one before)
  rounds=  times that each document is read; the median counts      (default 3)
  unit=    sentence, paragraph or text                              (default sentence)
  record=  where the record is written                              (default benchmarks/records/long_document.json)
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from nlpref import machine
from nlpref.arguments import read_arguments, read_count
from nlpref.data.supportdesk import supportdesk
from nlpref.errors import ConfigError, NlprefError
from nlpref.extraction import EntityExtractor, SentenceSplitter, open_tagger
from nlpref.fresh import call_fresh, peak_memory_mb
from nlpref.latency import timed
from nlpref.storage import write_json

ROOT = Path(__file__).resolve().parents[1]
SIZES = ",".join(str(1 << power) for power in range(16, 21))
DEFAULTS = {"run": None, "sizes": SIZES, "rounds": "3", "unit": "sentence", "record": "benchmarks/records/long_document.json"}
SHORT = 4096
"""Characters of the document that is read first."""


def written(size: int) -> str:
    """A document of so many characters."""
    found, length = [], 0
    for ticket in cycle(supportdesk("classification").split("train")):
        found.append(ticket.text)
        length += len(ticket.text) + 2
        if length >= size:
            return "\n\n".join(found)[:size]
    raise ConfigError("the corpus is empty")


def read(run: str, path: str, rounds: int, unit: Any) -> dict[str, Any]:
    """What runs in a process of its own."""
    extractor = EntityExtractor(open_tagger(run), sentences=SentenceSplitter(unit))
    with Path(path).open(encoding="utf-8", newline="") as stream:
        for _ in extractor.read(stream.read(SHORT)):
            pass
    short_mb, seconds = peak_memory_mb(), []
    for _ in range(rounds):
        sentences = tokens = entities = 0
        with timed() as watch, Path(path).open(encoding="utf-8", newline="") as stream:
            for sentence in extractor.read(stream):
                sentences, tokens, entities = sentences + 1, tokens + len(sentence.words), entities + len(sentence.entities)
        seconds.append(watch.seconds)
    described = {"threads": machine.model_threads(), "versions": machine.versions()}
    counts = {"sentences": sentences, "tokens": tokens, "entities": entities}
    return {**counts, "seconds": seconds, "short_mb": short_mb, "tagger": type(extractor.tagger).__name__, **described}


def measured(run: str, sizes: list[int], rounds: int, unit: str) -> Iterator[dict[str, Any]]:
    """One row for each size."""
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            path = Path(folder, "document.txt")
            path.write_text(written(size), "utf-8", newline="")
            request = {"run": run, "path": str(path), "rounds": rounds, "unit": unit}
            found, peak = call_fresh("long_document", "read", request)
            median = float(np.median(found["seconds"]))
            yield {"characters": size, **found, "median_s": median, "characters_per_s": size / median, "peak_memory_mb": peak}


def main() -> None:
    """Entry point."""
    try:
        given = read_arguments(sys.argv[1:], DEFAULTS, __doc__ or "")
        sizes = [read_count("sizes", size) for size in given["sizes"].split(",")]
        rows = []
        for row in measured(str(Path(given["run"]).resolve()), sizes, read_count("rounds", given["rounds"]), given["unit"]):
            shared = {name: row.pop(name) for name in ("tagger", "threads", "versions")}
            rows.append(row)
            print(
                f"{row['characters']:>9} characters  {row['median_s']:8.3f} s  {row['characters_per_s']:9.0f} a second  "
                f"{row['peak_memory_mb']:7.0f} MB at most, {row['short_mb']:.0f} before  {row['entities']} entities"
            )
        record = {
            "command": "python benchmarks/long_document.py " + " ".join(sys.argv[1:]),
            "run": Path(given["run"]).name,
            "tagger": shared["tagger"],
            "unit": given["unit"],
            "rounds": int(given["rounds"]),
            "sizes": rows,
            "memory_growth_mb": rows[-1]["peak_memory_mb"] - rows[0]["peak_memory_mb"],
            "environment": {"hardware": machine.hardware(), "threads": shared["threads"], "versions": shared["versions"]},
        }
        if len(sizes) > 1:
            times = np.log([row["median_s"] for row in rows])
            record["exponent"] = float(np.polyfit(np.log(sizes), times, 1)[0])
            print(f"time grows with the size to the power of {record['exponent']:.2f}")
        path = Path(given["record"])
        write_json(path if path.is_absolute() else ROOT / path, record)
    except NlprefError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
