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
        expand("<results>/{table}", table=PLAN.tables),
        expand("<results>/figures/{name}.png", name=PLAN.figures),
        expand(
            "<results>/predictions/{target}/{split}.parquet",
            target=PLAN.targets,
            split=PLAN.splits,
        ),


check_rules()


onerror:
    # Snakemake notes the inputs of a failed job as if it had succeeded; forgotten, they count as changed in the next run.
    for job in workflow.dag.jobs:
        for path in job.output:
            if not Path(path).exists():
                workflow.persistence.cleanup_metadata(path)
