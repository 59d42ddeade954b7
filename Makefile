# Needs Python 3.11 to 3.13 with venv, git and make. Everything else is installed into .venv.

PYTHONS     ?= python3.13 python3.12 python3.11 python3# the first that works is taken
EXTRAS      ?=# gpu asks which engine fits the card; or jax-gpu, jax, tensorboard
LAB_ARGS    ?=# passed to JupyterLab, e.g. LAB_ARGS="--no-browser --port=8899"
PYTEST_ARGS ?=# passed to the unit tests, e.g. PYTEST_ARGS="-k pyramid -x"
WORKERS     ?= 2# tests run side by side in so many processes
NB_WORKERS  ?= 2# notebooks tested side by side; 0 is one after another
QUICK       := not slow and not browser and not site# what `make test` runs of tests/
REST        ?= slow or browser# what `make test-rest` runs of it; CI adds "and not long"
NBVAL       ?= --nbval# --nbval-lax runs the notebooks without comparing their outputs
NB_TIMEOUT  ?= 900# seconds that one cell may take
NOTEBOOKS   ?= $(sort $(wildcard notebooks/*.ipynb))

VENV       := .venv
PY         := $(VENV)/bin/python
MADE       := $(VENV)/.made
INSTALLED  := $(VENV)/.installed$(addprefix -,$(EXTRAS))
TEST_READY := $(VENV)/.installed-test
SITE_READY := $(VENV)/.installed-site
SITE_NPM   := site/node_modules/.installed
GRADING    := $(VENV)/.installed-grading
NB_REPORT  := $(VENV)/notebooks.xml
ENGINE     := $(VENV)/.engine# what was installed for the card: tensorflow or jax

# This folder's package and this .venv's kernel win, whatever the user's shell has set.
export PYTHONPATH := $(CURDIR)
export JUPYTER_PREFER_ENV_PATH := 1
export UV_SYSTEM_CERTS := 1# behind a university's proxy, uv needs the computer's own certificates
unexport JUPYTER_PATH PYTHONHOME MPLBACKEND

# Tests take the smallest preset, and keep their runs apart from the student's.
SMOKE := OASIS_PRESET=smoke OASIS_RUNS='$(CURDIR)/$(VENV)/runs'

# What pip installs: this folder, with extras.
WITH_TESTS   := .[test]
WITH_JAX_TOO := .[test,jax]
WITH_SITE    := .[site]
WITH_GRADING := .[test,grading]

# uv takes half a minute where pip takes two. uv does not read pip's settings, so pip tries when uv cannot.
install = { $(PY) -m uv pip install -q --python $(PY) --compile-bytecode -e "$(1)" || \
  { echo "uv could not, pip tries (about two minutes)"; $(PY) -m pip install -q -e "$(1)"; }; }

# What CI runs with JAX too (tests/training/test_engines.py compares both engines number by number).
JAX_TESTS ?= tests/networks tests/training/test_losses.py tests/sampling/test_sampling.py \
  tests/course/test_checks.py

.PHONY: help lab newer setup setup-test test test-all test-rest test-jax test-notebooks-jax lint unit test-notebooks \
  notebooks exercises assignments mutants buttons site site-serve test-site clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

lab: $(INSTALLED) ## open your copy of the course in JupyterLab, on this computer only (LAB_ARGS="--no-browser")
	@$(PY) tools/student_edition.py
	KERAS_BACKEND="$${KERAS_BACKEND:-$$(cat $(ENGINE) 2>/dev/null || echo tensorflow)}" \
	  $(PY) -m jupyterlab --ip=127.0.0.1 --LabApp.default_url=/lab/tree/my-course/00_start_here.ipynb $(LAB_ARGS)

newer: $(INSTALLED) ## put newer versions of the notebooks beside your own in my-course/
	@$(PY) tools/student_edition.py --newer

test: $(TEST_READY) ## in nine minutes: lint, the quick tests, every notebook cell by cell
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory unit
	@$(MAKE) --no-print-directory test-notebooks

test-all: ## everything there is
	@$(MAKE) --no-print-directory test
	@$(MAKE) --no-print-directory test-rest
	@$(MAKE) --no-print-directory test-jax
	@$(MAKE) --no-print-directory test-site

test-rest: ## the slow tests and those in a browser, which `make test` leaves out
	@$(MAKE) --no-print-directory $(GRADING) || echo "nbgrader is not available here: its test is skipped"
	@$(MAKE) --no-print-directory unit QUICK='$(REST)'

test-jax: $(TEST_READY) ## the tests of the networks with JAX in TensorFlow's place (JAX_TESTS=tests for all tests)
	@$(PY) -c 'import jax' 2>/dev/null || { echo "error: JAX is not installed; make setup-test could not get it"; exit 1; }
	@KERAS_BACKEND=jax $(MAKE) --no-print-directory unit QUICK='not browser and not notebooks' \
	  PYTEST_ARGS='$(PYTEST_ARGS) $(JAX_TESTS)'

# Their outputs are TensorFlow's, whose random numbers are others: with JAX they are run, not compared.
test-notebooks-jax: $(TEST_READY) ## run every notebook with JAX; 05 compiles for minutes
	@KERAS_BACKEND=jax $(MAKE) --no-print-directory test-notebooks NBVAL=--nbval-lax

lint: $(TEST_READY) ## ruff, and notebooks that match their sources
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) tools/build_notebooks.py --check
	$(PY) tools/draw_diagrams.py --check

unit: $(TEST_READY) ## the quick tests in tests/ (PYTEST_ARGS="tests/data -x"; QUICK=slow for the slow ones)
	$(SMOKE) $(PY) -m pytest -n $(WORKERS) --dist loadfile -m '$(QUICK)' --durations=10 $(PYTEST_ARGS)

# The cohort is made first, so that no notebook shows its progress bar.
# nbval marks the cells after a timeout as expected failures, which pytest counts as fine: here they fail the run.
test-notebooks: $(TEST_READY) ## run every notebook and compare its outputs (NOTEBOOKS=notebooks/01_x.ipynb for one)
ifeq ($(strip $(NOTEBOOKS)),)
	@echo "there are no notebooks to test yet"
else
	@$(PY) -c 'from oasis_helpers import load_data; print(load_data())'
	$(SMOKE) $(PY) -m pytest $(NBVAL) --nbval-current-env --nbval-cell-timeout=$(NB_TIMEOUT) \
	  --nbval-kernel-startup-timeout=120 -n $(NB_WORKERS) --dist loadscope -o xfail_strict=true -rxX \
	  --durations=5 --junitxml=$(NB_REPORT) $(NOTEBOOKS)
	@! grep -q 'pytest.xfail' $(NB_REPORT) || { echo "error: a cell timed out, see the xfailed cells above"; exit 1; }
endif

notebooks: $(TEST_READY) ## write the notebooks from notebooks/source and run them
	$(PY) tools/build_notebooks.py --execute

exercises: $(TEST_READY) ## run every notebook with its solutions in place; writes nothing
	$(SMOKE) $(PY) tools/build_notebooks.py --solutions

# nbgrader starts alembic, which it finds by the PATH.
assignments: $(GRADING) ## write the exercises as nbgrader assignments, for lecturers (NAMES="01_data_loading" for some)
	@$(PY) tools/assignments.py $(NAMES)
	@cd assignments && export PATH="$(CURDIR)/$(VENV)/bin:$$PATH" && for name in $(or $(NAMES),source/*); do \
	  nbgrader generate_assignment --force --log-level=WARN "$${name##*/}" || exit 1; \
	done
	@echo "assignments: what students get is in release/"

mutants: $(TEST_READY) ## plant known mistakes one by one and see that a test fails (about 25 minutes)
	$(PY) tests/mutants.py $(MUTANTS)

buttons: $(MADE) ## write the clone line, Binder and Colab buttons into the README (AT=OWNER/NAME of your copy at GitHub)
	@$(PY) tools/buttons.py '$(AT)'

site: $(SITE_READY) $(SITE_NPM) ## build the course as web pages into site/_build, with a generator that runs in the browser
	$(PY) site/build.py

site-serve: ## show the built pages on this computer only (PORT=8000)
	@$(PY) site/serve.py $(PORT)

test-site: $(TEST_READY) site ## build the pages, then test their links, and every control of the explorer in a Chromium
	$(SMOKE) $(PY) -m pytest -m site --durations=5 $(PYTEST_ARGS) tests/site

clean: ## remove .venv and caches; my-course, assignments, data and runs stay
	rm -rf $(VENV) site/_build site/node_modules build dist *.egg-info .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
	find . -name .ipynb_checkpoints -prune -exec rm -rf {} +

setup: $(INSTALLED) ## make .venv and install the course
setup-test: $(TEST_READY) ## the same, with what the tests need

$(MADE):
	@python=; found=; \
	for p in $(PYTHONS); do \
	  "$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1 || continue; \
	  found="$$p"; \
	  if "$$p" -c 'import ensurepip, venv' >/dev/null 2>&1; then python="$$p"; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "error: needs Python 3.11 to 3.13, none of these is: $(PYTHONS). Install one, or: make PYTHONS=/path/to/python"; exit 1; \
	elif [ -z "$$python" ]; then \
	  echo "error: $$found cannot make a venv. On Debian or Ubuntu: apt install $$(basename "$$found")-venv"; exit 1; \
	fi; \
	echo "making $(VENV) with $$($$python --version)"; \
	"$$python" -m venv $(VENV)
	@$(PY) -m pip install -q uv || echo "uv is not available here: pip does the work, in about two minutes"
	@touch $@

$(INSTALLED): pyproject.toml $(MADE)
	@echo "installing the course into $(VENV) (a minute or two the first time)"
	@extras='$(EXTRAS)'; \
	if [ "$$extras" = gpu ]; then extras=$$($(PY) -m oasis_helpers.doctor.cards) || exit 1; fi; \
	$(call install,.$${extras:+[$$extras]}) || exit 1; \
	case "$$extras" in jax-gpu) echo jax > $(ENGINE);; gpu) echo tensorflow > $(ENGINE);; esac
	@touch $@

# After $(INSTALLED), so that two installs never run side by side in one .venv.
$(TEST_READY): pyproject.toml $(INSTALLED)
	@echo "installing what the tests need"
	@$(call install,$(WITH_JAX_TOO)) || { echo "trying without JAX: its tests are skipped"; $(call install,$(WITH_TESTS)); }
	@touch $@

$(SITE_READY): pyproject.toml $(INSTALLED)
	@echo "installing what the pages need"
	@$(call install,$(WITH_SITE))
	@touch $@

# From npm: the equations' MathJax and the explorer's runtime, at the versions of the lock file.
$(SITE_NPM): site/package-lock.json
	@command -v npm >/dev/null || { echo "error: the pages need npm (Node.js), for MathJax and the explorer's runtime"; exit 1; }
	npm ci --prefix site --no-audit --no-fund --ignore-scripts
	@touch $@

$(GRADING): pyproject.toml $(TEST_READY)
	@echo "installing nbgrader"
	@$(call install,$(WITH_GRADING))
	@touch $@
