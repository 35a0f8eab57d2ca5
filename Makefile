# Two commands do everything, set-up included: `make demo` and `make test`.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
WORKERS ?= auto
# What only a checkout of the source can be asked: its prose, its generated files, its development programs.
SOURCE_ONLY := -m "not source"

.PHONY: demo test bench fuzz lint docs generate wheel-test suite programs clean

demo: $(STAMP) programs
	$(BIN)/quantgov demo

test: $(STAMP) programs lint docs wheel-test suite

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,bench]'
	touch $(STAMP)

programs:
	@sh tools/ensure-programs.sh

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python tools/generate.py --check
	$(BIN)/pre-commit run --all-files
	$(BIN)/quantgov check --all

docs: $(STAMP)
	$(BIN)/sphinx-build -q -W -b html docs build/docs

generate: $(STAMP)
	$(BIN)/python tools/generate.py

# The suite against the installed wheel, with the source tree out of reach.
wheel-test: $(STAMP)
	rm -rf build/wheel
	$(BIN)/python -m build --quiet --wheel --no-isolation --outdir build/wheel
	$(PYTHON) -m venv build/wheel/venv
	build/wheel/venv/bin/python -m pip install --quiet --disable-pip-version-check build/wheel/*.whl
	build/wheel/venv/bin/quantgov --help > /dev/null  # as its users have it, before dev brings more along
	build/wheel/venv/bin/python -m pip install --quiet --disable-pip-version-check "$$(echo build/wheel/*.whl)[dev]"
	sh tools/test-wheel.sh build/wheel/venv $(WORKERS) $(SOURCE_ONLY)

suite: $(STAMP) programs
	$(BIN)/pytest -q -n $(WORKERS) --dist loadgroup --cov --cov-report=json:build/coverage.json --cov-report=
	@$(BIN)/python tools/coverage_gate.py build/coverage.json

bench: $(STAMP) programs
	$(BIN)/python -m benchmarks

fuzz: $(STAMP)
	HYPOTHESIS_PROFILE=fuzz $(BIN)/pytest -q -n $(WORKERS) -m hypothesis

clean:
	rm -rf $(VENV) build
