"""What a card says of its model, and what several models need together."""

from dataclasses import replace

import pytest

from onefilter.model.card import Model, Stack, features_needed, name_among, note_on_simulated, steps_of
from tests.examples.model import CARD, model


@pytest.mark.parametrize(
    ("delay", "hop", "steps"), [(2.8, 0.1, 28), (0.0, 0.1, 0), (0.3, 0.1, 3), (1.0, 0.04, 25), (0.9, 0.25, 4)]
)
def test_delay_in_steps(delay: float, hop: float, steps: int) -> None:
    """The nearest whole number of hops, whatever their binary fractions say."""
    assert replace(CARD, delay=delay, hop=hop).delay_steps == steps_of(delay, hop) == steps


def test_name_among() -> None:
    """The model's own name, or the only one there is; never just the first."""
    card = replace(CARD, seed=7, target="valence")
    assert name_among(card, ["seed-1", "seed-7", "ridge"]) == "seed-7"
    assert name_among(card, ["published"]) == "published"
    for names, listed in ((["seed-1", "seed-70"], "seed-1, seed-70"), ([], "no names")):
        with pytest.raises(ValueError, match=f"the valence model is seed-7, which is not among {listed}$"):
            name_among(card, names)


def test_several_models() -> None:
    """Features each once; only the targets that the twin trained are named."""
    models: dict[str, Model | Stack] = {
        "arousal": model(replace(CARD, features=("AU12_std", "turn"), corpus="simulated")),
        "valence": model(replace(CARD, features=("turn", "AU01_mean"), corpus="SEWA")),
    }
    assert features_needed(models) == ["AU12_std", "turn", "AU01_mean"]
    assert note_on_simulated(models) == ("arousal: trained on simulated people, so this says nothing about real ones")
    assert note_on_simulated({"valence": models["valence"]}) == ""
