# The project's commands. They need Python 3.11 or later, on Linux or macOS; the rest they install into .venv.
#
#   make run     serve the dashboard on http://localhost:8501 (PORT=8600: elsewhere; ADDRESS=0.0.0.0: to other machines)
#   make setup   only prepare .venv
#   make lint    check style, formatting, the layers of imports and types
#   make lint-js check the JavaScript and the style sheets alone (needs npm)
#   make test    run every test
#   make bench   run the benchmarks
#   make docs    write the generated parts of the documentation anew
#
# PYTHON=/path/to/python3 chooses the Python that .venv is made with.

PORT ?= 8501
ADDRESS ?= 127.0.0.1
PYTHON ?= python3.11 python3.12 python3.13 python3.14 python3

.PHONY: help run setup setup-tools lint lint-types lint-style lint-layers lint-js test bench docs

help:
	@sed -n 's/^#   //p' Makefile

run: setup
	@exec .venv/bin/python -m streamlit run app/main.py --server.port $(PORT) --server.address $(ADDRESS)

setup:
	@file=requirements.txt; $(SET_UP)

# What tests and linters need too.
setup-tools:
	@file=requirements-test.txt; $(SET_UP)

# What .pre-commit-config.yaml runs before a commit. mypy takes longer than the others together, which run beside it; all
# of them run, whichever finds something. Where make can, it keeps what each prints together.
lint: setup-tools
	@$(MAKE) --no-print-directory --keep-going --jobs=2 $(if $(filter output-sync,$(.FEATURES)),--output-sync) \
		lint-types lint-style lint-layers lint-js

lint-types:
	.venv/bin/python -m mypy

lint-style:
	.venv/bin/python -m ruff check .
	.venv/bin/python -m ruff format --check .

lint-layers:
	.venv/bin/lint-imports --no-cache

# Its tool comes from npm. Where there is none, this only says so, but fails where all must be checked.
lint-js:
	@if command -v npm >/dev/null; then \
		[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --silent --no-audit --no-fund; \
		npm run --silent lint; \
	elif [ "$$IPCORE_REQUIRE_ALL" = 1 ]; then echo "npm is not installed, and JavaScript must be linted here." >&2; exit 1; \
	else echo "npm is not installed: JavaScript and style sheets were not linted."; fi

# Tests start many processes, of which each would compile the project anew where its bytecode is not kept.
test: setup-tools
	@PYTHONDONTWRITEBYTECODE= .venv/bin/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

bench: setup
	@.venv/bin/python -m benchmarks

docs: setup
	@.venv/bin/python scripts/make_docs.py

# Installs $$file into .venv, unless the stamp ready-$$file tells that this was done: for these requirements, with this
# Python, in this folder (an environment cannot be moved). A stamp is taken away before anything is changed and laid down
# when all is done, so a set-up that was cut short is begun again from nothing.
# Bytecode is written on all cores at once, where pip would use one; files that do not compile are no concern of ours.
SET_UP = set -e; \
	wanted=`cat requirements*.txt pyproject.toml | cksum`; \
	place="`.venv/bin/python -V 2>/dev/null || :` in `pwd`"; \
	if [ "`cat .venv/ready-$$file 2>/dev/null`" != "$$place: $$wanted" ]; then \
		case "`cat .venv/ready-requirements.txt 2>/dev/null`" in \
		"$$place: "*) ;; \
		*) $(NEW_ENVIRONMENT) ;; \
		esac; \
		rm -f .venv/ready-*; \
		place="`.venv/bin/python -V` in `pwd`"; \
		echo "Installing $$file into .venv ($$place); the first time takes a minute or more."; \
		.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-compile -r $$file; \
		.venv/bin/python -m compileall -qq -j 0 .venv/lib || :; \
		for done in requirements.txt $$file; do echo "$$place: $$wanted" > .venv/ready-$$done; done; \
	fi

# Makes .venv anew with the first Python that will do.
NEW_ENVIRONMENT = found=; bare=; \
	for python in $(PYTHON); do \
		$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		if $$python -c 'import ensurepip, venv' 2>/dev/null; then found=$$python; break; fi; \
		bare=$$python; \
	done; \
	if [ -z "$$found" ]; then \
		if [ -n "$$bare" ]; then \
			echo "$$bare cannot make virtual environments. On Debian or Ubuntu: sudo apt-get install `basename $$bare`-venv"; \
		else \
			echo "Python 3.11 or later is needed; tried: $(PYTHON). Name another with PYTHON=/path/to/python3."; \
		fi >&2; \
		exit 1; \
	fi; \
	rm -rf .venv; \
	$$found -m venv .venv
