"""Kills and damaged files: what becomes of a collection.

    python benchmarks/collection_faults.py
    python benchmarks/collection_faults.py kills=20 flips=200 out=/tmp/faults.json

A process that adds, updates, deletes, saves and compacts is killed at a random moment; every change that it acknowledged must
be there, and the collection whole. Then bytes of a collection's files are changed, or the files cut, one at a time: opening
must refuse each with a clear error. A cut file of marks is no loss: nothing is missing then, and the same is found. Writes
``benchmarks/records/collection_faults.json``.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from made_documents import made_documents  # noqa: E402
from tests.collection.writer import killed, played  # noqa: E402

from nlpref import machine  # noqa: E402
from nlpref.arguments import read_arguments, read_count  # noqa: E402
from nlpref.collection import Collection, store  # noqa: E402
from nlpref.entry import clean_end  # noqa: E402
from nlpref.errors import StorageError  # noqa: E402
from nlpref.storage import write_json  # noqa: E402

QUERIES = ["gene expression in cancer", "vaccine trial"]


def kill(folder: Path, times: int) -> dict[str, Any]:
    """Kill so many writers."""
    chance, found = np.random.default_rng(0), Counter[str]()
    changes = 0
    for seed in range(times):
        own = folder / str(seed)
        done = len(killed(own, seed, chance))
        changes += done
        found["with leftovers of a save"] += len(list(own.glob("segment-*"))) > len(store.read_state(own).parts)
        with Collection.open(own, write=True) as opened:
            held = {one.id: one.text for one in opened.documents()}
            if held == played(seed, done):
                found["exactly what was acknowledged"] += 1
            elif held == played(seed, done + 1):
                found["and the change under way"] += 1
            else:
                found["lost or half"] += 1
            opened.compact()
        found["damaged"] += bool(store.faults(own))
        shutil.rmtree(own)
    return {"kills": times, "acknowledged_changes": changes, **found}


def damage(folder: Path, times: int) -> dict[str, Any]:
    """Change or cut so many files, one at a time."""
    chance, found = np.random.default_rng(1), Counter[str]()
    made = Collection.create(folder / "first", dim=8)
    for start in (0, 1, 2):
        batch = [*made_documents(300, 3, seed=start)]
        batch = [type(one)(f"{start}-{one.id}", one.text, one.title, one.facts) for one in batch]
        made.add(batch, chance.normal(size=(300, 8)).astype(np.float32))
        made.delete([batch[0].id])
        if start < 2:
            made.save()
    shutil.copytree(folder / "first", folder / "copy")  # with changes that wait in the log
    made.close()
    copy = folder / "copy"
    with Collection.open(copy) as opened:
        expected = opened.search(QUERIES)
    files = sorted(path for path in copy.rglob("*") if path.is_file() and path.name != "lock" and path.stat().st_size)
    for turn in range(times):
        path = files[int(chance.integers(len(files)))]
        content = path.read_bytes()
        at = int(chance.integers(len(content)))
        other = b"" if turn % 2 else bytes([content[at] ^ int(chance.integers(1, 256))]) + content[at + 1 :]
        path.write_bytes(content[:at] + other)
        try:
            with Collection.open(copy) as opened:
                same = opened.search(QUERIES) == expected
            found["opened, nothing lost" if same and path.name.endswith(".marks") else "not noticed"] += 1
        except StorageError:
            found["refused"] += 1
        except Exception as error:
            found[f"crashed: {type(error).__name__}"] += 1
        path.write_bytes(content)
    return {"files": len(files), "changed_or_cut": times, **found}


def main() -> None:
    """Entry point."""
    with clean_end():
        out = ROOT / "benchmarks" / "records" / "collection_faults.json"
        given = read_arguments(sys.argv[1:], {"kills": "200", "flips": "2000", "out": str(out)}, __doc__ or "")
        scratch = Path(tempfile.mkdtemp(prefix="nlpref-"))
        try:
            found = {
                "killed": kill(scratch / "killed", read_count("kills", given["kills"])),
                "damaged": damage(scratch / "damaged", read_count("flips", given["flips"])),
            }
        finally:
            shutil.rmtree(scratch)
        environment = {"hardware": machine.hardware(), "threads": machine.threads(), "versions": machine.versions()}
        write_json(Path(given["out"]), {**found, "environment": environment})
        print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
