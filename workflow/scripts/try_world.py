"""Try one world: simulate it, train and test on it, and say what is found."""

from onefilter.workflow.step import bind, logger

from pathlib import Path

import pandas as pd

from onefilter.corpus.people import PeopleError
from onefilter.corpus.twin import simulated_recordings
from onefilter.errors import InputError
from onefilter.files import write_table
from onefilter.settings import Features, Network, Simulated, Training, TwinSplit, Worlds
from onefilter.training.fit import prepare
from onefilter.verification.studies import study
from onefilter.verification.worlds import NEW, PEOPLE, REFUSED, WORLD_COLUMNS, rows_of, verdicts


def try_world(
    verdict: Path,
    world: str,
    settings: Worlds,
    delay: float,
    windows: Features,
    network: Network,
    training: Training,
    seed: int,
    corpus: str,
) -> None:
    """Write what is said of one world, beside what must be said."""
    prepare(training)
    size = TwinSplit(recordings=settings.recordings, duration=settings.recordings * settings.duration)
    sizes: dict[str, TwinSplit | None] = {
        f"{culture}-{partition}": size
        for culture, partition in (
            ("german", "train"), ("german", "devel"), ("german", "test"), ("hungarian", "test"), ("chinese", "test"),
        )
    }  # fmt: skip
    twin = Simulated.model_validate({"seed": settings.seed, "world": world, "splits": sizes})
    try:
        recordings = simulated_recordings(twin, folder=Path("twin"))
    except InputError as error:
        if not isinstance(error.__cause__, PeopleError):
            raise
        answers = {PEOPLE: (REFUSED, str(error))}
    else:
        own = training.model_copy(update={"seeds": settings.seeds, "epochs": settings.epochs})
        found = study(
            recordings,
            target=settings.target,
            delay=delay,
            twin=settings.seed,
            world=world,
            windows=windows,
            network=network,
            training=own,
            seed=seed,
        )
        answers = verdicts(found) | {PEOPLE: (NEW, "nobody is in two partitions")}
    table = pd.DataFrame(rows_of(world, answers), columns=list(WORLD_COLUMNS))
    for row in table.to_dict("records"):
        logger.info("%s: %s %s", world, row["question"], row["verdict"])
    write_table(verdict, table, corpus=corpus)


bind(try_world)
