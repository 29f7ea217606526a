rule audit_labels:
    """Audit the labels: the features' statistics under the stored and under the published order of names."""
    input:
        described="<results>/statistics/described.tsv",
    output:
        labels="<results>/audit/labels.tsv",
        sentences=report(
            "<results>/audit/sentences.tsv",
            caption="../report/sentences.rst",
            category="Label audit",
        ),
    log:
        "<logs>/audit_labels.log",
    params:
        code=library("audit_labels"),
        corpus=PLAN.source,
    script:
        "../scripts/audit_labels.py"


rule compare_published:
    """Put our scores beside the published ones of the same corpus."""
    input:
        systems=table("config/systems.tsv"),
        summary=branch(PLAN.scored, then="<results>/scores/summary.tsv"),
    output:
        published=report(
            "<results>/scores/published.tsv",
            caption="../report/published.rst",
            category="Scores",
        ),
    log:
        "<logs>/compare_published.log",
    params:
        code=library("compare_published"),
        corpus=PLAN.source,
        trained_on=lookup(dpath="training/cultures", within=config) if PLAN.trained else [],
        others=lookup(dpath="systems", within=config),
    script:
        "../scripts/compare_published.py"


rule verify_claims:
    """Test the draft's claims, and compare the run's numbers with the expected ones."""
    input:
        statements=table("config/claims.yaml"),
        expected=branch(
            PLAN.settings.verification.expected,
            then=table(PLAN.settings.verification.expected) if PLAN.settings.verification.expected else [],
        ),
        described="<results>/statistics/described.tsv",
        differing="<results>/statistics/distances.tsv",
        counts="<results>/statistics/corpus.tsv",
        tracking=expand("<results>/tracking/{split}.tsv", split=PLAN.batches(PLAN.splits)),
        summary=branch(PLAN.scored, then="<results>/scores/summary.tsv"),
        chains=expand(
            "<results>/postprocessing/{target}.tsv",
            target=PLAN.targets if PLAN.devel else [],
        ),
        perception="<results>/perception/agreement.tsv",
        differences=branch(PLAN.scored, then="<results>/scores/differences.tsv"),
        recovery=branch(PLAN.recovers, then="<results>/recovery.tsv"),
        ladder=expand("<results>/ladder/{target}-{rung}.tsv", target=PLAN.ladder, rung=PLAN.rungs),
        rungs=expand("<results>/ladder/sums/{target}-{rung}.parquet", target=PLAN.ladder, rung=PLAN.rungs),
        best=expand("<results>/models/{target}/best.safetensors", target=PLAN.targets),
    output:
        claims="<results>/claims.tsv",
        checked="<results>/expected.tsv",
        page=report("<results>/claims.html", caption="../report/claims.rst", category="Claims"),
    log:
        "<logs>/verify_claims.log",
    params:
        code=library("verify_claims"),
        corpus=PLAN.source,
        configuration=PLAN.settings.identity,
        openface=lookup(dpath="verification/openface", within=config),
        trained_on=lookup(dpath="training/cultures", within=config) if PLAN.trained else [],
    script:
        "../scripts/verify_claims.py"


rule write_paper:
    """Write the study as a paper: one page, from the tables and figures of this run."""
    input:
        tables=expand("<results>/{table}", table=PLAN.cited),
        best=expand("<results>/models/{target}/best.safetensors", target=PLAN.targets),
        figures=expand("<results>/figures/{name}.svg", name=PLAN.figures),
        captions=[table(f"workflow/report/{name}.rst") for name in PLAN.captions],
    output:
        page=report(
            "<results>/paper.html",
            caption="../report/paper.rst",
            category="All in one paper",
        ),
    log:
        "<logs>/write_paper.log",
    params:
        code=library("write_paper"),
        corpus=PLAN.source,
        world=lookup(dpath="corpus/simulated/world", within=config) if PLAN.recovers else "",
        worlds=PLAN.tried,
        benchmarks=PLAN.place(str(PLAN.settings.pathvars.benchmarks)),
        rules=producers,
        trained=PLAN.trained,
        identity=PLAN.settings.identity,
        targets=lookup(dpath="targets", within=config),
        signals=PLAN.signals,
        tool=PLAN.tool,
        fused=lookup(dpath="gold/fuse", within=config),
        windows=lookup(dpath="features", within=config),
        network=lookup(dpath="network", within=config),
        training=lookup(dpath="training", within=config),
        systems=lookup(dpath="systems", within=config),
    script:
        "../scripts/write_paper.py"


rule measure_recovery:
    """Measure what of the truth that is planted in the twin is found again."""
    input:
        planted="<results>/corpus/planted.tsv",
        affect="<results>/corpus/affect.parquet",
        labels=expand("<results>/labels/{split}.parquet", split=PLAN.batches(PLAN.tested)),
        sums=expand("<results>/scores/sums/{target}.parquet", target=PLAN.targets),
        patterns=expand("<results>/patterns/{target}.parquet", target=PLAN.targets),
        linear=expand("<results>/linear/{target}/best.safetensors", target=PLAN.targets),
        best=expand("<results>/models/{target}/best.safetensors", target=PLAN.targets),
    output:
        recovery=report(
            "<results>/recovery.tsv",
            caption="../report/recovery.rst",
            category="Claims",
        ),
    log:
        "<logs>/measure_recovery.log",
    params:
        code=library("measure_recovery"),
        corpus=PLAN.source,
        cultures=lookup(dpath="training/cultures", within=config),
        twin=lookup(dpath="corpus/simulated", within=config),
        turns=lookup(dpath="corpus/turns", within=config),
        seed=lookup(dpath="evaluation/seed", within=config),
    script:
        "../scripts/measure_recovery.py"


rule try_world:
    """Try the world {world}: simulate it, train and test on it, and say what is found."""
    output:
        verdict="<results>/worlds/{world}.tsv",
    log:
        "<logs>/try_world/{world}.log",
    params:
        code=library("try_world"),
        corpus="simulated",
        settings=lookup(dpath="worlds", within=config),
        delay=PLAN.world_delay,
        windows=lookup(dpath="features", within=config),
        network=PLAN.network_of(PLAN.settings.worlds.target),
        training=PLAN.training_of(PLAN.settings.worlds.target),
        seed=lookup(dpath="evaluation/seed", within=config),
    script:
        "../scripts/try_world.py"


rule compare_worlds:
    """Put the verdicts on all worlds beside those that must come out."""
    input:
        verdicts=expand("<results>/worlds/{world}.tsv", world=PLAN.worlds),
    output:
        table="<results>/worlds/worlds.tsv",
    log:
        "<logs>/compare_worlds.log",
    params:
        code=library("compare_worlds"),
        corpus="simulated",
    script:
        "../scripts/compare_worlds.py"


rule write_manifest:
    """Note the size and the checksum of every result, and the rule that made it."""
    input:
        results=[
            *expand("<results>/{table}", table=PLAN.tables),
            *expand("<results>/figures/{name}.png", name=PLAN.figures),
            *expand(
                "<results>/predictions/{target}/{split}.parquet",
                target=PLAN.targets,
                split=PLAN.batches(PLAN.splits),
            ),
        ],
    output:
        manifest="<results>/manifest.tsv",
    log:
        "<logs>/write_manifest.log",
    params:
        code=library("write_manifest"),
        rules=producers,
    script:
        "../scripts/write_manifest.py"
