"""Lines of a text file as every reader takes them: strict UTF-8, split on the line feed and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from nlpref.data.faults import Faults
from nlpref.errors import InputError

__all__ = ["Line", "check_characters", "existing", "read_lines", "read_records"]


class Line(NamedTuple):
    """A line without its ending; ``valid`` is False where bytes had to be replaced."""

    number: int
    text: str
    valid: bool


def existing(path: str | Path) -> Path:
    """The path of a file that is there.

    Raises:
        InputError: if it is not.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        what = "is a folder, not a file" if path.is_dir() else "is no regular file" if path.exists() else "does not exist"
        raise InputError(f"data file {path} {what}; relative paths start from {Path.cwd()}")
    return path


def read_lines(path: Path, faults: Faults) -> Iterator[Line]:
    """Stream the lines, noting those that are not UTF-8 text. A byte order mark is dropped.

    Splits on the line feed only: tweets hold other characters that ``str.splitlines`` would split on. A NUL byte is
    valid UTF-8 but in no text: it shows a file in UTF-16, or a damaged one.
    """
    with path.open("rb") as stream:
        for number, raw in enumerate(stream, 1):
            content = raw.removesuffix(b"\n").removesuffix(b"\r")
            if number == 1:
                content = content.removeprefix(b"\xef\xbb\xbf")
            bad = content.find(b"\0")
            try:
                text = content.decode("utf-8")
            except UnicodeDecodeError as error:
                text, bad = content.decode("utf-8", "replace"), error.start
            if bad >= 0:
                faults.add(
                    path, number, "", f"byte 0x{content[bad]:02x} at position {bad}", "UTF-8; save the file in that encoding"
                )
            yield Line(number, text, bad < 0)


def read_records(path: Path, faults: Faults) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Stream the objects of a JSON lines file with their line numbers; empty lines are skipped."""
    for number, text, valid in read_lines(path, faults):
        if not valid or not text.strip():
            continue
        try:
            record = json.loads(text)
            check_characters(record, text)
        except (ValueError, RecursionError) as error:
            why = f"{error.msg} at position {error.pos}" if isinstance(error, json.JSONDecodeError) else str(error)
            faults.add(path, number, "", f"{text[:40]!r} ({why})", "one JSON object on each line")
            continue
        if not isinstance(record, dict):
            faults.add(path, number, "", f"a JSON {type(record).__name__}", 'a JSON object such as {"text": "..."}')
            continue
        yield number, record


def check_characters(value: Any, source: str) -> None:
    """Refuse JSON whose escapes make half of a surrogate pair, which no file in UTF-8 can hold and no tokenizer reads.

    Args:
        value: What was parsed.
        source: What it was parsed from.

    Raises:
        ValueError: if there is one.
    """
    if "\\ud" in source or "\\uD" in source:
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError as error:
            raise ValueError(f"an escape makes half of a surrogate pair, {error.object[error.start]!r}") from None
