# The project's commands. Each makes .venv if need be, installs there what requirements.lock says, and runs.
.PHONY: help reproduce tiny report verify-results test test-loaded quick check docs bench bench-growth fuzz settings expected lock release restore clean
.DELETE_ON_ERROR:

# Snakemake and setuptools put this folder's path into commands as it is.
UNSAFE := { } ( ) $$ & ; ' " ` \ < > | * ? [ ] !
ifneq ($(words $(CURDIR))$(strip $(foreach sign,$(UNSAFE),$(findstring $(sign),$(CURDIR)))),1)
$(error The path of this folder, "$(CURDIR)", has a blank or one of the signs $(UNSAFE) in it. Move the folder to a path without them)
endif

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
# A package's entry in the lock, with its hashes: $(call locked,pip).
locked = sed -n '/^$(1)==/,/[^\\]$$/p' requirements.lock
TORCH = $(shell sed -n 's/^\(torch==[^ ]*\).*/\1/p' requirements.lock)
# What pyproject.toml names, with these extras. pip checks no hashes of a folder, so the package itself follows without dependencies.
NAMES = import sys, tomllib; toml = tomllib.load(open("pyproject.toml", "rb")); project = toml["project"]; \
	print(*toml["build-system"]["requires"], *project["dependencies"], \
	*(name for extra in sys.argv[1:] for name in project["optional-dependencies"][extra]), sep="\n")
define install
	$(BIN)/python -c '$(NAMES)' $(1) > .venv/names.txt
	$(PIP) install --constraint requirements.lock --requirement .venv/names.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
endef
# Burns a core until the shell that started it is gone.
BURN := import itertools, os; shell = os.getppid(); all(os.getppid() == shell for _ in itertools.count())
# Nothing here talks to anyone: no usage statistics, no tips.
export DO_NOT_TRACK := 1
export NO_MKDOCS_2_WARNING := 1
export HF_HUB_OFFLINE := 1
export DVC_NO_ANALYTICS := 1

help:  ## This list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 16

reproduce: .venv/pipeline  ## Everything: data, features, models, scores, figures, report (minutes)
	$(BIN)/snakemake --cores all
	$(BIN)/snakemake --report results/report.zip --quiet
	@$(BIN)/onefilter scores results

tiny: .venv/pipeline  ## The same on a few short recordings (a minute), in results/tiny
	$(BIN)/snakemake --cores all --configfile config/tiny.yaml
	@$(BIN)/onefilter scores results/tiny

report: .venv/pipeline  ## The report of the last `make reproduce`, again
	$(BIN)/snakemake --report results/report.zip --quiet
	@echo "results/report.zip"

verify-results: .venv/pipeline  ## Is everything that the last run made there, and as it was left? (RESULTS=results/tiny)
	@$(BIN)/onefilter verify $(or $(RESULTS),results)

# Processes of pytest share the cores: threads that wait for one another cost more than they bring. What is compiled is
# kept, whatever the environment says: the tests start hundreds of programs.
test test-loaded quick: export OMP_NUM_THREADS := 1
test test-loaded quick: export PYTHONDONTWRITEBYTECODE :=

test: .venv/test  ## All tests
	$(BIN)/pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

test-loaded: .venv/test  ## All tests while every core is burnt (ARGS="-m waits": those in which programs wait for one another)
	@for core in $$(seq $$(getconf _NPROCESSORS_ONLN)); do $(BIN)/python -c '$(BURN)' & done; \
	$(BIN)/pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder $(ARGS)

quick: .venv/test  ## Style and the fast tests (a minute or so)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/pytest --numprocesses 2 -m "not slow" --ignore tests/workflow

check: .venv/test  ## Style, spelling, types, imports and workflow
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/codespell
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

docs: .venv/docs  ## The documentation as a site, in site/; fails where a link leads nowhere
	$(BIN)/mkdocs build --strict --quiet
	@echo "site/index.html"

bench: .venv/test  ## Measure everything in docs/benchmarks.md (after make reproduce; about ten minutes)
	$(BIN)/python benchmarks/features.py results/corpus/openface
	$(BIN)/python -m benchmarks.training
	$(BIN)/python -m benchmarks.intervals
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.equations
	$(BIN)/python -m benchmarks.relevance results
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.live results

