rule simulate_recordings:
    """Simulate the twin: OpenFace files, speaker turns and labels of every recording, with planted loadings."""
    input:
        code=library("simulate_recordings"),
    output:
        affect="<results>/corpus/affect.parquet",
        loadings="<results>/corpus/planted.tsv",
        table="<results>/corpus/recordings.tsv",
        manifest="<results>/corpus/manifest.tsv",
    log:
        "<logs>/simulate_recordings.log",
    benchmark:
        "<benchmarks>/simulate_recordings.tsv"
    threads: 2
    params:
        recordings=PLAN.entries(),
        twin=lookup(dpath="corpus/simulated", within=config),
    script:
        "../scripts/simulate_recordings.py"
