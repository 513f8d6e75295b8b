"""What every test may rely on: no network, a fixed number of threads, caches in a temporary folder."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

# A loaded machine is no fault of the code.
settings.register_profile("nlpref", deadline=None)
settings.load_profile("nlpref")

_SCRATCH = Path(tempfile.mkdtemp(prefix="nlpref-tests-"))

# One thread: the models of the tests are so small that two would mostly wait for each other.
# Set before torch, transformers or mlflow is imported, and handed down to processes that tests start.
os.environ.update(
    HF_HUB_OFFLINE="1",
    HF_HUB_DISABLE_TELEMETRY="1",
    MLFLOW_DISABLE_TELEMETRY="true",
    MLFLOW_TRACKING_URI=f"sqlite:///{_SCRATCH / 'mlflow.db'}",
    MPLBACKEND="Agg",
    NLPREF_CACHE=str(_SCRATCH / "cache"),
    OMP_NUM_THREADS="1",
    MKL_NUM_THREADS="1",
    OPENBLAS_NUM_THREADS="1",
    RAY_ENABLE_AUTO_CONNECT="0",
    GRPC_ENABLE_FORK_SUPPORT="0",
    TOKENIZERS_PARALLELISM="false",
)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the temporary folder."""
    shutil.rmtree(_SCRATCH, ignore_errors=True)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what this machine cannot run, saying why."""
    if item.get_closest_marker("real_data") and not os.environ.get("NLPREF_DATA"):
        pytest.skip("needs NLPREF_DATA, the folder of public data sets")
    if item.get_closest_marker("gpu"):
        import torch

        if not torch.cuda.is_available():
            pytest.skip("needs a GPU")
