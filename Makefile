# The two commands are `make` and `make test`. Each builds .venv when it is missing and needs nothing else.

ifeq ($(OS),Windows_NT)
PYTHON ?= python
BIN = .venv/Scripts
else
PYTHON ?= python3
BIN = .venv/bin
endif
# Bytecode is kept, whatever the environment says: the tests start Python many times.
export PYTHONDONTWRITEBYTECODE =

.PHONY: compare test lint format notebooks site bench mutants machines clean

compare: .venv/installed
	$(BIN)/python -m sidebyside compare

test: .venv/installed
	$(BIN)/python -m pytest -n auto --dist worksteal

lint: .venv/installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: .venv/installed
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

.venv/installed: pyproject.toml constraints.txt
	@echo "Installing PyTorch and the tools into .venv: about 2 minutes, the first time only."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python install.py
	@touch $@

# The .ipynb files from the scripts beside them, run by PyTorch: some minutes. MNIST is where $MINIGRAD_DATA says.
notebooks: .venv/installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[jupyter]'
	$(BIN)/python notebooks/build.py

# What GitHub Pages shows: the page, the cheat sheet in both languages, and the notebooks with the outputs that are stored in them.
site: .venv/installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[jupyter]'
	$(BIN)/python -m sidebyside page --out build/site/index.html
	$(BIN)/python -m sidebyside cheatsheet --out build/site/cheatsheet.html
	$(BIN)/python -m sidebyside cheatsheet --lang es --out build/site/cheatsheet.es.html
	$(BIN)/python notebooks/publish.py build/site/notebooks

# minigrad against a floor by hand, PyTorch and others: many minutes, on a machine that does nothing else.
bench: .venv/installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[bench]'
	$(BIN)/python -m benchmarks

# Breaks the engine on purpose, line by line, and counts what the tests notice: many minutes, by hand.
mutants: .venv/installed
	$(BIN)/python -m benchmarks.mutants

# The tests with other kernels, versions, Pythons and on an emulated ARM processor: hours, and gigabytes; by hand.
machines: .venv/installed
	$(BIN)/python -m benchmarks.machines

clean:
	rm -rf .venv build
