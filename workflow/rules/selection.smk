if TRAINED:

    rule select:
        """Train {target} on the k most relevant features for every k, beside random subsets and forward selection."""
        input:
            features=expand("<results>/features/{split}.parquet", split=LABELLED),
            labels=expand("<results>/labels/{split}.parquet", split=LABELLED),
            best=best,
            code=library("select"),
        output:
            selection="<results>/selection/{target}.tsv",
        log:
            "<logs>/select/{target}.log",
        benchmark:
            "<benchmarks>/select/{target}.tsv"
        threads: 2
        params:
            corpus=CORPUS,
            culture=CULTURE,
            delay=lookup(dpath="targets/{target}/delay", within=config),
            hop=lookup(dpath="features/hop", within=config),
            network=lookup(dpath="network", within=config),
            training=lookup(dpath="training", within=config),
            settings=lookup(dpath="selection", within=config),
            seed=lookup(dpath="evaluation/seed", within=config),
        script:
            "../scripts/select.py"

    rule draw_selection:
        """Draw CCC against the number of features that the network sees."""
        input:
            selection=expand(
                "<results>/selection/{target}.tsv",
                target=lookup(dpath="selection/targets", within=config),
            ),
            code=library("draw_selection"),
        output:
            figure=report(
                "<results>/figures/selection.png",
                caption="../report/selection.rst",
                category="Relevance",
            ),
        log:
            "<logs>/draw_selection.log",
        benchmark:
            "<benchmarks>/draw_selection.tsv"
        params:
            cultures=lookup(dpath="cultures", within=config),
            corpus=CORPUS,
            dpi=lookup(dpath="figures/dpi", within=config),
        script:
            "../scripts/draw_selection.py"
