"""The machine and the libraries that a number was measured with."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["LIBRARIES", "declare_threads", "flags", "hardware", "model_threads", "threads", "versions"]

LIBRARIES: tuple[str, ...] = (
    "torch", "transformers", "tokenizers", "scikit-learn", "numpy", "scipy", "faiss-cpu", "spacy", "onnxruntime", "openvino",
    "nlpref",
)  # fmt: skip
"""Distributions whose versions change results or speed."""

_CPU_INFO = Path("/proc/cpuinfo")
_declared = 0
_FLAGS = {
    "avx2": ("avx2",), "avx512": ("avx512f",), "avx512_bf16": ("avx512_bf16",), "vnni": ("avx512_vnni", "avx_vnni"),
    "amx": ("amx_tile",), "dotprod": ("asimddp",), "i8mm": ("i8mm",),
}  # fmt: skip


def hardware() -> dict[str, Any]:
    """Processor, cores this process may use, memory in 10^9 bytes, instruction sets, GPU; what is not known is absent."""
    info = _cpu_info()
    found: dict[str, Any] = {
        "cpu": info.get("model name") or platform.processor() or platform.machine(),
        "cores": _cores(),
        "system": f"{platform.system()} {platform.machine()}",
    }
    if known := flags():
        found["flags"] = known
    if "SC_PHYS_PAGES" in os.sysconf_names:
        found["memory_gb"] = round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9, 1)
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        found["gpu"] = torch.cuda.get_device_name()
    return found


def flags() -> list[str]:
    """Instruction sets of the processor that change how integers and floats are multiplied; empty if not known."""
    info = _cpu_info()
    found = set(info.get("flags", info.get("Features", "")).split())
    return [name for name, any_of in _FLAGS.items() if found & set(any_of)]


def threads() -> int:
    """Compute threads: torch's own setting if torch is loaded, else ``OMP_NUM_THREADS``, else the usable cores."""
    torch = sys.modules.get("torch")
    if torch is not None:
        return int(torch.get_num_threads())
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    return int(wanted) if wanted.isdecimal() and int(wanted) else _cores()


def declare_threads(count: int) -> None:
    """Note that a model computes with so many threads of its own, whatever torch is set to; see ``model_threads``."""
    global _declared
    _declared = count


def model_threads() -> int:
    """Compute threads of the model that this process has loaded: those it declared, or else ``threads()``."""
    return _declared or threads()


def versions(libraries: Sequence[str] = LIBRARIES) -> dict[str, str]:
    """Version of Python and of those libraries that are installed, without importing them."""
    found = {"python": platform.python_version()}
    for name in libraries:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _cpu_info() -> dict[str, str]:
    if not _CPU_INFO.is_file():
        return {}
    first = _CPU_INFO.read_text("utf-8").partition("\n\n")[0]
    pairs = (line.partition(":") for line in first.splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}
