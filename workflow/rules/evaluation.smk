rule predict:
    """Predict {target} at every hop with every model."""
    input:
        features="<results>/features/{culture}-{partition}.parquet",
        models=compared,
        code=library("predict"),
    output:
        predictions="<results>/predictions/{target}/{culture}-{partition}.parquet",
    log:
        "<logs>/predict/{target}/{culture}-{partition}.log",
    benchmark:
        "<benchmarks>/predict/{target}/{culture}-{partition}.tsv"
    params:
        delay=lookup(dpath="targets/{target}/delay", within=config),
        settings=lookup(dpath="features", within=config),
    script:
        "../scripts/predict.py"


rule tune:
    """Find the post-processing of every model of {target} on development: median filter, centring, scaling, shift."""
    input:
        predictions=expand(
            "<results>/predictions/{{target}}/{split}.parquet", split=DEVEL
        ),
        labels=expand("<results>/labels/{split}.parquet", split=DEVEL),
        code=library("tune"),
    output:
        chains="<results>/postprocessing/{target}.tsv",
    log:
        "<logs>/tune/{target}.log",
    benchmark:
        "<benchmarks>/tune/{target}.tsv"
    params:
        corpus=CORPUS,
        delay=lookup(dpath="targets/{target}/delay", within=config),
        hop=lookup(dpath="features/hop", within=config),
        settings=lookup(dpath="evaluation/postprocessing", within=config),
    script:
        "../scripts/tune.py"


rule score:
    """Score the predictions of {target}, raw and post-processed: concordance, correlation, error per split and model."""
    input:
        predictions=expand(
            "<results>/predictions/{{target}}/{split}.parquet", split=SCORED
        ),
        labels=expand("<results>/labels/{split}.parquet", split=SCORED),
        chains=chains,
        code=library("score"),
    output:
        scores="<results>/scores/{target}.tsv",
        sums="<results>/scores/sums/{target}.parquet",
    log:
        "<logs>/score/{target}.log",
    benchmark:
        "<benchmarks>/score/{target}.tsv"
    params:
        corpus=CORPUS,
        delay=lookup(dpath="targets/{target}/delay", within=config),
        hop=lookup(dpath="features/hop", within=config),
        seed=lookup(dpath="evaluation/seed", within=config),
    script:
        "../scripts/score.py"


rule summarise:
    """Summarise the scores over seeds, with the model that did best on development."""
    input:
        scores=expand("<results>/scores/{target}.tsv", target=TARGETS),
        sums=expand("<results>/scores/sums/{target}.parquet", target=TARGETS),
        code=library("summarise"),
    output:
        summary=report(
            "<results>/scores/summary.tsv",
            caption="../report/scores.rst",
            category="Scores",
        ),
        metrics="<results>/metrics.json",
    log:
        "<logs>/summarise.log",
    benchmark:
        "<benchmarks>/summarise.tsv"
    params:
        corpus=CORPUS,
        seed=lookup(dpath="evaluation/seed", within=config),
    script:
        "../scripts/summarise.py"


rule place:
    """Place our scores beside the published ones of the same corpus."""
    input:
        systems="config/systems.tsv",
        summary=summary,
        code=library("place"),
    output:
        published=report(
            "<results>/scores/published.tsv",
            caption="../report/published.rst",
            category="Scores",
        ),
    log:
        "<logs>/place.log",
    benchmark:
        "<benchmarks>/place.tsv"
    params:
        corpus=CORPUS,
    script:
        "../scripts/place.py"


rule compare:
    """Compare cultures, models, and development with test; say from the intervals what differs."""
    input:
        scores=expand("<results>/scores/{target}.tsv", target=TARGETS),
        sums=expand("<results>/scores/sums/{target}.parquet", target=TARGETS),
        code=library("compare"),
    output:
        differences="<results>/scores/differences.tsv",
        findings=report(
            "<results>/scores/findings.html",
            caption="../report/findings.rst",
            category="Scores",
        ),
    log:
        "<logs>/compare.log",
    benchmark:
        "<benchmarks>/compare.tsv"
    params:
        corpus=CORPUS,
        culture=CULTURE,
        seed=lookup(dpath="evaluation/seed", within=config),
    script:
        "../scripts/compare.py"
