rule audit_labels:
    """Audit the labels: the features' statistics under the stored and under the published order of names."""
    input:
        described="<results>/statistics/described.tsv",
        code=library("audit_labels"),
    output:
        labels="<results>/audit/labels.tsv",
        sentences=report(
            "<results>/audit/sentences.tsv",
            caption="../report/sentences.rst",
            category="Label audit",
        ),
    log:
        "<logs>/audit_labels.log",
    benchmark:
        "<benchmarks>/audit_labels.tsv"
    params:
        corpus=PLAN.source,
    script:
        "../scripts/audit_labels.py"


rule compare_published:
    """Put our scores beside the published ones of the same corpus."""
    input:
        systems=table("config/systems.tsv"),
        summary=branch(PLAN.scored, then="<results>/scores/summary.tsv"),
        code=library("compare_published"),
    output:
        published=report(
            "<results>/scores/published.tsv",
            caption="../report/published.rst",
            category="Scores",
        ),
    log:
        "<logs>/compare_published.log",
    benchmark:
        "<benchmarks>/compare_published.tsv"
    params:
        corpus=PLAN.source,
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
        summary=branch(PLAN.scored, then="<results>/scores/summary.tsv"),
        chains=expand(
            "<results>/postprocessing/{target}.tsv",
            target=PLAN.targets if PLAN.devel else [],
        ),
        perception="<results>/perception/agreement.tsv",
        ladder=expand("<results>/ladder/{target}-{rung}.tsv", target=PLAN.ladder, rung=PLAN.rungs),
        best=expand("<results>/models/{target}/best.safetensors", target=PLAN.targets),
        code=library("verify_claims"),
    output:
        claims="<results>/claims.tsv",
        checked="<results>/expected.tsv",
        page=report("<results>/claims.html", caption="../report/claims.rst", category="Claims"),
    log:
        "<logs>/verify_claims.log",
    benchmark:
        "<benchmarks>/verify_claims.tsv"
    params:
        corpus=PLAN.source,
        configuration=PLAN.settings.identity,
    script:
        "../scripts/verify_claims.py"


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
        code=library("write_manifest"),
    output:
        manifest="<results>/manifest.tsv",
    log:
        "<logs>/write_manifest.log",
    benchmark:
        "<benchmarks>/write_manifest.tsv"
    params:
        rules=producers,
    script:
        "../scripts/write_manifest.py"
