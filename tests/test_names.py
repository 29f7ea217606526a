"""What everything says that shows simulated people, in one wording."""

import pytest

from onefilter.names import MODEL_NOTICE, TWIN_NOTICE, model_note, model_notice, twin_notice


def test_notice_on_data() -> None:
    """Only on the twin's."""
    assert twin_notice("simulated") == TWIN_NOTICE == "simulated twin: no statement about people"
    assert twin_notice("openface") == ""


@pytest.mark.parametrize(
    ("corpora", "notice", "note"),
    [
        ({"arousal": "avec"}, "", ""),
        ({}, "", ""),
        ({"arousal": "simulated"}, f"arousal: {MODEL_NOTICE}", "models trained on simulated people"),
        (
            {"arousal": "simulated", "valence": "avec", "liking": "simulated"},
            "arousal, liking: trained on simulated people, so this says nothing about real ones",
            "models for arousal, liking trained on simulated people",
        ),
    ],
)
def test_notice_on_models(corpora: dict[str, str], notice: str, note: str) -> None:
    """It names the targets; the short one names them only if there are others."""
    assert model_notice(corpora) == notice
    assert model_note(corpora) == note
