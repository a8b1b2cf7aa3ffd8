# Two commands: `make demo` and `make test`. Each sets up what it needs, in .venv, at the first time.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

# What Python compiles, and what pytest makes of assertions, is kept: each of the processes that
# tests run in would spend ten seconds on it, again and again. Here empty means: do keep it.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test coverage test-slow lint docs bench lock sbom clean

demo: $(VENV)/run.stamp  ## Publish the sample articles and send the briefing to a local sink
	$(BIN)/digest demo --dir build/demo

test: $(VENV)/dev.stamp lint docs  ## All gates and all tests but the slow ones
	$(BIN)/python -m pytest -n 3 --dist worksteal -m "not slow"

coverage: $(VENV)/dev.stamp  ## The same tests, and what they run; takes twice as long
	rm -f build/.coverage*
	mkdir -p build
	$(BIN)/python -m coverage run -m pytest -n 4 -m "not slow"
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report
	$(BIN)/python tests/coverage_floors.py

lint: $(VENV)/dev.stamp
	$(BIN)/ruff format --check --quiet
	$(BIN)/ruff check --quiet
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/dev.stamp  ## The documentation as pages, in build/docs; every warning is an error
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going docs build/docs

test-slow: $(VENV)/dev.stamp  ## The tests that take minutes: thousands of mails, kills, full disks
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "slow or hypothesis" --hypothesis-profile=thorough

bench: $(VENV)/dev.stamp  ## How fast Digest is, beside other senders; ONLY=P1,P9 for some figures
	$(BIN)/python -m benchmarks $(ONLY)

lock: $(VENV)/dev.stamp  ## Newest versions of everything, with hashes
	$(PIP) install uv
	for kind in "build requirements.lock" "dev requirements-dev.lock"; do set -- $$kind; \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --no-header --no-annotate --upgrade \
	    --group $$1 pyproject.toml --output-file $$2; done

sbom: $(VENV)/dev.stamp  ## What runs, with licences and what needs what, as CycloneDX, in build/sbom.json
	rm -rf build/sbom && mkdir -p build && $(PYTHON) -m venv build/sbom
	build/sbom/bin/python -m pip --quiet --disable-pip-version-check install --require-hashes --requirement requirements.lock
	build/sbom/bin/python -m pip --quiet --disable-pip-version-check uninstall --yes pip setuptools
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
	  --output-file build/sbom.json build/sbom/bin/python

clean:
	rm -rf build $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/run.stamp: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Digest needs Python 3.11 or newer; name one with PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes --requirement requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/run.stamp
	$(PIP) install --require-hashes --requirement requirements-dev.lock
	touch $@
