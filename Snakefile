# onefilter: from facial action units to value- and time-continuous emotion with one filter.
configfile: "config/config.yaml"


report: "workflow/report/workflow.rst"


# Used with `--software-deployment-method apptainer` only; made by `apptainer build onefilter.sif container.def`.
container: "onefilter.sif"


include: "workflow/rules/common.smk"
include: "workflow/rules/corpus.smk"
include: "workflow/rules/features.smk"
include: "workflow/rules/training.smk"
include: "workflow/rules/evaluation.smk"
include: "workflow/rules/ladder.smk"
include: "workflow/rules/explanation.smk"
include: "workflow/rules/selection.smk"
include: "workflow/rules/live.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/verification.smk"


rule all:
    """Make everything: tables, models, predictions, scores and figures."""
    default_target: True
    input:
        "<results>/statistics/corpus.tsv",
        "<results>/statistics/described.tsv",
        expand("<results>/figures/{name}.png", name=figures()),
        expand(
            "<results>/predictions/{target}/{split}.parquet",
            target=TARGETS,
            split=SPLITS,
        ),
        all_best(),
        scores(),
        "<results>/audit/sentences.tsv",
        "<results>/claims.tsv",
