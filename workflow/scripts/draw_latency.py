"""Draw CCC against latency."""

from onefilter.workflow.drawing import bind_figure

from onefilter.figures.latency import ccc_by_latency

bind_figure(ccc_by_latency)
