# onefilter: from facial action units to value- and time-continuous emotion with one filter.
from snakemake.utils import min_version

min_version("9.0")


configfile: "config/config.yaml"


report: "workflow/report/workflow.rst"


# Used with `--software-deployment-method apptainer` only; made by `apptainer build onefilter.sif container.def`.
container: "onefilter.sif"


include: "workflow/rules/common.smk"
include: "workflow/rules/corpus.smk"
include: "workflow/rules/features.smk"
include: "workflow/rules/training.smk"
include: "workflow/rules/evaluation.smk"
include: "workflow/rules/explanation.smk"
include: "workflow/rules/verification.smk"
include: "workflow/rules/live.smk"
include: "workflow/rules/figures.smk"


rule all:
    """Make everything: tables, models, predictions, scores and figures."""
    default_target: True
    input:
        rules.write_manifest.input.results,
        rules.write_manifest.output.manifest,


try:
    check_rules(workflow.rules, FOLDER / "workflow/scripts")
except InputError as error:
    raise WorkflowError(str(error)) from None


onstart:
    try:
        check_scheduler(workflow.executor_plugin.name)
    except InputError as error:
        raise WorkflowError(str(error)) from None


onerror:
    notes = [*forget_failed(workflow.dag.jobs, workflow.persistence), *said_by_failed(log)]
    print(*notes, "The same command goes on from here.", sep="\n", file=sys.stderr)
