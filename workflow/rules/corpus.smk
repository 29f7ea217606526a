rule run_openface:
    """Let OpenFace follow the face in the video of {recording}."""
    input:
        video=lambda wildcards: local(PLAN.video_of(wildcards.recording)),
    output:
        frames="<results>/corpus/openface/{recording}.csv",
    log:
        "<logs>/run_openface/{recording}.log",
    params:
        code=library("run_openface"),
        content=lambda wildcards: PLAN.contents.digest([PLAN.video_of(wildcards.recording)]),
        signals=PLAN.signals,
    script:
        "../scripts/run_openface.py"


rule simulate_recordings:
    """Simulate the twin: OpenFace files, speaker turns and labels of every recording, with planted loadings."""
    output:
        affect="<results>/corpus/affect.parquet",
        loadings="<results>/corpus/planted.tsv",
        table="<results>/corpus/recordings.tsv",
        manifest="<results>/corpus/manifest.tsv",
    log:
        "<logs>/simulate_recordings.log",
    threads: 2
    params:
        code=library("simulate_recordings"),
        twin=lookup(dpath="corpus/simulated", within=config),
    script:
        "../scripts/simulate_recordings.py"
