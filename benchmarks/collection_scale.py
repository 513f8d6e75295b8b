"""What building and searching a collection costs, by its size.

    python benchmarks/collection_scale.py
    python benchmarks/collection_scale.py encoder=static                 vectors too
    python benchmarks/collection_scale.py sizes=1000,10000 out=/tmp/scale.json

Short documents (a title and two sentences or so), made of SciFact's, are added in batches as ``nlpref index build`` does; each
size in a process of its own, whose peak memory is told. Queries are SciFact's train claims, one at a time, by words, and with an
encoder (static or minilm) by words and vectors together. Writes ``benchmarks/records/collection_scale.json``, with an encoder
``collection_scale_ENCODER.json``; ``scripts/draw_collection_scale.py`` draws it.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

from made_documents import made_documents

from nlpref import machine
from nlpref.arguments import read_arguments, read_count
from nlpref.collection import Between, Collection
from nlpref.data.public import scifact
from nlpref.entry import clean_end
from nlpref.errors import ConfigError
from nlpref.latency import folder_mb, measure, timed
from nlpref.neural.encoder import SentenceEncoder
from nlpref.neural.static import StaticEncoder
from nlpref.protocols import Encoder
from nlpref.storage import write_json

ROOT = Path(__file__).resolve().parents[1]
BATCH = 8192
DEFAULTS: dict[str, str | None] = {"sizes": "10000,100000,1000000", "encoder": "none", "out": "", "step": "", "folder": ""}
ENCODERS: dict[str, Callable[[], Encoder | None]] = {"none": lambda: None, "static": StaticEncoder, "minilm": SentenceEncoder}


def peak_mb() -> float:
    """Greatest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def build(folder: Path, count: int, encoder: str) -> dict[str, Any]:
    """Build a collection of so many documents."""
    source, making = made_documents(count, 2), 0.0
    with timed() as watch, Collection.create(folder, encoder=ENCODERS[encoder]()) as made:
        while True:
            with timed() as drawing:
                batch = list(islice(source, BATCH))
            making += drawing.seconds
            if not batch:
                break
            made.add(batch)
    seconds = watch.seconds - making
    return {"build_s": seconds, "documents_per_s": count / seconds, "peak_mb": peak_mb(), "folder_mb": folder_mb(folder)}


def search(folder: Path) -> dict[str, Any]:
    """Open it and search."""
    queries = [query.text for query in scifact().split("train")]
    with timed() as quick, Collection.open(folder, verify=False) as opened:
        quick.stop()
        with timed() as first:
            opened.search(queries[:1])
        plain = measure(opened.search, queries, repeats=300, batches=2, batch_size=200)
        filtered = measure(lambda one: opened.search(one, filters=[Between("year", 2020)]), queries, repeats=50, batches=1)
        found = {
            "segments": len(list(folder.glob("segment-*"))), "open_ms": quick.ms, "first_query_ms": first.ms,
            "p50_ms": plain.p50_ms, "p95_ms": plain.p95_ms, "queries_per_s": plain.throughput_per_s,
            "filtered_p50_ms": filtered.p50_ms, "search_peak_mb": peak_mb(),
        }  # fmt: skip
        if opened.dim is not None:
            both = measure(lambda one: opened.search(one, by="both"), queries, repeats=50, batches=1)
            found |= {"both_p50_ms": both.p50_ms, "both_p95_ms": both.p95_ms, "search_peak_mb": peak_mb()}
    with timed() as verified:
        Collection.open(folder).close()
    return {**found, "verified_open_ms": verified.ms}


def main() -> None:
    """Entry point."""
    with clean_end():
        defaults: dict[str, str | None] = {
            "sizes": "10000,100000,1000000",
            "encoder": "none",
            "out": "",
            "step": "",
            "folder": "",
        }
        given = read_arguments(sys.argv[1:], defaults, __doc__ or "")
        encoder = given["encoder"]
        if encoder not in ENCODERS:
            raise ConfigError(f"encoder={encoder}: expected one of {', '.join(ENCODERS)}")
        if given["step"]:  # in a process of its own
            folder, count = Path(given["folder"]), read_count("sizes", given["sizes"])
            print(json.dumps(build(folder, count, encoder) if given["step"] == "build" else search(folder)))
            return
        rows = []
        for size in given["sizes"].split(","):
            scratch = Path(tempfile.mkdtemp(prefix="nlpref-"))
            try:
                row: dict[str, Any] = {"documents": read_count("sizes", size)}
                for step in ("build", "search"):
                    own = [f"step={step}", f"sizes={size}", f"encoder={encoder}", f"folder={scratch / 'c'}"]
                    row |= json.loads(subprocess.check_output([sys.executable, __file__, *own], text=True))
            finally:
                shutil.rmtree(scratch)
            rows.append(row)
            print(json.dumps(row))
        environment = {"hardware": machine.hardware(), "threads": machine.threads(), "versions": machine.versions()}
        ending = "" if encoder == "none" else f"_{encoder}"
        out = Path(given["out"] or ROOT / "benchmarks" / "records" / f"collection_scale{ending}.json")
        write_json(out, {"encoder": encoder, "sizes": rows, "environment": environment})


if __name__ == "__main__":
    main()
