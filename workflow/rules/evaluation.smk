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


rule score:
    """Score the predictions of {target}: concordance, correlation and error per split and model."""
    input:
        predictions=expand(
            "<results>/predictions/{{target}}/{split}.parquet", split=SCORED
        ),
        labels=expand("<results>/labels/{split}.parquet", split=SCORED),
        code=library("score"),
    output:
        scores="<results>/scores/{target}.tsv",
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
    script:
        "../scripts/summarise.py"
