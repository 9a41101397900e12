# CreditBridge. `make help` lists what there is; every target prepares what it needs.

SHELL := /bin/bash
.DEFAULT_GOAL := help

RECENT := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name $(RECENT) 2>/dev/null && echo $$name && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet
LOCK := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-strip-extras --no-annotate --no-header --quiet

STAMPS := $(VENV)/.stamps
MUTANTS := .venv-mutants
CATALOGUE := platform/creditbridge/pages/translations/en/LC_MESSAGES/messages.po

.PHONY: help install run test e2e chaos mutants check bench pictures lock translations migration migration-initial clean

help: ## Say what can be made
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  make %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  Settings such as HOST, PORT, DATA_DIR, DATABASE_URL: see docs/settings.md (PORT=8080 make run)"

install: $(STAMPS)/project $(STAMPS)/translations ## Prepare .venv with the command creditbridge

run: install ## Start everything on this machine; the first start loads a demo city
	@exec $(BIN)/creditbridge run

test: $(STAMPS)/dev $(STAMPS)/translations ## Run the tests (no browser, no PostgreSQL needed); ARGS="-k name" picks some
	$(BIN)/pytest --dist loadgroup --no-loadscope-reorder $(ARGS)

e2e: $(STAMPS)/dev $(STAMPS)/translations ## Run the browser test against a server of its own (needs chromium)
	$(BIN)/pytest tests/e2e -m e2e -n 2 --dist worksteal --timeout 900 $(ARGS)

chaos: $(STAMPS)/dev $(STAMPS)/translations ## Kill, race and tamper, one JSON line a promise and database; ARGS="--size small --only history"
	$(BIN)/python -m tests.chaos $(ARGS)

mutants: $(MUTANTS)/.stamp $(STAMPS)/translations ## Count the small faults the tests find in ledger, schedules, states and the door; ARGS="--only ledger --show"
	$(MUTANTS)/bin/python -m tests.mutants $(ARGS)

check: $(STAMPS)/dev ## Check style, types, import directions and translations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m creditbridge.pages.translation_check

bench: $(STAMPS)/dev $(STAMPS)/translations ## Measure the slow parts against peers; ARGS="pages --firms 1000" names the part
	$(BIN)/creditbridge bench $(or $(ARGS),pages)

pictures: $(STAMPS)/dev $(STAMPS)/translations ## Take the pictures of the READMEs from a demo city of their own (needs chromium)
	$(BIN)/python packaging/pictures.py

lock: $(STAMPS)/dev ## Lock the requirements again, with hashes (UPGRADE=--upgrade takes newer versions)
	cd requirements && ../$(LOCK) $(UPGRADE) runtime.in -o runtime.txt
	cd requirements && ../$(LOCK) $(UPGRADE) build.in -c runtime.txt -o build.txt
	cd requirements && ../$(LOCK) $(UPGRADE) dev.in -c runtime.txt -c build.txt -o dev.txt
	cd requirements && ../$(LOCK) $(UPGRADE) mutants.in -c dev.txt -o mutants.txt

translations: $(STAMPS)/dev ## Bring the English catalogue up to date with the texts in code and templates; ARGS=texts.json fills in
	$(BIN)/python -m creditbridge.pages.translation_update $(ARGS)

migration: $(STAMPS)/dev ## Write a migration from what changed in the tables: make migration m="add the risk list"
	$(BIN)/python packaging/migration.py $(m)
	$(BIN)/ruff check --fix --quiet platform/creditbridge/app/migrations/versions
	$(BIN)/ruff format --quiet platform/creditbridge/app/migrations/versions

migration-initial: $(STAMPS)/dev ## Write the first migration anew (only before the first release)
	$(MAKE) migration m=--initial

clean: ## Remove what was built; data in var/ stays
	rm -rf $(VENV) $(MUTANTS) build .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find platform -name '*.mo' -delete

# ---- how .venv comes about -------------------------------------------------------------------------------------
# One chain of stamps, so that parallel makes never run two pips at once. Everything is installed from locked files
# with hashes; the project itself is linked in without fetching anything.

$(STAMPS)/venv:
	@"$(PYTHON)" $(RECENT) 2>/dev/null || { echo "CreditBridge needs Python 3.11 or newer; $(or $(PYTHON),python3) is not." \
	  "Install it, or name one: make PYTHON=/path/to/python3.11 install" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "The venv module of $(PYTHON) is missing. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@test -x $(BIN)/python || { echo "Making .venv with $$("$(PYTHON)" --version) …"; "$(PYTHON)" -m venv $(VENV); }
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/runtime: requirements/runtime.txt requirements/build.txt | $(STAMPS)/venv
	@echo "Installing what CreditBridge needs …"
	@$(PIP) --require-hashes --only-binary :all: -r requirements/runtime.txt -r requirements/build.txt
	@touch $@

$(STAMPS)/project: $(STAMPS)/runtime pyproject.toml requirements/runtime.in $(wildcard packaging/*_hook.py)
	@$(PIP) --no-deps --no-build-isolation --no-index --editable .
	@$(BIN)/python -m compileall -q platform lenders borrowers matching  # so that the first start is quick too
	@$(BIN)/python -c 'from creditbridge.scoring.accumulating import compiled; compiled()'  # machine code of the evaluation
	@touch $@

$(STAMPS)/dev: requirements/dev.txt $(STAMPS)/project
	@echo "Installing what the tests and checks need …"
	@$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@

$(STAMPS)/translations: $(CATALOGUE) $(STAMPS)/project
	@$(BIN)/pybabel --quiet compile --input-file $(CATALOGUE) --output-file $(CATALOGUE:.po=.mo)
	@touch $@

# Apart from .venv: mutmut brings setproctitle, under which RQ renames its workers.
$(MUTANTS)/.stamp: requirements/mutants.txt requirements/build.txt | $(STAMPS)/venv
	@echo "Installing what make mutants needs into $(MUTANTS) …"
	@test -x $(MUTANTS)/bin/python || "$(PYTHON)" -m venv $(MUTANTS)
	@$(MUTANTS)/bin/python -m pip --disable-pip-version-check --no-input install --quiet --require-hashes \
	  -r requirements/mutants.txt -r requirements/build.txt
	@touch $@
