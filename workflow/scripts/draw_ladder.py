"""Draw CCC against the number of weights, from the deepest network to the shallowest."""

from onefilter.workflow.drawing import bind_figure

from onefilter.figures.ladder import ccc_by_depth

bind_figure(ccc_by_depth)
