# What a newcomer and CI type. Every target but help and clean makes the checkout ready first (scripts/bootstrap).
.DEFAULT_GOAL := help
SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest
# One more than CI has cores: many tests wait for cameras.
WORKERS ?= 3
# A file goes to one worker: what its tests share is set up once. In the order of the folders: the quick ones come last,
# and no worker is left alone with a long file.
DISTRIBUTION := --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder
ARGS ?=

# Half of what the tests do is to start processes. Where Python is told not to keep what it has compiled, as it is in
# many containers, each of them would compile photonic again, which takes as long as its start.
unexport PYTHONDONTWRITEBYTECODE

# In percent, branches counted, over all processes; 96 were measured. A process that a test kills cannot write its part.
COVERAGE_FLOOR := 93

.PHONY: help
help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: ## the demo: a simulated camera and the service, with the page's address (ARGS="--port 8001")
	@scripts/bootstrap run
	@exec .venv/bin/photonic demo $(ARGS)

.PHONY: test
test: lint typecheck ## before each commit: lint, types, layers, and every test that is not marked long
	$(PYTEST) $(DISTRIBUTION) $(ARGS)

.PHONY: test-long
test-long: ready-long ## the tests marked long: each kill point, each body, mutated answers, the rest of the browser tests
	$(PYTEST) $(DISTRIBUTION) -m long $(ARGS)

.PHONY: coverage
coverage: ready-long ## all tests, long ones too, with the coverage of every process (a fifth more time)
	@rm -f .coverage .coverage.*
	$(PYTHON) -m coverage run -m pytest $(DISTRIBUTION) -m "long or not long" $(ARGS)
	@$(PYTHON) -m coverage combine --quiet
	@$(PYTHON) -m coverage report --fail-under $(COVERAGE_FLOOR)

.PHONY: ready
ready:
	@scripts/bootstrap dev

.PHONY: ready-long
ready-long:
	@scripts/bootstrap long

.PHONY: lint
lint: ready ## ruff (rules and format), the layers, the dependencies, class names, banned phrases
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	.venv/bin/lint-imports
	$(PYTHON) -m deptry src
	$(PYTHON) scripts/structure.py --check
	$(PYTHON) scripts/lint_words

# pyright keeps nothing between two runs, and takes more than a minute. What it found right is not checked
# again until a file, a folder (a file is gone) or a requirement changes.
TYPED := $(shell find src tests bench soak typings -mindepth 1 \( -name '*.py' -o -name '*.pyi' -o -type d ! -name __pycache__ \))
TYPECHECKED := .venv/photonic-typechecked

.PHONY: typecheck
typecheck: ready $(TYPECHECKED) ## pyright, strict; nothing to do if nothing has changed since it was green

$(TYPECHECKED): $(TYPED) pyproject.toml $(wildcard requirements/*) | ready
	$(PYTHON) -m pyright
	@touch $@

.PHONY: unit
unit: ready ## the tests without processes and sockets
	$(PYTEST) $(DISTRIBUTION) tests/unit $(ARGS)

.PHONY: contract
contract: ready ## the tests on the real libgphoto2 with the simulated camera
	$(PYTEST) $(DISTRIBUTION) tests/contract $(ARGS)

.PHONY: system
system: ready ## the tests that start the real processes
	$(PYTEST) $(DISTRIBUTION) tests/system $(ARGS)

.PHONY: browser
browser: ready ## the tests in a real Chromium
	$(PYTEST) tests/browser $(ARGS)

# One number per run: random, or given to repeat a run.
SEED ?= $(shell od -An -N4 -tu4 /dev/urandom | tr -d ' ')
SEED := $(SEED)
SCHEDULES ?= 5000

.PHONY: hunt
hunt: ready ## property tests from a random seed, then the session machine on random schedules (SEED=1 SCHEDULES=100000)
	@echo "SEED=$(SEED)"
	$(PYTEST) $(DISTRIBUTION) -m hypothesis --hypothesis-profile=hunt --hypothesis-seed=$(SEED) --timeout=1800 tests/unit $(ARGS)
	$(PYTHON) -m tests.support.session_hunt --seed $(SEED) --schedules $(SCHEDULES)

.PHONY: faults
faults: ready ## play every fault of the table, and write what it cost into docs/reference/faults.md
	$(PYTEST) tests/contract/faults -m "long or not long" --faults-report docs/reference/faults.json $(ARGS)
	$(PYTHON) scripts/documents.py

.PHONY: bench
bench: bench-camera bench-viewers ## both benchmarks (a quarter of an hour, on a machine that does nothing else)

.PHONY: bench-camera
bench-camera: ready ## measure against the raw library on the same camera (bench/results/*.json; minutes)
	$(PYTHON) -m bench.camera $(ARGS)

.PHONY: bench-viewers
bench-viewers: ready ## measure many viewers against bare servers (ARGS="--quick", "--limit", "--slow 1,10,50")
	@mkdir -p bench/results
	$(PYTHON) -m bench.viewers --json bench/results/viewers.json --plot bench/results/viewers.png $(ARGS)

.PHONY: tab
tab: ready ## measure the page in Chromium: time to the first frame, memory of the tab (ARGS="--minutes 30")
	$(PYTHON) scripts/tab $(ARGS)

.PHONY: soak
soak: ready ## captures for hours under all faults and kills, judged by a checker (ARGS="--captures 1000 --seed 1")
	$(PYTHON) -m soak $(ARGS)

.PHONY: simulate
simulate: ready ## simulated histories of the whole service, judged (ARGS="--seed 7 --trace FILE", "--seeds 100", "--hours 8")
	$(PYTHON) -m tests.simulation $(ARGS)

.PHONY: simulate-mutants
simulate-mutants: ready ## break the service on purpose, break by break, and see what the simulation finds (an hour)
	$(PYTHON) -m tests.simulation.mutants $(ARGS)

.PHONY: crash
crash: ready ## what a loss of power may leave of a recorded run of the service, judged (ARGS="--states 20000 --setups card-all --flushes")
	$(PYTHON) -m tests.crash $(ARGS)

.PHONY: package-check
package-check: ready ## install the wheel with each Python, newest and lowest dependencies, use it and remove it (ARGS="--python 3.13")
	$(PYTHON) scripts/package_check $(ARGS)

.PHONY: vectors
vectors: ready ## regenerate the test vectors of the session machine, after a rule was changed on purpose
	$(PYTHON) -m tests.support.session_vectors

.PHONY: screenshots
screenshots: ready ## retake the screenshots in docs/images
	$(PYTHON) scripts/screenshots

.PHONY: cameras
cameras: ready ## observe what each body can do, and write it into docs/reference/cameras.md
	$(PYTHON) -m tests.contract.driver.abilities
	$(PYTHON) scripts/documents.py

.PHONY: bodies
bodies: ready ## record the simulated bodies and the virtual camera again, as examples in bodies/
	@scripts/bodies
	$(PYTHON) scripts/documents.py

.PHONY: documents
documents: ready ## regenerate the generated parts of docs/reference
	$(PYTHON) scripts/documents.py

.PHONY: clean
clean: ## remove what can be recreated (.venv, caches, coverage, benchmark results)
	rm -rf .venv .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.* build dist bench/results
	find src tests bench soak -name __pycache__ -type d -exec rm -rf {} +
