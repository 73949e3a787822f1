# Two commands: `make run` judges the simulated meter, `make test` tests this project. Both set everything up.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
LOCKS := supply/locks
INSTALL := $(BIN)/python -m pip install --quiet --require-hashes

.PHONY: run test lint prove-real-time prove-real-time-whole prove-million prove-defects prove-random-tokens prove-model prove-instruments prove-alone prove-wholesale prove-ecosystem prove-variants prove-explore prove-kills prove-random-kills prove-talkers prove-faults prove-files check-wheels coverage bench bench-waveforms fuzz diagrams schemas docs lock dist prove-builds sbom licences wheelhouse clean

run: $(READY)
	$(BIN)/stsbench run

test: lint
	$(BIN)/pytest -n 4 --dist worksteal

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/win32
	$(BIN)/lint-imports

# A part of the campaign in real time over a pseudo-terminal and over TCP: about 8 minutes.
prove-real-time: $(READY)
	$(BIN)/pytest -n 2 -m real_time

# The whole of it, for a night: about an hour and a half.
prove-real-time-whole: $(READY)
	$(BIN)/pytest -n 2 -m real_time_whole

# Every defect of the simulated meter against every requirement, random orders, other seeds and declarations: half an hour
# on two cores.
prove-defects: $(READY)
	$(BIN)/pytest -n 2 -m matrix

# A million random numbers through the decoder of each cipher: about a minute.
prove-million: $(READY)
	$(BIN)/pytest -m million

# 200 000 random tokens through simulated meters with EA11 and EA07, judged with the known key: about half a minute.
prove-random-tokens: $(READY)
	PYTHONPATH=tests/rigs $(BIN)/python proofs/random_tokens.py

# A million random events for simulated meters and for the model that judges them: about 8 minutes on two cores.
prove-model: $(READY)
	PYTHONPATH=tests:tests/conformance $(BIN)/python proofs/model.py

# 2000 reaction times by each oscilloscope of the simulated bench against the truth: about 15 minutes on two cores.
prove-instruments: $(READY)
	PYTHONPATH=tests/rigs $(BIN)/python proofs/instruments.py

# Every wholesale defect of the simulated meter by a whole campaign: found at the right clause, and the rest judged:
# about 25 minutes on two cores.
prove-wholesale: $(READY)
	$(BIN)/python proofs/wholesale.py

# How many of the subtle defects a whole campaign catches: about 20 minutes on two cores.
measure-subtle: $(READY)
	$(BIN)/python proofs/subtle.py

# Plain pytest beside other plugins, and the table of docs/pytest.md: half a minute.
prove-ecosystem: $(READY)
	$(BIN)/python proofs/ecosystem.py

# Every case by itself against its verdict in the whole campaign: about 5 minutes on two cores.
prove-alone: $(READY)
	$(BIN)/python proofs/alone.py

# Campaigns of 200 conforming variants of the simulated meter, none of which may be accused: about 25 minutes on two
# cores.
prove-variants: $(READY)
	$(BIN)/python proofs/variants.py

# Random sequences on meters with 20 defects that need three events or more, each found within 2000 and shrunk; and
# 20 000 on good meters, none of which may be accused: about 20 minutes on two cores.
prove-explore: $(READY)
	$(BIN)/python proofs/explore.py

# Runs killed at 71 instants of key changes, roll-overs and actions over a pseudo-terminal, in real time: the next run
# knows what the meter holds, and judges it as conforming once it is put back: about 10 minutes on two cores, most of it
# waiting.
prove-kills: $(READY)
	$(BIN)/python proofs/kills.py

# Runs killed (kill -9) at 100 random moments, half of them over a pseudo-terminal in real time, half on the simulated
# bench: journals, folders and ledgers are whole, and the next run judges the meter as conforming: about 10 minutes on
# two cores.
prove-random-kills: $(READY)
	$(BIN)/python proofs/kills.py --random 100 --stations 10

# Every write, fsync, replace, open, lock, and every call of a port, a device and an instrument fails once, with each
# error that it can have, in a short campaign of its own: about 10 minutes on two cores.
prove-faults: $(READY)
	$(BIN)/python proofs/faults.py

