"""A process that changes a collection in a way that its seed tells, and says after each change that it is done."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from nlpref.types import Document

__all__ = ["WRITER", "changes", "killed", "played"]

WRITER = Path(__file__)


def changes(seed: int) -> Iterator[tuple[str, Any]]:
    """Without an end: what is done, and to what."""
    chance, kept, made = np.random.default_rng(seed), list[str](), 0
    while True:
        action = chance.choice(["add", "add", "update", "delete", "save", "compact"], p=[0.3, 0.2, 0.22, 0.2, 0.06, 0.02])
        count = int(chance.integers(1, 6))
        if action == "add":
            ids = [f"d{made + number}" for number in range(count)]
            made += count
            kept += ids
            yield "add", [Document(id_, f"word{chance.integers(9)} number {id_}") for id_ in ids]
        elif action in ("save", "compact"):
            yield str(action), None
        elif len(kept) > count:
            ids = chance.permutation(kept)[:count].tolist()
            if action == "update":
                yield "update", [Document(id_, f"word{chance.integers(9)} changed {id_}") for id_ in ids]
            else:
                kept = [id_ for id_ in kept if id_ not in ids]
                yield "delete", ids


def played(seed: int, count: int) -> dict[str, str]:
    """Texts by id after so many changes."""
    found: dict[str, str] = {}
    for (action, given), _ in zip(changes(seed), range(count), strict=False):
        if action in ("add", "update"):
            found |= {document.id: document.text for document in given}
        elif action == "delete":
            found = {id_: text for id_, text in found.items() if id_ not in given}
    return found


def killed(folder: Path, seed: int, chance: np.random.Generator) -> list[str]:
    """What a writer acknowledged before it was killed, at a moment drawn by chance after its first change."""
    process = subprocess.Popen([sys.executable, str(WRITER), str(folder), str(seed)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    acknowledged = [process.stdout.readline().strip()]
    for _ in range(int(chance.integers(0, 40))):
        acknowledged.append(process.stdout.readline().strip())
    time.sleep(float(chance.uniform(0, 0.02)))
    process.send_signal(signal.SIGKILL)
    rest = process.stdout.read()
    process.stdout.close()
    process.wait()
    acknowledged += rest.split("\n")[:-1]
    return [line for line in acknowledged if line]


def main(folder: str, seed: str, count: str = "1000000") -> None:
    """Change the collection until the count is reached, or the process ends."""
    from nlpref.collection import Collection

    made = Collection.create(folder)
    for number, (action, given) in enumerate(changes(int(seed))):
        if number == int(count):
            break
        getattr(made, action)(*([] if given is None else [given]))
        print(number, flush=True)
    made.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
