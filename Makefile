# make demo and make test are all that a newcomer needs; each makes its own environment first.
PY := .venv/bin/python
SIZE ?= 300
FOLDER ?= .cache/screenshots

# Tests of one file stay together, those that need Kubo share two of four workers (tests/conftest.py groups them):
# more nodes at once would fight for two cores, and the tests around them mostly wait.
PYTEST := $(PY) -m pytest -q -n 4 --dist loadgroup -o asyncio_default_fixture_loop_scope=function

# Bytecode is kept: four workers and hundreds of processes load the same modules.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test test-all made lint collected system env kubo bench screenshots pictures catalogue lock clean

help:
	@echo "make demo       upload, release and download films it makes, SIZE=$(SIZE) MB of them; compares every byte"
	@echo "make test       style, types, layers and all tests but the long ones"
	@echo "make test-all   the same with the long ones"
	@echo "make lint       style, types and layers alone"
	@echo "make env        .venv with everything in it     make kubo   the IPFS node program; prints its path"
	@echo "make bench      the benchmarks                  make clean  remove all that was made here"
	@echo "make screenshots  the window at each stage of a hand-over, FOLDER=$(FOLDER)"
	@echo "make pictures   the same for README and guide, put in their place"
	@echo "make catalogue  collect texts to translate      make lock   choose package versions anew"

demo: kubo
	@$(PY) -m scripts.demo --size $(SIZE) $(DEMO)

test: made
	@echo "tests (a few minutes)"
	@$(PYTEST) -m "not slow" $(TESTS)

test-all: made
	@echo "all tests, the long ones too"
	@$(PYTEST) $(TESTS)

# System packages and the environment mostly wait for the network, a node that has to be built and the checks of types
# take a minute or more of both processors: side by side.
ENV_FIRST := env
made:
	@$(MAKE) --no-print-directory -j2 system env
	@$(MAKE) --no-print-directory -j3 ENV_FIRST= lint kubo collected

lint: $(ENV_FIRST)
	@echo "style" && $(PY) -m ruff check --quiet . && $(PY) -m ruff format --check --quiet .
	@echo "types (a minute the first time)" && $(PY) -m mypy
	@echo "layers" && .venv/bin/lint-imports --no-logo >.cache/layers.txt || { cat .cache/layers.txt; exit 1; }

# Tests are collected once alone: their bytecode is there then, and four workers don't make it at the same time.
collected: $(ENV_FIRST)
	@$(PY) -m pytest -q --collect-only -p no:cacheprovider $(TESTS) >.cache/collected.txt \
	  || { tail -n 40 .cache/collected.txt; exit 1; }

system:
	@bash scripts/system.sh

env:
	@mkdir -p .cache
	@bash scripts/env.sh

kubo: $(ENV_FIRST)
	@$(PY) scripts/get_kubo.py

screenshots: system kubo
	@KUBO=$$($(PY) scripts/get_kubo.py) && for scale in 1 2; do \
	  xvfb-run -a -s "-screen 0 2880x1800x24" $(PY) -m scripts.screenshots \
	    --kubo "$$KUBO" --folder "$(FOLDER)" --scale $$scale $(SHOTS) || exit 1; done

pictures: system kubo
	@KUBO=$$($(PY) scripts/get_kubo.py) && rm -rf "$(FOLDER)" && \
	  xvfb-run -a -s "-screen 0 2880x1800x24" $(PY) -m scripts.screenshots \
	    --kubo "$$KUBO" --folder "$(FOLDER)" --looks en-light zh-light $(SHOTS) && \
	  $(PY) -m scripts.guide_pictures "$(FOLDER)"

bench: kubo
	@KUBO=$$($(PY) scripts/get_kubo.py) && $(PY) -m benchmarks.transfer --kubo "$$KUBO" $(BENCH)

catalogue: env
	@$(PY) -m scripts.catalogue

lock: env
	@$(PY) -m scripts.lock

clean:
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist *.egg-info
	find app sandbox scripts tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
