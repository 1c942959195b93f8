# make            this help
# make repro      everything: .venv, then the pipeline from raw rows to metrics/report.html
# make test       everything: .venv, then all checks
# make test-all   what needs a browser, a server or many minutes: parts, each run once on the same files
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
# An index to take torch from, and nothing else; empty: where every other package comes from.
TORCH_INDEX ?=
# Where published files lie, for real-olist and real-data: make real-olist DATA=/data
DATA ?= ../shared/data
# Parts of test-all, all of them if empty: make test-all PART="s3 ssh". What fits into so many seconds: BUDGET=900
PART ?=
BUDGET ?=
# More words for `dvc repro`: make repro ARGS="--pull"
ARGS ?=

VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
# dvc and python are ours; a stage finds .venv by itself (./stage).
export PATH := $(BIN):$(PATH)
# DVC is not started by vitrine, so its own switches stand here too; its scratch space stays in the checkout.
export DVC_NO_ANALYTICS := 1
export ITERATIVE_DO_NOT_TRACK := 1
export DVC_SITE_CACHE_DIR := $(CURDIR)/.dvc/tmp/site
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Bytecode is kept whatever the shell says: without it each test process and each stage compiles the tree anew.
unexport VIRTUAL_ENV PYTHONHOME PYTHONDONTWRITEBYTECODE

.PHONY: help setup params repro verify check lint types unit test test-all real-olist real-data clean

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

check: lint types unit ## the inner loop: lint, types, the quick unit tests (a minute or so)

lint: setup
	@ruff check --quiet .
	@ruff format --check --quiet . || { echo "some files are not formatted: ruff format ." >&2; exit 1; }

types: setup
	@mypy --no-error-summary

# What has to import torch and the trainers, seconds in each process, is for `make test`.
TRAINERS := tests/engines tests/lm tests/training tests/stages/test_training_stages.py

# One thread each: two processes with two threads on two cores wait for each other more than they work.
unit: setup
	@OMP_NUM_THREADS=1 python -m pytest -q -n 2 --dist worksteal -m "not slow" $(TRAINERS:%=--ignore=%)

test: lint types ## every check, a complete small pipeline in a temporary clone among them
	@OMP_NUM_THREADS=1 python -m pytest -q -n 2 --dist worksteal --durations=10

test-all: setup ## browser, servers, long recipes, optional packages; goes on where it stopped (PART=ssh: one part, again)
	@python -m tests.parts.runner $(PART) $(if $(BUDGET),--budget $(BUDGET))

real-olist: setup ## Olist's published tables, DATA/olist: ingest, clean, and every known total checked (seconds)
	@python -m benchmarks.real olist "$(DATA)"

real-data: setup ## the same of the other published files that lie in DATA
	@python -m benchmarks.real others "$(DATA)"

clean: ## remove the tools' caches (.venv, data, models and runs stay)
	@rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .test-all *.egg-info build dist
	@find vitrine stages tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
