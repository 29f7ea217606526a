# The project's commands. Each makes .venv if need be, installs pinned versions there, and runs.
.PHONY: help reproduce tiny report test check bench expected release restore clean
.DELETE_ON_ERROR:

PYTHON ?= python3
BIN := .venv/bin
INSTALL = $(BIN)/pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable
# Nothing here talks to anyone: no usage statistics, no tips.
export DO_NOT_TRACK := 1
export HF_HUB_OFFLINE := 1
export DVC_NO_ANALYTICS := 1

help:  ## This list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

reproduce: .venv/pipeline  ## Everything: data, features, models, scores, figures, report (minutes)
	$(BIN)/snakemake --cores all
	$(BIN)/snakemake --report results/report.zip --quiet
	@$(BIN)/onefilter scores results

tiny: .venv/pipeline  ## The same on a few short recordings (about a minute), in results/tiny
	$(BIN)/snakemake --cores all --configfile config/tiny.yaml
	@$(BIN)/onefilter scores results/tiny

report: .venv/pipeline  ## The report of the last `make reproduce`, again
	$(BIN)/snakemake --report results/report.zip --quiet
	@echo "results/report.zip"

test: .venv/test  ## All tests
	$(BIN)/pytest --numprocesses 2 --dist loadfile

check: .venv/test  ## Style, types and workflow
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

bench: .venv/test  ## Measure everything in docs/benchmarks.md (after make reproduce; about ten minutes)
	$(BIN)/python benchmarks/features.py results/corpus/openface
	$(BIN)/python -m benchmarks.training
	$(BIN)/python -m benchmarks.intervals
	$(BIN)/python -m benchmarks.relevance results
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.live results

expected: .venv/test  ## Expected numbers anew, after a change that is meant to change them
	$(BIN)/snakemake results/scores/summary.tsv results/statistics/corpus.tsv --cores all
	$(BIN)/snakemake results/tiny/scores/summary.tsv results/tiny/statistics/corpus.tsv --cores all --configfile config/tiny.yaml
	$(BIN)/python -m benchmarks.expected

release: .venv/pipeline  ## The best models of the last run, versioned with DVC (models/*.safetensors.dvc; then git commit, dvc push)
	@test -d results/models || { echo "there is no results/models; make reproduce first" >&2; exit 1; }
	mkdir -p models
	for target in results/models/*/; do cp $$target/best.safetensors models/$$(basename $$target).safetensors; done
	$(BIN)/dvc add --quiet models/*.safetensors
	@echo "git add models && git commit, then $(BIN)/dvc push"

restore: .venv/pipeline  ## After a clone: data and models that DVC keeps; copied results are up to date (CONFIG=config/own.yaml)
	$(BIN)/dvc pull
	$(BIN)/snakemake --touch --cores 1 --quiet $(if $(CONFIG),--configfile $(CONFIG))

clean:  ## Remove what was made (not your data)
	rm -rf results .snakemake

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/pipeline: pyproject.toml requirements.lock | .venv/bin/python
	$(INSTALL) '.[pipeline,keras,versions]'
	@touch $@

.venv/test: pyproject.toml requirements.lock | .venv/bin/python
	$(INSTALL) '.[pipeline,keras,versions,s3,lsl,onnx,test]'
	@touch $@ .venv/pipeline
