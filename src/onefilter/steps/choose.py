"""Step of the rule `choose`."""

from pathlib import Path

from onefilter.files import write_bytes
from onefilter.model.file import read_model
from onefilter.steps import logger, step


@step
def choose(*, models: list[str], best: str, split: str) -> None:
    """Copy the model with the highest CCC on the development split; the first one where several are equal."""
    scores = {path: read_model(Path(path)).card.scores[split] for path in models}
    chosen = max(models, key=lambda path: scores[path])
    logger.info("%s: CCC %.3f on %s", Path(chosen).stem, scores[chosen], split)
    write_bytes(Path(best), Path(chosen).read_bytes())
