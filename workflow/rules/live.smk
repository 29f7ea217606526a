if TRAINED:

    rule align:
        """Compute the features of a split with {alignment} windows."""
        input:
            openface=files("openface"),
            turns=files("turns"),
            code=library("align"),
        output:
            features="<results>/live/{alignment}/{culture}-{partition}.parquet",
            tracking=temp("<results>/live/{alignment}/{culture}-{partition}.tsv"),
        log:
            "<logs>/align/{alignment}/{culture}-{partition}.log",
        benchmark:
            "<benchmarks>/align/{alignment}/{culture}-{partition}.tsv"
        params:
            source=CORPUS,
            recordings=entries,
            window=lookup(dpath="features/window", within=config),
            hop=lookup(dpath="features/hop", within=config),
            failed_frames=lookup(dpath="features/failed_frames", within=config),
        script:
            "../scripts/align.py"

    rule latency:
        """Train filters for {target} that look less and less far ahead, on {alignment} windows, and score them."""
        input:
            features=expand(
                "<results>/live/{{alignment}}/{split}.parquet", split=LABELLED
            ),
            labels=expand("<results>/labels/{split}.parquet", split=LABELLED),
            code=library("latency"),
        output:
            latency="<results>/live/latency-{target}-{alignment}.tsv",
        log:
            "<logs>/latency/{target}-{alignment}.log",
        benchmark:
            "<benchmarks>/latency/{target}-{alignment}.tsv"
        threads: 2
        params:
            corpus=CORPUS,
            culture=CULTURE,
            delay=lookup(dpath="targets/{target}/delay", within=config),
            window=lookup(dpath="features/window", within=config),
            hop=lookup(dpath="features/hop", within=config),
            network=lookup(dpath="network", within=config),
            training=lookup(dpath="training", within=config),
            settings=lookup(dpath="latency", within=config),
            seed=lookup(dpath="evaluation/seed", within=config),
        script:
            "../scripts/latency.py"

    rule draw_latency:
        """Draw CCC against latency."""
        input:
            tables=expand(
                "<results>/live/latency-{target}-{alignment}.tsv",
                target=lookup(dpath="latency/targets", within=config),
                alignment=["centred", "causal"],
            ),
            code=library("draw_latency"),
        output:
            figure=report(
                "<results>/figures/latency.png",
                caption="../report/latency.rst",
                category="Live",
            ),
        log:
            "<logs>/draw_latency.log",
        benchmark:
            "<benchmarks>/draw_latency.tsv"
        params:
            cultures=lookup(dpath="cultures", within=config),
            corpus=CORPUS,
            dpi=lookup(dpath="figures/dpi", within=config),
        script:
            "../scripts/draw_latency.py"


if CORPUS == "simulated":

    rule skew:
        """Undo OpenFace's post-processing on the twin's test recordings and see what becomes of the predictions."""
        input:
            models=all_best(),
            code=library("skew"),
        output:
            skew="<results>/live/skew.tsv",
        log:
            "<logs>/skew.log",
        benchmark:
            "<benchmarks>/skew.tsv"
        params:
            simulated=lookup(dpath="corpus/simulated", within=config),
            seed=lookup(dpath="evaluation/seed", within=config),
        script:
            "../scripts/skew.py"

    rule draw_skew:
        """Draw what live intensities do to predictions."""
        input:
            skew="<results>/live/skew.tsv",
            code=library("draw_skew"),
        output:
            figure=report(
                "<results>/figures/skew.png",
                caption="../report/skew.rst",
                category="Live",
            ),
        log:
            "<logs>/draw_skew.log",
        benchmark:
            "<benchmarks>/draw_skew.tsv"
        params:
            cultures=lookup(dpath="cultures", within=config),
            dpi=lookup(dpath="figures/dpi", within=config),
        script:
            "../scripts/draw_skew.py"
