"""Choose the best model of one target."""

from onefilter.workflow.step import bind, logger

from pathlib import Path

from onefilter.evaluation.scores import best_model
from onefilter.files import write_bytes
from onefilter.model.file import read_any_model


def choose_model(models: list[Path], best: Path, split: str) -> None:
    """Copy the model with the highest CCC on development, the first of equals, and say which it is.

    Where there is one model only, as where one is adopted, it is the best.
    """
    if len(models) == 1:
        chosen = models[0]
        logger.info("%s: the only one", chosen.stem)
    else:
        scores = {path.stem: read_any_model(path).card.scores[split] for path in models}
        name = best_model(scores)
        chosen = next(path for path in models if path.stem == name)
        logger.info("%s: CCC %.3f on %s", name, scores[chosen.stem], split)
    write_bytes(best, chosen.read_bytes())


bind(choose_model)
