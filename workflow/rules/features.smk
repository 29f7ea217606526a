rule compute_features:
    """Compute the moving statistics of every signal, mean and standard deviation say, and the speaker turn."""
    input:
        listed=branch(PLAN.simulated, then="<results>/corpus/manifest.tsv", otherwise=listed("openface", "turns")),
    output:
        features="<results>/features/{culture}-{partition}{batch}.parquet",
        tracking="<results>/tracking/{culture}-{partition}{batch}.tsv",
    log:
        "<logs>/compute_features/{culture}-{partition}{batch}.log",
    params:
        code=library("compute_features"),
        corpus=PLAN.source,
        recordings=entries,
        content=content("openface", "turns"),
        names=PLAN.features,
        windows=PLAN.windows(),
    script:
        "../scripts/compute_features.py"


rule normalise_features:
    """Make features relative to their recording, person or culture, as models see them if the configuration says so."""
    input:
        features=lambda wildcards: expand(
            "<results>/features/{split}.parquet",
            split=PLAN.batches([f"{wildcards.culture}-{wildcards.partition}"]),
        ),
        own="<results>/features/{culture}-{partition}{batch}.parquet",
    output:
        normalised="<results>/normalised/{culture}-{partition}{batch}.parquet",
    log:
        "<logs>/normalise_features/{culture}-{partition}{batch}.log",
    params:
        code=library("normalise_features"),
        kind=lookup(dpath="features/normalise", within=config),
        people=PLAN.people,
        names=PLAN.features,
    script:
        "../scripts/normalise_features.py"


rule fuse_annotations:
    """Make one label of several annotators, the gold standard: resample, align if asked for, fuse."""
    input:
        listed=branch(PLAN.simulated, then="<results>/corpus/manifest.tsv", otherwise=listed("annotations")),
        features="<results>/features/{culture}-{partition}{batch}.parquet",
    output:
        gold="<results>/gold/{culture}-{partition}{batch}.parquet",
        annotators="<results>/gold/annotators/{culture}-{partition}{batch}.parquet",
    log:
        "<logs>/fuse_annotations/{culture}-{partition}{batch}.log",
    params:
        code=library("fuse_annotations"),
        corpus=PLAN.source,
        recordings=entries,
        content=content("annotations"),
        together=PLAN.together,
        targets=PLAN.targets,
        scales=PLAN.scales,
        hop=lookup(dpath="features/hop", within=config),
        settings=lookup(dpath="gold", within=config),
    script:
        "../scripts/fuse_annotations.py"


rule align_labels:
    """Bring the labels to the features' times."""
    input:
        listed=branch(PLAN.simulated, then="<results>/corpus/manifest.tsv", otherwise=listed("labels")),
        gold=branch(
            lambda wildcards: PLAN.annotated(batch(wildcards)),
            then="<results>/gold/{culture}-{partition}{batch}.parquet",
        ),
        features="<results>/features/{culture}-{partition}{batch}.parquet",
    output:
        labels="<results>/labels/{culture}-{partition}{batch}.parquet",
    log:
        "<logs>/align_labels/{culture}-{partition}{batch}.log",
    params:
        code=library("align_labels"),
        corpus=PLAN.source,
        recordings=entries,
        content=content("labels"),
        targets=PLAN.targets,
        scales=PLAN.scales,
    script:
        "../scripts/align_labels.py"


rule describe_corpus:
    """Describe the corpus (the draft's Table 1), every feature and label per culture, and how cultures differ."""
    input:
        features=expand("<results>/features/{split}.parquet", split=PLAN.batches(PLAN.splits)),
        labels=expand("<results>/labels/{split}.parquet", split=PLAN.batches(PLAN.labelled)),
        tracking=expand("<results>/tracking/{split}.tsv", split=PLAN.batches(PLAN.splits)),
    output:
        counts=report(
            "<results>/statistics/corpus.tsv",
            caption="../report/corpus.rst",
            category="Corpus",
        ),
        described="<results>/statistics/described.tsv",
        differing="<results>/statistics/distances.tsv",
    log:
        "<logs>/describe_corpus.log",
    params:
        code=library("describe_corpus"),
        corpus=PLAN.source,
        names=PLAN.features,
        targets=PLAN.targets,
        seed=lookup(dpath="evaluation/seed", within=config),
    script:
        "../scripts/describe_corpus.py"
