# Needs GNU make and Python 3.11 or newer. Everything is installed into .venv, once; after that nothing here needs a network.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

# A stamp carries the checksum of what it stands for: change a requirement, and the next `make` installs it.
sum = $(shell cat $(1) | cksum | cut -d' ' -f1)
RUN := $(VENV)/.has-run-$(call sum,requirements.txt)
TEST := $(VENV)/.has-test-$(call sum,requirements.txt requirements-test.txt)
DEV := $(VENV)/.has-dev-$(call sum,requirements.txt requirements-test.txt requirements-dev.txt)

# Tests see nothing of the caller's configuration, so they pass or fail alike on every machine.
CLEAN_ENV := env -i PATH="$$PATH" HOME="$$HOME" TMPDIR="$${TMPDIR:-/tmp}" LANG=C.UTF-8 ENV_FILE=
DATABASE_URL ?= postgres://postgres@127.0.0.1:5432/identity_test
REDIS_URL ?= redis://127.0.0.1:6379/0
BROKER_URL ?= amqp://guest:guest@127.0.0.1:5672//
SERVICES = DATABASE_URL='$(DATABASE_URL)' REDIS_URL='$(REDIS_URL)' BROKER_URL='$(BROKER_URL)'
CHROMIUM ?= $(firstword $(wildcard /usr/bin/chromium /usr/bin/chromium-browser /usr/bin/google-chrome))
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help run test test-services check lint types imports wiring bench bench-decisions e2e pictures clean

help: ## List what can be made
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: $(RUN) ## Start the server: web, worker and beat, on http://127.0.0.1:8000
	@$(BIN)/python manage.py up

test: $(TEST) ## The suite on the embedded default: offline, in parallel, in a minute
	@$(CLEAN_ENV) $(PYTEST) -n auto --dist worksteal -m 'not services and not live and not wide' --ignore=tests/browser

test-services: $(TEST) ## The same on PostgreSQL, Redis and RabbitMQ, with races, whole servers and the wide tables of hostile input
	@$(CLEAN_ENV) $(SERVICES) $(PYTEST) -n auto --ignore=tests/browser

e2e: $(DEV) ## Whole servers: README's walk, killed processes, and staff's work in a real browser (Chromium)
	@test -x '$(CHROMIUM)' || { echo 'Chromium is missing. On Debian: apt-get install chromium; elsewhere: make e2e CHROMIUM=/path/to/it'; exit 1; }
	@$(CLEAN_ENV) CHROMIUM='$(CHROMIUM)' $(PYTEST) -n auto --dist loadfile -m '(browser or live) and not services'

pictures: $(DEV) ## Take the screenshots in docs/images anew
	@$(CLEAN_ENV) CHROMIUM='$(CHROMIUM)' $(BIN)/python -m tests.browser.pictures

check: lint types imports wiring ## What must hold before a commit, beside the tests

lint: $(DEV) ## Style and common mistakes
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(DEV) ## Every function typed, strictly
	@$(CLEAN_ENV) $(BIN)/mypy .

imports: $(DEV) ## Apps lean downwards only, and so do the shelves inside them
	@$(BIN)/lint-imports

wiring: $(DEV) ## Django's own checks, and no model without its migration
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	$(CLEAN_ENV) VAR_DIR="$$folder" $(BIN)/python manage.py check --fail-level WARNING && \
	$(CLEAN_ENV) VAR_DIR="$$folder" $(BIN)/python manage.py makemigrations --check --dry-run

bench: $(RUN) ## Our server beside a stock DRF + SimpleJWT project, on the services, as ratios within one run: make bench FLAGS=--quick
	@$(PIP) install -r requirements-bench.txt
	@$(CLEAN_ENV) $(SERVICES) $(BIN)/python -m benchmarks.tokens $(FLAGS)

bench-decisions: $(RUN) ## Our decisions beside pycasbin, django-guardian and a stock view: make bench-decisions FLAGS=--quick
	@$(PIP) install -r requirements-bench.txt
	@$(CLEAN_ENV) $(SERVICES) $(BIN)/python -m benchmarks.decisions $(FLAGS)

clean: ## Remove what can be made again, but neither .venv nor var
	rm -rf staticfiles htmlcov .coverage .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=/path/to/it")'
	@$(PYTHON) -m venv $(VENV)

# A greater set holds the smaller ones. Old stamps go first, since an install may replace what they promised.
$(RUN): | $(BIN)/python
	@echo 'Installing what the server runs on into $(VENV), once'
	@rm -f $(VENV)/.has-*
	@$(PIP) install -r requirements.txt
	@touch $(RUN)

$(TEST): | $(BIN)/python
	@echo 'Installing what the tests need into $(VENV), once'
	@rm -f $(VENV)/.has-*
	@$(PIP) install -r requirements-test.txt
	@touch $(RUN) $(TEST)

$(DEV): | $(BIN)/python
	@echo 'Installing what the checks need into $(VENV), once'
	@rm -f $(VENV)/.has-*
	@$(PIP) install -r requirements-dev.txt
	@touch $(RUN) $(TEST) $(DEV)
