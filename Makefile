.DEFAULT_GOAL := help
PY := .venv/bin/python

.PHONY: help
help: ## print this help
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: check
check: ## format, lint, types and tests: what must be green before a push
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) -m pytest --numprocesses=3 --dist=loadgroup

.PHONY: format
format: ## put the code into its one format and mend what the linter can mend
	$(PY) -m ruff check --fix-only .
	$(PY) -m ruff format .

.PHONY: test
test: ## the whole suite, installing what it needs
	python3 start.py test

.PHONY: fuzz
fuzz: ## many requests made from the API's description, and a long play of the machine (FUZZ_EXAMPLES, MACHINE_RUNS)
	FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-1000} FUZZ_SEED=$${FUZZ_SEED:-$$(date +%s)} MACHINE_RUNS=$${MACHINE_RUNS:-500} MACHINE_STEPS=$${MACHINE_STEPS:-50} \
	  $(PY) -m pytest tests/api/test_api_fuzz.py tests/api/test_api_machine.py

.PHONY: audit
audit: ## write the bill of materials and ask for known vulnerabilities of what is locked
	$(PY) tests/supply.py

.PHONY: bench
bench: ## the benchmark table against the physical floor
	$(PY) -m bench

.PHONY: faults
faults: ## kills, restarts and a full disk under load, with a ledger; KILLS=60 SEED=1 ROWS=300
	PYTHONPATH=. $(PY) tests/faults/campaign.py

.PHONY: lock
lock: ## resolve requirements/*.in again into the hash-locked files (needs uv)
	cd requirements && for name in requirements dev; do \
	  uv pip compile --quiet --upgrade --universal --python-version 3.11 --only-binary :all: --generate-hashes \
	    --no-header --no-emit-index-url --no-emit-find-links $$name.in --output-file $$name.txt; done
