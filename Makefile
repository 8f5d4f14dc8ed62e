# Two commands for a fresh machine with Python 3.11, git and make: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test coverage check docs bench clean

demo: $(VENV)/installed
	@$(BIN)/python -m scripts.demo

test: $(VENV)/tested
	$(BIN)/python -m pytest -n 2

coverage: $(VENV)/tested
	$(BIN)/python -m pytest -n 2 --cov --cov-report=term

check: $(VENV)/tested
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m scripts.generate --check

docs: $(VENV)/tested
	$(BIN)/python -m scripts.generate

bench: $(VENV)/tested
	$(BIN)/python -m pip install -q -e ".[bench]"
	$(BIN)/python -m benchmarks

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "ccconf needs Python 3.11 or later: make PYTHON=python3.11 …"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -e ".[fast]"
	@touch $@

$(VENV)/tested: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -e ".[test]"
	@touch $@

clean:
	rm -rf $(VENV) .demo .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis
