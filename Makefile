# Everything a fresh machine needs: Python 3.11-3.13 and make. `make help` lists the targets.

PYTHON ?= python3
BIN    := .venv/bin
ARGS   ?=

.PHONY: help install run test tests check style types format bench soak lock clean

help:            ## list the targets
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

install: .venv/installed  ## make .venv with the pinned dependencies

.venv/installed: constraints.txt tests/constraints.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes -r tests/constraints.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

run: install     ## start zdsync: beside the configured account, or with a sandbox that plays a support week
	@$(BIN)/zdsync up $(ARGS)

check: style types  ## style and types

style: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install
	$(BIN)/mypy

test: style      ## style, types and every test
	@$(MAKE) --no-print-directory --jobs=2 types tests  # mypy keeps one core busy, the tests both

tests: install
	@$(BIN)/python -m compileall -q zdsync tasks  # else many processes of the tests do, where none may write it
	$(BIN)/pytest -n 3 --dist worksteal $(ARGS)  # of three on two cores one mostly waits, for a week or a browser

bench: install   ## speed and memory, as ratios within one run
	$(BIN)/python -m tests.bench $(ARGS)

soak: install    ## the long tests, and every property with ten times as many examples
	$(BIN)/pytest tests/soak $(ARGS)
	$(BIN)/pytest -m long $(ARGS)
	$(BIN)/pytest -m hypothesis --hypothesis-profile thorough $(ARGS)

format: install  ## put the code into its fixed form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock:            ## pin anew (needs uv on the PATH)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links --upgrade --output-file constraints.txt pyproject.toml
	echo 'setuptools>=77' | uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links --extra dev --constraints constraints.txt \
		--output-file tests/constraints.txt pyproject.toml -
	echo 'setuptools>=77' | uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links --output-file tests/peers/build-constraints.txt -
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links --output-file tests/peers/constraints.txt tests/peers/requirements.in

clean:           ## remove what was built; keeps state and configuration
	rm -rf .venv .venv-peers build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
