"""All layouts of corpora, by the name that the configuration gives them (``corpus.source``)."""

from collections.abc import Mapping
from typing import Final

from onefilter.corpus.avec import AvecLayout
from onefilter.corpus.own import OpenFaceLayout
from onefilter.corpus.recordings import Layout
from onefilter.corpus.twin import TwinLayout

LAYOUTS: Final[Mapping[str, Layout]] = {"simulated": TwinLayout(), "openface": OpenFaceLayout(), "avec": AvecLayout()}
"""To add one, write its class and a line here."""
