# Two commands are all a newcomer needs: `make run` and `make test`.
.DEFAULT_GOAL := help
.PHONY: help run test lint format bench lock vendor clean

PY := .venv/bin/python
CHECKED := accounts alerts bench config markets portfolios risk tests manage.py
LOCK := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## start Plimsoll on http://127.0.0.1:8000 (PORT and PLIMSOLL_HOME may be set)
	@requirements/install.sh base
	@$(PY) -m config.run

test: export PYTHONDONTWRITEBYTECODE :=# dozens of processes import the same: compiled once
test: ## run every test, those in a browser included (ARGS="-k name" for some)
	@requirements/install.sh base dev
	@tests/browser.sh
	@$(PY) -m pytest -n 2 $(ARGS)

lint: ## check style, types, import rules and migrations
	@requirements/install.sh base dev
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy $(CHECKED)
	@.venv/bin/lint-imports
	@$(PY) manage.py makemigrations --check --dry-run --skip-checks

format: ## rewrite the code in the one style
	@requirements/install.sh base dev
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

bench: ## measure, each figure beside the plain way of doing it
	@requirements/install.sh base dev
	@VENV=.venv-bench requirements/install.sh bench
	@$(PY) -m bench

lock: ## pin the requirements, with hashes (ARGS=--upgrade for newer versions)
	@requirements/install.sh base dev
	@$(LOCK) $(ARGS) requirements/base.in -o requirements/base.txt
	@$(LOCK) $(ARGS) requirements/dev.in -o requirements/dev.txt
	@$(LOCK) $(ARGS) requirements/bench.in -o requirements/bench.txt

vendor: ## fetch the front-end files anew
	@tools/vendor.sh

clean: ## remove the environment and caches; data under var/ stays
	rm -rf .venv .venv-bench .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