# Hostile meters and instruments that flood, dawdle, reset or say what they should not: the exit code, seconds and peak
# memory of a run against each; at most 50 MB above the usual: about 10 minutes on two cores.
prove-talkers: $(READY)
	$(BIN)/python proofs/talkers.py

# Hostile files to each reader in processes of their own: at most 2 s and 200 MB each: about half a minute.
prove-files: $(READY)
	PYTHONPATH=tests:tests/rigs $(BIN)/python proofs/files.py

# Wheel and source archive of the last commit, in dist/: seconds.
dist: $(READY)
	$(BIN)/python supply/builds.py

# The same built again elsewhere, at another time, and from the source archive: byte by byte the same: seconds.
prove-builds: $(READY)
	$(BIN)/python supply/builds.py --prove

# The bill of materials (CycloneDX) of what comes with stsbench at run time, in dist/: seconds.
sbom: $(READY)
	$(BIN)/python supply/sbom.py

# The page of the licences of what comes with stsbench, from the licence files of what is installed: seconds.
licences: $(READY)
	$(BIN)/python supply/licences.py

# An archive in dist/ from which a lab without internet installs, for Windows and Linux; PYTHONS="3.12" for that one
# alone: about a minute, and 600 MB for all.
wheelhouse: $(READY)
	$(BIN)/python supply/wheelhouse.py $(PYTHONS)

# A wheel of whatever is locked for Windows and Linux and each Python that the project claims; all are downloaded:
# about two minutes.
check-wheels: $(READY)
	$(BIN)/python supply/wheels.py

# Branch coverage of the standard as code by its own tests.
coverage: $(READY)
	$(BIN)/coverage run --branch --source sts62055 -m pytest -q tests/vectors
	$(BIN)/coverage report --skip-covered --fail-under 97

# Tokens a second, one by one and in a batch, beside the plain formulation of the tests, what the carrier client costs,
# in processor time and over a pseudo-terminal, and the line watch; appended to benchmarks/history.jsonl: about a minute.
bench: $(READY)
	PYTHONPATH=tests/vectors:tests/rigs $(BIN)/python benchmarks/history.py

# A logic capture of 100 million samples decoded by us and by sigrok-cli, which must be installed: about a minute.
bench-waveforms: $(READY)
	$(BIN)/python benchmarks/waveforms.py

# A million random or mutated inputs to server and client each, a quarter to the monitor's decoder: about 12 minutes;
# MINUTES=30 for as many as go into that time.
# Then 2000 changed files to each reader of files: about 3 minutes.
fuzz: $(READY)
	$(BIN)/python fuzz/carrier.py $(if $(MINUTES),--minutes $(MINUTES))
	PYTHONPATH=tests:tests/rigs $(BIN)/python fuzz/files.py

# The state diagrams of docs/carrier-states.md, from the tables of client and server.
diagrams: $(READY)
	$(BIN)/python -m sts62055.carrier.diagrams docs/carrier-states.md

# The schemas of the files that people write and of those that a run writes, from the models that read them.
schemas: $(READY)
	$(BIN)/python -m stsbench.schemas docs/schemas

# The docs site, strictly and without fetching anything: about a quarter of a minute.
docs: export NO_MKDOCS_2_WARNING = 1
docs: $(VENV)/docs-ready
	$(BIN)/mkdocs build --strict
	@echo "The site: file://$(CURDIR)/site/index.html"

# Every version and hash that is installed, anew from pyproject.toml; UPGRADE=--upgrade takes the newest versions:
# some seconds.
lock: $(VENV)/lock-ready
	$(BIN)/python supply/lock.py $(UPGRADE)

$(VENV)/docs-ready $(VENV)/lock-ready: $(VENV)/%-ready: $(LOCKS)/%.txt $(READY)
	$(INSTALL) -r $<
	touch $@

# The locked pip first: it installs the rest, and the project by the locked build backend.
$(READY): pyproject.toml $(LOCKS)/build.txt $(LOCKS)/dev.txt
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) -r $(LOCKS)/build.txt
	$(INSTALL) -r $(LOCKS)/dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

clean:
	rm -rf $(VENV) runs site dist
