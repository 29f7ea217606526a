rule draw_boxes:
    """Draw box plots of the features and violins of the labels per culture."""
    input:
        described="<results>/statistics/described.tsv",
        labels=expand("<results>/labels/{split}.parquet", split=PLAN.batches(PLAN.labelled)),
    output:
        figure=report(
            "<results>/figures/boxes.png",
            caption="../report/boxes.rst",
            category="Corpus",
        ),
        vector="<results>/figures/boxes.svg",
    log:
        "<logs>/draw_boxes.log",
    params:
        code=library("draw_boxes"),
        corpus=PLAN.source,
        cultures=lookup(dpath="cultures", within=config),
        targets=PLAN.targets,
        scales=PLAN.scales,
        titles=PLAN.titles,
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_boxes.py"


rule draw_heatmap:
    """Draw the heat map of the features' statistics per culture."""
    input:
        described="<results>/statistics/described.tsv",
    output:
        figure=report(
            "<results>/figures/heatmap.png",
            caption="../report/heatmap.rst",
            category="Corpus",
        ),
        vector="<results>/figures/heatmap.svg",
    log:
        "<logs>/draw_heatmap.log",
    params:
        code=library("draw_heatmap"),
        corpus=PLAN.source,
        cultures=lookup(dpath="cultures", within=config),
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_heatmap.py"


rule draw_annotators:
    """Draw how far annotators agree, by target and culture."""
    input:
        agreeing="<results>/gold/agreement.tsv",
    output:
        figure=report(
            "<results>/figures/annotators.png",
            caption="../report/annotators.rst",
            category="Corpus",
        ),
        vector="<results>/figures/annotators.svg",
    log:
        "<logs>/draw_annotators.log",
    params:
        code=library("draw_annotators"),
        corpus=PLAN.source,
        cultures=lookup(dpath="cultures", within=config),
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_annotators.py"


rule draw_units:
    """Draw the action units, from rest to their strongest."""
    output:
        figure=report(
            "<results>/figures/units.png",
            caption="../report/units.rst",
            category="Corpus",
        ),
        vector="<results>/figures/units.svg",
    log:
        "<logs>/draw_units.log",
    params:
        code=library("draw_units"),
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_units.py"


rule draw_audit:
    """Draw which statistics the published names of the features belong to."""
    input:
        labels="<results>/audit/labels.tsv",
    output:
        figure=report(
            "<results>/figures/audit.png",
            caption="../report/audit.rst",
            category="Label audit",
        ),
        vector="<results>/figures/audit.svg",
    log:
        "<logs>/draw_audit.log",
    params:
        code=library("draw_audit"),
        corpus=PLAN.source,
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_audit.py"


rule draw_curves:
    """Draw the learning curves of all targets and seeds."""
    input:
        curves=expand("<results>/training/{target}.parquet", target=PLAN.targets),
    output:
        figure=report(
            "<results>/figures/curves.png",
            caption="../report/curves.rst",
            category="Training",
        ),
        vector="<results>/figures/curves.svg",
    log:
        "<logs>/draw_curves.log",
    params:
        code=library("draw_curves"),
        corpus=PLAN.source,
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_curves.py"


rule draw_predictions:
    """Draw the predictions of some recordings, beside their labels where there are any."""
    input:
        predictions=expand(
            "<results>/predictions/{target}/{split}.parquet",
            target=PLAN.targets,
            split=first,
        ),
        labels=branch(
            lambda w: f"{w.culture}-{w.partition}" in PLAN.labelled,
            then=expand("<results>/labels/{split}.parquet", split=first),
        ),
        best=expand("<results>/models/{target}/best.safetensors", target=PLAN.targets),
    output:
        figure=report(
            "<results>/figures/predictions-{culture}-{partition}.png",
            caption="../report/predictions.rst",
            category="Predictions",
            labels={"culture": "{culture}", "partition": "{partition}"},
        ),
        vector="<results>/figures/predictions-{culture}-{partition}.svg",
    log:
        "<logs>/draw_predictions/{culture}-{partition}.log",
    params:
        code=library("draw_predictions"),
        corpus=PLAN.source,
        cultures=lookup(dpath="cultures", within=config),
        titles=PLAN.titles,
        excerpts=lookup(dpath="figures/excerpts", within=config),
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_predictions.py"


