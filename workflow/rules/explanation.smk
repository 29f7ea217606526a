rule linearise_models:
    """Find the filter that is explained for each model of {target}: itself, or the linear part of several layers."""
    input:
        models=expand(
            "<results>/models/{{target}}/{name}.safetensors",
            name=[*PLAN.networks, "best"],
        ),
        features=expand("<results>/{seen}/{split}.parquet", seen=PLAN.seen, split=PLAN.batches(PLAN.read)),
    output:
        filters=expand(
            "<results>/linear/{{target}}/{name}.safetensors",
            name=[*PLAN.networks, "best"],
        ),
    log:
        "<logs>/linearise_models/{target}.log",
    params:
        code=library("linearise_models"),
    script:
        "../scripts/linearise_models.py"


rule compute_relevance:
    """Compute what every feature contributed to {target}, by models and by shuffled filters."""
    input:
        features=expand(
            "<results>/{seen}/{split}.parquet", seen=PLAN.seen, split=lambda wildcards: PLAN.portions[wildcards.batch]
        ),
        models=expand("<results>/linear/{{target}}/{name}.safetensors", name=PLAN.networks),
    output:
        relevance="<results>/relevance/{target}{batch}.parquet",
        unrelated="<results>/relevance/shuffled/{target}{batch}.parquet",
    log:
        "<logs>/compute_relevance/{target}{batch}.log",
    params:
        code=library("compute_relevance"),
        corpus=PLAN.source,
        seed=lookup(dpath="evaluation/seed", within=config),
    script:
        "../scripts/compute_relevance.py"


rule rank_features:
    """Rank the features by their share of the prediction's variance; see how far seeds agree, and shuffled filters."""
    input:
        relevance=expand(
            "<results>/relevance/{target}{portion}.parquet",
            target=PLAN.targets,
            portion=PLAN.portions,
        ),
        unrelated=expand(
            "<results>/relevance/shuffled/{target}{portion}.parquet",
            target=PLAN.targets,
            portion=PLAN.portions,
        ),
    output:
        ranking="<results>/relevance/ranking.tsv",
        agreement=report(
            "<results>/relevance/agreement.tsv",
            caption="../report/agreement.rst",
            category="Relevance",
        ),
    log:
        "<logs>/rank_features.log",
    params:
        code=library("rank_features"),
        corpus=PLAN.source,
        seed=lookup(dpath="evaluation/seed", within=config),
    script:
        "../scripts/rank_features.py"


rule estimate_patterns:
    """Estimate the patterns of the filters of {target}: which features carry what they read."""
    input:
        features=expand("<results>/{seen}/{split}.parquet", seen=PLAN.seen, split=PLAN.batches(PLAN.read)),
        models=expand("<results>/linear/{{target}}/{name}.safetensors", name=PLAN.networks),
    output:
        patterns="<results>/patterns/{target}.parquet",
    log:
        "<logs>/estimate_patterns/{target}.log",
    params:
        code=library("estimate_patterns"),
        corpus=PLAN.source,
        seed=lookup(dpath="evaluation/seed", within=config),
    script:
        "../scripts/estimate_patterns.py"


rule refit_signs:
    """Refit the ridge filter for {target} on labels of others: what signs would be by chance."""
    input:
        train_features=expand("<results>/{seen}/{split}.parquet", seen=PLAN.seen, split=PLAN.batches(PLAN.fitted)),
        train_labels=expand("<results>/labels/{split}.parquet", split=PLAN.batches(PLAN.fitted)),
        best="<results>/linear/{target}/best.safetensors",
        penalties="<results>/training/{target}.tsv",
    output:
        signs="<results>/perception/{target}.parquet",
    log:
        "<logs>/refit_signs/{target}.log",
    params:
        code=library("refit_signs"),
        corpus=PLAN.source,
        seed=lookup(dpath="evaluation/seed", within=config),
    script:
        "../scripts/refit_signs.py"


rule compare_perception:
    """Compare the signs of the filters with what the literature expects, and with what they would be by chance."""
    input:
        models=expand("<results>/linear/{target}/best.safetensors", target=PLAN.targets),
        patterns=expand("<results>/patterns/{target}.parquet", target=PLAN.targets),
        refits=expand("<results>/perception/{target}.parquet", target=PLAN.targets if PLAN.trained else []),
        expectations=table("config/perception.tsv"),
    output:
        perception=report(
            "<results>/perception/agreement.tsv",
            caption="../report/perception.rst",
            category="Relevance",
        ),
    log:
        "<logs>/compare_perception.log",
    params:
        code=library("compare_perception"),
        seed=lookup(dpath="evaluation/seed", within=config),
    script:
        "../scripts/compare_perception.py"


rule check_explanations:
    """Check the explanation of {target} itself: deletion curves, randomised filters."""
    input:
        reference=expand("<results>/{seen}/{split}.parquet", seen=PLAN.seen, split=PLAN.batches(PLAN.read)),
        features=expand("<results>/{seen}/{split}.parquet", seen=PLAN.seen, split=PLAN.batches(PLAN.tested)),
        labels=expand("<results>/labels/{split}.parquet", split=PLAN.batches(PLAN.tested)),
        best="<results>/linear/{target}/best.safetensors",
        relevance=expand("<results>/relevance/{{target}}{portion}.parquet", portion=PLAN.portions),
        unrelated=expand("<results>/relevance/shuffled/{{target}}{portion}.parquet", portion=PLAN.portions),
    output:
        sanity="<results>/sanity/{target}.tsv",
    log:
        "<logs>/check_explanations/{target}.log",
    params:
        code=library("check_explanations"),
        corpus=PLAN.source,
        seed=lookup(dpath="evaluation/seed", within=config),
    script:
        "../scripts/check_explanations.py"


rule select_features:
    """Train {target} on the k most relevant features for every k, beside random subsets and forward selection."""
    input:
        features=expand("<results>/{seen}/{split}.parquet", seen=PLAN.seen, split=PLAN.batches(PLAN.labelled)),
        labels=expand("<results>/labels/{split}.parquet", split=PLAN.batches(PLAN.labelled)),
        best="<results>/linear/{target}/best.safetensors",
        penalties="<results>/training/{target}.tsv",
    output:
        selection="<results>/selection/{target}.tsv",
    log:
        "<logs>/select_features/{target}.log",
    params:
        code=library("select_features"),
        corpus=PLAN.source,
        delay=lookup(dpath="targets/{target}/delay", within=config),
        hop=lookup(dpath="features/hop", within=config),
        network=lambda wildcards: PLAN.network_of(wildcards.target),
        training=lambda wildcards: PLAN.training_of(wildcards.target),
        settings=lookup(dpath="selection", within=config),
        seed=lookup(dpath="evaluation/seed", within=config),
    script:
        "../scripts/select_features.py"
