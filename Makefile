# Needs Debian's (or any) python3 of 3.11 or newer with venv, and git. `make help` lists the targets.
# Everything is installed in .venv; nothing outside this folder is changed.

PYTHON ?= python3
BIN := .venv/bin
# `make lock UPGRADE=` keeps the pinned versions and only follows pyproject.toml.
UPGRADE ?= --upgrade
# Many tests wait for something, so that two processors have work for more than two processes.
WORKERS ?= 4

PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
LOCK := $(BIN)/uv pip compile --universal --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links --quiet $(UPGRADE)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check bench lock messages screenshots caniemail references clean

help: ## List the targets.
	@sed -n 's/^\([a-z]*\):[^#]*## /  make \1\t/p' Makefile | expand -t 20

demo: .venv/installed ## Send an issue of a sample weekly to a local maildir. No network.
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh examples/demo.sh demo

test: check ## Check the code, then run every test.
	@echo "Running the tests"
	@# A file stays with one process, which keeps its servers; the slow ones come first.
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

check: .venv/developer ## Check format, style, types and the floors.
	@echo "Checking format and style"
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@echo "Checking types"
	@$(BIN)/python -m mypy --no-error-summary
	@echo "Checking the floors"
	@$(BIN)/lint-imports --no-logo

bench: .venv/developer ## Measure: rate, processor time and memory beside a script by hand. Minutes.
	@$(BIN)/python -m bench.smtp
	@$(BIN)/python -m bench.smtp --round-trip
	@$(BIN)/python -m bench.smtp --memory
	@$(BIN)/python -m bench.signatures
	@$(BIN)/python -m bench.rate
	@$(BIN)/python -m bench.workers
	@$(BIN)/python -m bench.sendgrid
	@$(BIN)/python -m bench.audience_sizes
	@$(BIN)/python -m bench.imports
	@$(BIN)/python -m bench.segments
	@$(BIN)/python -m bench.preview
	@$(BIN)/python -m bench.events
	@$(BIN)/python -m bench.flood
	@$(BIN)/python -m bench.desk

lock: .venv/developer ## Pin the newest versions of every dependency in requirements/.
	@echo "Pinning requirements/dev.txt, then its parts run.txt, server.txt and build.txt"
	@$(LOCK) --output-file requirements/dev.txt --extra dev --group build pyproject.toml
	@$(LOCK) --output-file requirements/run.txt --constraints requirements/dev.txt pyproject.toml
	@$(LOCK) --output-file requirements/server.txt --constraints requirements/dev.txt --extra api \
		--extra fast --extra postgresql pyproject.toml
	@$(LOCK) --output-file requirements/build.txt --constraints requirements/dev.txt --group build

messages: .venv/developer ## Collect the pages' texts for translators, and compile the translations.
	@mkdir -p build
	@$(BIN)/pybabel --quiet extract --mapping pyproject.toml --keyword N_ --no-location --sort-output \
		--omit-header --output build/pages.pot .
	@$(BIN)/pybabel --quiet update --domain pages --input-file build/pages.pot --output-dir templates/locale \
		--ignore-pot-creation-date --ignore-obsolete --width 100
	@$(BIN)/pybabel --quiet compile --domain pages --directory templates/locale --statistics

screenshots: demo ## Take the pictures of the documents anew; needs Chromium.
	@cd demo && ../$(BIN)/newsletter render 2026-02 --out rendered >/dev/null
	@docs/pictures/take.sh demo/rendered/2026-01.html english 640
	@docs/pictures/take.sh demo/rendered/2026-02.html korean 375
	@$(BIN)/python -m tools.take_preview_pictures demo
	@$(BIN)/python -m tools.take_theme_pictures demo
	@$(BIN)/python -m tools.take_desk_pictures

references: .venv/installed ## Write the documents that are made from the code.
	@$(BIN)/python -m tools.write_checks_page
	@$(BIN)/python -m tools.write_doctor_page

caniemail: .venv/bin/python ## Refresh what is known of mail clients, newsletter/checks/caniemail.json; needs npm.
	@$(BIN)/python tools/refresh_caniemail.py

clean: ## Remove what can be made again: .venv, demo, caches, built packages.
	@rm -rf .venv demo dist build .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "Removed .venv, demo, caches and built packages"

.venv/bin/python:
	@echo "Making .venv"
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Needs Python 3.11 or newer; name one with make PYTHON=...")'
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "Cannot make a virtual environment. On Debian: apt-get install python3-venv" >&2; exit 1; }

.venv/installed: requirements/run.txt requirements/build.txt pyproject.toml | .venv/bin/python
	@echo "Installing newsletter and what it needs"
	@$(PIP) install --require-hashes -r requirements/run.txt -r requirements/build.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/developer: requirements/dev.txt .venv/installed
	@echo "Installing the developer's tools"
	@# pip would warn of a package that is built in the old way.
	@$(PIP) --quiet install --require-hashes -r requirements/dev.txt
	@touch $@
