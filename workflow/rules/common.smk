"""What the rules share: the plan of the run, and input functions that read as words in a rule."""

import sys
from pathlib import Path

from onefilter.errors import InputError
from onefilter.workflow.damage import after_failure, last_made
from onefilter.workflow.lock import clear_stale_locks
from onefilter.workflow.plan import make_plan, watched
from onefilter.workflow.provenance import digest, near, sources
from onefilter.workflow.check import check_environment, check_interpreter
from onefilter.yaml_files import typed
from snakemake.exceptions import WorkflowError

FOLDER = Path(workflow.current_basedir).parents[1]

try:
    check_environment(Path.cwd())
    sys.stderr.write(clear_stale_locks(Path(".snakemake"), tell=workflow.is_main_process))
    check_interpreter()
    PLAN = make_plan(typed(config, workflow.config_settings.config), place=workflow.modifier.modify_path)
except InputError as error:
    raise WorkflowError(str(error)) from None

sys.stderr.write(PLAN.forget_lost() if workflow.is_main_process else "")

# What a configuration leaves out has its default everywhere.
config.update(PLAN.settings.model_dump())


wildcard_constraints:
    culture="|".join(PLAN.settings.cultures),
    partition="train|devel|test|unlabelled",
    batch=r"|\.\d+",
    target="|".join(PLAN.targets),
    rung="|".join(PLAN.rungs),
    alignment="centred|causal",
    recording=r"[A-Za-z0-9_.-]+",
    length=r"[0-9.]+(e-[0-9]+)?",


def library(rule):
    """A digest of the package's files that a rule's script runs, so that editing one of them reruns the rule."""
    return digest(sources(Path(table(f"workflow/scripts/{rule}.py"))))


def table(path):
    """A file that comes with these rules, which other workflows may use, unless there is one of this name."""
    beside = [near(each) for each in (path, FOLDER / path) if Path(each).exists()]
    return local(beside[0]) if beside else workflow.source_path(f"../../{path}")


def batch(wildcards):
    """The name of a batch of recordings."""
    return f"{wildcards.culture}-{wildcards.partition}{wildcards.batch}"


def first(wildcards):
    """The first batch of a split."""
    return PLAN.batches([f"{wildcards.culture}-{wildcards.partition}"])[0]


def listed(*columns):
    """Files that a batch's recordings name in some columns of the table; only results get a module's prefix."""
    return lambda wildcards: [*map(local, PLAN.watched(columns, batch(wildcards)))]


def content(*columns):
    """A digest of what is in these files."""
    return lambda wildcards: PLAN.content(columns, batch(wildcards))


def entries(wildcards):
    """Rows of the recordings table that belong to a batch."""
    return PLAN.entries(batch(wildcards))


def producers(wildcards, input):
    """By each result, the rule that makes it."""
    return {path: rule.name for path in input for rule in workflow.rules if rule.is_producer(path)}
