if CORPUS == "simulated":

    rule simulate:
        """Simulate the twin: OpenFace files, speaker turns and labels of every recording, with planted loadings."""
        input:
            code=library("simulate"),
        output:
            openface=RECORDINGS["openface"].tolist(),
            turns=RECORDINGS["turns"].tolist(),
            labels=RECORDINGS["labels"].tolist(),
            planted="<results>/corpus/planted.tsv",
            table="<results>/corpus/recordings.tsv",
        log:
            "<logs>/simulate.log",
        benchmark:
            "<benchmarks>/simulate.tsv"
        threads: 2
        params:
            recordings=RECORDINGS.to_dict("records"),
            seed=lookup(dpath="corpus/simulated/seed", within=config),
        script:
            "../scripts/simulate.py"