rule draw_scores:
    """Draw the CCC of every target, culture and seed, with intervals."""
    input:
        scores=expand("<results>/scores/{target}.tsv", target=PLAN.targets),
        summary="<results>/scores/summary.tsv",
    output:
        figure=report(
            "<results>/figures/scores.png",
            caption="../report/scores-figure.rst",
            category="Scores",
        ),
        vector="<results>/figures/scores.svg",
    log:
        "<logs>/draw_scores.log",
    params:
        code=library("draw_scores"),
        corpus=PLAN.source,
        cultures=lookup(dpath="cultures", within=config),
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_scores.py"


rule draw_filters:
    """Draw the folded filters of {target}, their mean over seeds: heat map and time courses."""
    input:
        models=expand("<results>/linear/{{target}}/{name}.safetensors", name=PLAN.networks),
        best="<results>/linear/{target}/best.safetensors",
    output:
        figure=report(
            "<results>/figures/filters-{target}.png",
            caption="../report/filters.rst",
            category="Filters",
            labels={"target": "{target}"},
        ),
        vector="<results>/figures/filters-{target}.svg",
    log:
        "<logs>/draw_filters/{target}.log",
    params:
        code=library("draw_filters"),
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_filters.py"


rule draw_relevance:
    """Draw what moved every target in one recording: heat maps over time, and a page to go through it."""
    input:
        features=expand("<results>/{seen}/{split}.parquet", seen=PLAN.seen, split=PLAN.first),
        labels=branch(PLAN.shown in PLAN.labelled, then=f"<results>/labels/{PLAN.first}.parquet"),
        best=expand("<results>/linear/{target}/best.safetensors", target=PLAN.targets),
    output:
        figures=report(
            expand("<results>/figures/relevance-{target}.png", target=PLAN.targets),
            caption="../report/relevance.rst",
            category="Relevance",
        ),
        vectors=expand("<results>/figures/relevance-{target}.svg", target=PLAN.targets),
        page=report(
            "<results>/figures/relevance.html",
            caption="../report/explorer.rst",
            category="Relevance",
        ),
    log:
        "<logs>/draw_relevance.log",
    params:
        code=library("draw_relevance"),
        corpus=PLAN.source,
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_relevance.py"


rule draw_ranking:
    """Draw the features' shares of the prediction's variance, ranked, and one culture against the others."""
    input:
        ranking="<results>/relevance/ranking.tsv",
        best=expand("<results>/linear/{target}/best.safetensors", target=PLAN.targets),
    output:
        bars=report(
            "<results>/figures/ranking.png",
            caption="../report/ranking.rst",
            category="Relevance",
        ),
        bars_vector="<results>/figures/ranking.svg",
        against=report(
            expand(
                "<results>/figures/{name}.png",
                name=["cultures"] if PLAN.several else [],
            ),
            caption="../report/cultures.rst",
            category="Relevance",
        ),
        against_vector=expand(
            "<results>/figures/{name}.svg",
            name=["cultures"] if PLAN.several else [],
        ),
    log:
        "<logs>/draw_ranking.log",
    params:
        code=library("draw_ranking"),
        corpus=PLAN.source,
        cultures=lookup(dpath="cultures", within=config),
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_ranking.py"


rule draw_patterns:
    """Draw the filter of {target} beside its pattern, and on the twin beside what was planted."""
    input:
        patterns="<results>/patterns/{target}.parquet",
        best="<results>/linear/{target}/best.safetensors",
        loadings=branch(PLAN.source == "simulated", then="<results>/corpus/planted.tsv"),
    output:
        figure=report(
            "<results>/figures/patterns-{target}.png",
            caption="../report/patterns.rst",
            category="Filters",
            labels={"target": "{target}"},
        ),
        vector="<results>/figures/patterns-{target}.svg",
    log:
        "<logs>/draw_patterns/{target}.log",
    params:
        code=library("draw_patterns"),
        corpus=PLAN.source,
        cultures=lookup(dpath="training/cultures", within=config),
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_patterns.py"


rule draw_faces:
    """Draw the face of low and of high {target}: the mean face minus and plus the filter's pattern."""
    input:
        patterns="<results>/patterns/{target}.parquet",
        described="<results>/statistics/described.tsv",
        best="<results>/linear/{target}/best.safetensors",
        loadings=branch(PLAN.source == "simulated", then="<results>/corpus/planted.tsv"),
    output:
        figure=report(
            "<results>/figures/faces-{target}.png",
            caption="../report/faces.rst",
            category="Filters",
            labels={"target": "{target}"},
        ),
        vector="<results>/figures/faces-{target}.svg",
    log:
        "<logs>/draw_faces/{target}.log",
    params:
        code=library("draw_faces"),
        corpus=PLAN.source,
        cultures=lookup(dpath="cultures", within=config),
        read=PLAN.read,
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_faces.py"


