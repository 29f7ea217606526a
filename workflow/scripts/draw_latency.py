"""Draw CCC against latency."""

from onefilter.figures.latency import ccc_by_latency
from onefilter.workflow.drawing import bind_figure

bind_figure(ccc_by_latency)