bench-growth: .venv/test  ## CPU and memory of every rule with 1, 3 and 10 times as many recordings (half an hour)
	$(BIN)/python -m benchmarks.growth $(ARGS)

fuzz: .venv/test  ## 128,000 inputs, changed at random, through everything that reads files (minutes; ARGS="--seed 2 keras")
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.fuzz $(ARGS)

settings: .venv/pipeline  ## config.yaml, the tables of config/README.md and the JSON schemas, from src/onefilter/settings.py
	$(BIN)/python -m onefilter.workflow.documentation .

expected: .venv/test  ## Expected numbers anew, after a change that is meant to change them
	$(BIN)/snakemake results/scores/summary.tsv results/statistics/corpus.tsv results/recovery.tsv --cores all
	$(BIN)/snakemake results/tiny/scores/summary.tsv results/tiny/statistics/corpus.tsv results/tiny/recovery.tsv --cores all --configfile config/tiny.yaml
	$(BIN)/python -m benchmarks.expected

lock: .venv/test  ## requirements.lock after a change of pyproject.toml (UPGRADE=--upgrade, or "--upgrade-package polars": newer versions)
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --all-extras --group install --generate-hashes \
		--no-emit-index-url --custom-compile-command "make lock" --quiet $(UPGRADE) --output-file requirements.lock

VERSION = $(shell sed -n 's/^__version__ = "\(.*\)"$$/\1/p' src/onefilter/__init__.py)

release: .venv/pipeline  ## The best models of the last run, versioned with DVC; prints what to type then (commit, tags, push)
	@test -d results/models || { echo "there is no results/models; make reproduce first" >&2; exit 1; }
	mkdir -p models
	for target in results/models/*/; do cp $$target/best.safetensors models/$$(basename $$target).safetensors; done
	$(BIN)/dvc add --quiet models/*.safetensors
	@echo "git add models && git commit -m 'Models of version $(VERSION)'"
	@# DVC finds an artifact by its annotated tag.
	@for target in results/models/*/; do name=$$(basename $$target); echo "git tag -a $$name@v$(VERSION) -m '$$name $(VERSION)'"; done
	@echo "$(BIN)/dvc push && git push --follow-tags"

restore: .venv/pipeline  ## After a clone: data and models that DVC keeps; copied results are up to date (CONFIG=config/own.yaml)
	$(BIN)/dvc pull
	$(BIN)/snakemake --touch --cores 1 --quiet $(if $(CONFIG),--configfile $(CONFIG))

clean:  ## Remove what was made (not your data)
	rm -rf results .snakemake

.venv/bin/python:
	$(PYTHON) -m venv .venv

# The lock's own pip: older ones take no hashes from a constraints file.
.venv/pip: requirements.lock | .venv/bin/python
	$(call locked,pip) > .venv/pip.txt
	$(PIP) install --requirement .venv/pip.txt
	@touch $@

# PyTorch's builds for CPU and for CUDA have one version. The first that comes stays: what is in .venv, else what TORCH_INDEX has,
# else what pip finds, if its hash is in the lock.
.venv/torch: requirements.lock | .venv/pip
ifdef TORCH_INDEX
	$(PIP) install --no-deps --index-url $(TORCH_INDEX) $(TORCH)
else
	$(call locked,torch) > .venv/torch.txt
	$(PIP) freeze | grep -qE '^$(TORCH)(\+.*)?$$' || $(PIP) download --no-deps --dest .venv/wheels $(TORCH)
	$(PIP) install --no-deps --no-index --find-links .venv/wheels --requirement .venv/torch.txt
	@rm -rf .venv/wheels
endif
	@touch $@

.venv/pipeline: pyproject.toml requirements.lock .venv/torch
	$(call install,pipeline keras versions)
	@touch $@

.venv/test: pyproject.toml requirements.lock .venv/torch
	$(call install,pipeline cluster keras versions s3 lsl onnx docs test)
	@touch $@ .venv/pipeline .venv/docs

.venv/docs: pyproject.toml requirements.lock | .venv/pip
	$(call install,docs)
	@touch $@

# One more extra beside the pipeline: make .venv/s3.
.venv/cluster .venv/lsl .venv/onnx .venv/s3: .venv/%: pyproject.toml requirements.lock .venv/torch
	$(call install,$*)
	@touch $@
