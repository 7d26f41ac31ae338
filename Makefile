# A machine needs make and Python 3.11, 3.12 or 3.13; every target does its own set-up, once for each change of the lock.
#
#   PYTHON=python3.12      the interpreter of the virtual environment
#   DATA_DIR=, RAW_DIR=    where `make run` and `make ui` keep their data, and take deliveries from
#   PORT=3000              of `make ui`
#   PEOPLE=, SEED=         of `make train-identity`
#   CANARIES=25            invented people of `make canaries`
#   SIZES="100000 1000000" rows that `make bench` measures
#   PEERS=1                `make bench` measures other tools too, some of them in an environment of their own

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
OLD_DUCKDB := .venv-duckdb15
OTHERS := .venv-peers
DATA_DIR ?= data/demo
RAW_DIR ?= data/sample
PORT ?= 3000
SIZES ?=
PEERS ?=
PEOPLE ?=
SEED ?=
PYTEST_ARGS ?=
# A file of tests stays with one worker, so what its tests share is made once.
PARALLEL := --numprocesses auto --dist loadfile
DOCS := $(BIN)/python -m cx_pipeline.reference docs
# Once, at the installation: what is not compiled then, every run compiles anew where it may not write beside the packages.
COMPILE_ALL = $(BIN)/python -m compileall -qq -j 0
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate

export DAGSTER_DISABLE_TELEMETRY := yes
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup run ui test test-all test-duckdb15 check lint format types imports definitions docs docs-check pictures bench utility canaries train-identity lock clean

help: ## show this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /\1	/' | expand -t 16

setup: $(VENV)/.installed ## make .venv and install what requirements.lock names

# An environment without pip (uv makes such ones) gets the pip that comes with Python when uv is not to be had.
$(BIN)/python:
	@chosen=; for python in $(or $(PYTHON),python3.11 python3 python3.12 python3.13 python); do \
	  if "$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' >/dev/null 2>&1; then \
	    chosen="$$python"; break; fi; done; \
	if [ -z "$$chosen" ]; then echo "no Python 3.11, 3.12 or 3.13 was found; name one: make PYTHON=/path/to/python3.11" >&2; exit 2; fi; \
	echo "==> making $(VENV) with $$("$$chosen" --version)"; \
	if command -v uv >/dev/null 2>&1; then uv venv --quiet --clear --python "$$chosen" $(VENV); else "$$chosen" -m venv --clear $(VENV); fi

