"""What the rules share: the plan of the run, and input functions that read as words in a rule."""

from pathlib import Path

from onefilter.errors import InputError
from onefilter.workflow.lock import clear_stale_locks
from onefilter.workflow.plan import make_plan
from onefilter.workflow.provenance import sources
from onefilter.workflow.check import check_rule
from snakemake.exceptions import WorkflowError

FOLDER = Path(workflow.basedir)

clear_stale_locks(Path(".snakemake"))

try:
    PLAN = make_plan(config)
except InputError as error:
    raise WorkflowError(str(error)) from None

# What a configuration leaves out has its default everywhere.
config.update(PLAN.settings.model_dump())


wildcard_constraints:
    culture="|".join(PLAN.settings.cultures),
    partition="train|devel|test|unlabelled",
    target="|".join(PLAN.targets),
    rung="|".join(PLAN.rungs),
    alignment="centred|causal",


def library(rule):
    """The package's files that a rule's script runs, so that editing one of them reruns the rule."""
    paths = sources(FOLDER / f"workflow/scripts/{rule}.py")
    return [path.relative_to(FOLDER) if path.is_relative_to(FOLDER) else path for path in paths]


def listed(*columns):
    """The files that a split's recordings name in some columns of the table."""
    return lambda wildcards: [
        path for column in columns for path in PLAN.files(column, wildcards.culture, wildcards.partition)
    ]


def content(*columns):
    """A digest of what is in these files."""
    return lambda wildcards: PLAN.content(columns, wildcards.culture, wildcards.partition)


def entries(wildcards):
    """Rows of the recordings table that belong to a split."""
    return PLAN.entries(wildcards.culture, wildcards.partition)


def is_labelled(wildcards):
    """Whether a split has labels."""
    return f"{wildcards.culture}-{wildcards.partition}" in PLAN.labelled


def given(wildcards):
    """The file of the model that the configuration names for a target."""
    return PLAN.given[wildcards.target]


def windows(wildcards):
    """The settings of the features, with windows of the wildcard's kind."""
    return PLAN.windows(wildcards.alignment)


def check_rules():
    """Check that every rule names what its step takes."""
    for each in workflow.rules:
        if each.script:
            named = [*each.input.keys(), *each.output.keys(), *each.params.keys()]
            script = FOLDER / "workflow/scripts" / Path(each.script).name
            try:
                check_rule(each.name, script, named=named, wildcards=each.wildcard_names)
            except InputError as error:
                raise WorkflowError(str(error)) from None