rule draw_sanity:
    """Draw the checks of the explanations."""
    input:
        sanity=expand("<results>/sanity/{target}.tsv", target=PLAN.targets),
    output:
        figure=report(
            "<results>/figures/sanity.png",
            caption="../report/sanity.rst",
            category="Relevance",
        ),
        vector="<results>/figures/sanity.svg",
    log:
        "<logs>/draw_sanity.log",
    params:
        code=library("draw_sanity"),
        corpus=PLAN.source,
        cultures=lookup(dpath="cultures", within=config),
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_sanity.py"


rule draw_ladder:
    """Draw CCC against the number of weights, from the deepest network to the shallowest."""
    input:
        scores=expand(
            "<results>/ladder/{target}-{rung}.tsv",
            target=PLAN.chosen("ladder"),
            rung=PLAN.rungs,
        ),
    output:
        figure=report(
            "<results>/figures/ladder.png",
            caption="../report/ladder.rst",
            category="Scores",
        ),
        vector="<results>/figures/ladder.svg",
    log:
        "<logs>/draw_ladder.log",
    params:
        code=library("draw_ladder"),
        corpus=PLAN.source,
        cultures=lookup(dpath="cultures", within=config),
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_ladder.py"


rule draw_transfer:
    """Draw what filters that were fitted to some cultures are worth in each."""
    input:
        moved=expand("<results>/transfer/{target}.tsv", target=PLAN.chosen("transfer")),
    output:
        figure=report(
            "<results>/figures/transfer.png",
            caption="../report/transfer.rst",
            category="Scores",
        ),
        vector="<results>/figures/transfer.svg",
    log:
        "<logs>/draw_transfer.log",
    params:
        code=library("draw_transfer"),
        corpus=PLAN.source,
        cultures=lookup(dpath="cultures", within=config),
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_transfer.py"


rule draw_sensitivity:
    """Draw how much scores depend on delay, length of the filter, window and features."""
    input:
        sensed=expand("<results>/sensitivity/{target}.tsv", target=PLAN.chosen("sensitivity")),
    output:
        figure=report(
            "<results>/figures/sensitivity.png",
            caption="../report/sensitivity.rst",
            category="Scores",
        ),
        vector="<results>/figures/sensitivity.svg",
    log:
        "<logs>/draw_sensitivity.log",
    params:
        code=library("draw_sensitivity"),
        corpus=PLAN.source,
        cultures=lookup(dpath="cultures", within=config),
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_sensitivity.py"


rule draw_selection:
    """Draw CCC against the number of features that the network sees."""
    input:
        selection=expand("<results>/selection/{target}.tsv", target=PLAN.chosen("selection")),
    output:
        figure=report(
            "<results>/figures/selection.png",
            caption="../report/selection.rst",
            category="Relevance",
        ),
        vector="<results>/figures/selection.svg",
    log:
        "<logs>/draw_selection.log",
    params:
        code=library("draw_selection"),
        corpus=PLAN.source,
        cultures=lookup(dpath="cultures", within=config),
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_selection.py"


rule draw_latency:
    """Draw CCC against latency."""
    input:
        latency=expand(
            "<results>/live/latency-{target}-{alignment}.tsv",
            target=PLAN.chosen("latency"),
            alignment=["centred", "causal"],
        ),
    output:
        figure=report(
            "<results>/figures/latency.png",
            caption="../report/latency.rst",
            category="Live",
        ),
        vector="<results>/figures/latency.svg",
    log:
        "<logs>/draw_latency.log",
    params:
        code=library("draw_latency"),
        corpus=PLAN.source,
        cultures=lookup(dpath="cultures", within=config),
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_latency.py"


rule draw_skew:
    """Draw what live intensities do to predictions."""
    input:
        skew="<results>/live/skew.tsv",
    output:
        figure=report("<results>/figures/skew.png", caption="../report/skew.rst", category="Live"),
        vector="<results>/figures/skew.svg",
    log:
        "<logs>/draw_skew.log",
    params:
        code=library("draw_skew"),
        cultures=lookup(dpath="cultures", within=config),
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_skew.py"
