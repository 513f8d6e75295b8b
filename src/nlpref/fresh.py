"""Call a function in a new Python process, and tell the peak memory of that process.

Request and answer are JSON, so nothing is pickled, and the new process imports the function's module and not the
program that asks.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from nlpref.errors import InputError, NlprefError

__all__ = ["call_fresh", "peak_memory_mb"]

_STATUS = Path("/proc/self/status")
_PROGRAM = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from nlpref.fresh import _answer; _answer(*sys.argv[2:])"


def call_fresh(module: str, function: str, request: dict[str, Any]) -> tuple[Any, float]:
    """Call ``module.function(**request)`` in a new process; gives its answer and the process's peak memory in MB.

    Raises:
        InputError: if the request is not made of JSON values.
        NlprefError: if the process fails; the message carries its last lines.
    """
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder, "request.json"), Path(folder, "answer.json")
        try:
            asked.write_text(json.dumps(request), "utf-8")
        except (TypeError, ValueError) as error:
            raise InputError(f"what goes to a new process must be JSON values: {error}") from error
        command = [sys.executable, "-c", _PROGRAM, json.dumps(sys.path), module, function, str(asked), str(answered)]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        if done.returncode or not answered.is_file():
            tail = "\n".join(done.stderr.strip().splitlines()[-15:])
            raise NlprefError(f"the process that runs {module}.{function} ended with code {done.returncode}:\n{tail}")
        answer = json.loads(answered.read_text("utf-8"))
        return answer["value"], answer["peak_memory_mb"]


def _answer(module: str, function: str, asked: str, answered: str) -> None:
    value = getattr(importlib.import_module(module), function)(**json.loads(Path(asked).read_text("utf-8")))
    Path(answered).write_text(json.dumps({"value": value, "peak_memory_mb": peak_memory_mb()}), "utf-8")


def peak_memory_mb() -> float:
    """Peak resident memory of this process, in 10^6 bytes.

    Linux keeps ``ru_maxrss`` across ``exec``, so a child started by a large program would show that program's peak;
    the high-water mark in ``/proc`` starts anew.

    Raises:
        NlprefError: where the system does not tell.
    """
    if _STATUS.is_file():
        for line in _STATUS.read_text("utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    try:
        import resource
    except ImportError:
        raise NlprefError("peak memory can be read on Linux and macOS only") from None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e6
