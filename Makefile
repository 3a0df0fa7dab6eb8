# `make venv` once; then test, lint, types, demo. Nothing is installed outside .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LINK := .link/trialrules
WORKERS ?= 2
NIGHTLY = $(BIN)/python -m pytest -n $(WORKERS) -m nightly --timeout=0 --no-header -rP --durations=10

.DEFAULT_GOAL := help
.PHONY: help venv test lint format types demo tour validation nightly bench clients browser docs-test parser-table editor wheel ci clean

help:  ## say what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | column -t -s "$$(printf '\t')"

venv: $(STAMP)  ## set up .venv with everything needed to work on the project

# A Debian python3 often comes without ensurepip; root may install the missing package, others are told what to ask for.
$(STAMP): pyproject.toml _version.py __init__.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "trialrules needs Python 3.11 or newer; say: make venv PYTHON=python3.12" >&2; exit 1; }
	@if [ ! -x $(BIN)/python ] || ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
	  if ! $(PYTHON) -m venv $(VENV); then \
	    rm -rf $(VENV); \
	    if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	      apt-get update -qq && apt-get install -y -qq python3-venv && $(PYTHON) -m venv $(VENV); \
	    else \
	      echo "$(PYTHON) cannot make environments; install the package python3-venv and say make venv again" >&2; exit 1; \
	    fi; \
	  fi; \
	fi
	$(BIN)/python -m pip install --quiet -e '.[dev]'
	@touch $@

$(LINK):
	@mkdir -p .link && ln -sfn .. $@

# RTM=FOLDER: write there which tests show which requirement to hold, and fail where one has none.
test: $(STAMP)  ## the test-suite without the nightly part and real calendar programs
	$(BIN)/python -m pytest -n $(WORKERS) -m "not nightly and not clients and not browser" $(if $(RTM),--rtm "$(RTM)" --junitxml "$(RTM)/oq.xml") tests

lint: $(STAMP)  ## ruff, rules and layout
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(STAMP)  ## mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(STAMP) $(LINK)  ## mypy, strict
	TRIALRULES_HOME=.link/home PYTHONPATH=.link MYPYPATH=.link $(BIN)/mypy -p trialrules
	@if [ -d tests/typing ]; then MYPYPATH=.link:tests/typing $(BIN)/mypy --explicit-package-bases tests/typing/*.py; fi

demo: $(STAMP)  ## set up if needed, then the service with three studies; DEMO_ARGS=--check looks and stops
	@$(BIN)/trialrules serve --demo $(DEMO_ARGS)

tour: $(STAMP)  ## the guided tour of the command line
	@$(BIN)/python demo/run.py

# Into build/, so that the wheel is looked at as somebody else would install it.
validation: $(STAMP)  ## the tests of the requirements, then everything a release carries for validation, into validation/
	$(BIN)/python -m pytest -n $(WORKERS) -m "req and not nightly and not clients and not browser" --rtm validation --junitxml validation/oq.xml tests
	tools/postgres.sh install
	TRIALRULES_PG_FAST=1 tools/postgres.sh run $(BIN)/python -m pytest -n $(WORKERS) -m "req and not nightly and not clients and not browser" \
	  --rtm validation --rtm-add --junitxml validation/oq-postgresql.xml tests/service
	@rm -rf build/validation && mkdir -p build/validation
	$(BIN)/python -m build --wheel --outdir build/validation . >build/validation/build.log
	$(PYTHON) -m venv build/validation/env
	build/validation/env/bin/python -m pip install --quiet "$$(ls build/validation/*.whl)[service]"
	$(BIN)/python tools/validation.py --installed build/validation/env/bin/python

nightly: $(STAMP)  ## the long random runs, those of the service on both databases; their log is docs/quality/nightly.txt
	@mkdir -p docs/quality
	@tools/clients/install.sh thunderbird || echo "without Thunderbird" >&2
	@tools/postgres.sh install
	@bash -o pipefail -c '{ date -u +"%Y-%m-%d %H:%M UTC"; git describe --always --dirty; $(BIN)/python --version; \
	  export TRIALRULES_RANDOM=1 TRIALRULES_PG_FAST=1; code=0; \
	  $(NIGHTLY) tests || code=$$?; \
	  echo "== the service on PostgreSQL"; tools/postgres.sh run $(NIGHTLY) tests/service || code=$$?; \
	  exit $$code; } 2>&1 | sed "s#$(CURDIR)#.#g; s#$(HOME)/#~/#g" | tee docs/quality/nightly.txt'

bench: $(STAMP)  ## measure speed; PEERS=FOLDER measures the peers too
	$(BIN)/python bench/run.py $(if $(PEERS),--peers "$(PEERS)")

# axe-core is for looking only: it stays outside of the repository and of the wheel.
browser: $(STAMP)  ## pages in Chromium: whole stories, accessibility, narrow screens; pictures in .browser/shots/index.html
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq chromium; }
	@command -v npm >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq npm; }
	@mkdir -p .browser && npm install --silent --no-save --prefix .browser axe-core@4.14.1
	@PYTHON=$(PYTHON) tools/clients/install.sh
	@$(MAKE) --no-print-directory editor
	@rm -rf .browser/shots
	TRIALRULES_CLIENTS=required $(BIN)/python -m pytest -n $(WORKERS) -m browser tests/service/browser

clients: $(STAMP)  ## install calendar programs of others, and read feeds with them
	PYTHON=$(PYTHON) tools/clients/install.sh
	TRIALRULES_CLIENTS=required $(BIN)/python -m pytest -m clients tests/clients

docs-test: $(STAMP)  ## run every sample in the documentation
	$(BIN)/python -m pytest -n $(WORKERS) tests/docs

parser-table: $(STAMP)  ## renew the saved parser table after a change of the grammar
	$(BIN)/python -m trialrules.dsl.build_table

editor:  ## build the rule editor's bundle (needs npm); the page works without it, as a plain text field
	cd editor && npm ci --ignore-scripts --no-audit --no-fund && npm run build

wheel: $(STAMP)  ## build source archive and wheel into dist/, with the rule editor's bundle where npm is there
	@if command -v npm >/dev/null; then $(MAKE) editor; else echo "without the rule editor's bundle: npm is not installed" >&2; fi
	$(BIN)/python -m build

ci:  ## all that must pass before a merge
	.ci/run

clean:  ## drop everything that can be made again
	rm -rf $(VENV) .link .clients .browser build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
