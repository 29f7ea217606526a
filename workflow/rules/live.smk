use rule compute_features as compute_live_features with:
    output:
        features="<results>/live/{alignment}/{culture}-{partition}{batch}.parquet",
        tracking=temp("<results>/live/{alignment}/{culture}-{partition}{batch}.tsv"),
    log:
        "<logs>/compute_live_features/{alignment}/{culture}-{partition}{batch}.log",
    params:
        corpus=PLAN.source,
        recordings=entries,
        content=content("openface", "turns"),
        windows=lambda wildcards: PLAN.windows(alignment=wildcards.alignment),


rule measure_latency:
    """Train filters for {target} that look less and less far ahead, on {alignment} windows, and score them."""
    input:
        features=expand("<results>/live/{{alignment}}/{split}.parquet", split=PLAN.batches(PLAN.labelled)),
        labels=expand("<results>/labels/{split}.parquet", split=PLAN.batches(PLAN.labelled)),
    output:
        latency="<results>/live/latency-{target}-{alignment}.tsv",
    log:
        "<logs>/measure_latency/{target}-{alignment}.log",
    params:
        code=library("measure_latency"),
        corpus=PLAN.source,
        delay=lookup(dpath="targets/{target}/delay", within=config),
        names=PLAN.inputs,
        windows=lookup(dpath="features", within=config),
        network=lambda wildcards: PLAN.network_of(wildcards.target),
        training=lambda wildcards: PLAN.training_of(wildcards.target),
        settings=lookup(dpath="latency", within=config),
        seed=lookup(dpath="evaluation/seed", within=config),
    script:
        "../scripts/measure_latency.py"


rule live_skew:
    """Undo OpenFace's post-processing on the twin's test recordings and see what becomes of the predictions."""
    input:
        models=expand("<results>/models/{target}/best.safetensors", target=PLAN.targets),
    output:
        skew="<results>/live/skew.tsv",
    log:
        "<logs>/live_skew.log",
    params:
        code=library("live_skew"),
        corpus=PLAN.source,
        recordings=PLAN.recordings.to_dict("records"),
        twin=lookup(dpath="corpus/simulated", within=config),
        turns=lookup(dpath="corpus/turns", within=config),
        seed=lookup(dpath="evaluation/seed", within=config),
    script:
        "../scripts/live_skew.py"
