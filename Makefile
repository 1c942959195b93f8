# make            this help
# make repro      everything: .venv, then the pipeline from raw rows to metrics/report.html
# make test       everything: .venv, then all checks
# make test-all   tests that need a browser, a server or many minutes, in parts; a part that passed is not run again
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
# A package index for torch only; empty: the same index as for all other packages.
TORCH_INDEX ?=
# Folder of published files, for real-olist, real-data and pretrained: make real-olist DATA=/data
DATA ?= ../shared/data
# Parts of test-all (empty: all): make test-all PART="s3 ssh". Only the parts that fit into a number of seconds: BUDGET=900
PART ?=
BUDGET ?=
# make pretrained YES=1 accepts the licence of the model without a question
YES ?=
# More arguments for `dvc repro`: make repro ARGS="--pull"
ARGS ?=

# Installed without their dependencies: those would replace pinned packages and add gigabytes for GPUs.
UNSLOTH := unsloth unsloth_zoo cut_cross_entropy docstring_parser einops hf_transfer msgspec torchao typeguard tyro

VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
# Use dvc and python of .venv; ./stage finds .venv by itself.
export PATH := $(BIN):$(PATH)
# DVC does not import vitrine, so its telemetry is switched off here too. Its scratch folder stays in the checkout.
export DVC_NO_ANALYTICS := 1
export ITERATIVE_DO_NOT_TRACK := 1
export DVC_SITE_CACHE_DIR := $(CURDIR)/.dvc/tmp/site
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Always write bytecode: without it every test process and stage compiles all modules again.
unexport VIRTUAL_ENV PYTHONHOME PYTHONDONTWRITEBYTECODE

.PHONY: help setup params repro verify check lint types unit test test-all unsloth real-olist real-data pretrained pretrained-report clean

help: ## this help
	@echo "Vitrine: marketplace data in, a small language model of your own out."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo "  PYTHON=python3.12   another Python (3.11 or newer)      TORCH_INDEX=URL   an index for torch alone"

setup: $(VENV)/ready ## .venv with every pinned package (minutes at first, then instant)

$(VENV)/ready: pyproject.toml constraints.txt
	@command -v "$(PYTHON)" >/dev/null || { echo "vitrine needs Python 3.11 or newer, and there is no '$(PYTHON)': name one, make setup PYTHON=python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "vitrine needs Python 3.11 or newer, and '$(PYTHON)' is $$("$(PYTHON)" -V 2>&1): name a newer one, make setup PYTHON=python3.12" >&2; exit 1; }
	@test -x $(BIN)/pip || "$(PYTHON)" -m venv --clear $(VENV) || \
	  { echo "'$(PYTHON) -m venv' does not work here: install the venv module of your Python (Debian: python3-venv) and run make again" >&2; exit 1; }
	@echo "installing the pinned packages into $(VENV) (some minutes)"
	@if [ -n "$(TORCH_INDEX)" ]; then $(BIN)/pip install --quiet --no-deps --index-url "$(TORCH_INDEX)" -c constraints.txt torch; fi
	@$(BIN)/pip install --quiet -c constraints.txt -e '.[dev]'
	@touch $@

params: setup ## compose conf/ and your own settings into params.yaml
	@python -m vitrine.cli compose

repro: setup ## the whole pipeline: raw rows -> metrics/report.html
	@python -m vitrine.cli compose --keep-edits
	@dvc repro $(ARGS)

verify: setup ## run the whole pipeline again and compare: does every output have the same hash?
	@python -m vitrine.cli compose --check
	@python -m benchmarks.verify $(ARGS)

check: lint types unit ## lint, types and the quick unit tests (about a minute)

lint: setup
	@ruff check --quiet .
	@ruff format --check --quiet . || { echo "some files are not formatted: ruff format ." >&2; exit 1; }

types: setup
	@mypy --no-error-summary

# Tests that import torch and the trainers (seconds in each process) run in `make test` only.
TRAINERS := tests/chat tests/engines tests/lm tests/training tests/stages/test_training_stages.py \
            tests/evaluation/test_bertscore.py tests/evaluation/test_bleurt.py

# One thread each: on two cores, two processes with two threads each spend most of their time waiting for each other.
unit: setup
	@OMP_NUM_THREADS=1 python -m pytest -q -n 2 --dist worksteal -m "not slow and not part" $(TRAINERS:%=--ignore=%)

test: lint types ## every check, including a complete small pipeline in a temporary clone
	@OMP_NUM_THREADS=1 python -m pytest -q -n 2 --dist worksteal --durations=10

test-all: setup ## browser, servers, long recipes, optional packages; continues after an interruption (PART=ssh: run one part again)
	@python -m tests.parts.runner $(PART) $(if $(BUDGET),--budget $(BUDGET))

unsloth: setup ## the backend sft.backend=unsloth (parts are AGPL; it needs the network, and changes no other package)
	@$(BIN)/pip install --quiet --no-deps -c constraints.txt $(UNSLOTH)
	@$(BIN)/python -c "from vitrine.training.sft.unsloth import start; start()"

real-olist: setup ## ingest and clean Olist's published tables in DATA/olist and check every known total (seconds)
	@python -m benchmarks.real olist "$(DATA)"

real-data: setup ## the same for the other published files in DATA
	@python -m benchmarks.real others "$(DATA)"

# Published tables in DATA, if they are there; otherwise the samples.
FOUND := $(foreach source,olist pave_br,$(if $(wildcard $(DATA)/$(source)),$(source)))
pretrained: setup ## fetch Gemma 3 270M (asks first) and fine-tune it on the shop's tasks: half an hour (DATA=, YES=1)
	@python -m vitrine.cli get gemma $(if $(YES),--yes)
	@$(foreach source,$(FOUND),python -m vitrine.cli pin $(source) --path $(abspath $(DATA)/$(source));)
	@python -m vitrine.cli compose --keep-edits recipe=gemma scale=laptop $(foreach source,$(FOUND),\
	  ingest.sources.$(source).origin=path ingest.sources.$(source).path=$(abspath $(DATA)/$(source)))
	@dvc repro sft $(ARGS)
	@echo "models/base and models/sft are Gemma's. dvc repro answers and scores the test prompts too; make params goes back to the defaults"

pretrained-report: setup ## was fine-tuning worth it? few-shot, fine-tuned and a baseline on four tasks (under an hour, resumable)
	@OMP_NUM_THREADS=2 OMP_WAIT_POLICY=PASSIVE python -m benchmarks.pretrained $(ARGS)

clean: ## remove the tools' caches (.venv, data, models and runs stay)
	@rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .test-all *.egg-info build dist
	@find vitrine stages tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
