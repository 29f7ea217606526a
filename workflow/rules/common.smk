"""What the rules share: the checked configuration, the recordings, and functions that read as words in a rule."""

from pathlib import Path

from onefilter import configuration, provenance
from onefilter.corpus.layouts import LAYOUTS
from onefilter.errors import InputError
from onefilter.settings import Corpus
from onefilter.verification.expected import configuration_of
from snakemake.exceptions import WorkflowError

FOLDER = Path(workflow.basedir)


def schema(name):
    """One of the workflow's schemas."""
    return configuration.read_schema(FOLDER / f"workflow/schemas/{name}.schema.yaml")


def load_recordings():
    """Check the configuration and read the recordings table."""
    configuration.check(config, schema("config"))
    corpus = Corpus.model_validate(config["corpus"])
    table = LAYOUTS[corpus.source].recordings(
        corpus,
        cultures=config["cultures"],
        folder=Path(config["pathvars"]["results"]) / "corpus",
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
TARGETS = [target for target, entry in config["targets"].items() if entry is not None]
SPLITS = list(
    dict.fromkeys(RECORDINGS["culture"].str.cat(RECORDINGS["partition"], sep="-"))
)
LABELLED = [split for split in SPLITS if not split.endswith("-unlabelled")]
SCORED = [split for split in LABELLED if not split.endswith("-train")]
TRAINED = config["model_files"] is None
REFERENCES = ["ridge", "turn", "confidence", "constant"]
CONFIGURATION = configuration_of(config)
NETWORKS = ["A", "B", "C", "D"]
SEEDS = config["training"]["seeds"]
CULTURE = config["training"]["culture"]
DEVEL = [f"{CULTURE}-devel"] if f"{CULTURE}-devel" in SCORED else []
TESTED = [split for split in SCORED if split.endswith("-test")]
READ = [f"{CULTURE}-train"] if f"{CULTURE}-train" in SPLITS else SPLITS
SHOWN = (TESTED or SPLITS)[0]
LABELLED_SHOWN = [SHOWN] if SHOWN in LABELLED else []


wildcard_constraints:
    culture="|".join(config["cultures"]),
    partition="train|devel|test|unlabelled",
    target="|".join(TARGETS),
    network="|".join(NETWORKS),
    alignment="centred|causal",
    name="[A-Za-z0-9_.-]+",


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


def named(wildcards):
    """The file that the configuration names as a target's model."""
    return [config["model_files"][wildcards.target]]


def applied(target):
    """That file, or what it becomes once it is imported from Keras."""
    path = config["model_files"][target]
    imported = f"<results>/models/{target}/imported.safetensors"
    return imported if path.endswith(".h5") else path


def models(wildcards):
    """The trained models of a target: of all seeds, or the file that the configuration names."""
    if TRAINED:
        return expand(
            "<results>/models/{target}/seed-{seed}.safetensors",
            target=wildcards.target,
            seed=SEEDS,
        )
    return [applied(wildcards.target)]


def compared(wildcards):
    """The same, and what they are compared with: their own last epoch, and the references."""
    others = expand(
        "<results>/models/{target}/{name}.safetensors",
        target=wildcards.target,
        name=[*expand("seed-{seed}-last", seed=SEEDS), *REFERENCES],
    )
    return [*models(wildcards), *others] if TRAINED else models(wildcards)


def best(wildcards):
    """The one model of a target to look at: the best on development, or the file that the configuration names."""
    if TRAINED:
        return [f"<results>/models/{wildcards.target}/best.safetensors"]
    return [applied(wildcards.target)]


def all_best():
    """The same for all targets."""
    if TRAINED:
        return expand("<results>/models/{target}/best.safetensors", target=TARGETS)
    return [applied(target) for target in TARGETS]


def linear(target):
    """The one filter that stands for a target's model where filters are looked at."""
    name = Path(applied(target)).stem
    return f"<results>/linear/{target}/{name}.safetensors"


def explained(wildcards):
    """The models of a target that are explained: those that are applied, as one filter each."""
    return models(wildcards) if TRAINED else [linear(wildcards.target)]


def explained_best(wildcards):
    """The one of them to look at."""
    return best(wildcards) if TRAINED else [linear(wildcards.target)]


def all_explained():
    """The same for all targets."""
    return all_best() if TRAINED else [linear(target) for target in TARGETS]


def labels(wildcards):
    """A split's labels, if it has any."""
    split = f"{wildcards.culture}-{wildcards.partition}"
    return [f"<results>/labels/{split}.parquet"] if split in LABELLED else []


def all_chains():
    """The same for all targets."""
    return expand(
        "<results>/postprocessing/{target}.tsv", target=TARGETS if DEVEL else []
    )


def summary(wildcards):
    """The scores over seeds, if anything can be scored."""
    return ["<results>/scores/summary.tsv"] if SCORED else []


def ladder():
    """The depth ladder's scores, if the configuration asks for them."""
    wanted = TRAINED and config["verification"]["ladder"]
    return expand(
        "<results>/ladder/{target}-{network}.tsv",
        target=config["ladder"]["targets"] if wanted else [],
        network=NETWORKS,
    )


def expected():
    """The numbers that are expected of some configurations, if any."""
    path = config["verification"]["expected"]
    return [path] if path else []


def chains(wildcards):
    """The post-processing of a target's models, if there is a development split to find it on."""
    made = "<results>/postprocessing/{target}.tsv"
    return expand(made, target=wildcards.target) if DEVEL else []


def figures():
    """Names of the figures that this corpus allows."""
    drawn = ["boxes", "heatmap", "audit"]
    drawn += expand("filters-{target}", target=TARGETS)
    drawn += ["curves"] if TRAINED else []
    drawn += expand(
        "predictions-{split}",
        split=[split for split in SPLITS if not split.endswith("-train")],
    )
    drawn += ["ranking", *against()]
    drawn += expand("{kind}-{target}", kind=["relevance", "patterns"], target=TARGETS)
    return drawn + (["scores"] if SCORED else []) + (["sanity"] if TESTED else [])


def against():
    """The figure of one culture against others, where there are several."""
    return ["cultures"] if RECORDINGS["culture"].nunique() > 1 else []


def planted():
    """The loadings planted in the twin."""
    made = "<results>/corpus/planted.tsv"
    return [made] if CORPUS == "simulated" else []


def scores():
    """What can be scored: nothing without labels."""
    made = [
        "scores/summary.tsv",
        "metrics.json",
        "scores/differences.tsv",
        "scores/published.tsv",
    ]
    return expand("<results>/{name}", name=made if SCORED else [])
