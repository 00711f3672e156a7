# make run: set up and train the first example.  make test: everything that has to hold.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# first-party plugins and docs: environments on top of the first one, and one of its own for torchtext's old torch
ENGINES := $(addprefix plugins/nlpkit-,ray dask spark)
PLUGINS := $(filter-out plugins/nlpkit-torchtext $(ENGINES),$(wildcard plugins/nlpkit-*))
PLUGIN_VENV := $(VENV)-plugins
PLUGIN_BIN := $(PLUGIN_VENV)/bin
ENGINE_VENV := $(VENV)-engines
ENGINE_BIN := $(ENGINE_VENV)/bin
TORCHTEXT_VENV := $(VENV)-torchtext
TORCHTEXT_BIN := $(TORCHTEXT_VENV)/bin
BROWSER_VENV := $(VENV)-browser
BROWSER_BIN := $(BROWSER_VENV)/bin
AXE := build/browser/node_modules/axe-core/axe.min.js
DOCS_VENV := $(VENV)-docs
DOCS_BIN := $(DOCS_VENV)/bin

# modules are compiled when they are imported, once, and not by every process of the tests again
INSTALL := install --quiet --no-compile
unexport PYTHONDONTWRITEBYTECODE

# an environment that has what is in the first one, whose pip and setuptools install into it
INTO = $(BIN)/python -m pip --python $(1)/bin/python $(INSTALL) --no-build-isolation --constraint constraints.txt
define on_top_of_the_first
$(PYTHON) -m venv --without-pip $(1)
$(BIN)/python -c 'import sysconfig; print("import site; site.addsitedir(%r)" % sysconfig.get_path("purelib"))' \
    > $$($(1)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/nlpkit-environment.pth
endef

# tests run side by side, a core for each
test test-plugins test-engines test-torchtext test-browser docs: export OMP_NUM_THREADS = 1

.PHONY: run environments test lint test-plugins test-engines test-torchtext test-browser docs bench clean

run: $(STAMP)
	$(BIN)/nlpkit run examples/agnews_lstm.toml

environments: $(PLUGIN_VENV)/.installed $(DOCS_VENV)/.installed $(TORCHTEXT_VENV)/.installed $(ENGINE_VENV)/.installed

test: lint
	$(BIN)/python -m pytest -n 2
	$(MAKE) test-plugins

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test-plugins: $(PLUGIN_VENV)/.installed
	$(PLUGIN_BIN)/python -m pytest -n 2 $(PLUGINS) plugins/nlpkit-torchtext

# Spark is tried where Java is: apt-get install openjdk-17-jre-headless
test-engines: $(ENGINE_VENV)/.installed
	$(ENGINE_BIN)/python -m pytest -n 2 --dist loadfile $(ENGINES)

test-torchtext: $(TORCHTEXT_VENV)/.installed
	$(TORCHTEXT_BIN)/python -m pytest plugins/nlpkit-torchtext/tests \
	    tests/nn/test_lstm.py tests/training/test_optimizers.py tests/training/test_updates.py

# pages in a real browser, which has to be there: apt-get install chromium
test-browser: $(BROWSER_VENV)/.installed $(AXE)
	$(BROWSER_BIN)/python -m pytest tests/browser

docs: $(DOCS_VENV)/.installed
	NO_MKDOCS_2_WARNING=1 $(DOCS_BIN)/mkdocs build --strict
	DOCS_SITE=build/site $(DOCS_BIN)/python -m pytest --quiet tests/docs/test_site.py

bench: $(STAMP)
	$(BIN)/python -m benchmarks

$(STAMP): setup.cfg setup.py pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip $(INSTALL) --constraint constraints.txt --editable '.[test]'
	touch $@

$(PLUGIN_VENV)/.installed: $(STAMP) $(wildcard plugins/*/pyproject.toml)
	$(call on_top_of_the_first,$(PLUGIN_VENV))
	$(call INTO,$(PLUGIN_VENV)) \
	    $(foreach plugin,$(PLUGINS) plugins/nlpkit-torchtext,--editable '$(plugin)[test]')
	touch $@

$(ENGINE_VENV)/.installed: $(STAMP) $(ENGINES:%=%/pyproject.toml)
	$(call on_top_of_the_first,$(ENGINE_VENV))
	$(call INTO,$(ENGINE_VENV)) \
	    $(foreach plugin,$(ENGINES),--editable '$(plugin)[test]')
	touch $@

$(DOCS_VENV)/.installed: $(STAMP)
	$(call on_top_of_the_first,$(DOCS_VENV))
	$(call INTO,$(DOCS_VENV)) --editable '.[docs]'
	touch $@

$(BROWSER_VENV)/.installed: $(STAMP)
	$(call on_top_of_the_first,$(BROWSER_VENV))
	$(call INTO,$(BROWSER_VENV)) playwright
	touch $@

$(AXE):
	npm install --silent --no-save --prefix build/browser axe-core@4.14.1
	touch $@

# torch 2.3.1 does not load without its CUDA libraries: all is named there, nothing else is installed
$(TORCHTEXT_VENV)/.installed: plugins/nlpkit-torchtext/constraints.txt plugins/nlpkit-torchtext/pyproject.toml setup.cfg setup.py
	$(PYTHON) -m venv $(TORCHTEXT_VENV)
	$(TORCHTEXT_BIN)/python -m pip $(INSTALL) --no-deps \
	    --requirement plugins/nlpkit-torchtext/constraints.txt
	$(TORCHTEXT_BIN)/python -m pip $(INSTALL) --no-deps --no-build-isolation \
	    --editable . --editable plugins/nlpkit-torchtext
	touch $@

clean:
	rm -rf $(VENV) $(PLUGIN_VENV) $(ENGINE_VENV) $(TORCHTEXT_VENV) $(BROWSER_VENV) $(DOCS_VENV) build dist *.egg-info
