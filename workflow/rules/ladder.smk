if TRAINED:

    rule ladder:
        """Train network {network} of the depth ladder for {target} and score it on every labelled split."""
        input:
            features=expand("<results>/features/{split}.parquet", split=LABELLED),
            labels=expand("<results>/labels/{split}.parquet", split=LABELLED),
            code=library("ladder"),
        output:
            scores="<results>/ladder/{target}-{network}.tsv",
        log:
            "<logs>/ladder/{target}-{network}.log",
        benchmark:
            "<benchmarks>/ladder/{target}-{network}.tsv"
        threads: 2
        params:
            corpus=CORPUS,
            culture=CULTURE,
            delay=lookup(dpath="targets/{target}/delay", within=config),
            hop=lookup(dpath="features/hop", within=config),
            taps=lookup(dpath="network/taps", within=config),
            seeds=lookup(dpath="ladder/seeds", within=config),
            epochs=lookup(dpath="ladder/epochs/{network}", within=config),
            training=lookup(dpath="training", within=config),
        script:
            "../scripts/ladder.py"

    rule draw_ladder:
        """Draw CCC against the number of weights, from the deepest network to the shallowest."""
        input:
            scores=expand(
                "<results>/ladder/{target}-{network}.tsv",
                target=lookup(dpath="ladder/targets", within=config),
                network=NETWORKS,
            ),
            code=library("draw_ladder"),
        output:
            figure=report(
                "<results>/figures/ladder.png",
                caption="../report/ladder.rst",
                category="Scores",
            ),
        log:
            "<logs>/draw_ladder.log",
        benchmark:
            "<benchmarks>/draw_ladder.tsv"
        params:
            cultures=lookup(dpath="cultures", within=config),
            corpus=lookup(dpath="corpus/source", within=config),
            dpi=lookup(dpath="figures/dpi", within=config),
        script:
            "../scripts/draw_ladder.py"
