# Needs only python3 (3.11 or later) and make: uv and everything else go into .venv inside this folder.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= demo
STAMP := $(VENV)/.installed
# Tests keep their databases in memory, where the system has a file system there: files made and deleted by the hundred thousand.
ROOM := $(shell test -w /dev/shm && echo /dev/shm || echo $${TMPDIR:-/tmp})

# What tests start begins from compiled modules, also where the environment says to write none.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test check format lock audit sbom bench torture cluster clean help

help:  ## what you can do here
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(STAMP): requirements-dev.lock pyproject.toml
	@echo "Setting up $(VENV) (only when something changed; a minute at most)" >&2
	@test -x $(BIN)/uv || { $(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install --quiet --disable-pip-version-check uv; }
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements-dev.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

demo: $(STAMP)  ## build the demonstration ledger in ./demo and serve it on this machine only
	@$(BIN)/mcsc demo --data $(DATA) $(if $(PORT),--port $(PORT))

test: $(STAMP)  ## every check and every test, on SQLite and PostgreSQL
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache >/dev/null || $(BIN)/lint-imports --no-cache
	@TMPDIR=$(ROOM) $(BIN)/pytest -n 2 --dist worksteal

check: test

format: $(STAMP)  ## put the code in its standard form
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet .

bench: $(STAMP)  ## the benchmarks, each against a floor measured in the same run
	@for b in append rebuild verify prove backup report explain billing; do $(BIN)/python -m benchmarks.$$b; done

torture: $(STAMP)  ## kills, crashes, full disks and frozen servers for MINUTES=10; one JSON, and an error where anything was lost
	@$(BIN)/python -m tests.torture $(if $(MINUTES),$(MINUTES),10)

cluster: $(STAMP)  ## three nodes of PostgreSQL on this machine: the leader killed, frozen, cut off under load; then the audit
	@TMPDIR=$(ROOM) $(BIN)/python -m tests.torture.three

lock: pyproject.toml  ## choose the newest allowed versions and pin them with hashes
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --extra mart --extra metrics --extra otel --extra pandas --extra papers --extra s3 --extra zstd --group dev pyproject.toml -o requirements-dev.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --extra mart pyproject.toml -o requirements-mart.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --extra papers pyproject.toml -o requirements-papers.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --extra metrics --extra zstd pyproject.toml -o requirements-metrics.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --extra metrics --extra otel --extra zstd pyproject.toml -o requirements-otel.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --extra s3 pyproject.toml -o requirements-s3.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --extra pandas pyproject.toml -o requirements-pandas.lock

WATCH := $(VENV)/watch

$(WATCH)/.installed: $(STAMP)
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(WATCH)
	@$(BIN)/uv pip install --quiet --python $(WATCH)/bin/python 'pip-audit>=2.10,<3' 'cyclonedx-bom>=7.3,<8'
	@touch $@

audit: $(WATCH)/.installed  ## is anything that the locks pin known to be vulnerable? asks PyPI's advisories (or OSV: SERVICE=osv)
	@for lock in requirements*.lock; do echo "$$lock" >&2; \
	  $(WATCH)/bin/pip-audit --strict --require-hashes --disable-pip --progress-spinner off --vulnerability-service $(if $(SERVICE),$(SERVICE),pypi) -r $$lock || exit 1; done

sbom: $(WATCH)/.installed  ## what a server is made of, as CycloneDX: sbom.json (of the extras too: LOCK=requirements-mart.lock …)
	@$(WATCH)/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --of JSON -o sbom.json $(if $(LOCK),$(LOCK),requirements.lock)
	@echo "sbom.json lists what $(if $(LOCK),$(LOCK),requirements.lock) pins" >&2

clean:  ## remove the environment and the demonstration ledger
	@rm -rf $(VENV) $(DATA) .mypy_cache .ruff_cache .hypothesis
