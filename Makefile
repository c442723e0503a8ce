# make handout   install what is needed, run the experiments, typeset the handouts
# make test      the everyday tests
# make stability the claims that train no network, under twenty root seeds, for a quarter of an hour
# make bench     our speed beside others', for half an hour; ARGS="--quick step wide" for less
# A second call repeats nothing that is done.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: handout test lint stability bench install requirements clean help

handout: $(VENV)/.run
	$(BIN)/reportgen build $(ARGS)

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 -m "not slow" $(ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

stability: $(VENV)/.dev
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 -m slow $(ARGS) tests/test_stability.py

# The two cores should have nothing else to do.
bench: $(VENV)/.bench
	$(BIN)/python -m tests.benchmarks $(ARGS)

install: $(VENV)/.run

# Pinned versions with hashes and without addresses first, then the package without its dependencies.
$(VENV)/.run: requirements/run.txt pyproject.toml
	@sh requirements/system.sh $(PYTHON)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/.ci: requirements/ci.txt $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/ci.txt
	@touch $@

# What we are compared with. Renewed by: printf 'nbconvert[webpdf]\nsphinx\nmyst-parser\n' | uv pip compile -
# with the options of COMPILE below and --constraints requirements/ci.txt --output-file requirements/bench.txt
$(VENV)/.bench: requirements/bench.txt $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	@touch $@

# Maintainers: renew the pinned versions after a change of pyproject.toml (needs uv on the PATH).
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --no-header --no-annotate pyproject.toml
requirements:
	$(COMPILE) --group build --output-file requirements/run.txt
	$(COMPILE) --group build --group dev --constraints requirements/run.txt --output-file requirements/dev.txt
	$(COMPILE) --group build --group dev --group ci --constraints requirements/dev.txt --output-file requirements/ci.txt

clean:
	rm -rf $(VENV) .reportgen build dist
	find output -mindepth 1 ! -name .gitignore -delete

help:
	@sed -n '1,5s/^# //p' Makefile
