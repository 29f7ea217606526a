"""Draw what live intensities do to predictions."""

from onefilter.figures.skew import live_skew
from onefilter.workflow.drawing import bind_figure

bind_figure(live_skew)
