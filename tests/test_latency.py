"""Timing with models whose cost is known, in this process and in a new one."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from nlpref import machine
from nlpref.errors import InputError, NlprefError, StorageError
from nlpref.fresh import peak_memory_mb
from nlpref.latency import (
    Stopwatch,
    alternate,
    folder_mb,
    measure,
    measure_fresh,
    measure_saved,
    open_saved,
    timed,
)
from nlpref.results import LatencyResult
from nlpref.storage import draft, restore


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    """New processes import this module by its name, so the folder above ``tests`` must be on their path."""
    monkeypatch.syspath_prepend(Path(__file__).parents[1])


class Sleeper:
    """A saved component that sleeps a while for each call and holds some memory."""

    def __init__(self, ms=2.0, hold_mb=0):
        self.ms = ms
        self.hold_mb = hold_mb

    def predict(self, inputs):
        time.sleep(self.ms / 1000)
        return [len(item) for item in inputs]

    def save(self, folder):
        with draft(self, folder):
            pass

    @classmethod
    def load(cls, folder):
        return restore(cls, folder)


def open_sleeper(ms, hold_mb=0):
    sleeper = Sleeper(ms)
    sleeper.held = np.ones(hold_mb * 10**6 // 8)
    return sleeper.predict


def open_broken():
    raise RuntimeError("these weights are not for you")


def test_stopwatch_runs_and_stops():
    watch = Stopwatch()
    first = watch.seconds
    assert watch.seconds > first >= 0
    stopped = watch.stop().seconds
    assert watch.stop().seconds == stopped
    assert watch.ms == stopped * 1000


def test_timed_stops_on_errors():
    with pytest.raises(KeyError), timed() as watch:  # noqa: PT012
        time.sleep(0.002)
        raise KeyError
    assert watch.seconds == watch.seconds >= 0.002


def test_measure_knows_a_known_cost():
    timing = measure(Sleeper(ms=3).predict, ["a", "b"], batch_size=16, repeats=20, batches=3)
    assert 3 <= timing.p50_ms <= timing.p95_ms <= timing.p99_ms
    # Sleeping 3 ms for 16 inputs: no more than 16 / 0.003 per second.
    assert 0 < timing.throughput_per_s <= 16 / 0.003
    assert (timing.n, timing.batch_size) == (20, 16)


def test_measure_uses_inputs_in_order_one_by_one_then_in_batches():
    seen = []
    measure(seen.append, [1, 2, 3], batch_size=2, warmup=1, repeats=4, batches=2)
    assert seen == [[1], [1], [2], [3], [1], [1, 2], [3, 1], [2, 3]]


@pytest.mark.parametrize(
    ("inputs", "settings"), [([], {}), ("text", {}), (["a"], {"repeats": 0}), (["a"], {"batch_size": 0}), (["a"], {"warmup": -1})]
)
def test_measure_refuses(inputs, settings):
    with pytest.raises(InputError, match="measure needs a sequence of inputs"):
        measure(len, inputs, **settings)


def test_measure_fresh_counts_the_memory_of_the_model_alone():
    held = np.ones(300 * 10**6 // 8)
    settings = {"repeats": 5, "batches": 1, "batch_size": 2}
    small = measure_fresh(open_sleeper, {"ms": 2}, ["a", "b"], model="small", **settings)
    large = measure_fresh(open_sleeper, {"ms": 2, "hold_mb": 200}, ["a", "b"], model="large", disk_mb=1.5, **settings)
    assert 180 < large.memory_mb - small.memory_mb < 220
    # This process is larger than that, and the new one must not inherit its peak.
    assert small.memory_mb < held.nbytes / 1e6 < peak_memory_mb()
    assert small.p50_ms >= 2
    assert small.load_s >= 0.002
    assert (large.model, large.disk_mb, small.disk_mb, small.n) == ("large", 1.5, None, 5)
    assert LatencyResult.from_json(large.to_json()) == large
    assert large.versions == machine.versions()


def test_measure_saved(tmp_path):
    Sleeper(ms=2).save(tmp_path / "model")
    trusted = ["nlpref", __name__.partition(".")[0]]
    found = measure_saved(
        tmp_path / "model", "predict", ["a"], model="sleeper", trusted=trusted, repeats=3, batches=1, batch_size=1
    )
    assert found.p50_ms >= 2
    assert found.disk_mb == folder_mb(tmp_path / "model") > 0
    assert open_saved(str(tmp_path / "model"), "predict", trusted)(["abc"]) == [3]
    with pytest.raises(NlprefError, match="not from a trusted package"):
        measure_saved(tmp_path / "model", "predict", ["a"], model="sleeper")
    with pytest.raises(StorageError, match="does not exist"):
        measure_saved(tmp_path / "none", "predict", ["a"], model="sleeper")


def test_measure_fresh_refuses_and_reports():
    with pytest.raises(NlprefError, match="these weights are not for you"):
        measure_fresh(open_broken, {}, ["a"], model="broken")
    with pytest.raises(InputError, match="top of a module"):
        measure_fresh(lambda: len, {}, ["a"], model="hidden")
    with pytest.raises(InputError, match="JSON values"):
        measure_fresh(open_sleeper, {"ms": object()}, ["a"], model="odd")


def test_peak_memory_without_proc(monkeypatch, tmp_path):
    import resource

    monkeypatch.setattr("nlpref.fresh._STATUS", tmp_path / "none")
    assert peak_memory_mb() == pytest.approx(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6, rel=0.05)
    monkeypatch.setitem(sys.modules, "resource", None)
    with pytest.raises(NlprefError, match="Linux and macOS"):
        peak_memory_mb()


def test_alternate_finds_the_ratio():
    turns = []

    def sleep(name, ms):
        turns.append(name)
        time.sleep(ms / 1000)

    rivals = {"ours": lambda: sleep("ours", 9), "theirs": lambda: sleep("theirs", 3)}
    found = alternate(rivals, rounds=10, baseline="theirs", warmup=1)
    ratio = found.ratios["ours"]
    assert list(found.ratios) == ["ours"]
    assert ratio.low <= ratio.value <= ratio.high
    assert 1.5 < ratio.value < 6
    assert {name: len(times) for name, times in found.times_ms.items()} == {"ours": 10, "theirs": 10}
    rounds = [tuple(turns[start : start + 2]) for start in range(0, 22, 2)]
    assert set(rounds) == {("ours", "theirs"), ("theirs", "ours")}
    assert alternate(rivals, rounds=1).baseline == "ours"


@pytest.mark.parametrize(("names", "options"), [("a", {}), ("", {}), ("ab", {"baseline": "c"}), ("ab", {"rounds": 0})])
def test_alternate_refuses(names, options):
    with pytest.raises(InputError, match="two candidates"):
        alternate(dict.fromkeys(names, int), **options)


def test_folder_mb(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "one").write_bytes(bytes(1500))
    (tmp_path / "a" / "b" / "two").write_bytes(bytes(500))
    assert folder_mb(tmp_path / "a") == 0.002
    assert folder_mb(tmp_path / "a" / "one") == 0.0015
    with pytest.raises(StorageError, match="does not exist"):
        folder_mb(tmp_path / "none")


def test_machine_describes_itself(monkeypatch, tmp_path):
    found = machine.hardware()
    assert found["cpu"]
    assert 1 <= found["cores"] <= os.cpu_count()
    assert set(found.get("flags", [])) <= {"avx2", "avx512", "avx512_bf16", "vnni", "amx", "dotprod", "i8mm"}
    assert machine.versions()["numpy"] == np.__version__
    assert "no-such-thing" not in machine.versions(["no-such-thing"])
    monkeypatch.setattr("nlpref.machine._CPU_INFO", tmp_path / "none")
    assert machine.hardware()["cpu"]


def test_threads_with_and_without_torch(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert machine.threads() == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "many")
    assert machine.threads() == machine.hardware()["cores"]


def test_neither_torch_nor_scikit_learn_is_loaded_to_measure():
    program = "import sys, nlpref.latency; print(sorted({'torch', 'sklearn', 'transformers'} & set(sys.modules)))"
    path = os.pathsep.join(sys.path)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PYTHONPATH": path})
    assert done.stdout.strip() == "[]"
