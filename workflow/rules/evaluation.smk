rule predict_affect:
    """Predict {target} at every hop with every model."""
    input:
        features=f"<results>/{PLAN.seen}/{{culture}}-{{partition}}{{batch}}.parquet",
        models=expand("<results>/models/{{target}}/{name}.safetensors", name=PLAN.compared),
    output:
        predictions="<results>/predictions/{target}/{culture}-{partition}{batch}.parquet",
    log:
        "<logs>/predict_affect/{target}/{culture}-{partition}{batch}.log",
    params:
        code=library("predict_affect"),
    script:
        "../scripts/predict_affect.py"


rule tune_postprocessing:
    """Find the post-processing of every model of {target} on development: median filter, centring, scaling, shift."""
    input:
        predictions=expand("<results>/predictions/{{target}}/{split}.parquet", split=PLAN.batches(PLAN.devel)),
        labels=expand("<results>/labels/{split}.parquet", split=PLAN.batches(PLAN.devel)),
    output:
        chains="<results>/postprocessing/{target}.tsv",
    log:
        "<logs>/tune_postprocessing/{target}.log",
    params:
        code=library("tune_postprocessing"),
        corpus=PLAN.source,
        delay=lookup(dpath="targets/{target}/delay", within=config),
        hop=lookup(dpath="features/hop", within=config),
        settings=lookup(dpath="evaluation/postprocessing", within=config),
    script:
        "../scripts/tune_postprocessing.py"


rule align_systems:
    """Bring other systems' predictions of one batch beside its labels."""
    input:
        listed=lambda wildcards: [
            *map(local, watched(PLAN.files_of_systems(batch(wildcards)))),
        ],
        labels="<results>/labels/{culture}-{partition}{batch}.parquet",
    output:
        aligned="<results>/systems/{culture}-{partition}{batch}.parquet",
    log:
        "<logs>/align_systems/{culture}-{partition}{batch}.log",
    params:
        code=library("align_systems"),
        content=lambda wildcards: PLAN.contents.digest(PLAN.files_of_systems(batch(wildcards))),
        files=lambda wildcards: PLAN.predicted_in(batch(wildcards)),
        targets={name: list(each.targets) for name, each in PLAN.predicted.items()},
        systems=PLAN.readings,
        scales=PLAN.scales,
    script:
        "../scripts/align_systems.py"


rule score_predictions:
    """Score the predictions of {target}, raw and post-processed: concordance, correlation, error per split and model."""
    input:
        predictions=expand("<results>/predictions/{{target}}/{split}.parquet", split=PLAN.batches(PLAN.scored)),
        labels=expand("<results>/labels/{split}.parquet", split=PLAN.batches(PLAN.scored)),
        systems=expand("<results>/systems/{split}.parquet", split=PLAN.challenged),
        chains=branch(PLAN.devel, then="<results>/postprocessing/{target}.tsv"),
    output:
        scores="<results>/scores/{target}.tsv",
        sums="<results>/scores/sums/{target}.parquet",
    log:
        "<logs>/score_predictions/{target}.log",
    params:
        code=library("score_predictions"),
        corpus=PLAN.source,
        delay=lookup(dpath="targets/{target}/delay", within=config),
        hop=lookup(dpath="features/hop", within=config),
        devel=PLAN.devel,
        trained=PLAN.trained,
        seed=lookup(dpath="evaluation/seed", within=config),
    script:
        "../scripts/score_predictions.py"


rule measure_agreement:
    """Measure how far annotators agree: the CCC of each with the mean of the others, the ceiling of scores."""
    input:
        annotators=expand("<results>/gold/annotators/{split}.parquet", split=PLAN.rated),
    output:
        agreeing=report(
            "<results>/gold/agreement.tsv",
            caption="../report/ceiling.rst",
            category="Corpus",
        ),
        lags="<results>/gold/annotators.tsv",
    log:
        "<logs>/measure_agreement.log",
    params:
        code=library("measure_agreement"),
        corpus=PLAN.source,
        seed=lookup(dpath="evaluation/seed", within=config),
    script:
        "../scripts/measure_agreement.py"


