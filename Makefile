# Every target sets up what it needs; nothing but Python 3.11 or newer has to be there.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/ready
VM := $(BIN)/micropython -X heapsize=32M tools/qsota_tools/vm/run_tests.py

.DEFAULT_GOAL := help
.PHONY: help setup test lint demo clean

help: ## Show the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

setup: $(READY) ## Make the virtual environment, again whenever pyproject.toml changes

$(READY): pyproject.toml
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test]'
	touch $@

lint: $(READY) ## Check style and format
	$(BIN)/ruff check
	$(BIN)/ruff format --check

test: lint ## Check style, then run all tests on CPython and the device's also on MicroPython
	$(BIN)/python -m pytest -n 4 --cov --cov-report=term-missing
	set -e; for file in host_tests/device/test_*.py; do $(VM) $$file; done

demo: $(READY) ## Upgrade a virtual board over a simulated module; ARGS=--transcript: the AT dialogue
	$(BIN)/qsota demo $(ARGS)

clean: ## Remove what the targets made
	rm -rf .venv build dist .coverage .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
