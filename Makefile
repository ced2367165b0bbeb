# Each target first sets up an environment in .venv, and again when pyproject.toml has changed. With
# another interpreter, as in `make test PYTHON=python3.13`, it is .venv-3.13.
PYTHON ?= python3
VENV ?= .venv$(if $(filter python3,$(PYTHON)),,-$(shell $(PYTHON) -c "import sys; print('%d.%d' % sys.version_info[:2])"))
READY := $(VENV)/ready-$(shell $(PYTHON) -c "import hashlib; print(hashlib.sha256(open('pyproject.toml','rb').read()).hexdigest()[:16])")
RUN := $(VENV)/bin/python

.PHONY: sweep smoke report test test-slow lint docs

sweep: $(READY)          ## search the adversarial space on the demo corpus
	$(RUN) search/run.py --space adversarial

smoke: $(READY)          ## the same with tiny numbers, in about a minute
	$(RUN) search/run.py --space adversarial --smoke

# Typed again, each step resumes or shows its result.
FAIRSER := $(VENV)/bin/fairser
search = $(FAIRSER) run $(if $(wildcard results/$(1)/sweep.json),--resume $(1),--space $(1) --name $(1) --trials 16)

report: $(READY)         ## search two spaces, replicate, test once, write the report
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

test-slow: $(READY)      ## tests that take minutes
	$(VENV)/bin/pytest -m slow -n 2 --dist loadgroup

docs: $(READY)           ## the documentation, in site/
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/mkdocs build --strict

$(READY):
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'fairser needs Python 3.11 or newer; set PYTHON=')"
	@echo "setting up $(VENV) (some minutes, once)"
	@test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	@$(RUN) -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	@rm -f $(VENV)/ready-* && touch $@
