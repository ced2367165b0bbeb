# Each target sets up what it needs: an environment in .venv, made anew when pyproject.toml changes.
PYTHON ?= python3
VENV ?= .venv
READY := $(VENV)/ready-$(shell $(PYTHON) -c "import hashlib; print(hashlib.sha256(open('pyproject.toml','rb').read()).hexdigest()[:16])")
RUN := $(VENV)/bin/python

.PHONY: sweep smoke report test test-slow lint

sweep: $(READY)          ## search the adversarial space on the demo corpus
	$(RUN) search/run.py --space adversarial

smoke: $(READY)          ## the same path in under a minute
	$(RUN) search/run.py --space adversarial --smoke

# Begun once; typed again, each step goes on or shows what is there.
FAIRSER := $(VENV)/bin/fairser
search = $(FAIRSER) run $(if $(wildcard results/$(1)/sweep.json),--resume $(1),--space $(1) --name $(1) --trials 16)

report: $(READY)         ## the whole walk: search twice, replicate, test once, write the page
	$(call search,adversarial)
	$(call search,nonadversarial)
	$(FAIRSER) replicate adversarial
	$(FAIRSER) replicate nonadversarial
	$(FAIRSER) report adversarial nonadversarial

lint: $(READY)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

test: lint               ## lint, types, tests
	$(VENV)/bin/pytest -m "not slow" -n 2 --dist loadgroup

test-slow: $(READY)      ## the tests that take minutes
	$(VENV)/bin/pytest -m slow -n 2 --dist loadgroup

$(READY):
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'fairser needs Python 3.11 or newer; set PYTHON=')"
	@echo "setting up $(VENV) (some minutes, once)"
	@test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	@$(RUN) -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	@rm -f $(VENV)/ready-* && touch $@
