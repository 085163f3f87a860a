# hedgelab. Needs make and Python 3.11, 3.12 or 3.13; everything else goes into .venv, once.
# The first run installs what requirements.lock names; later runs need no network.

VENV   := .venv
PYTHON := $(VENV)/bin/python
BOUNDS := (3, 11) <= sys.version_info[:2] <= (3, 13)

# The stamps carry a checksum: the environment is rebuilt when the lock changes or the folder
# moves, the project is linked anew when pyproject.toml changes, and a checkout alone does neither.
LOCKED := $(VENV)/locked-$(shell (echo "$(CURDIR)"; cat requirements.lock) | cksum | cut -d' ' -f1)
READY  := $(VENV)/ready-$(shell cat requirements.lock pyproject.toml | cksum | cut -d' ' -f1)

# One thread per library and one hash seed: the same run twice is the same run.
FIXED := PYTHONHASHSEED=0 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1

.DEFAULT_GOAL := help
.PHONY: help setup reports test record bench lint lock clean

help:
	@echo "make reports   set up, render every notebook, write reports/index.html"
	@echo "make test      set up, run every test, every docstring example, every notebook"
	@echo "make record    run the notebooks again and store their outputs (review the diff)"
	@echo "make bench     measure the engine, as ratios (PEER=python with vectorbt)"
	@echo "make lint      ruff, mypy, floors, spelling"
	@echo "make setup     only set up .venv"
	@echo "make lock      resolve requirements.lock from the bounds in pyproject.toml (needs uv)"
	@echo "make clean     remove what make has made"

setup: $(READY)

reports: $(READY)
	@$(VENV)/bin/hedgelab render

test: $(READY)
	@MPLBACKEND=Agg $(FIXED) $(PYTHON) -m pytest -n auto --dist worksteal

record: $(READY)
	@$(FIXED) $(VENV)/bin/hedgelab record

bench: $(READY)
	@$(FIXED) HEDGELAB_QUIET=1 $(PYTHON) benchmarks/run.py --peer "$(PEER)"

lint: $(READY)
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/codespell

lock:
	@uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --quiet --extra dev --extra parquet --extra scale --output-file requirements.lock pyproject.toml

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
	[ ! -d reports ] || find reports -mindepth 1 -not -path 'reports/parameters*' -delete
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A candidate counts only if it runs: a shim on the PATH may name a Python that is not installed.
$(LOCKED): requirements.lock
	@for name in python3.13 python3.12 python3.11 python3; do \
	  if $$name -c 'import sys; sys.exit(not $(BOUNDS))' >/dev/null 2>&1; then \
	    found=$$name; break; fi; done; \
	if [ -z "$$found" ]; then \
	  echo "hedgelab: no Python 3.11, 3.12 or 3.13 found on the PATH; install one of them" >&2; \
	  exit 2; fi; \
	echo "hedgelab: setting up $(VENV) with $$found ($$(command -v $$found))"; \
	$$found -m venv --clear --without-pip $(VENV) || exit 2; \
	if command -v uv >/dev/null 2>&1 && \
	   uv pip install --quiet --python $(PYTHON) --require-hashes -r requirements.lock; then :; \
	else \
	  $(PYTHON) -m ensurepip --default-pip >/dev/null 2>&1 || { \
	    echo "hedgelab: $$found has no pip of its own; install uv, or python3-venv" \
	         "(Debian, Ubuntu: apt install $$found-venv)" >&2; exit 2; }; \
	  $(PYTHON) -m pip install --quiet --disable-pip-version-check --no-compile \
	    --require-hashes -r requirements.lock || exit 2; \
	fi
	@touch $@

# The build backend is in the lock, so linking the project needs no network.
$(READY): $(LOCKED) pyproject.toml
	@if $(PYTHON) -m pip --version >/dev/null 2>&1; then \
	  $(PYTHON) -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .; \
	else \
	  uv pip install --quiet --python $(PYTHON) --no-build-isolation --no-deps -e .; \
	fi
	@touch $@
