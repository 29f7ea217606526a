"""What the rules share: the checked configuration, the recordings, and functions that read as words in a rule."""

from pathlib import Path

from onefilter import configuration, names, provenance
from onefilter.corpus.recordings import read_recordings, simulated_recordings
from onefilter.errors import InputError
from snakemake.exceptions import WorkflowError

FOLDER = Path(workflow.basedir)


def schema(name):
    """One of the workflow's schemas."""
    return configuration.read_schema(FOLDER / f"workflow/schemas/{name}.schema.yaml")


def load_recordings():
    """Check the configuration and read the recordings table."""
    configuration.check(config, schema("config"))
    if config["corpus"]["source"] == "simulated":
        folder = f"{config['pathvars']['results']}/corpus"
        table = simulated_recordings(**config["corpus"]["simulated"], folder=folder)
    else:
        table = read_recordings(
            Path(config["corpus"]["recordings"]),
            cultures=config["cultures"],
            schema=schema("recordings"),
        )
    pairs = list(zip(table["culture"], table["partition"]))
    configuration.check_trainable(pairs, config=config)
    configuration.check_model_files(config)
    return table


try:
    RECORDINGS = load_recordings()
except InputError as error:
    raise WorkflowError(str(error)) from None

CORPUS = config["corpus"]["source"]
TARGETS = [target for target in names.TARGETS if config["targets"].get(target)]
SPLITS = list(
    dict.fromkeys(RECORDINGS["culture"].str.cat(RECORDINGS["partition"], sep="-"))
)
LABELLED = [split for split in SPLITS if not split.endswith("-unlabelled")]
SCORED = [split for split in LABELLED if not split.endswith("-train")]
TRAINED = config["model_files"] is None
REFERENCES = ["ridge", "constant"]
NETWORKS = ["A", "B", "C", "D"]
SEEDS = config["training"]["seeds"]
CULTURE = config["training"]["culture"]


wildcard_constraints:
    culture="|".join(config["cultures"]),
    partition="train|devel|test|unlabelled",
    target="|".join(TARGETS),
    network="|".join(NETWORKS),


def library(rule):
    """Files of the package that a rule's step runs."""
    paths = provenance.sources(f"onefilter.steps.{rule}")
    return [
        path.relative_to(FOLDER) if path.is_relative_to(FOLDER) else path
        for path in paths
    ]


def entries(wildcards):
    """Rows of the recordings table that belong to a split."""
    chosen = (RECORDINGS["culture"] == wildcards.culture) & (
        RECORDINGS["partition"] == wildcards.partition
    )
    return RECORDINGS[chosen].to_dict("records")


def files(column):
    """Input function: the files that a split's recordings name in a column."""
    return lambda wildcards: [
        entry[column] for entry in entries(wildcards) if entry[column]
    ]


def models(wildcards):
    """The trained models of a target: of all seeds, or the file that the configuration names."""
    if TRAINED:
        return expand(
            "<results>/models/{target}/seed-{seed}.safetensors",
            target=wildcards.target,
            seed=SEEDS,
        )
    return [config["model_files"][wildcards.target]]


def compared(wildcards):
    """The same, and what they are compared with: the ridge filter and the constant."""
    references = expand(
        "<results>/models/{target}/{name}.safetensors",
        target=wildcards.target,
        name=REFERENCES,
    )
    return [*models(wildcards), *references] if TRAINED else models(wildcards)


def best(wildcards):
    """The one model of a target to look at: the best on development, or the file that the configuration names."""
    if TRAINED:
        return [f"<results>/models/{wildcards.target}/best.safetensors"]
    return [config["model_files"][wildcards.target]]


def all_best():
    """The same for all targets."""
    if TRAINED:
        return expand("<results>/models/{target}/best.safetensors", target=TARGETS)
    return [config["model_files"][target] for target in TARGETS]


def labels(wildcards):
    """A split's labels, if it has any."""
    split = f"{wildcards.culture}-{wildcards.partition}"
    return [f"<results>/labels/{split}.parquet"] if split in LABELLED else []


def figures():
    """Names of the figures that this corpus allows."""
    drawn = ["boxes", "heatmap"]
    drawn += expand("filters-{target}", target=TARGETS)
    drawn += ["curves"] if TRAINED else []
    drawn += expand(
        "predictions-{split}",
        split=[split for split in SPLITS if not split.endswith("-train")],
    )
    return drawn + (["scores"] if SCORED else [])


def scores():
    """What can be scored: nothing without labels."""
    return ["<results>/scores/summary.tsv", "<results>/metrics.json"] if SCORED else []
