# make demo   a JupyterLab with the example notebooks
# make test   everything that must be true before a change lands
# make docs   the site, with every notebook executed
# make bench  the figures of docs/performance.md
# make clean  back to a fresh clone
# Each works from nothing on a machine with Python 3.10 or newer, and is quick when nothing changed.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
bin := .venv/bin
python := $(bin)/python
pip := $(python) -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
npm := PATH="$(CURDIR)/$(bin):$$PATH" $(bin)/npm --prefix js --no-fund --no-audit
pytest := $(python) -m pytest --quiet
live := kernelwidgets/static/live.js

.PHONY: help
help:
	@sed -n 's/^# \(make \)/\1/p' Makefile

.PHONY: demo
demo: .venv/stamp-install $(live)
	@mkdir -p demo && cd demo && ../$(bin)/kernelwidgets demo

.PHONY: test
test: check-python check-js test-js test-unit test-wheel docs test-browser

.PHONY: check-python
check-python: .venv/stamp-install
	$(bin)/ruff check .
	$(bin)/ruff format --check .
	$(bin)/mypy
	$(bin)/lint-imports

.PHONY: check-js
check-js: .venv/stamp-install js/node_modules/.stamp
	$(npm) run --silent check
	$(npm) run --silent types
	$(bin)/node js/generate.mjs js/node_modules/.schema.ts
	diff -u js/src/generated/schema.ts js/node_modules/.schema.ts \
	  || { echo "js/src/generated/schema.ts is stale: make generate"; exit 1; }

.PHONY: test-js
test-js: js/node_modules/.stamp $(live)
	$(npm) run --silent test

.PHONY: test-unit
test-unit: .venv/stamp-install $(live)
	$(pytest) --ignore tests/wheel --ignore tests/browser --ignore tests/bench

.PHONY: test-wheel
test-wheel: .venv/stamp-install
	$(pytest) tests/wheel

.PHONY: docs
docs: .venv/stamp-docs $(live)
	$(bin)/sphinx-build -q -W --keep-going --fresh-env docs docs/_build/html
	@echo "the site: docs/_build/html/index.html"

.PHONY: test-browser
test-browser: docs .venv/stamp-install .venv/stamp-chromium $(live)
	$(pytest) tests/browser

.PHONY: bench
bench: .venv/stamp-install .venv/stamp-bench .venv/stamp-chromium $(live)
	$(python) -m tests.bench

.PHONY: generate
generate: .venv/stamp-install js/node_modules/.stamp
	$(bin)/node js/generate.mjs

.PHONY: format
format: .venv/stamp-install js/node_modules/.stamp
	$(bin)/ruff check --fix .
	$(bin)/ruff format .
	$(npm) run --silent fix

.PHONY: clean
clean:
	find . -name __pycache__ -not -path "./.venv/*" -prune -exec rm -rf {} +
	rm -rf .venv .*_cache .hypothesis build dist demo js/node_modules kernelwidgets/static tests/browser/artifacts docs/_build docs/tutorials docs/_ipython/profile_default/[!s]*

$(python):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || { \
	  echo "kernelwidgets needs Python 3.10 or newer, and '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || true);" \
	    "name another one: make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv .venv

# Torch goes first and alone: together with others pip may choose a build of several gigabytes.
.venv/stamp-torch: constraints.txt | $(python)
	$(pip) 'pip>=25.1'
	$(pip) $$(grep '^torch==' constraints.txt)
	@touch $@

.venv/stamp-install: .venv/stamp-torch pyproject.toml
	$(pip) --group dev
	HATCH_JUPYTER_BUILDER_SKIP_NPM=1 $(pip) --no-build-isolation --editable '.[demos]'
	@touch $@

.venv/stamp-bench: .venv/stamp-install
	$(pip) --group bench
	@touch $@

.venv/stamp-docs: .venv/stamp-install
	$(pip) --group docs
	@touch $@

js/node_modules/.stamp: js/package-lock.json js/.npmrc | .venv/stamp-install
	$(npm) ci --loglevel=error
	@touch $@

$(live): js/node_modules/.stamp js/build.mjs js/tsconfig.json $(shell find js/src -type f 2>/dev/null)
	$(npm) run --silent build
	@touch $@

.venv/stamp-chromium: tools/chromium.py | .venv/stamp-install
	$(python) tools/chromium.py
	@touch $@
