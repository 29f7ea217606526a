if TRAINED:

    rule train:
        """Train the one-filter networks of {target}, all seeds at once; keep each one's best and its last epoch."""
        input:
            train_features=expand(
                "<results>/features/{culture}-train.parquet", culture=CULTURE
            ),
            train_labels=expand(
                "<results>/labels/{culture}-train.parquet", culture=CULTURE
            ),
            devel_features=expand(
                "<results>/features/{culture}-devel.parquet", culture=CULTURE
            ),
            devel_labels=expand(
                "<results>/labels/{culture}-devel.parquet", culture=CULTURE
            ),
            code=library("train"),
        output:
            models=expand(
                "<results>/models/{{target}}/seed-{seed}.safetensors", seed=SEEDS
            ),
            last=expand(
                "<results>/models/{{target}}/seed-{seed}-last.safetensors", seed=SEEDS
            ),
            curves="<results>/training/{target}.parquet",
        log:
            "<logs>/train/{target}.log",
        benchmark:
            "<benchmarks>/train/{target}.tsv"
        threads: 2
        params:
            corpus=CORPUS,
            delay=lookup(dpath="targets/{target}/delay", within=config),
            features=lookup(dpath="features", within=config),
            network=lookup(dpath="network", within=config),
            training=lookup(dpath="training", within=config),
        script:
            "../scripts/train.py"

    rule choose:
        """Choose the seed with the best development score."""
        input:
            models=expand(
                "<results>/models/{{target}}/seed-{seed}.safetensors", seed=SEEDS
            ),
            code=library("choose"),
        output:
            best="<results>/models/{target}/best.safetensors",
        log:
            "<logs>/choose/{target}.log",
        benchmark:
            "<benchmarks>/choose/{target}.tsv"
        params:
            split=f"{CULTURE}-devel",
        script:
            "../scripts/choose.py"

    rule refer:
        """Fit what the networks of {target} are up against: ridge filters on all, on trivial features, a constant."""
        input:
            train_features=expand(
                "<results>/features/{culture}-train.parquet", culture=CULTURE
            ),
            train_labels=expand(
                "<results>/labels/{culture}-train.parquet", culture=CULTURE
            ),
            devel_features=expand(
                "<results>/features/{culture}-devel.parquet", culture=CULTURE
            ),
            devel_labels=expand(
                "<results>/labels/{culture}-devel.parquet", culture=CULTURE
            ),
            code=library("refer"),
        output:
            references=expand(
                "<results>/models/{{target}}/{name}.safetensors", name=REFERENCES
            ),
        log:
            "<logs>/refer/{target}.log",
        benchmark:
            "<benchmarks>/refer/{target}.tsv"
        threads: 2
        params:
            corpus=CORPUS,
            split=f"{CULTURE}-devel",
            delay=lookup(dpath="targets/{target}/delay", within=config),
            features=lookup(dpath="features", within=config),
            network=lookup(dpath="network", within=config),
        script:
            "../scripts/refer.py"


if not TRAINED:

    rule import_keras:
        """Import the published model of {target} from the file that Keras wrote."""
        input:
            keras=named,
            code=library("import_keras"),
        output:
            model="<results>/models/{target}/imported.safetensors",
        log:
            "<logs>/import_keras/{target}.log",
        benchmark:
            "<benchmarks>/import_keras/{target}.tsv"
        params:
            delay=lookup(dpath="targets/{target}/delay", within=config),
            features=lookup(dpath="network/features", within=config),
        script:
            "../scripts/import_keras.py"
