# make run          start Penelope Admin (ARGS="..." passes arguments on)
# make test         every check and every test
# make test-long    the same, with many times as many random examples (for a night)
# make bench        the measurements
# make figures      how the code stands: lines, circles, complexity, statements of a use case
# make screenshots  the pictures in the documentation
# make lock         pin newly named dependencies (ARGS=--upgrade moves all of them to their newest versions)
# make clean        remove what the other targets made
#
# The targets prepare .venv themselves (see .ci/setup). PYTHON=python3.13 picks the Python it is made from.

PY := .venv/bin/python
UV := build/lock/bin/uv
COMPILE := $(UV) pip compile --quiet --universal --python build/lock/bin/python --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --system-certs \
	--custom-compile-command "make lock" pyproject.toml

.PHONY: run test test-long bench figures screenshots lock clean

run:
	@sh .ci/setup requirements.lock
	@$(PY) main.py $(ARGS)

# Tests, measurements and pictures need no screen.
test test-long bench screenshots: export QT_QPA_PLATFORM = offscreen

test:
	@sh .ci/setup requirements-dev.lock
	@echo "== ruff check"
	@$(PY) -m ruff check
	@echo "== ruff format"
	@$(PY) -m ruff format --check
	@echo "== import rules"
	@$(PY) .venv/bin/lint-imports --no-logo
	@echo "== pytest, and mypy beside it"
	@said=$$(mktemp); $(PY) -m mypy >$$said 2>&1 & types=$$!; \
		trap "kill $$types 2>/dev/null" INT TERM; \
		$(PY) -m pytest -n 2 $(ARGS); tests=$$?; \
		wait $$types; types=$$?; \
		echo "== mypy"; cat $$said; rm $$said; \
		[ $$tests$$types = 00 ]

test-long: export PENELOPE_ADMIN_LONG_TESTS = 1
test-long: test

bench:
	@sh .ci/setup requirements-dev.lock
	@$(PY) -m tests.bench $(ARGS)

figures:
	@sh .ci/setup requirements-dev.lock
	@$(PY) -m tests.bench.figures

screenshots:
	@sh .ci/setup requirements-dev.lock
	@$(PY) -m tests.screenshots $(ARGS)

# The development lock takes the runtime lock as a constraint, so what both name has one version.
lock:
	@echo "lock: fetching uv"
	@$(or $(PYTHON),python3) -m venv --clear build/lock
	@build/lock/bin/python -m pip install --quiet --disable-pip-version-check uv
	@echo "lock: requirements.lock"
	@$(COMPILE) $(ARGS) --output-file requirements.lock
	@echo "lock: requirements-dev.lock"
	@$(COMPILE) $(ARGS) --group dev --constraint requirements.lock --output-file requirements-dev.lock
	@rm -rf build/lock

clean:
	@rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "clean: done"
