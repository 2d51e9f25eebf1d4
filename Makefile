# Everything a newcomer needs: `make demo`, then `make test`. Each makes its own .venv where there is none.
PYTHON ?= python3.11
VENV := .venv
RUN := $(VENV)/bin/python
WORKDIR ?= runs/quickstart
export JAX_COMPILATION_CACHE_DIR ?= $(CURDIR)/.cache/jax
export JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS ?= 0.3
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: demo test benchmarks clean

demo: $(VENV)/installed  ## install, train the quickstart with and without adversarial augmentation, print table and page
	$(RUN) launch/train.py --config=configs/quickstart.py --workdir=$(WORKDIR)

test: $(VENV)/installed-dev  ## install the dev extra, run all tests
	$(RUN) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(TESTS)

benchmarks: $(VENV)/installed-dev  ## speed as ratios in one run; writes benchmarks/results
	$(RUN) -m benchmarks.pgd
	$(RUN) -m benchmarks.objectives
	$(RUN) -m benchmarks.input_pipeline
	$(RUN) -m benchmarks.augment
	$(RUN) -m benchmarks.augment_ops
	$(RUN) -m benchmarks.augment_table
	$(RUN) -m benchmarks.augment_growth

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: setup.py | $(VENV)/bin/python
	$(VENV)/bin/pip install -q -e .
	touch $@

$(VENV)/installed-dev: setup.py | $(VENV)/bin/python
	$(VENV)/bin/pip install -q -e '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) .cache build *.egg-info
