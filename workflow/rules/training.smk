rule train_networks:
    """Train the one-filter networks of {target}, all seeds at once; keep each one's best and its last epoch."""
    input:
        train_features=expand("<results>/{seen}/{split}.parquet", seen=PLAN.seen, split=PLAN.batches(PLAN.fitted)),
        train_labels=expand("<results>/labels/{split}.parquet", split=PLAN.batches(PLAN.fitted)),
        devel_features=expand("<results>/{seen}/{split}.parquet", seen=PLAN.seen, split=PLAN.batches(PLAN.devel)),
        devel_labels=expand("<results>/labels/{split}.parquet", split=PLAN.batches(PLAN.devel)),
    output:
        models=expand(
            "<results>/models/{{target}}/seed-{seed}.safetensors",
            seed=PLAN.settings.training.seeds,
        ),
        last=expand(
            "<results>/models/{{target}}/seed-{seed}-last.safetensors",
            seed=PLAN.settings.training.seeds,
        ),
        curves="<results>/training/{target}.parquet",
    log:
        "<logs>/train_networks/{target}.log",
    params:
        code=library("train_networks"),
        corpus=PLAN.source,
        tool=PLAN.tool,
        split=PLAN.development,
        delay=lookup(dpath="targets/{target}/delay", within=config),
        names=PLAN.inputs,
        windows=lookup(dpath="features", within=config),
        network=lambda wildcards: PLAN.network_of(wildcards.target),
        training=lambda wildcards: PLAN.training_of(wildcards.target),
    script:
        "../scripts/train_networks.py"


rule adopt_model:
    """Adopt the model of {target} that the configuration names, instead of training."""
    input:
        given=lambda wildcards: local(PLAN.given[wildcards.target]),
    output:
        adopted="<results>/models/{target}/adopted.safetensors",
    log:
        "<logs>/adopt_model/{target}.log",
    params:
        code=library("adopt_model"),
        delay=lookup(dpath="targets/{target}/delay", within=config),
        windows=lookup(dpath="features", within=config),
        network=lambda wildcards: PLAN.network_of(wildcards.target),
        tool=PLAN.tool,
        other_tool=lookup(dpath="corpus/other_tool", within=config),
    script:
        "../scripts/adopt_model.py"


rule choose_model:
    """Choose the model of {target} with the best development score."""
    input:
        models=expand("<results>/models/{{target}}/{name}.safetensors", name=PLAN.networks),
    output:
        best="<results>/models/{target}/best.safetensors",
    log:
        "<logs>/choose_model/{target}.log",
    params:
        code=library("choose_model"),
        split=PLAN.development,
    script:
        "../scripts/choose_model.py"


rule fit_references:
    """Fit what the networks of {target} are compared with: ridge filters on all and on trivial features, a constant."""
    input:
        train_features=expand("<results>/{seen}/{split}.parquet", seen=PLAN.seen, split=PLAN.batches(PLAN.fitted)),
        train_labels=expand("<results>/labels/{split}.parquet", split=PLAN.batches(PLAN.fitted)),
        devel_features=expand("<results>/{seen}/{split}.parquet", seen=PLAN.seen, split=PLAN.batches(PLAN.devel)),
        devel_labels=expand("<results>/labels/{split}.parquet", split=PLAN.batches(PLAN.devel)),
    output:
        references=expand("<results>/models/{{target}}/{name}.safetensors", name=PLAN.references),
        penalties="<results>/training/{target}.tsv",
    log:
        "<logs>/fit_references/{target}.log",
    params:
        code=library("fit_references"),
        corpus=PLAN.source,
        tool=PLAN.tool,
        split=PLAN.development,
        delay=lookup(dpath="targets/{target}/delay", within=config),
        names=PLAN.inputs,
        windows=lookup(dpath="features", within=config),
        network=lambda wildcards: PLAN.network_of(wildcards.target),
    script:
        "../scripts/fit_references.py"


rule train_ladder:
    """Train network {rung} of the depth ladder for {target} and score it on every labelled split."""
    input:
        features=expand("<results>/{seen}/{split}.parquet", seen=PLAN.seen, split=PLAN.batches(PLAN.labelled)),
        labels=expand("<results>/labels/{split}.parquet", split=PLAN.batches(PLAN.labelled)),
    output:
        scores="<results>/ladder/{target}-{rung}.tsv",
        sums="<results>/ladder/sums/{target}-{rung}.parquet",
    log:
        "<logs>/train_ladder/{target}-{rung}.log",
    params:
        code=library("train_ladder"),
        corpus=PLAN.source,
        delay=lookup(dpath="targets/{target}/delay", within=config),
        hop=lookup(dpath="features/hop", within=config),
        names=PLAN.inputs,
        network=lambda wildcards: PLAN.network_of(wildcards.target),
        training=lambda wildcards: PLAN.training_of(wildcards.target),
        seeds=lookup(dpath="ladder/seeds", within=config),
        settings=lookup(dpath="ladder/networks/{rung}", within=config),
    script:
        "../scripts/train_ladder.py"
