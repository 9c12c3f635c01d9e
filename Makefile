# Everything a developer does. Needs Python 3.11+, make and a C library; the rest is fetched from PyPI and npm.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
NPM := $(BIN)/python frontend/npm.py
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
# Processes the tests run in; 0 runs them in one, with every print as it happens.
JOBS ?= auto
# How often `make hunt` runs the properties.
ROUNDS ?= 10
# A training job never needs more threads here, and tests of timing-free behaviour want none.
export OMP_NUM_THREADS ?= 1

.PHONY: help demo test faults hunt gpu check frontend dev bench build pictures types format clean

help:
	@echo "make demo      a dashboard with two real training runs, from nothing"
	@echo "make test      every test: Python, page logic, and the browser"
	@echo "make faults    ten thousand simulated runs of the protocol, twenty killed jobs, servers killed under load"
	@echo "make hunt      the properties, ten times, each time with other cases"
	@echo "make gpu       the tests that need a CUDA device"
	@echo "make check     format, lint and types, for Python and TypeScript"
	@echo "make format    put Python and TypeScript into the house format"
	@echo "make frontend  the page, built into the server"
	@echo "make dev       server and page, both reloading as you edit"
	@echo "make bench     the budgets, measured side by side"
	@echo "make build     the wheel, installed and served from a clean environment"
	@echo "make pictures  the screenshots in docs/"
	@echo "make types     the page's types, from the server's OpenAPI document"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Rheostat needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml constraints.txt hatch_build.py | $(BIN)/python
	@echo "installing Rheostat with its demo (torch is large)"
	@$(PIP) -e ".[demo]"
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt hatch_build.py | $(BIN)/python
	@echo "installing Rheostat with everything its tests need (torch is large)"
	@RHEOSTAT_FRONTEND=skip $(PIP) -e ".[demo,dev,huggingface,lightning]"
	@touch $@ $(VENV)/.demo

frontend/node_modules/.installed: frontend/package.json frontend/package-lock.json | $(VENV)/.dev
	@$(NPM) ci --no-audit --no-fund --fetch-retries=1
	@touch $@

FRONTEND := $(shell find frontend/src frontend/index.html frontend/vite.config.ts -type f 2>/dev/null)
BUNDLE := server/rheostat_server/static/index.html

$(BUNDLE): $(FRONTEND) frontend/node_modules/.installed
	@$(NPM) run --silent build
	@touch $@

frontend: $(BUNDLE)

demo: $(VENV)/.demo
	@test -f $(BUNDLE) || RHEOSTAT_FRONTEND=force $(PIP) --no-deps -e .
	@exec $(BIN)/rheostat demo

# Tests start hundreds of processes: our modules are compiled once, also where the machine's own setting forbids it.
test faults: export PYTHONDONTWRITEBYTECODE =

test: $(VENV)/.dev $(BUNDLE)
	@$(NPM) run --silent test
	@RHEOSTAT_CHROMIUM="$$($(BIN)/python tests/chromium.py)" $(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

faults: $(VENV)/.dev $(BUNDLE)
	@$(BIN)/python -m tests.protocol
	@RHEOSTAT_KILLS=20 $(BIN)/python -m pytest -n 0 tests/e2e/test_faults.py
	@RHEOSTAT_FUZZ_FRAMES=10000 $(BIN)/python -m pytest -n 0 tests/e2e/test_hostile_frames.py
	@RHEOSTAT_CHROMIUM="$$($(BIN)/python tests/chromium.py)" $(BIN)/python -m pytest -n 0 -m faults $(ARGS)

# The properties, each time with other cases than before; what is found belongs into the test as an @example.
hunt: $(VENV)/.dev
	@for round in $$(seq $(ROUNDS)); do \
	  $(BIN)/python -m pytest -n $(JOBS) -m "hypothesis and not gpu and not faults" --hypothesis-profile=hunt $(ARGS) || exit 1; \
	done

gpu: $(VENV)/.dev
	@$(BIN)/python -m pytest -m gpu -n 0 $(ARGS)

check: $(VENV)/.dev frontend/node_modules/.installed $(BUNDLE)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	@$(BIN)/bandit -q -c pyproject.toml -r server/rheostat_server trainer_agent/rheostat
	@if [ -x $(BIN)/hadolint ]; then $(BIN)/hadolint Dockerfile; fi
	$(NPM) run --silent check

format: $(VENV)/.dev frontend/node_modules/.installed
	$(BIN)/ruff format
	$(BIN)/ruff check --fix
	$(NPM) run --silent format

dev: $(VENV)/.dev $(BUNDLE)
	@trap 'kill 0' EXIT INT TERM; $(NPM) run --silent dev & \
	  $(BIN)/python -m watchfiles --filter python "$(BIN)/rheostat serve" server trainer_agent

bench: $(VENV)/.dev
	@for one in bench/bench_*.py; do echo "== $$one"; $(BIN)/python -m bench.$$(basename $$one .py) || exit 1; done

build: $(VENV)/.dev
	@$(BIN)/python tests/wheel.py

pictures: $(VENV)/.dev $(BUNDLE)
	@RHEOSTAT_CHROMIUM="$$($(BIN)/python tests/chromium.py)" $(BIN)/python -m tests.e2e.pictures
	@RHEOSTAT_CHROMIUM="$$($(BIN)/python tests/chromium.py)" RHEOSTAT_PICTURES=1 \
	  $(BIN)/python -m pytest -q -n 0 tests/e2e/test_first_minute.py

types: $(VENV)/.dev
	@$(BIN)/python -m tests.frontend.types

clean:
	rm -rf $(VENV) frontend/node_modules server/rheostat_server/static dist
