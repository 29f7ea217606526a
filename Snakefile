# onefilter: from facial action units to value- and time-continuous emotion with one filter.
from onefilter.files import remove_abandoned
from onefilter.workflow import forkserver, lock
from onefilter.workflow.check import check_accelerator, check_left, check_rules, check_videos
from onefilter.workflow.scheduler import check_jobs_left, check_scheduler, check_wishes
from snakemake.logging import logger
from snakemake.shell import shell
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


rule worlds:
    """Can this pipeline say no? Small studies in which the answer is planted."""
    input:
        rules.compare_worlds.output.table,


try:
    if workflow.is_main_process:  # Jobs of a cluster, which read this file once more, need not look again.
        check_rules(workflow.rules, FOLDER / "workflow/scripts")
except InputError as error:
    raise WorkflowError(str(error)) from None


onstart:
    executor, settings = workflow.executor_plugin.name, workflow.executor_plugin.common_settings
    scripts = [
        FOLDER / "workflow/scripts" / Path(job.rule.script).name
        for job in workflow.dag.needrun_jobs()
        if job.rule.script
    ]
    # Not in containers, and not on a login node.
    here = executor == "local" and not workflow.deployment_settings.deployment_method
    try:
        lock.work()
        check_scheduler(executor, shared=not settings.implies_no_shared_fs)
        check_jobs_left(executor, Path.cwd())
        check_wishes(executor, (job.resources for job in workflow.dag.needrun_jobs()))
        check_videos(PLAN.unseen, PLAN.settings.corpus.openface, executor)
        if here:
            check_accelerator(PLAN.settings.training, scripts)
        remade = {path for job in workflow.dag.needrun_jobs() for path in job.output}
        remove_abandoned(Path(rules.write_manifest.output.manifest).parent)
        made = last_made(workflow.dag.jobs, workflow.persistence)
        if told := check_left(Path(rules.write_manifest.output.manifest), remade, made):
            logger.warning(told)
    except InputError as error:
        raise WorkflowError(str(error)) from None
    if here and (serving := forkserver.start(scripts)):
        shell.prefix(serving)


onsuccess:
    if any(job.rule.name == "write_paper" for job in workflow.dag.jobs):
        logger.info(f"page     {rules.write_paper.output.page}")


onerror:
    # By Snakemake's own logger: what is written beside it may come before what it still has to say.
    logger.error("\n".join(after_failure(workflow.dag.jobs, workflow.persistence, log)))
