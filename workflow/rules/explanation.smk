rule audit:
    """Audit the labels: the features' statistics under the stored and under the published order of names."""
    input:
        described="<results>/statistics/described.tsv",
        code=library("audit"),
    output:
        labels="<results>/audit/labels.tsv",
        sentences=report(
            "<results>/audit/sentences.tsv",
            caption="../report/sentences.rst",
            category="Label audit",
        ),
    log:
        "<logs>/audit.log",
    benchmark:
        "<benchmarks>/audit.tsv"
    params:
        corpus=CORPUS,
    script:
        "../scripts/audit.py"


rule draw_audit:
    """Draw what the published names of the features stand on."""
    input:
        labels="<results>/audit/labels.tsv",
        code=library("draw_audit"),
    output:
        figure=report(
            "<results>/figures/audit.png",
            caption="../report/audit.rst",
            category="Label audit",
        ),
    log:
        "<logs>/draw_audit.log",
    benchmark:
        "<benchmarks>/draw_audit.tsv"
    params:
        corpus=CORPUS,
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_audit.py"


rule perceive:
    """Compare the signs of the filters with what the literature on human perception expects."""
    input:
        models=all_explained(),
        patterns=expand("<results>/patterns/{target}.parquet", target=TARGETS),
        expectations="config/perception.tsv",
        code=library("perceive"),
    output:
        perception=report(
            "<results>/perception/agreement.tsv",
            caption="../report/perception.rst",
            category="Relevance",
        ),
    log:
        "<logs>/perceive.log",
    benchmark:
        "<benchmarks>/perceive.tsv"
    params:
        seed=lookup(dpath="evaluation/seed", within=config),
    script:
        "../scripts/perceive.py"


rule relevance:
    """Compute what every feature contributed to {target}, recording by recording, model by model."""
    input:
        features=expand("<results>/features/{split}.parquet", split=SPLITS),
        models=explained,
        code=library("relevance"),
    output:
        relevance="<results>/relevance/{target}.parquet",
    log:
        "<logs>/relevance/{target}.log",
    benchmark:
        "<benchmarks>/relevance/{target}.tsv"
    params:
        corpus=CORPUS,
    script:
        "../scripts/relevance.py"


rule rank:
    """Rank the features by their share of all contributions; see how far cultures and seeds agree."""
    input:
        relevance=expand("<results>/relevance/{target}.parquet", target=TARGETS),
        best=all_explained(),
        code=library("rank"),
    output:
        ranking="<results>/relevance/ranking.tsv",
        agreement=report(
            "<results>/relevance/agreement.tsv",
            caption="../report/agreement.rst",
            category="Relevance",
        ),
    log:
        "<logs>/rank.log",
    benchmark:
        "<benchmarks>/rank.tsv"
    params:
        corpus=CORPUS,
        seed=lookup(dpath="evaluation/seed", within=config),
    script:
        "../scripts/rank.py"


rule patterns:
    """Estimate the patterns of the filters of {target}: which features carry what they read."""
    input:
        features=expand("<results>/features/{split}.parquet", split=READ),
        models=explained,
        code=library("patterns"),
    output:
        patterns="<results>/patterns/{target}.parquet",
    log:
        "<logs>/patterns/{target}.log",
    benchmark:
        "<benchmarks>/patterns/{target}.tsv"
    params:
        corpus=CORPUS,
    script:
        "../scripts/patterns.py"


rule examine:
    """Check the explanation of {target} itself: deletion curves, randomised filters."""
    input:
        reference=expand("<results>/features/{split}.parquet", split=READ),
        features=expand("<results>/features/{split}.parquet", split=TESTED),
        labels=expand("<results>/labels/{split}.parquet", split=TESTED),
        best=explained_best,
        code=library("examine"),
    output:
        sanity="<results>/sanity/{target}.tsv",
    log:
        "<logs>/examine/{target}.log",
    benchmark:
        "<benchmarks>/examine/{target}.tsv"
    params:
        corpus=CORPUS,
        seed=lookup(dpath="evaluation/seed", within=config),
    script:
        "../scripts/examine.py"


rule draw_relevance:
    """Draw what moved every target in one recording: heat maps over time, and a page to go through it."""
    input:
        features=f"<results>/features/{SHOWN}.parquet",
        labels=expand("<results>/labels/{split}.parquet", split=LABELLED_SHOWN),
        best=all_explained(),
        code=library("draw_relevance"),
    output:
        figures=report(
            expand("<results>/figures/relevance-{target}.png", target=TARGETS),
            caption="../report/relevance.rst",
            category="Relevance",
        ),
        page=report(
            "<results>/figures/relevance.html",
            caption="../report/explorer.rst",
            category="Relevance",
        ),
    log:
        "<logs>/draw_relevance.log",
    benchmark:
        "<benchmarks>/draw_relevance.tsv"
    params:
        corpus=CORPUS,
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_relevance.py"


rule draw_ranking:
    """Draw the features' shares of all contributions, ranked, and one culture against the others."""
    input:
        ranking="<results>/relevance/ranking.tsv",
        best=all_explained(),
        code=library("draw_ranking"),
    output:
        bars=report(
            "<results>/figures/ranking.png",
            caption="../report/ranking.rst",
            category="Relevance",
        ),
        against=report(
            expand("<results>/figures/{name}.png", name=against()),
            caption="../report/cultures.rst",
            category="Relevance",
        ),
    log:
        "<logs>/draw_ranking.log",
    benchmark:
        "<benchmarks>/draw_ranking.tsv"
    params:
        cultures=lookup(dpath="cultures", within=config),
        corpus=CORPUS,
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_ranking.py"


rule draw_patterns:
    """Draw the filter of {target} beside its pattern, and on the twin beside what was planted."""
    input:
        patterns="<results>/patterns/{target}.parquet",
        best=explained_best,
        planted=planted(),
        code=library("draw_patterns"),
    output:
        figure=report(
            "<results>/figures/patterns-{target}.png",
            caption="../report/patterns.rst",
            category="Filters",
            labels={"target": "{target}"},
        ),
    log:
        "<logs>/draw_patterns/{target}.log",
    benchmark:
        "<benchmarks>/draw_patterns/{target}.tsv"
    params:
        culture=CULTURE,
        corpus=CORPUS,
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_patterns.py"


rule draw_sanity:
    """Draw the checks of the explanations."""
    input:
        sanity=expand("<results>/sanity/{target}.tsv", target=TARGETS),
        code=library("draw_sanity"),
    output:
        figure=report(
            "<results>/figures/sanity.png",
            caption="../report/sanity.rst",
            category="Relevance",
        ),
    log:
        "<logs>/draw_sanity.log",
    benchmark:
        "<benchmarks>/draw_sanity.tsv"
    params:
        cultures=lookup(dpath="cultures", within=config),
        corpus=CORPUS,
        dpi=lookup(dpath="figures/dpi", within=config),
    script:
        "../scripts/draw_sanity.py"


if not TRAINED:

    rule linearise:
        """Find the one filter that stands for the model of {target}: itself, or the linear part of several layers."""
        input:
            model=best,
            features=expand("<results>/features/{split}.parquet", split=READ),
            code=library("linearise"),
        output:
            linear="<results>/linear/{target}/{name}.safetensors",
        log:
            "<logs>/linearise/{target}-{name}.log",
        benchmark:
            "<benchmarks>/linearise/{target}-{name}.tsv"
        script:
            "../scripts/linearise.py"