$(VENV)/.locked: requirements.lock | $(BIN)/python
	@if command -v uv >/dev/null 2>&1; then \
	  echo "==> installing requirements.lock with uv"; \
	  uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock; \
	else \
	  $(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null; \
	  echo "==> installing requirements.lock with pip (some minutes, once)"; \
	  $(BIN)/python -m pip install -qq --require-hashes -r requirements.lock; \
	fi
	@$(COMPILE_ALL) $(VENV)/lib || true  # some packages hold templates that are no Python
	@touch $@

$(VENV)/.installed: pyproject.toml $(VENV)/.locked
	@if command -v uv >/dev/null 2>&1; then \
	  uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .; \
	else \
	  $(BIN)/python -m pip install -qq --no-deps --no-build-isolation --editable .; \
	fi
	@$(COMPILE_ALL) cx_pipeline checks assets
	@touch $@
	@echo "==> ready: $(BIN)/cx-pipeline"

run: setup ## take the deliveries of data/sample the whole way into data/demo
	@$(BIN)/cx-pipeline run --all --raw-dir "$(RAW_DIR)" --data-dir "$(DATA_DIR)"

ui: setup ## open the Dagster UI on 127.0.0.1 with the runs of `make run`
	@$(BIN)/cx-pipeline ui --raw-dir "$(RAW_DIR)" --data-dir "$(DATA_DIR)" --port $(PORT)

test: setup ## the tests but for the slow ones
	@$(BIN)/python -m pytest -q $(PARALLEL) -m "not slow" $(PYTEST_ARGS)

test-all: setup ## every test
	@$(BIN)/python -m pytest -q $(PARALLEL) $(PYTEST_ARGS)

# DuckDB 1.5 lies before the locked one on the path of a second environment; everything else is shared with .venv.
test-duckdb15: setup ## tests of warehouse and checks, on DuckDB 1.5
	@if [ ! -e $(OLD_DUCKDB)/.installed ] || [ requirements-duckdb15.lock -nt $(OLD_DUCKDB)/.installed ]; then \
	  echo "==> making $(OLD_DUCKDB)"; \
	  if command -v uv >/dev/null 2>&1; then \
	    $(BIN)/python -m venv --clear --without-pip $(OLD_DUCKDB) && \
	    uv pip install --quiet --python $(OLD_DUCKDB)/bin/python --no-deps --require-hashes -r requirements-duckdb15.lock; \
	  else \
	    $(BIN)/python -m venv --clear $(OLD_DUCKDB) && \
	    $(OLD_DUCKDB)/bin/python -m pip install -qq --no-deps --require-hashes -r requirements-duckdb15.lock; \
	  fi && \
	  own=$$($(OLD_DUCKDB)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') && \
	  $(BIN)/python -c 'import sysconfig; print("import site; site.addsitedir(%r)" % sysconfig.get_path("purelib"))' > "$$own/shared.pth" && \
	  touch $(OLD_DUCKDB)/.installed; fi
	@$(OLD_DUCKDB)/bin/python -c 'import duckdb; assert duckdb.__version__.startswith("1.5."); print("==> DuckDB", duckdb.__version__)'
	@$(OLD_DUCKDB)/bin/python -m pytest -q -m "not slow" $(wildcard tests/warehouse tests/checks) $(PYTEST_ARGS)

check: lint format types imports definitions docs-check ## everything that is judged without running the tests
	@echo "==> check passed"

lint: setup
	@echo "==> ruff check" && $(BIN)/ruff check --quiet .

format: setup
	@echo "==> ruff format --check" && $(BIN)/ruff format --quiet --check --output-format concise . || \
	  { echo "not formatted; next: $(BIN)/ruff format ." >&2; exit 1; }

types: setup
	@echo "==> mypy --strict" && $(BIN)/mypy --no-error-summary cx_pipeline assets checks tests $(if $(wildcard bench/*.py),bench)

imports: setup
	@echo "==> lint-imports" && $(BIN)/lint-imports --no-logo > .lint-imports.log || { cat .lint-imports.log >&2; rm -f .lint-imports.log; exit 1; }
	@rm -f .lint-imports.log

definitions: setup
	@echo "==> dagster definitions validate" && PYTHONWARNINGS=ignore $(BIN)/dagster definitions validate -w workspace.yaml --log-level warning

docs-check: setup
	@echo "==> generated pages of docs/" && $(DOCS) --check

docs: setup ## write the generated pages of docs/ anew
	@$(DOCS)

pictures: setup ## draw the pictures of docs/ anew from data/sample (some minutes)
	@$(BIN)/python -m cx_pipeline.reference.pictures data/sample docs

bench: setup $(if $(filter-out 0,$(PEERS)),$(OTHERS)/.tried) ## measure speed and memory (SIZES=, PEERS=1)
	@PEERS="$(PEERS)" $(BIN)/python -m bench $(SIZES)

# What cannot be installed is skipped, and the results say so.
$(OTHERS)/.tried: requirements-peers.lock | setup
	@echo "==> making $(OTHERS)"
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv --quiet --clear --python $(BIN)/python $(OTHERS) && \
	  uv pip install --quiet --python $(OTHERS)/bin/python --require-hashes -r requirements-peers.lock; \
	else \
	  $(BIN)/python -m venv --clear $(OTHERS) && $(OTHERS)/bin/python -m pip install -qq --require-hashes -r requirements-peers.lock; \
	fi && touch $@ || echo "==> requirements-peers.lock could not be installed; what needs it is skipped" >&2

utility: setup ## what masking takes for nothing: false masks per 1,000 messages
	@$(BIN)/python -m cx_pipeline.privacy.utility

canaries: setup ## send a whole flock of invented people through the pipeline and look for their traces (CANARIES=)
	@CX_TEST_CANARIES=$(or $(CANARIES),25) $(BIN)/python -m pytest -q tests/assets/test_canaries.py tests/privacy $(PYTEST_ARGS)

train-identity: setup ## fit the stored matching model anew on an invented population (PEOPLE=, SEED=)
	@$(BIN)/python -m cx_pipeline.commands.train_identity $(if $(PEOPLE),--people $(PEOPLE)) $(if $(SEED),--seed $(SEED))

lock: ## resolve the dependencies of pyproject.toml anew (needs uv; UPGRADE=1 for the newest versions)
	@command -v uv >/dev/null 2>&1 || { echo "make lock needs uv on the path" >&2; exit 2; }
	@$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml --extra dev --output-file requirements.lock >/dev/null
	@echo "duckdb>=1.5,<1.6" | $(COMPILE) $(if $(UPGRADE),--upgrade) - --output-file requirements-duckdb15.lock >/dev/null
	@printf 'presidio-analyzer\npresidio-anonymizer\n' | $(COMPILE) $(if $(UPGRADE),--upgrade) - --output-file requirements-peers.lock >/dev/null
	@echo "==> requirements.lock: $$(grep -cE '^[a-z0-9]' requirements.lock) pins"

clean: ## remove caches, builds and data/demo; .venv and your own data stay
	@rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache data/demo $(OLD_DUCKDB) $(OTHERS)
	@find cx_pipeline assets checks tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "==> clean"
