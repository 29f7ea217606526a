rule features:
    """Compute the moving mean and standard deviation of every signal, and the speaker turn."""
    input:
        openface=files("openface"),
        turns=files("turns"),
        code=library("features"),
    output:
        features="<results>/features/{culture}-{partition}.parquet",
        tracking="<results>/tracking/{culture}-{partition}.tsv",
    log:
        "<logs>/features/{culture}-{partition}.log",
    benchmark:
        "<benchmarks>/features/{culture}-{partition}.tsv"
    params:
        source=CORPUS,
        recordings=entries,
        features=lookup(dpath="features", within=config),
    script:
        "../scripts/features.py"


rule labels:
    """Bring the annotations to the features' times."""
    input:
        labels=files("labels"),
        features="<results>/features/{culture}-{partition}.parquet",
        code=library("labels"),
    output:
        labels="<results>/labels/{culture}-{partition}.parquet",
    log:
        "<logs>/labels/{culture}-{partition}.log",
    benchmark:
        "<benchmarks>/labels/{culture}-{partition}.tsv"
    params:
        source=CORPUS,
        recordings=entries,
        targets=TARGETS,
    script:
        "../scripts/labels.py"


rule statistics:
    """Describe the corpus (the draft's Table 1), every feature and label per culture, and how cultures differ."""
    input:
        features=expand("<results>/features/{split}.parquet", split=SPLITS),
        labels=expand("<results>/labels/{split}.parquet", split=LABELLED),
        tracking=expand("<results>/tracking/{split}.tsv", split=SPLITS),
        code=library("statistics"),
    output:
        corpus=report(
            "<results>/statistics/corpus.tsv",
            caption="../report/corpus.rst",
            category="Corpus",
        ),
        described="<results>/statistics/described.tsv",
        distances="<results>/statistics/distances.tsv",
    log:
        "<logs>/statistics.log",
    benchmark:
        "<benchmarks>/statistics.tsv"
    params:
        source=CORPUS,
        targets=TARGETS,
    script:
        "../scripts/statistics.py"