rule summarise_scores:
    """Summarise the scores over seeds, with the model that did best on development."""
    input:
        agreeing=branch(PLAN.rated, then="<results>/gold/agreement.tsv"),
        scores=expand("<results>/scores/{target}.tsv", target=PLAN.targets),
        sums=expand("<results>/scores/sums/{target}.parquet", target=PLAN.targets),
    output:
        summary=report(
            "<results>/scores/summary.tsv",
            caption="../report/scores.rst",
            category="Scores",
        ),
        metrics="<results>/metrics.json",
    log:
        "<logs>/summarise_scores.log",
    params:
        code=library("summarise_scores"),
        corpus=PLAN.source,
        devel=PLAN.devel,
        seed=lookup(dpath="evaluation/seed", within=config),
    script:
        "../scripts/summarise_scores.py"


rule compare_scores:
    """Compare cultures, models, annotators, and development with test; say from the intervals what differs."""
    input:
        annotators=expand("<results>/gold/annotators/{split}.parquet", split=PLAN.rated),
        scores=expand("<results>/scores/{target}.tsv", target=PLAN.targets),
        sums=expand("<results>/scores/sums/{target}.parquet", target=PLAN.targets),
    output:
        differing="<results>/scores/differences.tsv",
        found=report(
            "<results>/scores/findings.html",
            caption="../report/findings.rst",
            category="Scores",
        ),
    log:
        "<logs>/compare_scores.log",
    params:
        code=library("compare_scores"),
        corpus=PLAN.source,
        devel=PLAN.devel,
        seed=lookup(dpath="evaluation/seed", within=config),
    script:
        "../scripts/compare_scores.py"


rule measure_transfer:
    """Fit ridge filters for {target} to each culture, to all and to all but one, and score them on each."""
    input:
        features=expand("<results>/features/{split}.parquet", split=PLAN.batches(PLAN.labelled)),
        labels=expand("<results>/labels/{split}.parquet", split=PLAN.batches(PLAN.labelled)),
    output:
        moved="<results>/transfer/{target}.tsv",
        alikeness="<results>/transfer/filters-{target}.tsv",
    log:
        "<logs>/measure_transfer/{target}.log",
    params:
        code=library("measure_transfer"),
        corpus=PLAN.source,
        delay=lookup(dpath="targets/{target}/delay", within=config),
        hop=lookup(dpath="features/hop", within=config),
        names=PLAN.inputs,
        network=lambda wildcards: PLAN.network_of(wildcards.target),
        kinds=lookup(dpath="transfer/normalise", within=config),
        people=PLAN.people,
        seed=lookup(dpath="evaluation/seed", within=config),
    script:
        "../scripts/measure_transfer.py"


use rule compute_features as compute_other_windows with:
    output:
        features=temp("<results>/sensitivity/{length}/{culture}-{partition}{batch}.parquet"),
        tracking=temp("<results>/sensitivity/{length}/{culture}-{partition}{batch}.tsv"),
    log:
        "<logs>/compute_other_windows/{length}/{culture}-{partition}{batch}.log",
    params:
        corpus=PLAN.source,
        recordings=entries,
        content=content("openface", "turns"),
        windows=lambda wildcards: PLAN.windows(window=float(wildcards.length)),


rule measure_sensitivity:
    """Fit ridge filters for {target} with other delays, lengths and windows, and to families of features."""
    input:
        features=expand(
            "<results>/sensitivity/{length}/{split}.parquet",
            length=PLAN.lengths,
            split=PLAN.batches(PLAN.labelled),
        ),
        labels=expand("<results>/labels/{split}.parquet", split=PLAN.batches(PLAN.labelled)),
    output:
        sensed="<results>/sensitivity/{target}.tsv",
    log:
        "<logs>/measure_sensitivity/{target}.log",
    params:
        code=library("measure_sensitivity"),
        corpus=PLAN.source,
        delay=lookup(dpath="targets/{target}/delay", within=config),
        cultures=lookup(dpath="training/cultures", within=config),
        names=PLAN.inputs,
        windows=lookup(dpath="features", within=config),
        network=lambda wildcards: PLAN.network_of(wildcards.target),
        settings=lookup(dpath="sensitivity", within=config),
        seed=lookup(dpath="evaluation/seed", within=config),
    script:
        "../scripts/measure_sensitivity.py"
