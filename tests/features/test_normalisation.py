"""Features relative to recording, person or culture: against joining by hand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
from workflow.scripts.normalise_features import normalise_features

from onefilter.commands.predict import predict_file
from onefilter.corpus.formats.registry import read_frames
from onefilter.errors import InputError
from onefilter.features.normalisation import Level, check_plain, groups_by, levels
from onefilter.features.statistics import FEATURES
from onefilter.features.windows import extract
from onefilter.live.stream import Frame, Stream
from onefilter.model.card import Model, check_alone
from onefilter.model.file import read_any_model, write_model
from onefilter.model.onnx_file import export_onnx
from onefilter.names import Normalise
from onefilter.settings import Features
from tests.examples.features import frames_of
from tests.examples.live import CARD
from tests.examples.openface import header, rows

Floats = npt.NDArray[np.float64]
NAMES = ["AU12_mean", "AU12_std", "turn"]
PEOPLE = {"a": "ann", "b": "bob", "c": "ann", "d": "cem"}


def tables() -> dict[str, Floats]:
    """Recordings of several lengths and levels; whose turn it is never changes in one of them."""
    rng = np.random.default_rng(1)
    made = {name: rng.normal(10.0**place, 1 + place, (30 + 7 * place, 3)) for place, name in enumerate(PEOPLE)}
    made["d"][:, 2] = 1.0
    return made


def test_steps_are_added_as_if_they_had_been_together() -> None:
    """One after the other, or all at once: mean and deviation by NumPy, also far from zero."""
    made = [table + 1e6 for table in tables().values()]
    level = Level.of_nothing(3)
    for table in made:
        level = level.including(table)
    joined = np.concatenate(made)
    np.testing.assert_allclose(level.mean, joined.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(np.sqrt(level.squares / level.steps), joined.std(axis=0), rtol=1e-9)
    assert level.steps == len(joined)


@pytest.mark.parametrize("kind", ["recording", "person", "culture"])
def test_every_kind_over_batches(kind: str, tmp_path: Path) -> None:
    """Two batches of one split give what all recordings of the group together say, by hand."""
    made, paths = tables(), [tmp_path / f"german-test.00{number}.parquet" for number in (1, 2)]
    for path, names in zip(paths, ("ab", "cd"), strict=True):
        frames = [
            pl.DataFrame({"recording": name, "unit": f"recording {name}", "time": np.arange(len(made[name])) / 10})
            .with_columns(pl.Series(column, made[name][:, place]) for place, column in enumerate(NAMES))
            for name in names
        ]  # fmt: skip
        pl.concat(frames).write_parquet(path)
    groups = {"recording": {name: name for name in made}, "person": PEOPLE, "culture": dict.fromkeys(made, "german")}
    for path, names in zip(paths, ("ab", "cd"), strict=True):
        out = tmp_path / "out.parquet"
        normalise_features(paths, path, out, kind=kind, culture="german", people=PEOPLE, names=NAMES)
        found = pl.read_parquet(out)
        assert found.columns == pl.read_parquet(path).columns
        for name in names:
            own = found.filter(pl.col("recording") == name).select(NAMES).to_numpy()
            group = [made[other] for other, of in groups[kind].items() if of == groups[kind][name]]
            joined = np.concatenate(group)
            sd = joined.std(axis=0)
            expected = np.where(sd > 0, (made[name] - joined.mean(axis=0)) / np.where(sd > 0, sd, 1), 0)
            np.testing.assert_allclose(own, expected, atol=1e-9)


def test_groups() -> None:
    """By name, by who is seen, or all."""
    assert groups_by("person", "ab", people=PEOPLE, culture="german") == {"a": "ann", "b": "bob"}
    assert levels(tables().items(), PEOPLE).keys() == {"ann", "bob", "cem"}


def model(kind: Normalise) -> Model:
    """Give a model whose relevance is the features that it sees."""
    return Model(replace(CARD, left=0, normalise=kind), np.ones((1, len(FEATURES))), 0.0, 1.0, 0.0)


def test_live_is_relative_to_what_is_known_so_far() -> None:
    """Step by step against all steps up to it, and at the end as offline."""
    frames = frames_of(np.arange(0, 8, 1 / 30), seed=1)
    card = model("recording").card
    offline = extract(frames, None, Features(window=card.window, hop=card.hop, alignment=card.alignment)).features
    table = offline.select(FEATURES).to_numpy()
    stream = Stream({"valence": model("recording")})
    found = []
    names = [column for column in frames.columns if column not in ("timestamp", "success")]
    values = frames.select(names).to_numpy()
    for time, success, signals in zip(frames["timestamp"], frames["success"], values, strict=True):
        found += stream.push(Frame(time, success, signals))
    found += stream.close()
    assert len(found) == len(table)
    for step, row in enumerate(found):
        known = table[: step + 1]
        sd = known.std(axis=0)
        changing = sd > 1e-9
        expected = np.where(changing, (table[step] - known.mean(axis=0)) / np.where(changing, sd, 1), 0)
        np.testing.assert_allclose(row.relevance["valence"], expected, atol=1e-6)


def test_a_model_says_what_its_features_are_relative_to(tmp_path: Path) -> None:
    """In its file, and only if it is not as it always was; what one recording cannot say is refused."""
    kinds: tuple[Normalise, ...] = ("none", "recording", "person", "culture")
    for kind in kinds:
        path = tmp_path / f"{kind}.safetensors"
        write_model(path, model(kind))
        card = read_any_model(path).card
        assert (card.normalise, card.format) == (kind, 3 if kind == "none" else 4)
    check_alone({"valence": model("recording"), "arousal": model("person")})
    with pytest.raises(InputError, match="the valence model sees features relative to all recordings of a culture"):
        check_alone({"valence": model("culture")})
    with pytest.raises(InputError, match=r"latency is measured with features as they are; set features.norm"):
        check_plain("person", "latency")
    with pytest.raises(InputError, match="relative to the recording, which a graph of single steps cannot say"):
        export_onnx(model("recording"))


def test_predict_sees_features_relative_to_the_recording(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As joined by hand; of a person it says that nothing else is known; a culture is refused before it writes."""
    recording = tmp_path / "me.csv"
    table, _ = rows(header(), frames=300)
    recording.write_text("".join(f"{','.join(cells)}\n" for cells in [header(), *table]), encoding="utf-8")
    kinds: tuple[Normalise, ...] = ("none", "person", "culture")
    for kind in kinds:
        write_model(tmp_path / f"{kind}.safetensors", model(kind))
    found: dict[str, Floats] = {}
    for kind in kinds[:2]:
        out = tmp_path / f"{kind}.csv"
        predict_file(recording, [tmp_path / f"{kind}.safetensors"], out=out, turns=None, speaker=None, plot=None,
                     fps=None, face=None)  # fmt: skip
        found[kind] = pl.read_csv(out)[CARD.target].to_numpy()
    assert "relative to the person, of whom nothing but this recording is known" in capsys.readouterr().err
    card = CARD
    windows = extract(read_frames(recording).frames, None, card, features=FEATURES).features.select(FEATURES).to_numpy()
    np.testing.assert_allclose(found["none"], windows.sum(axis=1))
    sd = windows.std(axis=0)
    relative = np.where(sd > 0, (windows - windows.mean(axis=0)) / np.where(sd > 0, sd, 1), 0)
    np.testing.assert_allclose(found["person"], relative.sum(axis=1), atol=1e-8)
    with pytest.raises(InputError, match="relative to all recordings of a culture"):
        predict_file(recording, [tmp_path / "culture.safetensors"], out=tmp_path / "x.csv", turns=None, speaker=None,
                     plot=None, fps=None, face=None)  # fmt: skip
    assert not (tmp_path / "x.csv").exists()
