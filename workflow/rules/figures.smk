rule draw_boxes:
    """Draw box plots of the features and violins of the labels per culture."""
    input:
        described="<results>/statistics/described.tsv",
        labels=expand("<results>/labels/{split}.parquet", split=LABELLED),
        code=library("draw_boxes"),
    output:
        figure=report(
            "<results>/figures/boxes.png",
            caption="../report/boxes.rst",
            category="Corpus",
        ),
    log:
        "<logs>/draw_boxes.log",
    benchmark:
        "<benchmarks>/draw_boxes.tsv"
    params:
        targets=TARGETS,
        cultures=lookup(dpath="cultures", within=config),
        corpus=lookup(dpath="corpus/source", within=config),
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_boxes.py"


rule draw_heatmap:
    """Draw the heat map of the features' statistics per culture."""
    input:
        described="<results>/statistics/described.tsv",
        code=library("draw_heatmap"),
    output:
        figure=report(
            "<results>/figures/heatmap.png",
            caption="../report/heatmap.rst",
            category="Corpus",
        ),
    log:
        "<logs>/draw_heatmap.log",
    benchmark:
        "<benchmarks>/draw_heatmap.tsv"
    params:
        cultures=lookup(dpath="cultures", within=config),
        corpus=lookup(dpath="corpus/source", within=config),
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_heatmap.py"


rule draw_filters:
    """Draw the folded filter of {target}: heat map and time courses."""
    input:
        models=explained,
        best=explained_best,
        code=library("draw_filters"),
    output:
        figure=report(
            "<results>/figures/filters-{target}.png",
            caption="../report/filters.rst",
            category="Filters",
            labels={"target": "{target}"},
        ),
    log:
        "<logs>/draw_filters/{target}.log",
    benchmark:
        "<benchmarks>/draw_filters/{target}.tsv"
    params:
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_filters.py"


rule draw_curves:
    """Draw the learning curves of all targets and seeds."""
    input:
        curves=expand("<results>/training/{target}.parquet", target=TARGETS),
        code=library("draw_curves"),
    output:
        figure=report(
            "<results>/figures/curves.png",
            caption="../report/curves.rst",
            category="Training",
        ),
    log:
        "<logs>/draw_curves.log",
    benchmark:
        "<benchmarks>/draw_curves.tsv"
    params:
        corpus=lookup(dpath="corpus/source", within=config),
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_curves.py"


rule draw_predictions:
    """Draw the predictions for some recordings of a split beside their labels."""
    input:
        predictions=expand(
            "<results>/predictions/{target}/{{culture}}-{{partition}}.parquet",
            target=TARGETS,
        ),
        labels=labels,
        best=all_best(),
        code=library("draw_predictions"),
    output:
        figure=report(
            "<results>/figures/predictions-{culture}-{partition}.png",
            caption="../report/predictions.rst",
            category="Predictions",
            labels={"culture": "{culture}", "partition": "{partition}"},
        ),
    log:
        "<logs>/draw_predictions/{culture}-{partition}.log",
    benchmark:
        "<benchmarks>/draw_predictions/{culture}-{partition}.tsv"
    params:
        cultures=lookup(dpath="cultures", within=config),
        corpus=lookup(dpath="corpus/source", within=config),
        excerpts=lookup(dpath="figures/excerpts", within=config),
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_predictions.py"


rule draw_scores:
    """Draw the CCC of every target, culture and seed, with intervals."""
    input:
        scores=expand("<results>/scores/{target}.tsv", target=TARGETS),
        summary="<results>/scores/summary.tsv",
        code=library("draw_scores"),
    output:
        figure=report(
            "<results>/figures/scores.png",
            caption="../report/scores-figure.rst",
            category="Scores",
        ),
    log:
        "<logs>/draw_scores.log",
    benchmark:
        "<benchmarks>/draw_scores.tsv"
    params:
        cultures=lookup(dpath="cultures", within=config),
        corpus=lookup(dpath="corpus/source", within=config),
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_scores.py"
