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
        models=all_best(),
        expectations="config/perception.tsv",
        code=library("perceive"),
    output:
        perception="<results>/perception/agreement.tsv",
    log:
        "<logs>/perceive.log",
    benchmark:
        "<benchmarks>/perceive.tsv"
    params:
        seed=lookup(dpath="evaluation/seed", within=config),
    script:
        "../scripts/perceive.py"
