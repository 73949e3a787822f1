# Two commands: `make run` judges the virtual meter, `make test` tests this project. Both set everything up.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready

.PHONY: run test lint prove-real-time clean

run: $(READY)
	$(BIN)/stsbench run

test: lint
	$(BIN)/pytest -n 2

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The whole campaign in real time over a pseudo-terminal and over TCP: about 7 minutes.
prove-real-time: $(READY)
	$(BIN)/pytest -n 2 -m real_time

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) runs
