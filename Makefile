# Everything a newcomer, a maintainer or a machine does here is a target of this file.

PYTHON     ?= python3
# Where torch comes from: options for pip. Nothing: the usual index (on Linux that build brings CUDA).
# CPU only:  make demo TORCH_FROM="--index-url https://download.pytorch.org/whl/cpu"
TORCH_FROM ?=
TORCH      := $(shell sed -n 's/^torch==/torch==/p' constraints.txt)

BIN  := .venv/bin
PIP  := $(BIN)/python -m pip --disable-pip-version-check
PINS := -c constraints.txt
export HF_HUB_OFFLINE = 1
export MLFLOW_DISABLE_TELEMETRY = true

.DEFAULT_GOAL := help
.PHONY: help install demo test test-all lint types check corpus evidence latency bench retrieval overhead readme mlflow wheel clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/demo ## Train, track, time and show all three tasks on the bundled data, offline
	$(BIN)/python -m nlpref.demo

test: .venv/dev ## Run the tests
	$(BIN)/python -m pytest

test-all: .venv/dev ## Run the tests, slow ones too, with branch coverage
	$(BIN)/python -m pytest -m "slow or not slow" --cov --cov-report=term

install: .venv/demo ## Make .venv and install nlpref with the bundled weights

lint: .venv/dev ## Check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev ## Check types
	$(BIN)/mypy

check: lint types test ## All that must pass before a change is merged

corpus: .venv/demo ## Build the bundled corpus from its hand-written parts
	$(BIN)/python scripts/supportdesk/generate.py

evidence: .venv/evidence ## Run every experiment behind the README's figures (needs NLPREF_DATA or a network; several hours)
	$(BIN)/python benchmarks/evidence.py

latency: .venv/demo ## Time the models of those experiments
	$(BIN)/python benchmarks/evidence.py latency=only

bench: .venv/bench ## Measure the fast path against its peers, and draw the frontiers (needs the runs of `make evidence`)
	$(BIN)/python benchmarks/peers.py
	$(BIN)/python scripts/draw_frontiers.py
	$(BIN)/python scripts/fill_readme.py

retrieval: .venv/demo ## Measure stages, guard, deadline, answers, indexes and collections (needs NLPREF_DATA or a network; hours)
	for script in retrieval_stages reranking_never_hurts answerability deadline collection_changes collection_faults \
	  collection_scale faiss_table; do $(BIN)/python benchmarks/$$script.py || exit 1; done
	$(BIN)/python benchmarks/collection_scale.py encoder=static
	$(BIN)/python benchmarks/reranking_never_hurts.py first=bm25
	$(BIN)/python scripts/draw_collection_scale.py
	$(BIN)/python scripts/draw_faiss_table.py
	$(BIN)/python scripts/fill_readme.py

overhead: .venv/demo ## Compare single predictions through the public API with the bare model call
	$(BIN)/python benchmarks/overhead.py

readme: .venv/demo ## Write the README's tables from the committed records
	$(BIN)/python scripts/fill_readme.py

mlflow: .venv/demo ## Open the tracking pages
	$(BIN)/mlflow ui --backend-store-uri sqlite:///mlflow.db

wheel: .venv/dev ## Build wheel and source distribution
	$(BIN)/python -m build

clean: ## Remove the environment, caches and results
	rm -rf .venv build dist reports runs multirun mlruns mlflow.db* .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage*

.venv/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "error: nlpref needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; set PYTHON=... to another one")'
	$(PYTHON) -m venv .venv
	$(PIP) install --quiet --progress-bar off $(PINS) $(TORCH_FROM) "$(TORCH)"
	touch $@

.venv/demo: .venv/python pyproject.toml constraints.txt
	$(PIP) install --quiet --progress-bar off $(PINS) -e '.[offline,fast]'
	touch $@

.venv/bench: .venv/demo
	$(PIP) install --quiet --progress-bar off $(PINS) -e '.[offline,fast,openvino,bench]'
	touch $@

.venv/evidence: .venv/demo
	$(PIP) install --quiet --progress-bar off $(PINS) -e '.[offline,fast,explain,lora,lemmas]'
	touch $@

.venv/dev: .venv/demo
	$(PIP) install --quiet --progress-bar off $(PINS) -e '.[offline,fast,dev]'
	touch $@
