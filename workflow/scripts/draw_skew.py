"""Draw what live intensities do to predictions."""

from onefilter.workflow.drawing import bind_figure

from onefilter.figures.skew import live_skew

bind_figure(live_skew)
